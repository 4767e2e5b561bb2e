"""Credit contacts of shared accounts by person and by account, and hold both against the truth.

The simulator knows by how much each contact raised the conversions to be expected, and whom it was
made to. Two things are asked. How far are the shares of channels from those of the truth: half the
sum of absolute differences, 0 is right. And how much credit goes astray: to contacts of somebody
else than converted, which in these worlds move nobody; 0 is right. Four sets of paths are credited
by the same methods: of whole accounts, of persons by the posterior, of those who really were there
(the ceiling), and of persons by lot, which shows what cutting paths alone does.

Reads / Writes: worlds in the work folder.
Not here: the worlds (bench attribution_people_world), who is there (people).
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.attribution_people_world import Drawn, Size, Told, told, worlds
from settee.core import AttributionSettings
from settee.events import Label
from settee.measure import Paths, heuristic
from settee.measure.crediting import prepare
from settee.measure.heuristics import Heuristic

ID = "quality/attribution-people"
SUMMARY = "credit by persons beside accounts, against the simulator's known effects"

SEEDS = (40_201, 40_202, 40_203, 40_204, 40_205, 40_206)
"""Worlds that judge; what is asked was settled on the seeds 301 to 303."""
_SIZE, _QUICK = Size(100, 60, 8), Size(30, 30, 2)
_KINDS = {"untargeted": 0.0, "targeted": 0.6}
"""How much more the keen are contacted: not at all, and as in the default world."""
BY: tuple[Label, ...] = ("channel", "campaign")
WAYS = ("account", "person", "true", "lot")
RULES: tuple[Heuristic, ...] = ("first", "last", "linear", "position", "time_decay")
"""Methods that say what each single contact gets."""
_METHODS = (*RULES, "markov", "shapley", "hybrid")
_BESIDE = ("learned", "ordered")
"""Models of what contacts add; beside the mean, for their credit may be negative."""
_T95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36}
_MEAN = "mean"
Floats = NDArray[np.float64]


def run(context: Context) -> Result:
    """Every world, every way, every method."""
    seeds, size = (SEEDS[:2], _QUICK) if context.quick else (SEEDS, _SIZE)
    errors: dict[str, list[float]] = {}
    for number, seed in enumerate(seeds, start=1):
        drawn: dict[str, list[Drawn]] = {kind: [] for kind in _KINDS}
        for kind, one in worlds(context, seed, size, _KINDS):
            drawn[kind].append(one)
        for kind, draws in drawn.items():
            for name, error in judged(draws).items():
                errors.setdefault(f"{kind}.{name}", []).append(error)
            n = sum(int(one.contacts.is_conversion.sum()) for one in draws)
            context.log(
                f"world {number} of {len(seeds)}, {kind}: {n:,} conversions; astray "
                + ", ".join(f"{way} {errors[f'{kind}.astray.{way}.mean'][-1]:.3f}" for way in WAYS)
            )
    return _result(context, errors)


def judged(draws: list[Drawn]) -> dict[str, float]:
    """Errors of one world by `WHAT.WAY.METHOD`: shares by channel and campaign, and astray."""
    found: dict[str, float] = {}
    for by in BY:
        truth, count = _truth(draws, by)
        found[f"{by}.by_count"] = _error(count, truth)
        for way in WAYS:
            paths = told(draws, way, by)
            credits = _credits(paths.paths)
            each = {name: _error(credit, truth) for name, credit in credits.items()}
            each[_MEAN] = float(np.mean([each[name] for name in _METHODS]))
            found |= {f"{by}.{way}.{name}": error for name, error in each.items()}
            if by == "channel":
                lost = astray(paths)
                lost[_MEAN] = float(np.mean(list(lost.values())))
                found |= {f"astray.{way}.{name}": part for name, part in lost.items()}
    return found


def astray(of: Told) -> dict[str, float]:
    """Share of the credit that goes to contacts of somebody else than converted, by each rule."""
    n = len(of.paths.step)
    # Each step is a channel of its own, so that credit is told step by step.
    apart = replace(
        of.paths, step=np.arange(n, dtype=np.int32), channels=tuple(f"{i:09d}" for i in range(n))
    )
    found: dict[str, float] = {}
    for rule in RULES:
        credit = heuristic(apart, rule).conversions
        found[rule] = float(credit[~of.is_own].sum() / credit.sum())
    return found


def _truth(draws: list[Drawn], by: Label) -> tuple[Floats, Floats]:
    """What contacts really added, and how many there were, by channel or campaign."""
    n = len(draws[0].contacts.labels(by)[0])
    extra, count = np.zeros(n), np.zeros(n)
    for one in draws:
        label = one.contacts.labels(by)[1]
        is_touch = ~one.contacts.is_conversion
        extra += np.bincount(label[is_touch], one.extra[is_touch], n)
        count += np.bincount(label[is_touch], minlength=n)
    return np.maximum(extra, 0.0), count


def _credits(paths: Paths) -> dict[str, Floats]:
    """Credit of each method, by channel."""
    plain = AttributionSettings(order=1, bootstrap=0, min_people=1)
    distinct = paths.collapse()
    found = {}
    for settings in (plain.model_copy(update={"worth": "learned"}), plain):
        crediting = prepare(paths, distinct, settings, settings.seed)
        for one in crediting.credits(distinct, paths):
            is_learned = one.method == "shapley" and settings is not plain
            found["learned" if is_learned else one.method] = one.conversions
    return {name: found[name] for name in (*_METHODS, *_BESIDE) if name in found}


def _error(credit: Floats, truth: Floats) -> float:
    return 0.5 * float(np.abs(credit / credit.sum() - truth / truth.sum()).sum())


def _result(context: Context, errors: dict[str, list[float]]) -> Result:
    figures = {name: round(float(np.mean(each)), 4) for name, each in errors.items()}
    bars = {}
    for kind in _KINDS:
        for what in (*BY, "astray"):
            table = f"{kind}.{what}"
            methods = RULES if what == "astray" else (*_METHODS, *_BESIDE)
            _show(context, figures, table, methods)
            for versus, name in (("account", "nearer"), ("lot", "nearer_than_lot")):
                gap = _gap(errors, table, versus, "person")
                figures |= {f"{table}.{name}{end}": value for end, value in gap.items()}
                _say(context, f"persons are nearer than {versus}", gap)
                bars[f"{table}.{name}.low"] = Bar(gap[".low"], 0.0, at_most=False)
            room = _gap(errors, table, "account", "true")
            figures |= {f"{table}.room{end}": value for end, value in room.items()}
            _say(context, "true persons are nearer than account", room)
    return Result(figures, bars)


def _show(
    context: Context, figures: dict[str, float], table: str, methods: tuple[str, ...]
) -> None:
    what = "share of credit that went astray" if table.endswith("astray") else "error of shares"
    context.log(f"{table}: {what}, mean over worlds, 0 is right")
    context.log(f"  {'method':<12}" + "".join(f"{way:>10}" for way in WAYS))
    for method in (*methods, _MEAN):
        cells = (figures.get(f"{table}.{way}.{method}", math.nan) for way in WAYS)
        context.log(f"  {method:<12}" + "".join(f"{cell:>10.4f}" for cell in cells))
    if f"{table}.by_count" in figures:
        context.log(f"  contacts counted: {figures[f'{table}.by_count']:.4f}")


def _gap(errors: dict[str, list[float]], table: str, of: str, than: str) -> dict[str, float]:
    """How much nearer one way is than another, with a t interval over worlds."""
    gain = np.array(errors[f"{table}.{of}.{_MEAN}"]) - np.array(errors[f"{table}.{than}.{_MEAN}"])
    half = _T95[len(gain)] * float(gain.std(ddof=1)) / math.sqrt(len(gain))
    mean = float(gain.mean())
    return {"": round(mean, 4), ".low": round(mean - half, 4), ".high": round(mean + half, 4)}


def _say(context: Context, what: str, gap: dict[str, float]) -> None:
    context.log(f"  {what} by {gap['']:.4f} [{gap['.low']:.4f}, {gap['.high']:.4f}]")
