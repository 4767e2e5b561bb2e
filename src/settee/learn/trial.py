"""Put a recipe on trial: learn from the past, be judged on a later period, serve what won.

The record is cut once for everybody. Sources and ranker learn from what lies before the judged
period, every system answers the same requests, and the table says what it was worth. With 1,000
people in the later period and ten systems, that is 10,000 lists judged by thirteen metrics.

Reads: the record.  Writes: nothing.
Source: Ji et al. (2023) for the global split in time.
Not here: what is kept and served (learn.training), versions against each other (learn.gate).
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from settee.core import BadInput, Settings, from_epoch_s, instant_text
from settee.events import CannotSplit, Catalogue, Interactions, Progress, no_progress
from settee.learn.blending import Blending
from settee.learn.calibration import Bin
from settee.learn.folds import (
    MIN_LESSONS,
    Split,
    fit_model,
    fit_ranker,
    make_lessons,
    split_record,
)
from settee.learn.itemsets import ItemSets
from settee.learn.lists import BLEND, FUSION, answer
from settee.learn.promotion import Promotion, decide
from settee.learn.requests import Requests, Sampling, frozen_requests
from settee.learn.table import Shelf, Table, judge
from settee.ranking import Model, Ranker

MIN_INTEREST = 10
"""Fewest interest events from which anything is learnt."""
MIN_JUDGED = 20
"""Fewest requests in the later period for a ranker to be promoted on it."""
_LESSON_STREAM, _JUDGE_STREAM, _ANSWER_STREAM = range(3)


class TooLittle(BadInput):
    """The record holds too little to learn from."""

    code = "too_little"


@dataclass(frozen=True)
class Judged:
    """What a version or a recipe was worth on a later period.

    Args:
        table: Every system on the same requests; no rows when there was nobody to judge on.
        promotion: Whether the ranker serves.
        protocol: How it was judged, in JSON: instants, number of requests, fingerprints. Equal
            protocols have equal requests, so their figures compare.
        blending: What was learnt of blending the sources, in JSON; empty where nothing was tried.
    """

    table: Table
    promotion: Promotion
    protocol: dict[str, Any]
    blending: dict[str, Any] = field(default_factory=dict)

    @property
    def serving(self) -> str:
        """Name of the system that answers."""
        return self.promotion.serving

    @property
    def reliability(self) -> tuple[Bin, ...]:
        """What the system that answers told, beside what came true; empty where unmeasured."""
        return self.table.reliability.get(self.serving, ())

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "table": self.table.as_dict(),
            "promotion": self.promotion.as_dict(),
            "protocol": self.protocol,
            "serving": self.serving,
            "blending": self.blending,
            "reliability": [one.as_dict() for one in self.reliability],
        }


@dataclass(frozen=True)
class Trial:
    """A recipe that was tried.

    Args:
        judged: What it was worth.
        model: What was judged: sources fitted before the judged period, and the ranker.
        seconds: Stage by stage; for people, never stored in a bundle.
    """

    judged: Judged
    model: Model
    seconds: dict[str, float]


@dataclass
class Stopwatch:
    """Seconds of each stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to the stage of that name."""
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def check_enough(interactions: Interactions) -> None:
    """Refuse a record from which nothing can be learnt.

    Raises:
        TooLittle: With the number there is and the number needed.
    """
    n_interest = int(interactions.is_interest.sum())
    if n_interest < MIN_INTEREST:
        raise TooLittle(
            f"the record holds {n_interest} events of interest; training needs at least "
            f"{MIN_INTEREST}.",
            hint="settee import PATH brings more; [signals] says which kinds count as interest.",
        )


def try_recipe(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    progress: Progress = no_progress,
) -> Trial:
    """Learn from the past and be judged on the later period.

    Args:
        interactions: The record.
        catalogue: In the same item space.
        settings: The recipe: sources, ranking and train.
        progress: Told the stage, what is done and of how much.

    Raises:
        TooLittle: If nothing can be learnt.
    """
    check_enough(interactions)
    watch = Stopwatch()
    try:
        split = split_record(interactions.at_s, settings)
    except CannotSplit as error:
        raise TooLittle(error.message, hint=error.hint) from None
    n_before = int((interactions.is_interest & (interactions.at_s < split.test.start_s)).sum())
    if n_before < MIN_INTEREST:  # as when everything happened within one second
        unjudged = _unjudged(
            "no_later_period",
            f"the fusion serves: only {n_before} events of interest lie before the later "
            f"period, and {MIN_INTEREST} are needed to judge on it.",
            protocol_of(interactions, catalogue, split, None),
        )
        end_s = int(interactions.at_s.max()) + 1
        with watch.stage("sources"):
            model = fit_model(interactions, end_s, catalogue, settings, progress)
        return Trial(unjudged, model, watch.seconds)
    with watch.stage("sources"):
        model = fit_model(interactions, split.test.start_s, catalogue, settings, progress)
    requests = judged_requests(interactions, split, settings)
    learnt = _learn(interactions, catalogue, settings, split, progress, watch)
    model = replace(model, ranker=learnt.ranker, blend=learnt.blending.blend)
    protocol = protocol_of(interactions, catalogue, split, requests)
    with watch.stage("judge"):
        table = judge_model(model, requests, interactions, settings, progress)
        promotion = _promotion(table, requests, model, learnt.why, settings)
    judged = Judged(table, promotion, protocol, learnt.blending.as_dict())
    return Trial(judged, replace(model, is_promoted=promotion.is_promoted), watch.seconds)


def judged_requests(interactions: Interactions, split: Split, settings: Settings) -> Requests:
    """The requests of the judged period; the same record and settings give the same ones."""
    rng = _stream(settings, _JUDGE_STREAM)
    sampling = Sampling(settings.sources.max_history, settings.train.max_requests, rng)
    return frozen_requests(interactions, split.test, sampling)


def judge_model(
    model: Model,
    requests: Requests,
    interactions: Interactions,
    settings: Settings,
    progress: Progress = no_progress,
) -> Table:
    """Answer the requests and set the figures beside each other.

    Args:
        model: In the item space of the requests.
        requests: All asked at the same instant.
        interactions: For who wanted what before that instant.
        settings: Seed and resamples.
        progress: Told how many requests are answered.
    """
    if not len(requests):
        return Table(())
    counts, n_accounts = wanted_before(interactions, int(requests.as_of_s[0]))
    lists = answer(model, requests, counts, _stream(settings, _ANSWER_STREAM), progress)
    shelf = Shelf.of(model.catalogue, counts, n_accounts, requests.histories)
    train = settings.train
    return judge(lists, requests.truth, requests.is_warm, shelf, train.bootstrap, train.seed)


def wanted_before(interactions: Interactions, as_of_s: int) -> tuple[Any, int]:
    """(n_items,) accounts that wanted each item before an instant, and accounts that wanted any."""
    past = interactions.where(interactions.is_interest & (interactions.at_s < as_of_s))
    sets = ItemSets.of_pairs(past.account, past.item, interactions.n_accounts, interactions.n_items)
    counts = np.bincount(sets.item, minlength=interactions.n_items).astype(np.int64)
    return counts, int((sets.size > 0).sum())


def protocol_of(
    interactions: Interactions, catalogue: Catalogue, split: Split, requests: Requests | None
) -> dict[str, Any]:
    """How something was judged, in JSON."""
    n = 0 if requests is None else len(requests)
    return {
        "data": data_fingerprint(interactions, catalogue),
        "lesson_starts": [instant_text(from_epoch_s(w.start_s)) for w in split.slices],
        "test_start": instant_text(from_epoch_s(split.test.start_s)),
        "test_start_s": split.test.start_s,
        "n_requests": n,
        "n_warm": 0 if requests is None else int(requests.is_warm.sum()),
        "requests": "" if requests is None else requests.fingerprint(),
        "candidates": "every item of the catalogue that the account had not met",
        "relevant": "items of interest from test_start on that the account had not met before",
        "frozen": "sources, histories and counters stand still at test_start",
    }


def data_fingerprint(interactions: Interactions, catalogue: Catalogue) -> str:
    """Sixteen hex digits that change when an event or the numbering of items does."""
    digest = hashlib.sha256()
    for ids in (catalogue.item_ids, interactions.account_ids):
        digest.update("\0".join(ids).encode())
        digest.update(b"\1")
    for part in (
        interactions.account,
        interactions.item,
        interactions.at_s,
        interactions.is_interest,
    ):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:16]


def _stream(settings: Settings, number: int) -> np.random.Generator:
    """A generator of its own for each purpose, so that one never shifts another."""
    return np.random.default_rng([settings.train.seed, number])


@dataclass(frozen=True)
class _Learnt:
    """The second stage; `why` says why there is no ranker."""

    ranker: Ranker | None
    blending: Blending
    why: str = ""


def _learn(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    split: Split,
    progress: Progress,
    watch: Stopwatch,
) -> _Learnt:
    n_before = np.array(
        [(interactions.is_interest & (interactions.at_s < w.start_s)).sum() for w in split.slices]
    )
    slices = [w for w, n in zip(split.slices, n_before, strict=True) if n >= MIN_INTEREST]
    if not slices:
        why = "no earlier period is left to learn it from"
        return _Learnt(None, Blending(None, f"{why}."), why)
    rng = _stream(settings, _LESSON_STREAM)
    with watch.stage("lessons"):
        lessons = make_lessons(interactions, catalogue, settings, slices, rng, progress)
    if len(lessons) < MIN_LESSONS:
        why = f"{len(lessons)} requests to learn from, and {MIN_LESSONS} are needed"
        return _Learnt(None, lessons.blending, why)
    progress("ranker", 0, 1)
    with watch.stage("ranker"):
        ranker = fit_ranker(lessons, settings)
    progress("ranker", 1, 1)
    return _Learnt(ranker, lessons.blending)


def fused_by(model: Model) -> str:
    """Name of the system that orders a model's pools, and serves where no ranker does."""
    return FUSION if model.pool_blend is None else BLEND


def _promotion(
    table: Table, requests: Requests, model: Model, why: str, settings: Settings
) -> Promotion:
    otherwise = fused_by(model)
    if model.ranker is None:
        return Promotion(
            False,
            "too_few_lessons",
            f"the {otherwise} serves: there is no ranker, for {why}.",
            otherwise=otherwise,
        )
    if len(requests) < MIN_JUDGED:
        return Promotion(
            False,
            "too_few_judged",
            f"the {otherwise} serves: the later period has {len(requests)} people with new "
            f"interest, and {MIN_JUDGED} are needed to promote a ranker.",
            otherwise=otherwise,
        )
    return decide(table, settings.train.bootstrap, settings.train.seed, otherwise)


def _unjudged(code: str, reason: str, protocol: dict[str, Any]) -> Judged:
    return Judged(Table(()), Promotion(False, code, reason), protocol)
