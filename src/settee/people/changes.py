"""Say what changed among the persons of an account, and what people corrected.

A correction is a fact in the journal like any event, so that a replay repeats it. "This evening
was Ann" becomes the label {evening: (1,)}, which holds the model's answer for that session fast;
"3 is really 1" becomes one edge 3 -> 1 in a forest, and taking the edge out brings 3 back under
the very id it had. Nothing is renumbered, ever.

Reads / Writes: nothing.
Source: Galler & Fischer (1964), "An Improved Equivalence Algorithm"; without path compression,
for a compressed path has no way back.
Not here: how labels hold a model fast (people.mixture), who is who after a refit (people.identity),
how corrections are written down and read (people.corrections).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

EventKind = Literal[
    "born", "returned", "retired", "split", "merged", "corrected", "unmerged", "renamed",
    "forgotten", "drifted",
]  # fmt: skip


@dataclass(frozen=True)
class PersonEvent:
    """Something that happened to the persons of an account.

    Args:
        kind: born, returned (after being retired), retired, split, merged, corrected, unmerged,
            renamed, forgotten, drifted.
        at_s: When, epoch seconds.
        person_ids: The person it is about first; for "split" then the one it came from, for
            "merged" then the one it became part of.
        evidence: Name and number of what it rests on, in the order of weight.
        reversible: Can a correction take it back? A split by merging, a merge by unmerging (by
            hand) or by saying of a session that it was the person who vanished (by a refit).
    """

    kind: EventKind
    at_s: int
    person_ids: tuple[str, ...]
    evidence: tuple[tuple[str, float], ...] = ()
    reversible: bool = False


@dataclass(frozen=True)
class Clamps:
    """Sessions whose persons were told, as a model needs them.

    Args:
        row: (m,) int32 ascending rows that are held fast.
        allowed: (m, K) bool, which components may have been there; a row is all False for a guest
            and where the person has no component yet.
        share: (m, K) float32, `allowed` spread evenly over the persons told; rows sum to 1 or 0.
        n_persons: (m,) int8, how many were told: 0 a guest, 1, 2 or more together.
        missing: Numbers of persons that are told and have no component: the fit must make one.
    """

    row: NDArray[np.int32]
    allowed: NDArray[np.bool_]
    share: NDArray[np.float32]
    n_persons: NDArray[np.int8]
    missing: tuple[int, ...]


@dataclass(frozen=True)
class Told:
    """What people told about one account, and the counter of its persons.

    Args:
        labels: Session (event id of its last event) to the numbers of who was there; () a guest.
        part_of: Number of a person to the number of the person they are part of.
        names: Number of a person to a name for people's eyes.
        devices: Device id to the number of the person whose it is, 0 for nobody's.
        others: Person id of another account to the number of the person here and whether the two
            are one.
        forgotten: Numbers that must not be used again.
        next_number: Number of the next person to be found.
    """

    labels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    part_of: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    devices: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, tuple[int, bool]] = field(default_factory=dict)
    forgotten: frozenset[int] = frozenset()
    next_number: int = 1

    def root(self, number: int) -> int:
        """Whom a person counts as, after all merges by hand.

        >>> Told(part_of={3: 1, 1: 2}).root(3)
        2
        """
        while number in self.part_of:
            number = self.part_of[number]
        return number

    def roots(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Whom each of several persons counts as."""
        return tuple(self.root(number) for number in numbers)

    def persons(self, session: str) -> tuple[int, ...] | None:
        """Who was told to be there, after merges: () a guest, None where nothing was told."""
        labels = self.labels.get(session)
        return None if labels is None else tuple(dict.fromkeys(self.roots(labels)))

    @property
    def n_least(self) -> int:
        """Fewest persons a fit must find: those whom some session was told to be."""
        return len({self.root(number) for told in self.labels.values() for number in told})

    def within(self, sessions: Sequence[str]) -> "Told":
        """The same without labels of sessions that are no longer looked at."""
        kept = {key: self.labels[key] for key in sessions if key in self.labels}
        return self if len(kept) == len(self.labels) else replace(self, labels=kept)

    def clamps(self, sessions: Sequence[str], numbers: Sequence[int]) -> Clamps:
        """What a fit may not change.

        Args:
            sessions: (n,) keys of the rows of a fit.
            numbers: (K,) number of the person of each component.

        >>> told = Told(labels={"e1": (2,), "e2": ()}, next_number=3)
        >>> told.clamps(["e0", "e1", "e2"], [1, 2]).share.tolist()
        [[0.0, 1.0], [0.0, 0.0]]
        """
        roots = np.array(self.roots(numbers), dtype=np.int64)
        known = [(row, self.persons(key)) for row, key in enumerate(sessions)]
        told = [(row, persons) for row, persons in known if persons is not None]
        share = np.zeros((len(told), len(roots)), dtype=np.float32)
        missing: dict[int, None] = {}
        for place, (_, persons) in enumerate(told):
            there = [roots == person for person in persons]
            missing |= dict.fromkeys(
                p for p, one in zip(persons, there, strict=True) if not any(one)
            )
            for one in there:
                share[place, one] = 1.0 / max(int(one.sum()), 1)
        total = share.sum(axis=1, keepdims=True)
        return Clamps(
            row=np.array([row for row, _ in told], dtype=np.int32),
            allowed=share > 0,
            share=np.divide(share, total, out=share, where=total > 0),
            n_persons=np.array([len(persons) for _, persons in told], dtype=np.int8),
            missing=tuple(missing),
        )
