"""Find the items of an answer on the best rung that can give one.

    ranker     the released ranker ordered the pool
    fusion     rank fusion of the sources did: not promoted, out of time, a source left out, a bug
    popular    what many want: no history, or no source that needs one answered
    catalogue  the newest items that can be had: no model, or no source put anything forward

Each step down has a reason, and the answer carries it. Where even the catalogue is empty there is
an error and no invention.

Reads: a serving, what is known of the account.  Writes: nothing.
Not here: the sources (candidates), the order (ranking), what may be shown (rules).
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from settee.core import RankingSettings, RespondSettings
from settee.features import Context, Pool
from settee.ranking import Ordered, Ranked, make_pool, rank, suit_all
from settee.respond.errors import NothingToShow
from settee.respond.person import History, Known
from settee.respond.retrieve import Scores, of_one
from settee.respond.serving import Serving, Stage
from settee.respond.words import Rung
from settee.rules import Verdict, keep

_log = logging.getLogger("settee.respond")


@dataclass(frozen=True)
class Wish:
    """What is wanted of the ladder.

    Args:
        k: Items wanted.
        as_of_s: Instant of the request, epoch seconds.
        device_type: One of core.DEVICE_TYPES, or None.
        started_s: When work on the request began, by `time.perf_counter`.
    """

    k: int
    as_of_s: int
    device_type: str | None
    started_s: float


@dataclass(frozen=True)
class Found:
    """The items of an answer.

    Args:
        rung: Rung that gave them.
        because: Why no higher one did, "" on the highest.
        items: (n,) positions, best first.
        scores: (n,) float64; they compare within the answer only.
        pool: The pool that the items stand in, None on the catalogue rung.
        places: (n,) rows of that pool.
        left_out: Why a source is not in it, by name.
        timings_ms: How long the stages took.
    """

    rung: Rung
    because: str
    items: NDArray[np.int32]
    scores: NDArray[np.float64]
    pool: Pool | None = None
    places: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    left_out: Mapping[str, str] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)


def climb(
    serving: Serving, known: Known, verdict: Verdict, wish: Wish, settings: RespondSettings
) -> Found:
    """The items from the best rung that has any.

    Args:
        serving: What answers.
        known: History of those whom it is for, in the serving's item space.
        verdict: What the rules say of every item.
        wish: What is wanted.
        settings: Budgets (change which rung answers when time is short), `together_least`.

    Raises:
        NothingToShow: If no item is left on any rung.
    """
    stage = serving.stage
    if stage is None:
        return _catalogue(serving, verdict, wish, "no_model", {})
    found = _pooled(stage, known, verdict, wish, settings)
    if len(found.items) == 0:
        return _catalogue(serving, verdict, wish, "no_candidates", found.left_out)
    return found


def _pooled(
    stage: Stage, known: Known, verdict: Verdict, wish: Wish, settings: RespondSettings
) -> Found:
    model = stage.model
    has_history = len(known.person.item) > 0
    # Sources that need a history would say nothing, so they are not asked.
    names = [name for name, one in model.sources.items() if has_history or not one.needs_history]
    begun_s = time.perf_counter()
    scores, left_out = stage.retriever.ask(names, known.histories, settings.source_budget_ms / 1000)
    ranking = pool_settings(model.ranking, wish.k)
    listeners = known.members or (known.history,)
    pools = [
        make_pool(of_one(scores, model.sources, number), verdict.allowed, ranking)
        for number in range(len(listeners))
    ]
    asked_s = time.perf_counter()
    rung, because = _rung(stage, scores, left_out, wish, settings, has_history=has_history)
    lists = None
    if rung == "ranker":
        lists = _by_ranker(stage, pools, listeners, wish)
        if lists is None:
            rung, because = "fusion", "ranker_failed"
    if lists is None:
        lists = [Ordered(one, _by_fusion(one)) for one in pools]
    best = lists[0]
    if len(lists) > 1:
        best = suit_all(lists, settings.together_least, ranking.rrf_constant)
    pool, ranked = best.pool, best.ranked
    # The pool holds allowed items only; asking again here guards whatever orders it.
    kept = keep(verdict, pool.items[ranked.places], wish.k)
    places = ranked.places[kept]
    timings = {"sources": asked_s - begun_s, "rank": time.perf_counter() - asked_s}
    return Found(
        rung, because, pool.items[places], ranked.scores[kept], pool, places, left_out,
        {name: round(1000 * seconds, 3) for name, seconds in timings.items()},
    )  # fmt: skip


def _by_ranker(
    stage: Stage, pools: Sequence[Pool], listeners: Sequence[History], wish: Wish
) -> list[Ordered] | None:
    """Each listener's pool in the ranker's order; None when the ranker failed."""
    try:
        context = Context(wish.as_of_s, wish.device_type)
        state = stage.counts.at(wish.as_of_s)
        return [
            Ordered(pool, rank(stage.model, pool, one.own, state, context))
            for pool, one in zip(pools, listeners, strict=True)
        ]
    except Exception:  # noqa: BLE001 -- a bug in the ranker must not cost the answer
        _log.exception("the ranker failed")
        return None


def _by_fusion(pool: Pool) -> Ranked:
    return Ranked(np.arange(len(pool)), pool.fused.astype(np.float64), "fusion")


def pool_settings(ranking: RankingSettings, k: int) -> RankingSettings:
    """The model's own settings, widened where more items are wanted than a source puts forward.

    Args:
        ranking: Settings that the model was trained with.
        k: Items wanted.
    """
    if k <= min(ranking.per_source, ranking.pool):
        return ranking
    wider = {"per_source": max(ranking.per_source, k), "pool": max(ranking.pool, k)}
    return ranking.model_copy(update=wider)


def _rung(
    stage: Stage,
    scores: Mapping[str, Scores],
    left_out: Mapping[str, str],
    wish: Wish,
    settings: RespondSettings,
    *,
    has_history: bool,
) -> tuple[Rung, str]:
    """The rung that the sources' answers allow, and why no higher one."""
    model = stage.model
    if not has_history:
        return "popular", "no_history"
    if not any(model.sources[name].needs_history for name in scores):
        return "popular", "sources_left_out"
    if model.ranker is None or not model.is_promoted:
        return "fusion", "not_promoted"
    if left_out:
        # The ranker learnt from all sources; what it makes of fewer was never judged.
        return "fusion", "sources_left_out"
    if (time.perf_counter() - wish.started_s) * 1000 > settings.total_budget_ms:
        return "fusion", "over_budget"
    return "ranker", ""


def _catalogue(
    serving: Serving,
    verdict: Verdict,
    wish: Wish,
    because: str,
    left_out: Mapping[str, str],
) -> Found:
    newest = serving.offer.newest_first
    items = newest[keep(verdict, newest, wish.k)]
    if len(items) == 0:
        n_items, removed = serving.offer.n_items, verdict.counts()
        told = ", ".join(f"{n} {name}" for name, n in removed.items()) or "none removed"
        raise NothingToShow(
            f"No item can be shown: the catalogue has {n_items} ({told}).",
            hint="Import or PUT items." if n_items == 0 else "Ask with fewer excludes.",
        )
    scores = -np.arange(len(items), dtype=np.float64)
    return Found("catalogue", because, items, scores, left_out=left_out)
