"""Make the ranker's lessons: requests of earlier periods, answered by sources fitted before each.

The record before the judged period is cut into slices. For each slice the sources are fitted on
what came before it, so the scores that the ranker learns from are as blind as those it will meet.
One slice teaches what was popular that month; several teach what a rising title looks like. With
slices of a tenth and a test of a tenth, the lessons are the tenths before it, as many as asked for.
The latest goes first: it teaches how to blend the sources, and so what a pool looks like.

Reads: the record.  Writes: nothing.
Source: Wolpert (1992), "Stacked Generalization", with folds in the order of time.
Not here: the judged period (learn.trial), the ranker itself (ranking).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from settee.candidates import fit_sources
from settee.core import Settings, TrainSettings
from settee.events import Catalogue, Interactions, Progress, no_progress, split_by_time
from settee.features import Context, ItemStates, ItemTimeline, feature_matrix, feature_names
from settee.learn.blending import Blending, learn_blend
from settee.learn.lists import batches, pools
from settee.learn.requests import Requests, Sampling, Window, frozen_requests, live_requests
from settee.ranking import Examples, Model, Ranker

MIN_LESSONS = 20
"""Fewest requests with a hit in their pool from which a ranker is fitted."""
_LEAST_PAST = 0.1  # share of all events that the first slice's sources must at least have
_HELD_OUT = 5  # with a single slice every fifth request chooses the number of trees


@dataclass(frozen=True)
class Split:
    """Where lessons and judgement lie.

    Args:
        slices: Windows of the lessons, oldest first; empty when no ranker can learn.
        test: The judged window, without an end.
    """

    slices: tuple[Window, ...]
    test: Window


def split_record(at_s: NDArray[np.int64], settings: Settings) -> Split:
    """Cut the record into lessons and a later period that judges.

    Args:
        at_s: (n,) epoch seconds of all events, in any order.
        settings: `train.valid_share` is the width of a slice, `train.slices` their greatest
            number, `train.test_share` the width of the judged period.

    Raises:
        CannotSplit: If there is no event, or the shares leave nothing to train on.
    """
    train = settings.train
    end = split_by_time(at_s, train.valid_share, train.test_share).valid_end_s
    starts = [end]
    for n in range(1, train.slices + 1):
        width = n * train.valid_share
        if width + train.test_share > 1 - _LEAST_PAST + 1e-9:
            break
        start = split_by_time(at_s, width, train.test_share).train_end_s
        if start < starts[-1]:
            starts.append(start)
    starts.reverse()
    windows = [Window(start, stop) for start, stop in pairwise(starts)]
    oldest = int(at_s.min())
    return Split(tuple(w for w in windows if w.start_s > oldest), Window(end))


def fit_model(
    interactions: Interactions,
    until_s: int,
    catalogue: Catalogue,
    settings: Settings,
    progress: Progress = no_progress,
) -> Model:
    """Sources and timeline of everything before an instant, without a ranker.

    Args:
        interactions: The record; events from `until_s` on are not looked at.
        until_s: Epoch seconds.
        catalogue: In the same item space.
        settings: Of the sources and the pool.
        progress: Told about every source.
    """
    past = interactions.where(interactions.at_s < until_s)
    return Model(
        catalogue=catalogue,
        sources=fit_sources(past, catalogue, settings.sources, progress),
        timeline=ItemTimeline.from_interactions(past),
        ranker=None,
        is_promoted=False,
        trained_until_s=until_s,
        ranking=settings.ranking,
    )


@dataclass(frozen=True)
class Lessons:
    """What the ranker learns from.

    Args:
        examples: All requests that have a hit in their pool, slice after slice.
        slice_of: (n_groups,) the slice of each.
        names: Names of the feature columns.
        blending: What the latest slice taught of blending the sources.
    """

    examples: Examples
    slice_of: NDArray[np.int64]
    names: tuple[str, ...]
    blending: Blending

    def __len__(self) -> int:
        """Number of requests."""
        return len(self.slice_of)


def make_lessons(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    slices: Sequence[Window],
    rng: np.random.Generator,
    progress: Progress = no_progress,
) -> Lessons:
    """Answer requests of every slice with sources fitted before it, and label the pools.

    Args:
        interactions: The record; nothing after the last slice is looked at.
        catalogue: In the same item space.
        settings: `train.ranker_requests` bounds the requests, shared evenly among the slices and,
            by `ranking.live_share`, between live and frozen ones; of these, `ranking.cold_share`
            bounds those without a history, and `train.test_share` says how far they look ahead.
        slices: Windows, oldest first, at least one.
        rng: Draws accounts and instants.
        progress: Told about every slice.
    """
    asked = _asked(interactions, settings, slices, rng)
    names = feature_names(settings.sources.enabled)
    width = min(settings.ranking.pool, catalogue.n_items)
    n_rows = width * sum(len(frozen) + len(live) for frozen, live in asked)
    page = _Page.blank(n_rows, len(names))
    last = slices[-1].end_s
    known = interactions if last is None else interactions.where(interactions.at_s < last)
    # States are asked as of an instant, so one timeline serves every slice without looking ahead.
    states = ItemStates(ItemTimeline.from_interactions(known), settings.ranking.time_bucket_s)
    blending: Blending | None = None
    for number in reversed(range(len(slices))):
        progress("lessons", len(slices) - 1 - number, len(slices))
        model = fit_model(interactions, slices[number].start_s, catalogue, settings)
        if blending is None:
            blending = learn_blend(model, asked[number], settings.ranking)
        model = replace(model, blend=blending.blend)
        for requests in asked[number]:
            # In the order of time, neighbours share the state of a bucket.
            in_time = requests.take(np.argsort(requests.as_of_s, kind="stable"))
            _write(page, number, model, in_time, states)
    progress("lessons", len(slices), len(slices))
    assert blending is not None  # noqa: S101 -- there is at least one slice
    return page.lessons(names, blending)


def _asked(
    interactions: Interactions,
    settings: Settings,
    slices: Sequence[Window],
    rng: np.random.Generator,
) -> list[tuple[Requests, ...]]:
    """The requests of every slice: frozen ones, then live ones; without a kind of share 0."""
    each = settings.train.ranker_requests // len(slices)
    live = settings.ranking.live_share
    n_live, n_frozen = (max(int(each * part), int(part > 0)) for part in (live, 1.0 - live))
    frozen = Sampling(
        settings.sources.max_history, n_frozen, rng, cold_share=settings.ranking.cold_share
    )
    moving = Sampling(settings.sources.max_history, n_live, rng)
    return [
        (frozen_requests(interactions, look_ahead(slices, number, settings.train), frozen),
         live_requests(interactions, window, moving))
        for number, window in enumerate(slices)
    ]  # fmt: skip


def look_ahead(slices: Sequence[Window], number: int, train: TrainSettings) -> Window:
    """How far the answers of frozen lessons reach: as far as those of the judged period will.

    Whoever comes back within a month is not who comes back within a year, and what is wanted in
    the end is not what is wanted next. No answer lies after the last slice.

    Args:
        slices: Consecutive windows, oldest first.
        number: The slice at whose start is asked.
        train: `test_share` and `valid_share` (change results).

    >>> slices = [Window(0, 10), Window(10, 20), Window(20, 30)]
    >>> wide = TrainSettings(test_share=0.2, valid_share=0.1)
    >>> [look_ahead(slices, number, wide).end_s for number in range(3)]
    [20, 30, 30]
    """
    n_slices = max(1, math.ceil(train.test_share / train.valid_share - 1e-9))
    last = slices[min(number + n_slices, len(slices)) - 1]
    return Window(slices[number].start_s, last.end_s)


def fit_ranker(lessons: Lessons, settings: Settings) -> Ranker:
    """Fit the ranker: the latest slice chooses the number of trees, then all slices teach.

    Args:
        lessons: At least MIN_LESSONS requests.
        settings: `ranking` and the seed.
    """
    latest = lessons.slice_of == lessons.slice_of.max()
    if latest.all():
        latest = np.arange(len(lessons)) % _HELD_OUT == 0
    first = Ranker.fit(
        _part(lessons, ~latest),
        _part(lessons, latest),
        lessons.names,
        settings.ranking.model_copy(update={"forests": 1}),
        settings.train.seed,
    )
    ranking = settings.ranking.model_copy(update={"trees": max(1, first.forest.n_trees)})
    return Ranker.fit(lessons.examples, None, lessons.names, ranking, settings.train.seed)


@dataclass
class _Page:
    """Room for all rows, filled from the top, so that nothing is held twice."""

    rows: NDArray[np.float32]
    labels: NDArray[np.int8]
    sizes: list[int]
    slice_of: list[int]

    @classmethod
    def blank(cls, n_rows: int, n_columns: int) -> "_Page":
        return cls(np.empty((n_rows, n_columns), np.float32), np.empty(n_rows, np.int8), [], [])

    def lessons(self, names: tuple[str, ...], blending: Blending) -> Lessons:
        n = sum(self.sizes)
        sizes = np.array(self.sizes, dtype=np.int64)
        examples = Examples(self.rows[:n], self.labels[:n], sizes)
        return Lessons(examples, np.array(self.slice_of, dtype=np.int64), names, blending)


def _write(page: _Page, number: int, model: Model, requests: Requests, states: ItemStates) -> None:
    filled = sum(page.sizes)
    for batch in batches(model, requests, no_progress, ""):
        for place, pool, person in pools(model, batch, model.pool_blend):
            hits = batch.requests.truth.row(place)
            labels = np.isin(pool.items, hits)
            if not labels.any():  # no order of this pool is better than another
                continue
            at_s = int(batch.requests.as_of_s[place])
            end = filled + len(pool)
            page.rows[filled:end] = feature_matrix(
                pool, person, states.at(at_s), model.columns, Context(at_s)
            )
            page.labels[filled:end] = labels
            page.sizes.append(len(pool))
            page.slice_of.append(number)
            filled = end


def _part(lessons: Lessons, keep: NDArray[np.bool_]) -> Examples:
    whole = lessons.examples
    rows = np.repeat(keep, whole.group_sizes)
    return Examples(whole.rows[rows], whole.labels[rows], whole.group_sizes[keep])
