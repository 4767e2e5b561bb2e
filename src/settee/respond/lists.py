"""Give lists that were made ahead, as long as each holds.

Which bundle of a list is in use is looked up once a second, and then also which of its items cannot
be had any more: a list with one of those is given no longer. Everything else that a list hangs on
is in its mark (respond.ahead).

Reads: the folder of lists, the responder.  Writes: nothing.
Not here: making them (app.lists), the routes (web.lists).
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import ListSettings
from settee.respond.responder import Responder
from settee.respond.words import Request
from settee.store import NoSuchList, ReadyMade, current_version, open_ready_made

_LOOK_S = 1.0


@dataclass(frozen=True)
class _Open:
    """One list: its bundle, when it was computed, which of its items are closed, as of when."""

    bundle: ReadyMade
    computed_at: datetime
    closed: NDArray[np.bool_]
    is_any_closed: bool
    looked_s: float


class Lists:
    """The lists of one home; safe to share between threads.

    Args:
        folder: Where they lie, a folder each.
        responder: Says what holds.
        settings: `max_age_s` (changes results).
    """

    def __init__(self, folder: Path, responder: Responder, settings: ListSettings) -> None:
        self._folder = folder
        self._responder = responder
        self._settings = settings
        self._open: dict[str, _Open] = {}
        self._opening = threading.Lock()

    def find(self, name: str, account_id: str, as_of: datetime) -> bytes | None:
        """The list of an account as it goes out; None where it was not made or no longer holds.

        Args:
            name: Of the list.
            account_id: Whose.
            as_of: Instant of the question, aware.

        Raises:
            NoSuchList: If no list of that name was made.
            SetteeError: If its bundle or the account cannot be read.
        """
        one = self._opened(name, as_of)
        if (as_of - one.computed_at).total_seconds() > self._settings.max_age_s:
            return None
        found = one.bundle.find(account_id)
        if found is None or found.mark != self._responder.mark_ahead(name, account_id, as_of):
            return None
        if one.is_any_closed and one.closed[found.items].any():
            return None
        return found.body

    def instead_of(self, request: Request) -> bytes | None:
        """The list for the slot of a question, where that list answers it as well.

        Args:
            request: One that asks for as many items, and for nothing that no list has.
        """
        if request != Request(
            request.account_id, request.k, request.as_of, slot=request.slot,
            explain=request.explain, device_type=request.device_type,
            device_id=request.device_id, platform=request.platform,
        ):  # fmt: skip
            return None
        try:
            about = self._opened(request.slot or "", request.as_of).bundle.about
            if about["k"] != request.k:
                return None
            return self.find(request.slot or "", request.account_id, request.as_of)
        except NoSuchList:
            return None

    def request(self, name: str, account_id: str, as_of: datetime) -> Request:
        """The question that a list answers.

        Raises:
            NoSuchList: If no list of that name was made.
        """
        about = self._opened(name, as_of).bundle.about
        return Request(account_id, about["k"], as_of, slot=name, explain=about["explain"])

    def all(self) -> list[dict[str, Any]]:
        """What is said of each list that there is, sorted by name."""
        if not self._folder.is_dir():
            return []
        folders = sorted(one for one in self._folder.iterdir() if current_version(one))
        return [dict(open_ready_made(one).about) for one in folders]

    def _opened(self, name: str, as_of: datetime) -> _Open:
        one = self._open.get(name)
        now_s = as_of.timestamp()
        if one is not None and abs(now_s - one.looked_s) < _LOOK_S:
            return one
        with self._opening:
            folder = self._folder / name
            # A name that is no folder's own, such as "..", was never made.
            is_plain = name.replace("-", "").replace("_", "").isalnum() and name.isascii()
            version = current_version(folder) if is_plain else None
            if version is None:
                self._open.pop(name, None)
                raise NoSuchList(
                    f'No list "{name[:80]}" was made ahead.', hint="settee precompute makes one."
                )
            if one is not None and one.bundle.version == version:
                bundle = one.bundle
            else:
                bundle = open_ready_made(folder)
            closed = self._responder.closed_among(bundle.item_ids, as_of)
            computed_at = datetime.fromisoformat(bundle.about["computed_at"])
            one = self._open[name] = _Open(bundle, computed_at, closed, bool(closed.any()), now_s)
            return one
