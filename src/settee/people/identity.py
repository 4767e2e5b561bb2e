"""Carry the names of persons over a refit: the same people keep the same ids.

A refit numbers its components as it likes. Two fits that saw the same sessions are compared by how
many sessions they agree on: of Ann's 10 sessions the new component 2 holds 9 and component 1 holds
1, so component 2 is Ann. All are matched at once, for the most agreement in total; what told people
said outvotes everything; who shares too little with anybody before is new, and who is left over has
retired, or is part of whoever took over most of their sessions.

Reads: responsibilities of the old and the new fit for the same sessions.  Writes: nothing.
Source: Kuhn (1955), "The Hungarian Method for the Assignment Problem"; Crouse (2016) as in scipy.
Not here: what was told (people.changes), the fit itself (people.mixture).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.people.changes import EventKind, PersonEvent
from settee.people.ids import person_id, person_ids
from settee.people.match_loops import match_rows

__all__ = ["BadMatch", "MatchRules", "Matching", "match", "person_id"]

_MOST = 0.5  # who took over at least this share of somebody's sessions is where they went


class BadMatch(BadInput):
    """Two fits cannot be compared."""

    code = "bad_match"


@dataclass(frozen=True)
class MatchRules:
    """What else decides who is who.

    Args:
        account_id: Whose persons they are; names them in the events.
        at_s: When the refit was made, epoch seconds; stands in the events.
        told: Row of a session to the numbers of who was told to be there (`Told.persons`); () is a
            guest. One told session outvotes all others.
        part_of: Number of a person to whom they count as (`Told.root`), where they differ: among
            those nobody is said to come or go.
        resting: Numbers in the old fit that had retired; matched again, they have returned.
        min_share: Least share of the sessions of the smaller of the two that a person and a
            component must have in common, 0 to 1; larger gives new ids sooner.
    """

    account_id: str = ""
    at_s: int = 0
    told: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    part_of: Mapping[int, int] = field(default_factory=dict)
    resting: frozenset[int] = frozenset()
    min_share: float = 1 / 3

    def whole(self, number: int) -> int:
        """Whom a person counts as."""
        return self.part_of.get(number, number)


@dataclass(frozen=True)
class Matching:
    """Who each new component is.

    Args:
        numbers: (K_new,) number of the person of each new component.
        born: Numbers that were given out.
        returned: Numbers that had retired and are back.
        retired: Numbers of the old fit that no new component has, and that were not resting.
        next_number: Number of the next person to be found.
        overlap: (K_old, K_new) float64, sessions that both sides agree on.
        events: What happened, for people.
    """

    numbers: tuple[int, ...]
    born: tuple[int, ...]
    returned: tuple[int, ...]
    retired: tuple[int, ...]
    next_number: int
    overlap: NDArray[np.float64]
    events: tuple[PersonEvent, ...]


def match(
    old_responsibility: NDArray[np.floating],
    new_responsibility: NDArray[np.floating],
    old_numbers: Sequence[int],
    next_number: int,
    rules: MatchRules | None = None,
) -> Matching:
    """Give every new component the number of the person it is.

    The same input in any order of the new components gives the same person to the same component.

    Args:
        old_responsibility: (n, K_old) probability that session n was old component k, before; K_old
            is 0 for the first fit.
        new_responsibility: (n, K_new) the same of the new fit, for the same n sessions.
        old_numbers: (K_old,) number of the person of each old component.
        next_number: Number of the next person to be found, greater than any given out before.
        rules: What else decides; none by default.

    Raises:
        BadMatch: If the lengths differ, a number comes twice, or one is not under `next_number`.

    >>> old = np.array([[1, 0], [1, 0], [0, 1.0]])
    >>> match(old, old[:, ::-1], [1, 2], 3).numbers
    (2, 1)
    >>> match(np.zeros((3, 0)), old, [], 1).numbers
    (1, 2)
    """
    rules = rules or MatchRules()
    old, new = np.array(old_responsibility, np.float64), np.array(new_responsibility, np.float64)
    # people may be told of whom the old fit did not know
    extra = sorted({n for told in rules.told.values() for n in told} - set(old_numbers))
    known = (*old_numbers, *extra)
    _check(old, new, known, len(old_numbers), next_number)
    order = _canonical(new)
    new = np.ascontiguousarray(new[:, order])
    old = np.hstack([old, np.zeros((len(old), len(extra)))])
    overlap = _overlap(old, new)
    weight = overlap + _pinned(new, known, rules) * (overlap.sum() + 1.0)
    enough = rules.min_share * np.minimum.outer(old.sum(axis=0), new.sum(axis=0))
    numbers = _carried(weight, (overlap > 0) & (overlap >= enough) | (weight > overlap), known)
    for j in np.argsort(-new.sum(axis=0), kind="stable").tolist():
        if numbers[j] == 0:
            numbers[j] = next_number
            next_number += 1
    fits = _Fits(numbers, tuple(old_numbers), overlap[: len(old_numbers)], old, new, rules)
    return fits.told(next_number, np.argsort(order))


def _check(
    old: NDArray[np.float64],
    new: NDArray[np.float64],
    numbers: Sequence[int],
    n_old: int,
    next_number: int,
) -> None:
    if old.ndim != 2 or new.ndim != 2 or len(old) != len(new) or old.shape[1] != n_old:
        raise BadMatch(
            f"fits of shapes {old.shape} and {new.shape} with {n_old} numbers do not match; "
            "(n, K_old), (n, K_new) and K_old are expected."
        )
    if len(set(numbers)) < len(numbers) or not all(1 <= n < next_number for n in numbers):
        raise BadMatch(
            f"numbers {tuple(numbers)} must be different and lie in 1 to {next_number - 1}."
        )


def _overlap(old: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sessions in common: the sum of the smaller of the two probabilities.

    Unlike the product it gives a soft component as many sessions in common with itself as it has.
    """
    shared: NDArray[np.float64] = np.minimum(old[:, :, None], new[:, None, :]).sum(axis=0)
    return shared  # (K_old, K_new)


