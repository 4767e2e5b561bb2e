"""Find what is worth showing, in a first order: sources, pool, ranker or fusion.

The order comes as a utility on a scale of log odds: the ranker's score, or the log of the fused
one, so that "twice as likely" is +0.69 whoever ordered. What only the live sources put forward
stands behind what the ranker ordered, for the ranker never learnt of it; what may lift it is the
online layer, a rule, or exploration.

Reads: a serving, what is known of those whom it is for.  Writes: nothing.
Not here: the rungs below (respond.ladder), what is made of the order (respond.page).
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from settee.core import RankingSettings, RespondSettings
from settee.events import Histories
from settee.features import Context, Person, Pool
from settee.ranking import (
    Joined,
    Ordered,
    Ranked,
    fused_utility,
    join_pools,
    make_pool,
    rank,
    ranked_utility,
    suit_all,
)
from settee.respond.person import History, Known
from settee.respond.retrieve import Scores, of_one
from settee.respond.serving import Stage
from settee.respond.words import Rung
from settee.rules import Verdict

_log = logging.getLogger("settee.respond")


@dataclass(frozen=True)
class Wish:
    """What is wanted of the ladder.

    Args:
        k: Items wanted.
        as_of_s: Instant of the request, epoch seconds.
        device_type: One of core.DEVICE_TYPES, or None.
        started_s: When work on the request began, by `time.perf_counter`.
        least: How much the least pleased count in a list for several; None is the setting.
    """

    k: int
    as_of_s: int
    device_type: str | None
    started_s: float
    least: float | None = None


@dataclass(frozen=True)
class Base:
    """A pool in a first order.

    Args:
        rung: What ordered it.
        because: Why no higher rung did.
        pool: Items over the model's sources and the live ones.
        utility: (m,) float64, by row of the pool; log odds up to a constant.
        left_out: Why a source is not in it, by name.
        timings_ms: How long the stages took.
        rows: (n, F) the ranker's features of the first n rows, None where it did not order.
    """

    rung: Rung
    because: str
    pool: Pool
    utility: NDArray[np.float64]
    left_out: Mapping[str, str] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)
    rows: NDArray[np.float32] | None = None


def first_order(
    stage: Stage, known: Known, verdict: Verdict, wish: Wish, settings: RespondSettings
) -> Base:
    """The pool of a request and its first order.

    Args:
        stage: The model and what runs it.
        known: History of those whom it is for.
        verdict: What the rules say of every item.
        wish: What is wanted.
        settings: Budgets (change which rung answers when time is short), `together_least`.
    """
    model = stage.model
    has_history = len(known.person.item) > 0
    begun_s = time.perf_counter()
    # Sources that need a history would say nothing, so they are not asked. The live ones go first:
    # they take microseconds, and one that hangs would keep all behind it.
    order = (*stage.living.sources, *model.sources)
    names = [name for name in order if has_history or not stage.needs_history(name)]
    histories = replace(known.histories, as_of_s=wish.as_of_s)
    scores, left_out = stage.retriever.ask(names, histories, settings.source_budget_ms / 1000)
    ranking = pool_settings(model.ranking, wish.k)
    listeners = known.members or (known.history,)
    pools = [
        _pool(stage, scores, number, verdict, ranking, (one.own, wish.as_of_s))
        for number, one in enumerate(listeners)
    ]
    asked_s = time.perf_counter()
    is_personal = not left_out or any(_is_personal(stage, one.pool) for one in pools)
    rung, because = _rung(stage, left_out, wish, settings, has_history, is_personal)
    ranked = None
    if rung == "ranker":
        ranked = _by_ranker(stage, pools, listeners, wish)
        if ranked is None:
            rung, because = "fusion", "ranker_failed"
    if ranked is None:
        lists = [(one.pool, fused_utility(one.pool)) for one in pools]
    else:
        lists = [(one.pool, ranked_utility(one, by)) for one, by in zip(pools, ranked, strict=True)]
    pool, utility = lists[0]
    rows = None if ranked is None else ranked[0].rows
    if len(lists) > 1:
        least = settings.together_least if wish.least is None else wish.least
        suited = suit_all([_ordered(*one) for one in lists], least, ranking.rrf_constant)
        pool, utility, rows = suited.pool, fused_utility(suited.pool), None
    timings = {"sources": asked_s - begun_s, "rank": time.perf_counter() - asked_s}
    return Base(
        rung, because, pool, utility, left_out,
        {name: round(1000 * seconds, 3) for name, seconds in timings.items()}, rows,
    )  # fmt: skip


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


def _pool(
    stage: Stage,
    scores: Mapping[str, Scores],
    number: int,
    verdict: Verdict,
    ranking: RankingSettings,
    asked: tuple[Person, int],
) -> Joined:
    """One listener's pool: of the model's sources, and what the live ones add to it."""
    model = stage.model
    given = of_one(scores, model.sources, number)
    blend = model.blend_of(*asked)
    trained = make_pool(given, verdict.allowed, ranking, blend, len(asked[0].item))
    names = stage.living.sources
    if not names:
        return Joined(trained, trained)
    live = of_one(scores, names, number)
    found = make_pool(live, verdict.allowed, ranking)
    return join_pools(trained, found, live, len(verdict.allowed))


def _by_ranker(
    stage: Stage, pools: Sequence[Joined], listeners: Sequence[History], wish: Wish
) -> list[Ranked] | None:
    """Each listener's model pool in the ranker's order; None when the ranker failed."""
    try:
        context = Context(wish.as_of_s, wish.device_type)
        state = stage.living.at(wish.as_of_s)
        n_known = stage.model.catalogue.n_items
        return [
            rank(stage.model, pool.model, _known(one.own, n_known), state, context)
            for pool, one in zip(pools, listeners, strict=True)
        ]
    except Exception:  # noqa: BLE001 -- a bug in the ranker must not cost the answer
        _log.exception("the ranker failed")
        return None


def _known(person: Person, n_known: int) -> Person:
    """A history without titles that the model does not know."""
    is_known = person.item < n_known
    if is_known.all():
        return person
    return Person.of(Histories.of_one(person.item[is_known], person.at_s[is_known]))


def _ordered(pool: Pool, utility: NDArray[np.float64]) -> Ordered:
    places = np.argsort(-utility, kind="stable")
    return Ordered(pool, Ranked(places, utility[places], "fusion"))


def _is_personal(stage: Stage, pool: Pool) -> bool:
    """Did any source that looks at histories put anything forward?"""
    columns = [stage.needs_history(name) for name in stage.sources]
    return bool((pool.source_ranks[:, columns] >= 0).any())


def _rung(
    stage: Stage,
    left_out: Mapping[str, str],
    wish: Wish,
    settings: RespondSettings,
    has_history: bool,
    is_personal: bool,
) -> tuple[Rung, str]:
    """The rung that the sources' answers allow, and why no higher one."""
    model = stage.model
    if not has_history:
        return "popular", "no_history"
    if not is_personal:
        return "popular", "sources_left_out"
    if model.ranker is None or not model.is_promoted:
        return "fusion", "not_promoted"
    if not left_out.keys().isdisjoint(model.sources):
        # The ranker learnt from all sources; what it makes of fewer was never judged.
        return "fusion", "sources_left_out"
    if (time.perf_counter() - wish.started_s) * 1000 > settings.total_budget_ms:
        return "fusion", "over_budget"
    return "ranker", ""
