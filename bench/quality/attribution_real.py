"""Compare credit with ChannelAttribution on two real sets of paths, in units of its own noise.

It simulates journeys and stops within five per cent; settee solves the same chain. Each order is
asked with many seeds: their spread is its noise, and the difference between settee and one more run
of it would have the variance of one run and of the mean. Were both the same but for that noise, the
root mean square of (difference / that spread) would be 1, and hardly any beyond 4.
Its heuristics are exact, and so must the difference be.

Reads: touchpoints-2018, channel-paths.  Writes: the work folder.
Not here: credit against a known truth (quality/attribution-sim).
"""

from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.attribution_peer import NAME, ask, peer_python, write_task
from settee.measure import Paths, choose_order, heuristic, markov_credit, paths_of

ID = "quality/attribution-real"
SUMMARY = "credit on real paths equal to ChannelAttribution within its simulation noise"

_SEEDS = 20
_QUICK_SEEDS = 8
_ORDERS = (1, 2, 3)
_RULES: tuple[Literal["first", "last", "linear"], ...] = ("first", "last", "linear")


def _made_up(seed: int) -> Paths:
    rng = np.random.default_rng(seed)
    rows = [list(rng.choice(list("abcdef"), size)) for size in rng.geometric(0.3, 2000)]
    return paths_of(
        rows, converted=rng.integers(0, 3, 2000).tolist(), nulls=rng.integers(0, 9, 2000).tolist()
    )


def _touchpoints(folder: Path) -> Paths:
    """A path is a customer's impressions up to a conversion, or all that follow the last one."""
    table = pq.read_table(folder / "touchpoints-2018" / "events_half.parquet")
    columns = table.sort_by([("customer_id", "ascending"), ("ts", "ascending")]).to_pydict()
    rows: list[list[str]] = [[]]
    worth: list[tuple[float, float]] = [(0.0, 0.0)]
    before = None
    for customer, kind, value, channel in zip(
        *(columns[name] for name in ("customer_id", "interaction", "conversion_value", "channel")),
        strict=True,
    ):
        if customer != before:
            rows.append([])
            worth.append((0.0, 0.0))
        before = customer
        if kind == "impression":
            rows[-1].append(channel)
            continue
        worth[-1] = (1.0, value * 100)
        rows.append([])
        worth.append((0.0, 0.0))
    kept = [place for place, row in enumerate(rows) if row]
    converted = [worth[place][0] for place in kept]
    return paths_of(
        [rows[place] for place in kept],
        converted=converted,
        nulls=[1.0 - one for one in converted],
        value=[worth[place][1] for place in kept],
    )


def _channel_paths(folder: Path) -> Paths:
    columns = pq.read_table(folder / "channel-paths" / "paths.parquet").to_pydict()
    return paths_of(
        columns["path"],
        converted=columns["conversions"],
        nulls=columns["nulls"],
        value=[value * 100 for value in columns["conversion_value"]],
    )


def run(context: Context) -> Result:
    """Each set, each rule, each order."""
    if context.data is None:
        context.log("no data: paths of six letters are made up")
        sets = {"made_up": _made_up(context.seed)}
    else:
        sets = {
            "touchpoints": _touchpoints(context.data),
            "channel_paths": _channel_paths(context.data),
        }
    figures: dict[str, float] = {}
    bars: dict[str, Bar] = {}
    for name, paths in sets.items():
        context.log(
            f"{name}: {paths.n_paths:,} rows, {paths.n_channels} channels, "
            f"{paths.n_conversions:,.0f} conversions, {paths.nulls.sum():,.0f} journeys without"
        )
        figures |= {f"{name}.{key}": value for key, value in _ours(paths, context.seed).items()}
        bars[f"{name}.conservation"] = Bar(figures[f"{name}.conservation"], 1e-9)
        beside, held = _beside(context, paths, name)
        figures |= beside
        bars |= held
    return Result(figures, bars)


def _ours(paths: Paths, seed: int) -> dict[str, float]:
    off = 0.0
    for credit in (
        *(heuristic(paths, rule) for rule in _RULES),
        *(markov_credit(paths, order) for order in _ORDERS),
    ):
        for got, total in (
            (credit.conversions, paths.n_conversions),
            (credit.value, paths.total_value),
        ):
            off = max(off, abs(float(got.sum()) - total) / max(total, 1.0))
    choice = choose_order(paths, seed=seed)
    told = {f"log_likelihood_{k}": float(choice.log_likelihood[k - 1]) for k in _ORDERS}
    return {
        "conservation": off,
        "order": float(choice.order),
        "log_likelihood_0": choice.baseline,
        **told,
    }


def _beside(context: Context, paths: Paths, name: str) -> tuple[dict[str, float], dict[str, Bar]]:
    python = peer_python(context)
    if python is None:
        return {}, {}
    task = write_task(context, paths)
    exact = ask(python, task, 0)
    ours = [heuristic(paths, rule) for rule in _RULES]
    columns = np.stack([x for one in ours for x in (one.conversions, one.value)], axis=1)
    figures = {f"{name}.heuristics_off": float(abs(columns - exact.credit[0]).max())}
    bars = {f"{name}.heuristics_off": Bar(figures[f"{name}.heuristics_off"], 1e-6)}
    for order in _ORDERS:
        answer = ask(python, task, order, _QUICK_SEEDS if context.quick else _SEEDS)
        credit = markov_credit(paths, order)
        own = np.stack((credit.conversions, credit.value), axis=1)
        apart, spread = _in_its_noise(own, answer.credit)
        prefix = f"{name}.order_{order}"
        figures |= {
            f"{prefix}.rms_in_its_spread": float(np.sqrt((apart**2).mean())),
            f"{prefix}.most_in_its_spread": float(abs(apart).max()),
            f"{prefix}.its_spread_of_total": float(spread),
        }
        bars |= {
            f"{prefix}.rms_in_its_spread": Bar(figures[f"{prefix}.rms_in_its_spread"], 1.5),
            f"{prefix}.most_in_its_spread": Bar(figures[f"{prefix}.most_in_its_spread"], 4.0),
        }
        context.log(f"{name}, order {order}, {NAME} with {len(answer.seconds)} seeds")
    return figures, bars


def _in_its_noise(
    own: NDArray[np.float64], runs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Difference to the mean of its runs in units of its spread, where it has any; and the widest
    spread as a share of the total."""
    runs = np.unique(runs, axis=0)  # some seeds give it the same numbers, and tell nothing more
    mean, spread = runs.mean(axis=0), runs.std(axis=0, ddof=1)
    noisy = spread > 1e-12 * np.maximum(mean, 1.0)
    apart = (own - mean)[noisy] / (spread[noisy] * np.sqrt(1 + 1 / len(runs)))
    settled = abs(own - mean)[~noisy]
    total = np.maximum(mean.sum(axis=0), 1e-300)
    if len(settled) and float(settled.max()) > 1e-6:
        apart = np.append(apart, np.inf)
    return apart, float((spread / total).max())
