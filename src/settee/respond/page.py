"""Make a page of an order: the items that are shown, where, and what brought each there.

    utility  the first order, and on it what the online layer, the soft rules and preferences add
    order    by utility, the first places made varied
    page     pins, quotas and caps; then a few places are given to chance

Nothing that the hard rules removed comes back, whoever lifts it.

Reads: a pool in its first order.  Writes: nothing.
Not here: the first order (respond.base), the rules themselves (rules), what is said (telling).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from settee.core import ExploreSettings, RespondSettings, VarietySettings
from settee.features import Pool
from settee.ranking import diversify, explore, generator_of, online_features
from settee.respond.base import Base
from settee.respond.doubt import doubt_of
from settee.respond.person import Known
from settee.respond.serving import Serving
from settee.rules import Asking, Lifts, Moved, Unmet, Verdict, lay_page, lift, put_forward
from settee.store import Preferred

PREFERENCES = "preferences"
"""Name under which what an account said of itself lifts items."""
_BEHIND = 1.0
_VARIED = 5
"""The first so many times k items are looked at for variety."""
_FAMILIAR = 10.0
"""Items of a history after which what somebody said at the beginning counts half."""
Counts = Callable[[int], NDArray[np.int64]]


@dataclass(frozen=True)
class Laying:
    """All that a page is made with.

    Args:
        serving: What answers.
        known: History of those whom it is for.
        verdict: What the rules say of every item.
        asking: The question, as rules see it.
        respond: `preference_lift`.
        variety: How different the items of a page shall be.
        explore: How many places are given to chance.
        seed: The draw of those places hangs on it.
        person_key: Whose weights of the online layer count.
        with_online: Is there an online layer?
        preferred: What those whom it is for said they like.
        shown: How often each item of the space was shown to the account since an instant.
    """

    serving: Serving
    known: Known
    verdict: Verdict
    asking: Asking
    respond: RespondSettings
    variety: VarietySettings = field(default_factory=VarietySettings)
    explore: ExploreSettings = field(default_factory=ExploreSettings)
    seed: str = ""
    person_key: str = ""
    with_online: bool = True
    preferred: Preferred = field(default_factory=Preferred)
    shown: Counts | None = None


@dataclass(frozen=True)
class Page:
    """The items of an answer.

    Args:
        base: The pool that they come from; what rules wanted in it stands at its end.
        places: (n,) rows of that pool, best first.
        scores: (n,) float64 utility; they compare within the answer only.
        lifts: What lifted items of the pool.
        moves: What rules of the page did.
        unmet: What rules of the page could not have.
        propensity: (n,) float64 how probable it was that the item stands there.
        explored: (n,) bool, was it drawn?
        x: (m, 6) what the online layer looks at, by row of the pool; None where there is no layer.
        doubt: (m,) how unsure the layer is; None where it did not act.
        utility: (m,) float64 of every candidate, by row of the pool, with all that lifts it.
    """

    base: Base
    places: NDArray[np.int64]
    scores: NDArray[np.float64]
    lifts: Lifts | None = None
    moves: tuple[Moved, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    propensity: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    explored: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    x: NDArray[np.float32] | None = None
    doubt: NDArray[np.float64] | None = None
    utility: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def items(self) -> NDArray[np.int32]:
        """(n,) positions in the item space, best first."""
        return self.base.pool.items[self.places]


def lay(laying: Laying, base: Base) -> Page:
    """The page of a request.

    Args:
        laying: What it is made with.
        base: A pool in its first order.
    """
    rules, asking = laying.serving.rules, laying.asking
    base = _with_wanted(base, put_forward(rules, asking, laying.verdict))
    items = base.pool.items
    lifts = _with_preferences(laying, lift(rules, asking, items))
    learnt = _learnt(laying, base)
    utility = learnt.utility + lifts.log_lift
    order = _varied(laying, items, utility, np.argsort(-utility, kind="stable"))
    shown = laying.shown
    laid = lay_page(
        rules, asking, items[order], utility[order],
        None if shown is None else lambda since_s: shown(since_s)[items[order]],
        verdict=laying.verdict,
    )  # fmt: skip
    places, propensity = laid.places, np.ones(len(laid.places))
    explored = np.zeros(len(laid.places), np.bool_)
    if laying.explore.share > 0:
        is_free = ~laid.is_out
        is_free[places] = False
        behind = np.flatnonzero(is_free)
        doubt = doubt_of(laying.serving, base) if learnt.doubt is None else learnt.doubt
        places, propensity, explored = explore(
            places, behind, laid.accepts, laying.explore, generator_of(laying.seed),
            doubt[order[behind]],
        )  # fmt: skip
    places = order[places]
    return Page(
        base, places, utility[places], lifts, laid.moves, laid.unmet, propensity, explored,
        learnt.x, learnt.doubt, utility,
    )  # fmt: skip


@dataclass(frozen=True)
class _Learnt:
    """The order as the online layer has it, where it acts."""

    utility: NDArray[np.float64]
    x: NDArray[np.float32] | None = None
    doubt: NDArray[np.float64] | None = None


def _learnt(laying: Laying, base: Base) -> _Learnt:
    stage = laying.serving.stage
    if stage is None or base.rung == "catalogue" or not laying.with_online:
        return _Learnt(base.utility)
    x = online_features(base.pool, base.utility, stage.living.sources)
    layer = stage.living.online
    if not layer.acts:
        return _Learnt(base.utility, x)
    utility, doubt = layer.utility(laying.person_key, x)
    return _Learnt(utility, x, doubt)


def _with_wanted(base: Base, wanted: NDArray[np.int32]) -> Base:
    """The pool, and at its end what rules want in it and no source put forward."""
    pool = base.pool
    if len(wanted) == 0:
        return base
    late = wanted[~np.isin(wanted, pool.items)]
    n = len(late)
    if n == 0:
        return base
    n_sources = pool.source_ranks.shape[1]
    more = Pool(
        np.concatenate([pool.items, late]),
        np.vstack([pool.source_scores, np.full((n, n_sources), np.nan, np.float32)]),
        np.vstack([pool.source_ranks, np.full((n, n_sources), -1, np.int32)]),
        np.concatenate([pool.fused, np.zeros(n, np.float32)]),
        pool.parts_and(n),
    )
    least = float(base.utility.min(initial=0.0)) - _BEHIND
    utility = np.concatenate([base.utility, least - 1e-3 * np.arange(n)])
    return replace(base, pool=more, utility=utility)


def _with_preferences(laying: Laying, lifts: Lifts) -> Lifts:
    """Lift what has tags or a language that was said to be liked, the less the more is known."""
    preferred, most = laying.preferred, laying.respond.preference_lift
    if most == 1.0 or not (preferred.tags or preferred.languages):
        return lifts
    facts, items = laying.serving.rules.facts, lifts.items
    liked = np.zeros(len(items))
    if preferred.tags:
        liked += facts.n_tags_among(preferred.tags)[items] > 0
    if preferred.languages:
        liked += facts.is_in_language(preferred.languages)[items]
    fades = _FAMILIAR / (_FAMILIAR + len(laying.known.person.item))
    log_lift = (np.log(most) * fades * liked).astype(np.float32)
    by_rule = {**lifts.by_rule, PREFERENCES: log_lift}
    return Lifts(items, lifts.log_lift + log_lift, by_rule)


def _varied(
    laying: Laying,
    items: NDArray[np.int32],
    utility: NDArray[np.float64],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The order with its first places made as different as is asked for."""
    strength, k = laying.variety.strength, laying.asking.k
    if strength == 0.0:
        return order
    order = order[laying.verdict.allowed[items[order]]]
    top = order[: _VARIED * k]
    method = laying.variety.method
    chosen = diversify(items[top], utility[top], laying.serving.tags, k, strength, method)
    is_left = np.ones(len(order), np.bool_)
    is_left[chosen] = False
    return np.concatenate([top[chosen], order[is_left]])
