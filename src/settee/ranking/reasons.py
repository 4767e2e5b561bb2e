"""Say why an item is in the answer, from what is known and nothing else.

A linear source's score is a sum over the history: 0.8 from Heat and 0.2 from Ronin make the reason
"because you watched Heat" with the share 0.8. EASE also subtracts: +0.8, +0.4 and -0.2 make a score
of 1.0. Shares are then parts of what speaks for the item, 0.8 / 1.2 and 0.4 / 1.2, so they lie
between 0 and 1 and sum to 1 with `other`; what speaks against it stands beside them as `against`,
0.2 / 1.2, and score = sum for * (1 - against) holds exactly. Without negative parts a share is the
plain share of the score.

Reads: a model, a pool, a history.  Writes: nothing.
Source: Steck (2019), "Embarrassingly Shallow Autoencoders": scores are X B, linear in the history.
Not here: the parts themselves (candidates).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.features import Person, Pool
from settee.ranking.model import Model

MAX_SHARES = 3
"""Most items of the history that a reason names."""

_MAX_TAGS = 3
_LINEAR = ("ease", "knn")
_DEEDS = {
    "play": "you watched",
    "complete": "you watched",
    "view": "you looked at",
    "click": "you looked at",
    "like": "you liked",
    "rate": "you rated",
    "wishlist": "you saved",
    "cart": "you chose",
    "purchase": "you bought",
}


@dataclass(frozen=True)
class Share:
    """One item of the history and its part in what speaks for an answered item, 0 to 1."""

    item: int
    share: float


@dataclass(frozen=True)
class Reason:
    """Why one item was put forward.

    Args:
        kind: history: items of the person's own history; tags: tags in common with it; content:
            similar words; popular: wanted by many.
        text: For people.
        source: The source that the reason is taken from.
        shares: Items of the history, the largest first, at most MAX_SHARES.
        other: What the rest of the history adds; shares and `other` sum to 1 where there are any.
        against: What speaks against the item, as a part of what speaks for it; 0 is nothing.
    """

    kind: Literal["history", "tags", "content", "popular"]
    text: str
    source: str
    shares: tuple[Share, ...] = ()
    other: float = 0.0
    against: float = 0.0


@dataclass(frozen=True)
class Explanation:
    """Where an answered item comes from.

    Args:
        item: Position in the item space.
        reason: None where nothing is known that could be said.
    """

    item: int
    reason: Reason | None


def explain(
    model: Model,
    pool: Pool,
    places: NDArray[np.integer[Any]],
    person: Person,
    kinds: Sequence[str] | None = None,
    weight: NDArray[np.float32] | None = None,
) -> tuple[Explanation, ...]:
    """Explain the answered items of a pool.

    EASE explains what it put forward, item neighbours what they did, then come tags, words and
    popularity; the first that applies is taken.

    Args:
        model: The model that answered.
        pool: Its pool for the request.
        places: (n,) rows of the pool that are in the answer.
        person: The history that the sources scored.
        kinds: What the person did with each item of the history, one of core.KINDS each; None
            where unknown, and then the wording leaves it open.
        weight: (n_history,) float32 as the sources scored them; None is 1 for all.
    """
    reasons = _by_history(model, pool, places, person, _Heard(kinds, weight))
    return tuple(
        Explanation(item, reasons.get(place) or _by_catalogue(model, pool, place, person))
        for place, item in zip(places.tolist(), pool.items[places].tolist(), strict=True)
    )


@dataclass(frozen=True)
class _Heard:
    """How each item of the history came to count: the deed, and how much."""

    kinds: Sequence[str] | None
    weight: NDArray[np.float32] | None


def _by_history(
    model: Model,
    pool: Pool,
    places: NDArray[np.integer[Any]],
    person: Person,
    heard: _Heard,
) -> dict[int, Reason]:
    """Reasons by place, for what a linear source put forward; the first source goes first."""
    names = list(model.sources)
    reasons: dict[int, Reason] = {}
    for name in _LINEAR:
        if name not in names:
            continue
        ranks = pool.source_ranks[:, names.index(name)]
        mine = [int(place) for place in places if ranks[place] >= 0 and int(place) not in reasons]
        if not mine:
            continue
        parts = model.sources[name].shares(person.item, pool.items[mine])
        if parts is None:
            continue
        if heard.weight is not None:
            parts = parts * heard.weight
        told = _summarise(parts.astype(np.float32, copy=False), person.item)
        columns = (column.tolist() for column in told)
        for place, ats, items, shares, other, against in zip(mine, *columns, strict=True):
            if ats[0] >= 0:
                reasons[place] = Reason(
                    "history",
                    _because(model, person, ats[0], heard.kinds),
                    name,
                    tuple(
                        Share(item, share)
                        for at, item, share in zip(ats, items, shares, strict=True)
                        if at >= 0
                    ),
                    other,
                    against,
                )
    return reasons


@njit(cache=True, nogil=True)
def _summarise(
    parts: NDArray[np.float32], history: NDArray[np.int32]
) -> tuple[
    NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64],
    NDArray[np.float64],
]:  # fmt: skip
    """Of each row: places of the largest positive parts, their items and shares, other, against.

    Of equals the newest goes first: it is the one that the person remembers.
    """
    n = len(parts)
    largest, items = np.full((n, MAX_SHARES), -1, np.int64), np.zeros((n, MAX_SHARES), np.int32)
    share, other, against = np.zeros((n, MAX_SHARES)), np.zeros(n), np.zeros(n)
    for row in range(n):
        speaks_for, speaks_against = 0.0, 0.0
        for place in range(parts.shape[1] - 1, -1, -1):
            part = parts[row, place]
            if part < 0:
                speaks_against -= part
            if not part > 0:
                continue
            speaks_for += part
            slot = MAX_SHARES
            while slot > 0 and (
                largest[row, slot - 1] < 0 or parts[row, largest[row, slot - 1]] < part
            ):
                if slot < MAX_SHARES:
                    largest[row, slot] = largest[row, slot - 1]
                slot -= 1
            if slot < MAX_SHARES:
                largest[row, slot] = place
        if speaks_for > 0:
            against[row] = speaks_against / speaks_for
            other[row] = _part(
                parts[row], largest[row], history, speaks_for, items[row], share[row]
            )
    return largest, items, share, other, against


@njit(cache=True, nogil=True)
def _part(
    parts: NDArray[np.float32],
    largest: NDArray[np.int64],
    history: NDArray[np.int32],
    speaks_for: float,
    items: NDArray[np.int32],
    share: NDArray[np.float64],
) -> float:
    """Write items and shares of the largest parts of one row; what is left of 1."""
    rest = 1.0
    for slot in range(len(largest)):
        if largest[slot] >= 0:
            items[slot] = history[largest[slot]]
            share[slot] = parts[largest[slot]] / speaks_for
            rest -= share[slot]
    return max(0.0, rest)


def _because(model: Model, person: Person, at: int, kinds: Sequence[str] | None) -> str:
    deed = _DEEDS.get(kinds[at], "") if kinds is not None else ""
    title = _title(model, int(person.item[at]))
    return f"because {deed} {title}" if deed else f"because of {title}"


def _title(model: Model, item: int) -> str:
    """The title, or the id where the catalogue has none."""
    return model.catalogue.titles[item] or model.catalogue.item_ids[item]


def _by_catalogue(model: Model, pool: Pool, place: int, person: Person) -> Reason | None:
    names = list(model.sources)
    forwards = {
        name for name, rank in zip(names, pool.source_ranks[place], strict=True) if rank >= 0
    }
    if "content" in forwards:
        tags = _common_tags(model, person, int(pool.items[place]))
        if tags:
            return Reason("tags", f"similar tags: {', '.join(tags)}", "content")
        return Reason("content", "similar words in title or description", "content")
    if "popular" in forwards:
        return Reason("popular", "popular now", "popular")
    return None


def _common_tags(model: Model, person: Person, item: int) -> tuple[str, ...]:
    """Tags of the item that the history has too, the most frequent there first."""
    tags = model.catalogue.tags_of(item)
    found = dict.fromkeys(tags, 0)
    for known in person.item:
        for tag in model.catalogue.tags_of(int(known)):
            if tag in found:
                found[tag] += 1
    common = [tag for tag in tags if found[tag] > 0]
    return tuple(sorted(common, key=lambda tag: (-found[tag], tag))[:_MAX_TAGS])
