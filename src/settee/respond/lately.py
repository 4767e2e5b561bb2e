"""Find accounts: those that did something lately first, the newest first, then the others by id.

The end of the journal says who was active: of its last 20,000 entries those that are events. Nobody
has to keep a list for that, and of 100,000 accounts a few are looked at. Behind them stand others
whose profile is known, by id, such as those of an import.

Reads: the journal, profiles.  Writes: nothing.
Not here: what is known of one account (respond.account).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType

from settee.core import KINDS
from settee.store import HotState, Journal

_MOST = 20_000
_WINDOW = 2_000
_MICROS = 1_000_000
_EVENTS = frozenset(KINDS) - {"exposure"}


class AccountSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account, and when it did something last; absent where nothing about items is known."""

    account_id: str
    last_at: datetime | UnsetType = UNSET


class Accounts(msgspec.Struct, frozen=True):
    """Accounts, the first of them the latest active; `n_lately` of them were active lately."""

    accounts: list[AccountSeen]
    n_lately: int


def find_accounts(journal: Journal, state: HotState, limit: int, begins: str = "") -> Accounts:
    """Accounts whose id begins so.

    Args:
        journal: Its end says who was active lately.
        state: Where profiles are.
        limit: Most accounts to give.
        begins: How the id begins; empty for any.

    Raises:
        SetteeError: If the journal or the profiles cannot be read.
    """
    lately: dict[str, int] = {}
    for account_id, at_us in _backwards(journal):
        root = state.root(account_id)
        if root.startswith(begins):
            lately[root] = max(lately.get(root, 0), at_us // _MICROS)
        if len(lately) == limit:
            break
    found = [AccountSeen(name, _instant(at_s)) for name, at_s in lately.items()]
    others = state.profiles.account_ids(limit + len(lately), begins=begins)
    for name in [one for one in others if one not in lately][: limit - len(lately)]:
        events = state.profiles.get(name)
        last_at = _instant(int(events["at_s"][-1])) if len(events) else UNSET
        found.append(AccountSeen(name, last_at))
    return Accounts(found, len(lately))


def _backwards(journal: Journal) -> Iterator[tuple[str, int]]:
    """Account and instant of the latest events, the newest first."""
    end = journal.last_offset()
    least = max(end - _MOST, 0)
    while end > least:
        start = max(end - _WINDOW, least)
        for entry in reversed(journal.read(start, end - start)):
            if entry.offset <= end and entry.record.kind in _EVENTS:
                yield entry.record.account_id, entry.record.at_us
        end = start


def _instant(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, tz=UTC)
