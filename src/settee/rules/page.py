"""Lay out a page: pins to their ranks, quotas, caps, and everything else in its order.

What may not be shown never comes in, however it is pinned. Then caps count, then pins, then most
places, then least places, and the order that was given fills the rest. A least is served as low in
the page as it can be, so that it moves the fewest items.

Reads / Writes: nothing.
Not here: the order (ranking), what may be shown (rules.verdict), exploration (ranking).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.rules.compiled import DAY_S, Compiled, Part
from settee.rules.errors import BadFacts
from settee.rules.groups import Groups, make_groups
from settee.rules.moves import Teller
from settee.rules.page_loops import fill_page, not_shown
from settee.rules.trace import Moved, Unmet
from settee.rules.verdict import Verdict
from settee.rules.when import Asking

ShownSince = Callable[[int], NDArray[np.integer]]
"""Given an instant in epoch seconds: (m,) how often each row was shown to the account since."""


@dataclass(frozen=True)
class Page:
    """Rows of a pool in the order in which they are shown.

    Args:
        places: (n,) rows, the top first; at most k.
        moves: What rules of the page did.
        unmet: What rules of the page could not have.
        is_pinned: (n,) is the place a pin's?
        is_out: (m,) rows that may not be shown here.
        groups: Rows and the quotas they count towards; None without quotas.
        counts: (G,) places that each group has.
    """

    places: NDArray[np.int64]
    moves: tuple[Moved, ...]
    unmet: tuple[Unmet, ...]
    is_pinned: NDArray[np.bool_]
    is_out: NDArray[np.bool_]
    groups: Groups | None
    counts: NDArray[np.int64]

    def accepts(self, position: int, row: int) -> bool:
        """May another row stand at a position, for exploration?

        Whatever replacements are accepted, one by one, may all be made together, as long as no row
        is taken twice: no cap, pin, most or least is broken by any number of them.

        Args:
            position: From 0, the top.
            row: A row of the pool.
        """
        if not 0 <= position < len(self.places) or not 0 <= row < len(self.is_out):
            return False
        if self.is_pinned[position] or self.is_out[row] or bool((self.places == row).any()):
            return False
        if self.groups is None:
            return True
        old, new = set(self.groups.of(int(self.places[position]))), set(self.groups.of(row))
        return all(self._may_join(position, one) for one in new - old) and all(
            self._may_leave(position, one) for one in old - new
        )

    def _may_join(self, position: int, group: int) -> bool:
        """The places left in a group are lent to the lowest positions outside it, one each."""
        assert self.groups is not None  # noqa: S101 -- asked by `accepts`, which looked
        left = int(self.groups.most[group] - self.counts[group])
        return self._from_below(position, group, is_member=False) < left

    def _may_leave(self, position: int, group: int) -> bool:
        """The places over the least of a group are lent to its lowest positions, one each."""
        assert self.groups is not None  # noqa: S101 -- asked by `accepts`, which looked
        least = int(self.groups.least[group])
        over = int(self.counts[group]) - least if least else len(self.places)
        return self._from_below(position, group, is_member=True) < over

    def _from_below(self, position: int, group: int, *, is_member: bool) -> int:
        """How many unpinned positions below stand likewise inside or outside of a group."""
        assert self.groups is not None  # noqa: S101 -- asked by `accepts`, which looked
        return sum(
            not self.is_pinned[below]
            and (group in self.groups.of(int(self.places[below]))) == is_member
            for below in range(position + 1, len(self.places))
        )


def lay_page(
    compiled: Compiled,
    asking: Asking,
    items: NDArray[np.int32],
    utility: NDArray[np.floating],
    shown: ShownSince | None = None,
    *,
    verdict: Verdict | None = None,
) -> Page:
    """Choose up to k rows of a pool under the rules of the page.

    Args:
        compiled: The rules over the item space.
        asking: The question; `k` places are wanted.
        items: (m,) positions in the item space, best first; -1 is padding, and of an item that
            stands there twice the first counts.
        utility: (m,) what each is worth on a log-odds scale; it tells what moves cost.
        shown: How often each row was shown; None where that is unknown, and no cap acts.
        verdict: What may be shown, asked once more whatever was pooled; None trusts `items`.

    Raises:
        BadFacts: If `utility` is of another length than `items`.
    """
    if len(utility) != len(items):
        raise BadFacts(f"{len(utility)} utilities are given for {len(items)} items.")
    parts = [part for part in compiled.page if part.when.holds(asking)]
    is_out = _not_shown(items, verdict)
    if not parts:
        places = np.flatnonzero(~is_out)[: asking.k]
        return _plain(places, is_out)
    capped = _capped(compiled, asking, parts, items, shown)
    is_out |= capped >= 0
    quotas = [part for part in parts if part.rule.kind in ("quota", "newcomers")]
    groups = make_groups(compiled, asking, quotas, items)
    pins = [part for part in parts if part.rule.kind == "pin"]
    pinned, owner, unmet = _pinned(pins, asking.k, items, is_out)
    is_held = is_out.copy()
    is_held[pinned[pinned >= 0]] = True
    places, why, held, counts = fill_page(
        pinned, is_held, groups.indptr, groups.index, groups.most, groups.least, groups.may_fill
    )
    is_there = places >= 0
    places, why, owner = places[is_there], why[is_there], owner[is_there]
    teller = Teller(compiled.facts.item_ids, items, utility, places)
    by_group = [quotas[number].rule.name for number in groups.owner.tolist()]
    moves = (
        *teller.pinned([pin.rule.name for pin in pins], owner),
        *teller.raised(by_group, why),
        *teller.held_back(by_group, held),
        *teller.capped([part.rule.name for part in parts], capped),
    )
    unmet += _short(by_group, groups, counts)
    return Page(places, moves, tuple(unmet), owner >= 0, is_out, groups, counts)


def _plain(places: NDArray[np.int64], is_out: NDArray[np.bool_]) -> Page:
    nothing = np.zeros(len(places), np.bool_)
    return Page(places, (), (), nothing, is_out, None, np.empty(0, np.int64))


def _not_shown(items: NDArray[np.int32], verdict: Verdict | None) -> NDArray[np.bool_]:
    """(m,) padding, repeats, and what the verdict removed."""
    allowed = np.ones(int(items.max(initial=-1)) + 1, np.bool_)
    return not_shown(items, allowed if verdict is None else verdict.allowed)


def _capped(
    compiled: Compiled,
    asking: Asking,
    parts: Sequence[Part],
    items: NDArray[np.int32],
    shown: ShownSince | None,
) -> NDArray[np.int64]:
    """(m,) the rule, as a place in `parts`, that a row was shown too often for; -1 for none."""
    capped = np.full(len(items), -1, np.int64)
    if shown is None:
        return capped
    for place, part in enumerate(parts):
        rule = part.rule
        if rule.kind == "cap" and rule.days is not None and rule.times is not None:
            counts = shown(asking.as_of_s - round(rule.days * DAY_S))
            is_over = part.about_these(compiled.facts, asking.as_of_s, items)
            capped[is_over & (counts >= rule.times) & (capped < 0)] = place
    return capped


def _pinned(
    pins: Sequence[Part], k: int, items: NDArray[np.int32], is_out: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Unmet]]:
    """(k,) the row that each place is kept for, (k,) the pin that keeps it, and what failed."""
    pinned, owner = np.full(k, -1, np.int64), np.full(k, -1, np.int64)
    unmet: list[Unmet] = []
    for number, part in enumerate(pins):
        rule = part.rule
        rows = np.flatnonzero(part.mask[items] & ~is_out)
        free = np.flatnonzero(pinned[(rule.rank or 1) - 1 :] < 0) + (rule.rank or 1) - 1
        if len(rows) == 0:
            unmet.append(Unmet(rule.name, f'item "{rule.item}" may not be shown or is unknown'))
        elif rows[0] in pinned:
            unmet.append(Unmet(rule.name, f'item "{rule.item}" is pinned by another rule'))
        elif len(free) == 0:
            unmet.append(Unmet(rule.name, f"rank {rule.rank} and all below it are taken"))
        else:
            pinned[free[0]], owner[free[0]] = rows[0], number
    return pinned, owner, unmet


def _short(by_group: Sequence[str], groups: Groups, counts: NDArray[np.int64]) -> list[Unmet]:
    """Leasts that were not reached, and mosts that were gone over."""
    return [
        Unmet(
            by_group[group],
            f"{counts[group]} places; at least {groups.least[group]} are wanted"
            if counts[group] < groups.least[group]
            else f"{counts[group]} places; at most {groups.most[group]} are wanted",
        )
        for group in np.flatnonzero((counts < groups.least) | (counts > groups.most)).tolist()
    ]
