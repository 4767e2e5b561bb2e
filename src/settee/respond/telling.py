"""Write what was page as an answer: ids for positions, marks of the sources, reasons, exposure.

Only the items that are shown are explained: 20 of a pool of 300.

Reads: a page list.  Writes: nothing.
Not here: finding it (respond.ladder), the reasons themselves (ranking.reasons).
"""

import hashlib
import logging
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from settee.core import instant_text
from settee.respond.doubt import doubt_of
from settee.respond.page import Page
from settee.respond.person import Known
from settee.respond.reasons import reasons_of
from settee.respond.serving import Serving
from settee.respond.words import Answer, Because, Mark, Request, Shown, Watching
from settee.rules import Trace, Verdict, trace_lifted, trace_removed
from settee.store import Record

EXPOSURE_KIND = "exposure"
_log = logging.getLogger("settee.respond")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encoder = msgspec.json.Encoder()


class Asked(msgspec.Struct, omit_defaults=True):
    """What was asked beside account and instant, as `words.Request` has it."""

    k: int
    exclude: tuple[str, ...] = ()
    device_id: str | None = None
    platform: str | None = None
    profile_id: str | None = None
    person_ids: tuple[str, ...] = ()
    together: bool = False
    least: float | None = None
    segments: tuple[str, ...] = ()
    max_age: int | None = None
    languages: tuple[str, ...] = ()


class _Seen(msgspec.Struct, omit_defaults=True):
    """One item of an exposure: `sources` holds rank and score by name.

    `x` is what the online layer looked at, to four decimals.
    """

    item_id: str
    rank: int
    score: float
    propensity: float
    sources: dict[str, tuple[int, float]]
    x: list[float] = []


class _Exposure(msgspec.Struct):
    """An answer as a fact: what was offered to whom, where, and by what.

    `offset` is how far the journal counted in it, -1 where views were on their way to different
    offsets, and `features` a hash of what the ranker saw of the items, "" where it did not order
    them: asked again as of that offset, both are the same where no source was `left_out`.
    """

    event_id: str
    account_id: str
    kind: str
    at: str
    slot: str | None
    device_type: str | None
    person: Watching
    rung: str
    because: str
    model_version: str | None
    asked: Asked
    offset: int
    features: str
    left_out: dict[str, str]
    items: list[_Seen]


def shown_items(
    serving: Serving, page: Page, known: Known | None, *, with_reasons: bool
) -> list[Shown]:
    """The items of an answer.

    Args:
        serving: What answered.
        page: What it found.
        known: History of those whom it is for, needed for reasons.
        with_reasons: Say why (False is faster and changes nothing else).
    """
    offer = serving.offer
    n = len(page.places)
    reasons: list[Because | msgspec.UnsetType] = [msgspec.UNSET] * n
    doubts: list[float | msgspec.UnsetType] = [msgspec.UNSET] * n
    try:
        if with_reasons and known is not None:
            reasons = reasons_of(serving, page, known.history)
        if with_reasons:
            doubt = doubt_of(serving, page.base) if page.doubt is None else page.doubt
            doubts = list(doubt[page.places].tolist())
    except Exception:  # noqa: BLE001 -- a reason that cannot be given must not cost the answer
        _log.exception("reasons could not be given")
    marks = _marks(serving, page)
    chances = page.propensity.tolist() or [1.0] * n
    drawn = page.explored.tolist() or [False] * n
    items, scores = page.items.tolist(), page.scores.tolist()
    return [
        Shown(offer.item_ids[item], offer.titles[item], rank, *told)
        for rank, (item, *told) in enumerate(
            zip(items, scores, marks, reasons, doubts, chances, drawn, strict=True), start=1
        )
    ]


def trace_of(serving: Serving, verdict: Verdict, page: Page) -> Trace:
    """What each rule did to an answer.

    Args:
        serving: What answered.
        verdict: What the rules removed.
        page: What they lifted and moved.
    """
    rules = serving.rules
    return Trace(
        rules.rules.version,
        trace_removed(rules, verdict),
        [] if page.lifts is None else trace_lifted(rules, page.lifts, page.places),
        list(page.moves),
        list(page.unmet),
    )


def exposure_of(answer: Answer, request: Request, page: Page, offset: int) -> Record:
    """The fact that an answer was given, ready for the journal.

    Args:
        answer: What was answered.
        request: What was asked.
        page: What the answer was made of.
        offset: How far the journal counted in it.
    """
    body = _Exposure(
        event_id=answer.exposure_id,
        account_id=answer.account_id,
        kind=EXPOSURE_KIND,
        at=instant_text(answer.at),
        slot=request.slot,
        device_type=request.device_type,
        person=answer.person,
        rung=answer.rung,
        because=answer.because,
        model_version=answer.model_version,
        asked=asked_of(request),
        offset=offset,
        features=features_hash(page),
        left_out=answer.left_out,
        items=[
            _Seen(
                one.item_id,
                one.rank,
                one.score,
                one.propensity,
                {mark.name: (mark.rank, mark.score) for mark in one.sources},
                x,
            )
            for one, x in zip(answer.items, _looked_at(page), strict=True)
        ],
    )
    at_us = (answer.at - _EPOCH) // _MICROSECOND
    return Record(
        answer.exposure_id, answer.account_id, EXPOSURE_KIND, at_us, _encoder.encode(body)
    )


def _looked_at(page: Page) -> list[list[float]]:
    """What the online layer looked at, for each item of a page."""
    if page.x is None:
        return [[] for _ in page.places]
    seen: list[list[float]] = page.x[page.places].astype(np.float64).round(4).tolist()
    return seen


def asked_of(request: Request) -> Asked:
    """What of a request goes into the exposure."""
    return Asked(**{name: getattr(request, name) for name in Asked.__struct_fields__})


def features_hash(page: Page) -> str:
    """A hash of the ranker's features of the items of a page, "" where it did not order them."""
    rows = page.base.rows
    if rows is None:
        return ""
    places = page.places[page.places < len(rows)]
    return hashlib.blake2b(rows[places].tobytes(), digest_size=8).hexdigest()


def _marks(serving: Serving, page: Page) -> list[list[Mark]]:
    pool = page.base.pool
    names = [] if serving.stage is None else list(serving.stage.sources)
    names = names[: pool.source_ranks.shape[1]]  # none where the catalogue answers
    ranks = pool.source_ranks[page.places].tolist()
    scores = pool.source_scores[page.places].tolist()
    return [
        [
            Mark(name, place + 1, score)
            for name, place, score in zip(names, places, values, strict=True)
            if place >= 0
        ]
        for places, values in zip(ranks, scores, strict=True)
    ]
