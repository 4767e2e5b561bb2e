"""Say what a version, or the recipe in the settings, is worth.

A version is fitted on all that was known, so the period it was judged on is part of it by now, and
judging it there again would flatter it. Three honest ways are left, tried in this order:
``later_events``, what happened since, with the version as it is; ``recorded``, the table that its
training wrote before the refit; and, with no version at all, ``fresh``, a trial of the recipe.

Reads: the record, a model.  Writes: nothing.
Not here: the trial (learn.trial), storing what it found (learn.training).
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from settee.core import Settings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress
from settee.learn.calibration import Bin
from settee.learn.folds import Split
from settee.learn.intervals import Figure
from settee.learn.itemsets import ItemSets
from settee.learn.lists import FUSION, RANKER
from settee.learn.promotion import Comparison, Promotion, decide
from settee.learn.requests import Requests, Window
from settee.learn.table import Table
from settee.learn.trial import (
    MIN_JUDGED,
    Judged,
    fused_by,
    judge_model,
    judged_requests,
    protocol_of,
    try_recipe,
)
from settee.ranking import Model

How = Literal["later_events", "recorded", "fresh"]


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    Args:
        version: The version judged, "" for a fresh trial.
        how: Which of the three ways.
        judged: Table, promotion and protocol.
    """

    version: str
    how: How
    judged: Judged

    def as_dict(self) -> dict[str, Any]:
        """The evaluation as JSON, for the tables and the terminal."""
        return {"version": self.version, "how": self.how, **self.judged.as_dict()}


def evaluate(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    model: Model | None = None,
    progress: Progress = no_progress,
) -> Evaluation:
    """Judge a version, or the recipe when there is none.

    Args:
        interactions: The record.
        catalogue: In the same item space; that of the model may differ.
        settings: Of the trial; for a version only seed, requests and resamples count.
        model: A saved version, or None for a fresh trial.
        progress: Told the stage, what is done and of how much.

    Raises:
        TooLittle: If there is no version and nothing can be learnt.
    """
    if model is None:
        trial = try_recipe(interactions, catalogue, settings, progress)
        return Evaluation("", "fresh", trial.judged)
    split = Split((), Window(model.trained_until_s))
    requests = judged_requests(interactions, split, settings)
    if len(requests) < MIN_JUDGED:
        return Evaluation(model.version, "recorded", recorded(model))
    table = judge_elsewhere(model, requests, interactions, catalogue, settings, progress)
    promotion = _still(model, table, settings)
    protocol = protocol_of(interactions, catalogue, split, requests)
    return Evaluation(model.version, "later_events", Judged(table, promotion, protocol))


def recorded(model: Model) -> Judged:
    """What its training wrote into a version; an empty table when it wrote nothing."""
    told = model.manifest.get("judged", {})
    promotion = told.get("promotion", {})
    comparisons = tuple(
        Comparison(one["metric"], one["group"], one["rival"], Figure(**one["difference"]))
        for one in promotion.get("comparisons", [])
    )
    decided = Promotion(
        model.is_promoted,
        promotion.get("code", "not_judged"),
        promotion.get("reason", "the version does not say how it was judged."),
        comparisons,
        promotion.get("otherwise", FUSION),
    )
    bins = tuple(Bin(**one) for one in told.get("reliability", []))
    return Judged(
        Table.from_dict(told.get("table", []), {decided.serving: bins}),
        decided,
        told.get("protocol", {}),
        told.get("blending", {}),
    )


def judge_elsewhere(
    model: Model,
    requests: Requests,
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    progress: Progress = no_progress,
) -> Table:
    """Judge a version as it is, on requests numbered by another catalogue than its own.

    Its item counters take in what happened between its training and the requests, as they do in
    service. What it does not know it cannot list; that counts against it, as it would in service.

    Args:
        model: Trained on nothing from the instant of the requests on.
        requests: In the item space of `catalogue`, all asked at one instant.
        interactions: The record, in the same space.
        catalogue: Today's.
        settings: Seed and resamples.
        progress: Told how many requests are answered.
    """
    as_of_s = int(requests.as_of_s[0])
    known = np.array([model.catalogue.index.get(i, -1) for i in catalogue.item_ids], np.int64)
    since = (interactions.at_s >= model.trained_until_s) & (interactions.at_s < as_of_s)
    fresh = interactions.where(since & interactions.is_interest & (known[interactions.item] >= 0))
    timeline = model.timeline.extend(known[fresh.item].astype(np.int32), fresh.at_s)
    there = replace(model, timeline=timeline)
    width = there.catalogue.n_items
    moved = replace(
        requests,
        histories=_move_histories(requests.histories, known),
        seen=_move_sets(requests.seen, known, width),
        # An item that the version does not know keeps a number of its own past the end, so that it
        # stays something that was wanted and is never found.
        truth=_move_sets(requests.truth, _with_strangers(known, width), width + len(known)),
    )
    counted = np.where(known >= 0, known, width)
    past = replace(interactions, item=counted[interactions.item].astype(np.int32))
    keep = past.item < width
    past = replace(past.where(keep), n_items=width)
    return judge_model(there, moved, past, settings, progress)


def _with_strangers(known: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    return np.where(known >= 0, known, width + np.arange(len(known)))


def _move_histories(histories: Histories, known: NDArray[np.int64]) -> Histories:
    item = known[histories.item]
    keep = item >= 0
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep, dtype=np.int64)])
    return Histories(before[histories.indptr], item[keep].astype(np.int32), histories.at_s[keep])


def _move_sets(sets: ItemSets, to: NDArray[np.int64], n_items: int) -> ItemSets:
    rows = np.repeat(np.arange(sets.n_rows), sets.size)
    item = to[sets.item]
    keep = item >= 0
    return ItemSets.of_pairs(rows[keep], item[keep], sets.n_rows, n_items)


def _still(model: Model, table: Table, settings: Settings) -> Promotion:
    """What a version does, with what the later period says about it."""
    if table.row(RANKER) is None:
        told = recorded(model).promotion
        return Promotion(model.is_promoted, told.code, told.reason, otherwise=fused_by(model))
    now = decide(table, settings.train.bootstrap, settings.train.seed, fused_by(model))
    if now.is_promoted == model.is_promoted:
        return now
    told_now = "would" if now.is_promoted else "would not"
    return Promotion(
        model.is_promoted,
        "kept",
        f"the {replace(now, is_promoted=model.is_promoted).serving} serves as decided at training; "
        f"on these later events the ranker {told_now} be promoted. Train again to decide anew.",
        now.comparisons,
        now.otherwise,
    )
