"""Learn how to blend the sources, and whether the blend may serve.

The latest slice of the lessons is answered by sources fitted before it, so their scores are as
blind as those that serve. Accounts of even number teach weights that are judged on the odd ones,
and the other way round: only where the blend's NDCG@10 on people it has not seen is above that of
rank fusion *and* of every single source does it order pools. Where a source is ahead of both, it
orders them alone, and the others only break its ties. The weights kept are learnt of all. Those who
come back and those who go on get weights of their own where there are enough of both.

Reads: a model, requests.  Writes: nothing.
Source: Wolpert (1992), "Stacked Generalization".
Not here: the weights (ranking.blend_fit), the judged period (learn.trial).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import RankingSettings
from settee.events import no_progress
from settee.features import Pool
from settee.learn.lists import BLEND, FUSION, batches, pools
from settee.learn.metrics import ndcg_at
from settee.learn.requests import Requests
from settee.ranking import PAUSE_S, Blend, BlendLessons, Model, fit_blend, widened

MIN_LESSONS = 20
"""Fewest requests, of people with a history, from which a blend is learnt in each half."""
_SHOWN = 10
_ASIDE = 1e-3
"""Weight of the others beside a source that orders alone: it only tells items apart that it does
not."""


@dataclass(frozen=True)
class Blending:
    """What was learnt.

    Args:
        blend: The weights, None where there was too little to learn from.
        reason: Why it serves or not, for people.
        ndcg: NDCG@10 on people that it was not learnt from: of the blend, of rank fusion and of
            every source, on the same requests.
        weights: Per source its weight for short and for long histories.
        returning: The same for people who come back after a pause; empty where it is the same.
    """

    blend: Blend | None
    reason: str
    ndcg: dict[str, float] = field(default_factory=dict)
    weights: dict[str, tuple[float, float]] = field(default_factory=dict)
    returning: dict[str, tuple[float, float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "serves": self.blend is not None and self.blend.serves,
            "reason": self.reason,
            "ndcg@10": {name: round(value, 6) for name, value in self.ndcg.items()},
            "weights": _rounded(self.weights),
            "returning": _rounded(self.returning),
        }


def _rounded(weights: dict[str, tuple[float, float]]) -> dict[str, list[float]]:
    return {name: [round(short, 6), round(long, 6)] for name, (short, long) in weights.items()}


@dataclass(frozen=True)
class Asked:
    """Requests of people with a history, with all that the sources put forward for each.

    Args:
        pools: Ordered by ranks.
        hits: Of each pool, (m,) did the item come true?
        account: (g,) of whom; those of even and odd number judge one another.
        n_history: (g,) items of each history, 1 at least.
        n_wanted: (g,) items that came true, in the pool or not.
        idle_s: (g,) seconds since the last deed.
    """

    pools: list[Pool]
    hits: list[NDArray[np.bool_]]
    account: NDArray[np.int64]
    n_history: NDArray[np.int64]
    n_wanted: NDArray[np.int64]
    idle_s: NDArray[np.int64]

    def lessons(self, keep: NDArray[np.bool_], depth: int) -> BlendLessons:
        """What those requests teach of the top so many places."""
        rows = np.flatnonzero(keep).tolist()
        return BlendLessons.of_pools(
            [self.pools[row] for row in rows],
            [self.hits[row] for row in rows],
            self.n_history[keep],
            depth,
        )


def learn_blend(model: Model, requests: Sequence[Requests], settings: RankingSettings) -> Blending:
    """Learn weights for a model's sources.

    Args:
        model: Sources fitted before the requests.
        requests: With their outcome.
        settings: `blend`, `blend_l2`, `blend_depth`, `per_source` and `rrf_constant` (change
            results).
    """
    if not settings.blend:
        return Blending(None, "the setting ranking.blend says so.")
    asked = _ask(model, requests, settings)
    return weigh(asked, {name: one.needs_history for name, one in model.sources.items()}, settings)


def weigh(asked: Asked, is_personal: Mapping[str, bool], settings: RankingSettings) -> Blending:
    """Learn weights from pools with known outcome, and what is to order pools.

    Args:
        asked: Requests, answered by sources that had not seen their outcome.
        is_personal: Per source, in the order of the pools: does it answer from a history? One that
            does not would show everybody the same, and never orders pools alone.
        settings: `blend_l2` and `blend_depth` (change results).
    """
    is_even = asked.account % 2 == 0
    least = min(len(asked.lessons(half, settings.blend_depth)) for half in (is_even, ~is_even))
    if least < MIN_LESSONS:
        return Blending(
            None, f"{least} requests in the smaller half, and {MIN_LESSONS} are needed to learn it."
        )
    names = list(is_personal)
    even, odd = (_fit(asked, half, settings) for half in (is_even, ~is_even))
    judges = [odd if even_one else even for even_one in is_even]
    ndcg = _ndcg(asked, judges, names)
    whole = _fit(asked, np.ones(len(is_even), np.bool_), settings)
    rival = max((name for name in ndcg if name != BLEND), key=lambda name: ndcg[name])
    serves = ndcg[BLEND] > ndcg[rival]
    reason = (
        f"on people it was not learnt from, ndcg@10 {ndcg[BLEND]:.4f} is "
        f"{'above' if serves else 'not above'} the {ndcg[rival]:.4f} of {rival}"
    )
    if not serves and is_personal.get(rival, False):
        whole, serves = _alone(names.index(rival), len(names)), True
        reason += f"; {rival} orders pools alone, and the others break its ties"
    return Blending(
        replace(whole, serves=serves),
        f"{reason}.",
        ndcg,
        _weights(names, whole),
        _weights(names, whole.returning) if whole.returning is not None else {},
    )


def _alone(place: int, n_sources: int) -> Blend:
    """The order of one source."""
    weight = np.full(n_sources, _ASIDE)
    weight[place] = 1.0
    return Blend(weight, weight, 0.0, 0.0)


def _weights(names: Sequence[str], blend: Blend) -> dict[str, tuple[float, float]]:
    return {
        name: (float(blend.short[place]), float(blend.long[place]))
        for place, name in enumerate(names)
    }


def _fit(asked: Asked, keep: NDArray[np.bool_], settings: RankingSettings) -> Blend:
    """One blend for all, or one each for who goes on and who comes back."""
    is_back, depth, l2 = asked.idle_s > PAUSE_S, settings.blend_depth, settings.blend_l2
    going, back = asked.lessons(keep & ~is_back, depth), asked.lessons(keep & is_back, depth)
    if min(len(going), len(back)) < MIN_LESSONS:
        return fit_blend(asked.lessons(keep, depth), l2)
    return replace(fit_blend(going, l2), returning=fit_blend(back, l2))


def _ask(model: Model, requests: Sequence[Requests], settings: RankingSettings) -> Asked:
    wide = replace(model, ranking=widened(settings, len(model.sources)))
    found: list[Pool] = []
    hits: list[NDArray[np.bool_]] = []
    told: list[tuple[int, int, int, int]] = []
    for one in requests:
        for batch in batches(wide, one, no_progress, ""):
            for place, pool, person in pools(wide, batch, None):
                wanted = batch.requests.truth.row(place)
                if not len(person.item):
                    continue
                found.append(pool)
                hits.append(np.isin(pool.items, wanted))
                idle_s = person.idle_s(int(batch.requests.as_of_s[place]))
                account = int(batch.requests.account[place])
                told.append((account, len(person.item), len(wanted), idle_s))
    columns = np.array(told, np.int64).reshape(-1, 4)
    return Asked(found, hits, columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3])


def _ndcg(asked: Asked, judges: Sequence[Blend], names: Sequence[str]) -> dict[str, float]:
    """Mean NDCG@10 of every system over the same requests; each is blended by its judge."""
    systems = (*names, FUSION, BLEND)
    shown = {name: np.zeros((len(judges), _SHOWN), np.bool_) for name in systems}
    for row, (pool, hit, judge) in enumerate(zip(asked.pools, asked.hits, judges, strict=True)):
        for place, name in enumerate(names):
            ranks = pool.source_ranks[:, place]
            top = (ranks >= 0) & (ranks < _SHOWN)
            shown[name][row, ranks[top]] = hit[top]
        first = hit[:_SHOWN]
        shown[FUSION][row, : len(first)] = first
        mine = judge.at(int(asked.idle_s[row]))
        blended = mine.order(pool, int(asked.n_history[row]), _SHOWN)
        shown[BLEND][row, : len(blended)] = hit[_places(pool, blended)]
    return {
        name: float(ndcg_at(places, asked.n_wanted, _SHOWN).mean())
        for name, places in shown.items()
    }


def _places(pool: Pool, part: Pool) -> NDArray[np.intp]:
    """Rows of a pool at which the items of a part of it stand."""
    order = np.argsort(pool.items)
    places: NDArray[np.intp] = order[np.searchsorted(pool.items, part.items, sorter=order)]
    return places
