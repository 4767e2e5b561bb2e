"""Decide once what is fitted and drawn, then credit any weights of the same paths by every method.

The people of a resample have other weights and the same paths. What is a choice (the order of the
chain, the orders that a Shapley value is drawn from) stays as it was, so that resamples differ by
people alone; the learned models take one Newton step to the new weights.

Reads / Writes: nothing.
Not here: the report (measure.attribution), drawing people (measure.resampling).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from settee.core import AttributionSettings
from settee.measure.chains_order import choose_order
from settee.measure.chains_removal import markov_credit
from settee.measure.games import Floats, shapley_game
from settee.measure.games_paths import shapley_paths
from settee.measure.games_reach import reachable_worth
from settee.measure.heuristics import heuristic
from settee.measure.learned import CannotLearn, LearnedWorth, learn_worth
from settee.measure.paths import Credit, Paths

DAY_S = 86_400.0
HEURISTICS: tuple[Literal["first", "last", "last_non_direct", "linear", "position"], ...] = (
    "first", "last", "last_non_direct", "linear", "position",
)  # fmt: skip
_MOST_EXACT_DRAWN = 8
"""Channels up to which resamples ask for every coalition; above they share some of the orders."""


@dataclass(frozen=True)
class Crediting:
    """What stays as it is while weights change.

    Args:
        settings: Of the report.
        seed: Of orders drawn.
        order: Contacts that the chain remembers.
        learned: The models that could be fitted, by the name of the method they serve.
        absent: Reason code of each method that has no answer.
    """

    settings: AttributionSettings
    seed: int
    order: int
    learned: dict[str, LearnedWorth]
    absent: dict[str, str]

    def credits(self, distinct: Paths, whole: Paths, *, drawn: bool = False) -> list[Credit]:
        """Credit by each method that has an answer.

        Args:
            distinct: The distinct paths, in their order, with any weights.
            whole: The paths they come from, for methods that look at time.
            drawn: Whether these are people drawn anew.
        """
        settings = self.settings
        out = [
            heuristic(distinct, name, direct=settings.direct, ends=settings.position_ends)
            for name in HEURISTICS
        ]
        if whole.before_s is not None:
            half_life_s = settings.half_life_days * DAY_S
            out.append(heuristic(whole, "time_decay", half_life_s=half_life_s))
        markov = markov_credit(distinct, self.order)
        out.append(Credit("markov", markov.conversions, markov.value))
        if "shapley" not in self.absent:
            shapley = self._shapley(distinct, drawn=drawn)
            out += [shapley, _blend(markov, shapley, settings.blend)]
        if "ordered" in self.learned:
            out.append(learned_credit("ordered", self._moved("ordered", distinct, drawn), distinct))
        return out

    def _moved(self, method: str, distinct: Paths, drawn: bool) -> LearnedWorth:
        model = self.learned[method]
        return model.with_weights(distinct.converted, distinct.nulls) if drawn else model

    def _shapley(self, distinct: Paths, *, drawn: bool) -> Credit:
        if self.settings.worth == "empirical":
            return shapley_paths(distinct)
        if self.settings.worth == "learned":
            return learned_credit("shapley", self._moved("shapley", distinct, drawn), distinct)
        most, n_pairs = self.settings.max_exact, self.settings.n_pairs
        if drawn:
            most, n_pairs = min(most, _MOST_EXACT_DRAWN), max(2, n_pairs // 20)
        values, _ = shapley_game(
            reachable_worth(distinct), distinct.n_channels,
            max_exact=most, n_pairs=n_pairs, seed=self.seed,
        )  # fmt: skip
        return in_proportion("shapley", values, values, distinct)

    def may_be_negative(self, method: str) -> bool:
        """Can a channel cost conversions by that method? Only where a model is learned."""
        return method in self.learned or (method == "hybrid" and "shapley" in self.learned)

    def uncontacted(self, distinct: Paths) -> float | None:
        """Conversions that the ordered model expects of the same people without contacts."""
        if "ordered" not in self.learned:
            return None
        return self.learned["ordered"].credit(distinct.converted + distinct.nulls)[1]


def prepare(paths: Paths, distinct: Paths, settings: AttributionSettings, seed: int) -> Crediting:
    """Choose the order of the chain and fit the learned models.

    Args:
        paths: What people met; says which methods can have an answer.
        distinct: ``paths.collapse()``.
        settings: Of the report.
        seed: Of every draw.
    """
    absent = {} if paths.before_s is not None else {"time_decay": "no_times"}
    learned: dict[str, LearnedWorth] = {}
    kinds: list[tuple[str, Literal["sets", "ordered"]]] = [("ordered", "ordered")]
    if settings.worth == "learned":
        kinds.append(("shapley", "sets"))
    for method, kind in kinds:
        reason = _learn(learned, method, kind, distinct)
        if reason:
            absent[method] = reason
    if "shapley" in absent:
        absent["hybrid"] = absent["shapley"]
    order = (
        choose_order(paths, settings.max_order, seed=seed).order
        if settings.order == "auto"
        else settings.order
    )
    return Crediting(settings, seed, order, learned, absent)


def _learn(
    learned: dict[str, LearnedWorth], method: str, kind: Literal["sets", "ordered"], distinct: Paths
) -> str:
    """Add the model; otherwise the reason why there is none."""
    try:
        model = learn_worth(distinct, kind)
    except CannotLearn as error:
        return error.code
    added, _ = model.credit(distinct.converted + distinct.nulls)
    if not added.sum() > 0:
        return "contacts_add_nothing"
    learned[method] = model
    return ""


def learned_credit(method: str, model: LearnedWorth, distinct: Paths) -> Credit:
    """Credit in proportion to what channels add by the model; the rest is shared likewise.

    Args:
        method: Name for it.
        model: Fitted on the same distinct paths.
        distinct: The weights to credit.
    """
    people = distinct.converted + distinct.nulls
    mean = distinct.total_value / distinct.n_conversions
    worth = np.divide(
        distinct.value, distinct.converted, out=np.full(distinct.n_paths, mean),
        where=distinct.converted > 0,
    )  # fmt: skip
    by_step = model.step_values()
    rows = np.repeat(np.arange(distinct.n_paths), np.diff(model.starts))
    added, value = (
        np.asarray(np.bincount(model.channel, by_step * each[rows], distinct.n_channels))
        for each in (people, people * worth)
    )
    return in_proportion(method, added.astype(np.float64), value.astype(np.float64), distinct)


def in_proportion(method: str, conversions: Floats, value: Floats, paths: Paths) -> Credit:
    """Credit that sums to the totals, in proportion to the figures given; NaN where they cancel."""
    all_conversions, all_value = float(conversions.sum()), float(value.sum())
    none = np.full(len(conversions), np.nan)
    shared = conversions * (paths.n_conversions / all_conversions) if all_conversions > 0 else none
    if paths.total_value == 0:
        return Credit(method, shared, np.zeros(len(value)))
    if not all_value > 0:
        return Credit(method, shared, shared * (paths.total_value / paths.n_conversions))
    return Credit(method, shared, value * (paths.total_value / all_value))


def _blend(markov: Credit, shapley: Credit, blend: float) -> Credit:
    """``blend`` of the chain's credit and the rest of Shapley's."""
    return Credit(
        "hybrid",
        blend * markov.conversions + (1 - blend) * shapley.conversions,
        blend * markov.value + (1 - blend) * shapley.value,
    )
