"""Let no export, alone or compared with earlier ones, single out fewer people than a floor.

A list of 1,000 is exported on Monday and one of 998 on Tuesday: whoever lays them side by side
holds a list of 2. All exports together cut people into cells, those who were in the very same
exports; an export may go out only if every cell then has nobody in it or as many as the floor.
Whatever is made of exports by joining, crossing and taking away is made of whole cells, and so is
never under the floor. Accounts and the persons in them are looked at each by themselves.

Reads / Writes: nothing.
Source: Denning, Denning & Schwartz (1979), "The Tracker" (differences of allowed sets);
    Sweeney (2002), "k-anonymity".
Not here: keeping what left (store.audience_tables), who may be addressed (audiences.guard).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from settee.core import Conflict
from settee.store import ExportSet, Hashes

SmallParts = Literal["refuse", "leave_out"]


class SmallSet(Conflict):
    """An export that would single out fewer people than the floor."""

    code = "small_set"


@dataclass(frozen=True)
class Leaving:
    """Who wants to leave the house, the likeliest first, as salted hashes.

    Args:
        accounts: (n,) of their accounts; those of one account are equal.
        units: (n,) of accounts with persons.
    """

    accounts: Hashes
    units: Hashes

    @classmethod
    def of(cls, account_ids: Sequence[str], person_ids: Sequence[str], salt: bytes) -> "Leaving":
        """Hash members.

        Args:
            account_ids: (n,) accounts.
            person_ids: (n,) persons, "" for whole accounts.
            salt: 32 bytes.
        """
        pairs = zip(account_ids, person_ids, strict=True)
        return cls(
            _hashed(account_ids, salt), _hashed([f"{one}\x1f{other}" for one, other in pairs], salt)
        )

    def part(self, keep: NDArray[np.bool_]) -> ExportSet:
        """What is remembered of those who leave."""
        return ExportSet(np.unique(self.accounts[keep]), np.unique(self.units[keep]))


def may_leave(
    leaving: Leaving, earlier: Sequence[ExportSet], *, floor: int, small_parts: SmallParts
) -> NDArray[np.bool_]:
    """(n,) who leaves; the others are left out, the least likely first.

    Args:
        leaving: Who wants to.
        earlier: Who left before.
        floor: Fewest of a cell, at least 2.
        small_parts: Refuse where anybody would have to be left out, or leave them out.

    Raises:
        SmallSet: If it is refused, or too few would be left.

    >>> everybody = Leaving.of([f"a{n}" for n in range(60)], [""] * 60, bytes(32))
    >>> all_of = np.ones(60, np.bool_)
    >>> may_leave(everybody, [everybody.part(all_of)], floor=50, small_parts="refuse").sum()
    np.int64(60)
    """
    by_account = _Cells.of([one.accounts for one in earlier])
    by_unit = _Cells.of([one.units for one in earlier])
    keep = np.ones(len(leaving.accounts), np.bool_)
    _refuse_few(leaving, keep, floor, is_first=True)
    while True:  # whoever is left out in one look may break up a cell of the other
        before = int(keep.sum())
        keep &= ~by_account.too_few(leaving.accounts, keep, floor)
        keep &= ~by_unit.too_few(leaving.units, keep, floor)
        n_out = len(keep) - int(keep.sum())
        if n_out and small_parts == "refuse":
            raise SmallSet(
                f"{n_out:,} of {len(keep):,} would have to be left out, or laid beside earlier "
                f"exports this one would tell fewer than {floor} people apart; it is refused.",
                hint='Export with small_parts "leave_out" to leave them out, or export the earlier '
                "audience again.",
                place="small_parts",
            )
        _refuse_few(leaving, keep, floor, is_first=False)
        if int(keep.sum()) == before:
            return keep


def _refuse_few(leaving: Leaving, keep: NDArray[np.bool_], floor: int, *, is_first: bool) -> None:
    n = len(np.unique(leaving.accounts[keep]))
    if n < floor:
        left = "may be addressed" if is_first else "are left beside earlier exports"
        raise SmallSet(
            f"{n:,} accounts {left}; {floor} or more may leave together.",
            hint="Ask for more people: a larger size, fewer conditions." if is_first else
            "Export the earlier audience again, or one that differs by more.",
        )  # fmt: skip


@dataclass(frozen=True)
class _Cells:
    """People by the very same exports that they were in.

    Args:
        keys: (people,) everybody who ever left, sorted.
        cell: (people,) positions in `size`.
        size: (cells,) how many.
    """

    keys: Hashes
    cell: NDArray[np.int64]
    size: NDArray[np.int64]

    @classmethod
    def of(cls, sets: Sequence[Hashes]) -> "_Cells":
        keys = np.unique(np.concatenate([np.empty(0, np.uint64), *sets]))
        cell = np.zeros(len(keys), np.int64)
        for members in sets:
            split = cell * 2
            split[np.searchsorted(keys, members)] += 1
            cell = np.unique(split, return_inverse=True)[1].astype(np.int64)
        return cls(keys, cell, np.bincount(cell, minlength=int(cell.max(initial=-1)) + 1))

    def too_few(self, keys: Hashes, keep: NDArray[np.bool_], floor: int) -> NDArray[np.bool_]:
        """(n,) whom to leave out, so that no cell is cut into a part under the floor.

        Args:
            keys: (n,) who wants to leave, the likeliest first; equal ones go or stay together.
            keep: (n,) who still does.
            floor: Fewest of a part.
        """
        wanted, first, number = np.unique(keys, return_index=True, return_inverse=True)
        there = np.zeros(len(wanted), np.bool_)
        there[number[keep]] = True
        outside = len(self.size)
        cell = self._cell_of(wanted)
        out = np.zeros(len(wanted), np.bool_)
        size = np.append(self.size, np.iinfo(np.int64).max)  # nobody knows all who never left
        n_in = np.bincount(cell[there], minlength=outside + 1)
        n_stay = size - n_in
        for one in np.flatnonzero((n_in > 0) & ((n_in < floor) | (n_stay < floor))):
            if n_in[one] >= floor and n_stay[one] == 0:
                continue  # the whole cell goes again
            inside = np.flatnonzero(there & (cell == one))
            n_out = floor - n_stay[one]
            if n_in[one] < floor or n_in[one] - n_out < floor:
                n_out = n_in[one]
            least_likely = inside[np.argsort(-first[inside], kind="stable")]
            out[least_likely[:n_out]] = True
        return out[number]

    def _cell_of(self, wanted: Hashes) -> NDArray[np.int64]:
        outside = len(self.size)
        if not len(self.keys):
            return np.full(len(wanted), outside, np.int64)
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[place] == wanted, self.cell[place], outside)


def _hashed(names: Sequence[str], salt: bytes) -> Hashes:
    hashes = b"".join(
        hashlib.blake2b(name.encode(), key=salt, digest_size=8).digest() for name in names
    )
    return np.frombuffer(hashes, "<u8").astype(np.uint64)