def _pinned(
    new: NDArray[np.float64], known: Sequence[int], rules: MatchRules
) -> NDArray[np.float64]:
    pinned = np.zeros((len(known), new.shape[1]))
    place = {number: i for i, number in enumerate(known)}
    for row, told in rules.told.items():
        for number in told:
            pinned[place[number]] += new[row] / len(told)
    return np.where(pinned >= 0.5, pinned, 0.0)  # half a session is the least that was told


def _canonical(new: NDArray[np.float64]) -> list[int]:
    """Components in an order that does not hang on how they happen to be numbered."""
    return np.lexsort(-new[::-1]).tolist() if new.size else list(range(new.shape[1]))


def _carried(
    weight: NDArray[np.float64], may: NDArray[np.bool_], known: Sequence[int]
) -> list[int]:
    """Number of each component under the heaviest matching, 0 where it is nobody known.

    Pairs that may not be one person are left apart after the matching; ties go to the older person.
    """
    numbers = [0] * weight.shape[1]
    if weight.size:
        by_age = np.argsort(np.array(known, dtype=np.int64))
        matched = match_rows(-weight[by_age])
        for i, j in zip(by_age.tolist(), matched.tolist(), strict=True):
            if j >= 0:
                numbers[j] = known[i] if may[i, j] else 0
    return numbers


@dataclass(frozen=True)
class _Fits:
    """Two fits once it is known who is who; `new` is in canonical order."""

    numbers: list[int]
    before: tuple[int, ...]
    overlap: NDArray[np.float64]
    old: NDArray[np.float64]
    new: NDArray[np.float64]
    rules: MatchRules

    def told(self, next_number: int, places: NDArray[np.intp]) -> Matching:
        """Everything in the caller's order of components, with those who came and went."""
        active = [number for number in self.before if number not in self.rules.resting]
        born = tuple(sorted(n for n in self.numbers if n not in self.before))
        returned = tuple(sorted(n for n in self.numbers if n in self.rules.resting))
        retired = tuple(number for number in active if number not in self.numbers)
        events = [self._came(number) for number in (*born, *returned)]
        events += [self._went(number) for number in retired]
        return Matching(
            numbers=tuple(self.numbers[place] for place in places),
            born=born,
            returned=returned,
            retired=retired,
            next_number=next_number,
            overlap=self.overlap[:, places],
            events=tuple(event for event in events if event is not None),
        )

    def _came(self, number: int) -> PersonEvent | None:
        """How somebody new came; inside a merged person nobody does."""
        j = self.numbers.index(number)
        size = float(self.new[:, j].sum())
        wholes = {self.rules.whole(n) for n in self.before if n not in self.rules.resting}
        if self.rules.whole(number) in wholes:
            return None
        if number in self.rules.resting:
            return self._event("returned", (number,), size, 0.0)
        i, shared = _most(self.overlap[:, j])
        if shared == 0 or shared < _MOST * size:
            return self._event("born", (number,), size, shared)
        return self._event("split", (number, self.before[i]), size, shared)

    def _went(self, number: int) -> PersonEvent | None:
        """How somebody went; inside a merged person nobody does."""
        i = self.before.index(number)
        size = float(self.old[:, i].sum())
        if self.rules.whole(number) in {self.rules.whole(n) for n in self.numbers}:
            return None
        j, shared = _most(self.overlap[i])
        if shared == 0 or shared < _MOST * size:
            return self._event("retired", (number,), size, shared)
        return self._event("merged", (number, self.numbers[j]), size, shared)

    def _event(
        self, kind: EventKind, numbers: tuple[int, ...], size: float, shared: float
    ) -> PersonEvent:
        wholes = [self.rules.whole(number) for number in numbers]
        evidence = (("sessions", size), ("shared_sessions", shared))
        return PersonEvent(
            kind=kind,
            at_s=self.rules.at_s,
            person_ids=person_ids(self.rules.account_id, wholes),
            evidence=evidence,
            reversible=kind in ("split", "merged"),
        )


def _most(shared: NDArray[np.float64]) -> tuple[int, float]:
    """Who has most in common with somebody, and how much; 0 when nobody has anything."""
    if not shared.size or shared.max() <= 0:
        return 0, 0.0
    best = int(np.argmax(shared))
    return best, float(shared[best])
