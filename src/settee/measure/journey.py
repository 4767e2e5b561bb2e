"""Explain one journey: what each step has of its conversion, by each method.

The whole report says what search earned; this says what search had of one conversion. Rules look at
the journey alone. The chain gives each channel in proportion to its removal effect, and Shapley's
game is played on the channels of the journey; a channel that was met twice has half at each step.

Reads / Writes: nothing.
Source: as for the methods; the chain's removal effects are of all journeys, not of one.
Not here: credit over all journeys (measure.attribution).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.measure.attribution import Attribution
from settee.measure.crediting import DAY_S, HEURISTICS
from settee.measure.games import Floats
from settee.measure.heuristics import heuristic
from settee.measure.learned import MAX_DISTINCT, LearnedWorth
from settee.measure.learned_loops import distinct_steps
from settee.measure.paths import Paths

Steps = NDArray[np.int32]


class NoJourney(BadInput):
    """No path has that number, or it is one of other channels."""

    code = "no_journey"


@dataclass(frozen=True)
class Journey:
    """One journey, step by step.

    Args:
        steps: Name of the channel of each step, oldest first; small channels as "(suppressed)".
        credit: Method to (L,) credit of the steps, summing to 1.
        absent: Reason code of each method that has no answer.
        caution: What must be said beside it.
    """

    steps: tuple[str, ...]
    credit: Mapping[str, Floats]
    absent: Mapping[str, str]
    caution: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "caution": self.caution,
            "steps": list(self.steps),
            "credit": {name: credit.tolist() for name, credit in self.credit.items()},
            "absent": dict(sorted(self.absent.items())),
        }


def explain_journey(paths: Paths, attribution: Attribution, path: int) -> Journey:
    """What each step of one path has of its conversion, by each method of the report.

    Args:
        paths: Of the same channels as the report's.
        attribution: The report.
        path: Position of the path.

    Raises:
        NoJourney: There is no such path, or the channels are others.

    >>> from settee.core import AttributionSettings
    >>> from settee.measure.attribution import attribute
    >>> from settee.measure.paths import paths_of
    >>> paths = paths_of([["web", "mail", "web"], ["mail"]], converted=[60, 80])
    >>> report = attribute(paths, AttributionSettings(bootstrap=0))
    >>> journey = explain_journey(paths, report, 0)
    >>> journey.credit["last"].tolist(), journey.credit["shapley"].tolist()
    ([0.0, 0.0, 1.0], [0.25, 0.5, 0.25])
    """
    _check(paths, attribution, path)
    begin, end = paths.indptr[path], paths.indptr[path + 1]
    step = paths.step[begin:end]
    before_s = None if paths.before_s is None else paths.before_s[begin:end]
    crediting = attribution.crediting
    credit = _by_rules(step, before_s, paths.channels, attribution)
    absent = {} if before_s is not None else {"time_decay": "no_times"}
    parts: dict[str, Floats] = {"markov": _by_channel(step, attribution.by_channel["markov"])}
    if "shapley" in attribution.by_channel:
        parts["shapley"] = _shapley(step, attribution)
        blend = crediting.settings.blend
        parts["hybrid"] = blend * parts["markov"] + (1 - blend) * parts["shapley"]
    if "ordered" in crediting.learned:
        parts["ordered"] = _by_model(step, crediting.learned["ordered"])
    for method, found in parts.items():
        if np.isfinite(found).all():
            credit[method] = found
        else:
            absent[method] = "contacts_add_nothing"
    fold = attribution.fold
    names = tuple(fold.names[fold.row[channel]] for channel in step)
    return Journey(names, credit, {**attribution.absent, **absent}, attribution.caution)


def _check(paths: Paths, attribution: Attribution, path: int) -> None:
    if not 0 <= path < paths.n_paths:
        raise NoJourney(f"path {path} does not exist; there are 0 to {paths.n_paths - 1}.")
    if paths.channels != attribution.all_channels:
        raise NoJourney(
            "the paths have other channels than the report.",
            hint="Make the report of the same paths.",
        )


def _by_rules(
    step: Steps, before_s: Floats | None, channels: tuple[str, ...], attribution: Attribution
) -> dict[str, Floats]:
    """The rules give steps what they would give channels of their own."""
    settings, n = attribution.crediting.settings, len(step)
    alone = Paths(
        tuple(f"{place:09d}" for place in range(n)), np.array([0, n]), np.arange(n, dtype=np.int32),
        np.ones(1), np.zeros(1), np.zeros(1), before_s=before_s,
    )  # fmt: skip
    out: dict[str, Floats] = {}
    for name in HEURISTICS:
        found = heuristic(alone, name, direct=settings.direct, ends=settings.position_ends)
        out[name] = found.conversions
    others = [place for place in range(n) if channels[step[place]] != settings.direct]
    out["last_non_direct"] = np.zeros(n)
    out["last_non_direct"][others[-1] if others else n - 1] = 1.0
    if before_s is not None:
        half_life_s = settings.half_life_days * DAY_S
        out["time_decay"] = heuristic(alone, "time_decay", half_life_s=half_life_s).conversions
    return out


def _by_channel(step: Steps, weight: Floats) -> Floats:
    """In proportion to figures of the channels, a channel's part shared by its steps."""
    _, place, times = np.unique(step, return_inverse=True, return_counts=True)
    parts = weight[step] / times[place]
    total = float(parts.sum())
    return np.asarray(parts / total if total > 0 else np.full(len(step), np.nan), np.float64)


def _shapley(step: Steps, attribution: Attribution) -> Floats:
    worth = attribution.crediting.settings.worth
    if worth == "learned":
        return _by_model(step, attribution.crediting.learned["shapley"])
    if worth == "reachable":
        return _by_channel(step, attribution.by_channel["shapley"])
    return _by_channel(step, np.ones(len(attribution.all_channels)))


def _by_model(step: Steps, model: LearnedWorth) -> Floats:
    n_channels = len(model.pair)
    if len(np.unique(step)) > MAX_DISTINCT:
        return np.full(len(step), np.nan)
    starts, channel, last = distinct_steps(np.array([0, len(step)]), step, n_channels)
    values = replace(model, starts=starts, channel=channel, last=last).step_values()
    weight = np.zeros(n_channels)
    weight[channel] = values
    return _by_channel(step, weight)
