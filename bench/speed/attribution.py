"""Time credit by chains beside ChannelAttribution, and what must end within a limit alone.

A million journeys over 500 channels, popular and rare, of 4 steps on average, of which half follow
the step before: our time from columns of paths to credit, collapsing and counting included, beside
that of ChannelAttribution from its table to its credit, one thread each, the one after the other.
Each of its runs ends after six times as long as ours and 20 seconds, its start and its table
included: the factor is then a lower bound, called so, of the seconds that it had computed. Beside
seconds on the clock stand those of the core, which other work on the machine disturbs less. Ten
million paths are collapsed and credited at order 1, and a game of 20 is shared out exactly.

Reads / Writes: the work folder.
Not here: how right the credit is (quality/attribution-sim, quality/attribution-real).
"""

import time
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.attribution_peer import NAME, GivenUp, ask, peer_python, write_task
from settee.measure import (
    Credit,
    Paths,
    choose_order,
    heuristic,
    markov_credit,
    paths_of,
    shapley_exact,
)

ID = "speed/attribution"
SUMMARY = "credit by chains of 1M paths beside ChannelAttribution; 10M paths; a game of 20"

_CHANNELS = 500
_PATHS, _QUICK_PATHS = 1_000_000, 20_000
_MANY, _QUICK_MANY = 10_000_000, 200_000
_ORDERS = (1, 2, 3)
_PATIENCE, _LEAST_PATIENCE_S = 6.0, 20.0
_PLAYERS = 20
_LONGEST = 30


@njit(cache=True)
def _followed(indptr: NDArray[np.int64], step: NDArray[np.int32], jump: NDArray[np.int64]) -> None:
    """Where a jump is set, the step hangs on the one before it."""
    for path in range(len(indptr) - 1):
        for place in range(indptr[path] + 1, indptr[path + 1]):
            if jump[place] > 0:
                step[place] = (step[place - 1] * 7 + jump[place]) % _CHANNELS


def _journeys(n_paths: int, seed: int) -> Paths:
    rng = np.random.default_rng(seed)
    popular = np.arange(1, _CHANNELS + 1) ** -0.8
    indptr = np.concatenate(([0], np.cumsum(np.minimum(rng.geometric(0.25, n_paths), _LONGEST))))
    n_steps = int(indptr[-1])
    drawn = np.searchsorted(np.cumsum(popular / popular.sum()), rng.random(n_steps))
    step: NDArray[np.int32] = np.minimum(drawn, _CHANNELS - 1).astype(np.int32)
    _followed(indptr, step, np.where(rng.random(n_steps) < 0.5, rng.integers(1, 6, n_steps), 0))
    converted = (rng.random(n_paths) < 0.15).astype(np.float64)
    names = tuple(f"channel-{number:03}" for number in range(_CHANNELS))
    return Paths(names, indptr, step, converted, 1.0 - converted, converted * 1000)


def _timed(paths: Paths, order: int) -> tuple[Credit, float, float]:
    """Credit from columns of paths, collapsing included; seconds on the clock and of the core."""
    begun, worked = time.perf_counter(), time.process_time()
    answer = markov_credit(paths.collapse(), order)
    return answer, time.perf_counter() - begun, time.process_time() - worked


def _warm() -> None:
    """Compile everything on the smallest world; what is compiled stays on disk."""
    small = _journeys(3000, 0)
    for order in _ORDERS:
        markov_credit(small.collapse(), order)
    heuristic(paths_of([["a"]]), "linear")
    shapley_exact(np.zeros(4))


def run(context: Context) -> Result:
    """All of it."""
    _warm()
    paths = _journeys(_QUICK_PATHS if context.quick else _PATHS, context.seed)
    context.log(f"{paths.n_paths:,} paths of {len(paths.step) / paths.n_paths:.2f} steps")
    python = peer_python(context)
    task = write_task(context, paths)
    figures: dict[str, float] = {"paths": float(paths.n_paths)}
    peer: dict[str, float] = {}
    bars: dict[str, Bar] = {}
    worst = 0.0
    for order in _ORDERS:
        credit, seconds, cpu_s = _timed(paths, order)
        worst = max(worst, _off(credit, paths))
        figures |= {f"order_{order}_s": seconds, f"order_{order}_cpu_s": cpu_s}
        context.log(f"order {order}: {seconds:.2f} s, {cpu_s:.2f} s of the core")
        if python is not None:
            theirs, factor = _beside(context, python, task, order, seconds)
            peer |= theirs
            figures |= factor
            bars |= {
                f"order_{order}_times_faster": Bar(one, 5.0, at_most=False)
                for one in factor.values()
            }
    begun = time.perf_counter()
    choose_order(paths, seed=context.seed)
    figures["choose_order_s"] = time.perf_counter() - begun
    del paths
    figures |= _alone(context)
    figures["conservation"] = max(worst, figures["conservation"])
    bars |= {
        "many_paths_s": Bar(figures["many_paths_s"], 10.0),
        "shapley_20_s": Bar(figures["shapley_20_s"], 1.0),
        "conservation": Bar(figures["conservation"], 1e-9),
    }
    return Result(figures, bars, {NAME: peer} if peer else {})


def _off(credit: Credit, paths: Paths) -> float:
    """How far the credit is from the totals, as a share of them."""
    return max(
        abs(float(credit.conversions.sum()) / paths.n_conversions - 1.0),
        abs(float(credit.value.sum()) / paths.total_value - 1.0),
    )


def _beside(
    context: Context, python: Path, task: Path, order: int, ours_s: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Its seconds and by what factor ours are fewer, or the least that both can be."""
    name = f"{NAME}, order {order}"
    patience_s = _LEAST_PATIENCE_S + _PATIENCE * ours_s
    try:
        answer = ask(python, task, order, 1, patience_s)
    except GivenUp as given_up:
        if not given_up.seconds > 0:
            context.log(f"{name}: its table did not stand in {patience_s:.0f} s; no figure")
            return {}, {}
        context.log(
            f"{name}: not finished in {given_up.seconds:.0f} s of computing; its figures are "
            "lower bounds"
        )
        factor = given_up.seconds / ours_s
        return (
            {f"order_{order}_s_at_least": given_up.seconds},
            {f"order_{order}_times_faster_at_least": factor},
        )
    seconds, cpu_s = float(answer.seconds[0]), float(answer.cpu_s[0])
    context.log(f"{name}: {seconds:.2f} s, {cpu_s:.2f} s of the core")
    return (
        {f"order_{order}_s": seconds, f"order_{order}_cpu_s": cpu_s},
        {f"order_{order}_times_faster": seconds / ours_s},
    )


def _alone(context: Context) -> dict[str, float]:
    paths = _journeys(_QUICK_MANY if context.quick else _MANY, context.seed + 1)
    credit, seconds, cpu_s = _timed(paths, 1)
    begun = time.perf_counter()
    linear = heuristic(paths, "linear")
    linear_s = time.perf_counter() - begun
    worth = np.random.default_rng(context.seed).random(1 << _PLAYERS)
    worth[0] = 0.0
    begun = time.perf_counter()
    phi = shapley_exact(worth)
    shapley_s = time.perf_counter() - begun
    return {
        "many_paths": float(paths.n_paths),
        "many_paths_s": seconds,
        "many_paths_cpu_s": cpu_s,
        "many_linear_s": linear_s,
        "shapley_20_s": shapley_s,
        "conservation": max(
            _off(credit, paths), _off(linear, paths), abs(float(phi.sum()) / worth[-1] - 1.0)
        ),
    }
