"""Remember what was shown to whom, until something of it is taken or its time is over.

An answer with m1, m2 and m3 at noon and a play of m2 at five past is a choice of m2 among the
three. Only the latest answer to an account counts, each of its items once, and only within
`online.window_s`. A play of m9 says nothing of the list, for it was not on it.

Reads / Writes: its own memory.
Not here: what is learnt from a choice (ranking.online), where both come from (respond).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, OnlineSettings


class BadShown(BadInput):
    """There are not as many features as items."""

    code = "bad_shown"


class Choice(NamedTuple):
    """What was taken of an answer, as `OnlineLayer.learn` wants it.

    Args:
        person_key: For whom the answer was.
        x: (m, d) features of its items.
        chosen: (m,) bool, which of them was taken.
    """

    person_key: str
    x: NDArray[np.float32]
    chosen: NDArray[np.bool_]


@dataclass
class _Shown:
    person_key: str
    at_s: int
    item_ids: tuple[str, ...]
    x: NDArray[np.float32]
    taken: set[str] = field(default_factory=set)


class Choices:
    """The latest answer to each account; bounded, the oldest goes.

    Args:
        settings: `online.window_s` and `online.waiting` (change results).
    """

    def __init__(self, settings: OnlineSettings) -> None:
        self._settings = settings
        self._shown: dict[str, _Shown] = {}

    def show(
        self,
        account_id: str,
        person_key: str,
        at_s: int,
        item_ids: Sequence[str],
        x: NDArray[np.floating],
    ) -> None:
        """An answer was given.

        Args:
            account_id: To whom.
            person_key: For whom of the account.
            at_s: When, epoch seconds.
            item_ids: What it held, best first.
            x: (m, d) features of these items.

        Raises:
            BadShown: If there are not as many rows as items.
        """
        if len(item_ids) != len(x):
            raise BadShown(f"{len(item_ids)} items were shown with {len(x)} rows of features.")
        self._shown.pop(account_id, None)
        rows = np.asarray(x, np.float32)
        self._shown[account_id] = _Shown(person_key, at_s, tuple(item_ids), rows)
        while len(self._shown) > self._settings.waiting:
            del self._shown[next(iter(self._shown))]

    def take(self, account_id: str, item_id: str, at_s: int) -> Choice | None:
        """An account wanted an item; the choice that it was, None where it was none of ours.

        Args:
            account_id: Whose event it is.
            item_id: What was wanted.
            at_s: When, epoch seconds.
        """
        shown = self._shown.get(account_id)
        if shown is None or item_id in shown.taken or item_id not in shown.item_ids:
            return None
        if not 0 <= at_s - shown.at_s <= self._settings.window_s:
            return None
        shown.taken.add(item_id)
        chosen = np.array([one == item_id for one in shown.item_ids], np.bool_)
        return Choice(shown.person_key, shown.x, chosen)

    def of(self, account_id: str) -> "Choices":
        """What was shown to one account, in memory of its own."""
        other = Choices(self._settings)
        shown = self._shown.get(account_id)
        if shown is not None:
            other._shown[account_id] = replace(shown, taken=set(shown.taken))
        return other

    def forget(self, account_id: str) -> None:
        """Forget what was shown to an account."""
        self._shown.pop(account_id, None)
