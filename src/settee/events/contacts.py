"""Read advertising contacts and conversions as columns, account by account.

A contact is a `touch`, or an `impression` that names a channel: something was shown, nothing
clicked. What several rows say at once is one: two rows of one channel at 20:00:00 are one contact,
and an order of three products, three purchases at one instant, is one conversion worth their sum.
Amounts in other currencies than the commonest cannot be added up; those conversions count without.

Reads: history.  Writes: nothing.
Not here: which contacts count for which conversion (measure.gather).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, Columns
from settee.store import History, Wanted, sorted_parts

Label = Literal["channel", "campaign"]
SHOWN, TOUCH, CONVERSION = 0, 1, 2
"""What `Contacts.kind` says; where instants are equal they stand in this order."""
UNNAMED = "(unnamed)"
"""Stands for the channel or campaign that a touch does not name."""
CONVERSION_KINDS = ("convert", "purchase")
_MICROS = 1_000_000
_COLUMNS = (
    Columns.account_id, Columns.event_id, Columns.kind, Columns.at, Columns.device_id,
    Columns.device_type, Columns.platform, Columns.channel, Columns.campaign,
    Columns.revenue_cents, Columns.currency,
)  # fmt: skip
_KINDS = {"impression": SHOWN, "touch": TOUCH}
_TYPE_NO = {name: number for number, name in enumerate(DEVICE_TYPES)}
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Contacts:
    """Contacts and conversions, sorted by account, instant and kind.

    Each text is a position in its space, -1 where there is none; spaces are sorted.

    Args:
        account_ids: Account space.
        channels: Channel space.
        campaigns: Campaign space.
        device_ids: Device space.
        platforms: Platform space.
        account: (n,) int32.
        kind: (n,) int8: SHOWN, TOUCH or CONVERSION.
        at_us: (n,) int64 microseconds since 1970-01-01 UTC.
        channel: (n,) int32, -1 for conversions.
        campaign: (n,) int32, -1 for conversions.
        device: (n,) int32.
        device_type: (n,) int8 positions in core.DEVICE_TYPES.
        platform: (n,) int32.
        cents: (n,) float64 revenue of conversions in `currency`.
        event_id: (n,) ids, empty where there is none.
        currency: Of the amounts, empty where there is none.
        n_foreign: Conversions in another currency, which count without their amount.
    """

    account_ids: tuple[str, ...]
    channels: tuple[str, ...]
    campaigns: tuple[str, ...]
    device_ids: tuple[str, ...]
    platforms: tuple[str, ...]
    account: NDArray[np.int32]
    kind: NDArray[np.int8]
    at_us: Ints
    channel: NDArray[np.int32]
    campaign: NDArray[np.int32]
    device: NDArray[np.int32]
    device_type: NDArray[np.int8]
    platform: NDArray[np.int32]
    cents: NDArray[np.float64]
    event_id: tuple[str, ...]
    currency: str = ""
    n_foreign: int = 0

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.account)

    @property
    def is_conversion(self) -> NDArray[np.bool_]:
        """(n,) which rows are conversions."""
        return cast("NDArray[np.bool_]", self.kind == CONVERSION)

    def labels(self, by: Label) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """What contacts are told apart by: the space, and (n,) positions in it, -1 for conversions.

        Args:
            by: channel or campaign.
        """
        if by == "channel":
            return self.channels, self.channel
        return self.campaigns, self.campaign

    def where(self, keep: NDArray[np.bool_]) -> "Contacts":
        """The rows at which `keep`, (n,) bool, is true; all spaces stay as they are."""
        return self._take(np.flatnonzero(keep))

    def between(self, first: int, last: int) -> "Contacts":
        """The rows from `first` on and before `last`; all spaces stay as they are."""
        return self._take(np.arange(first, last))

    def united(self, within_s: float) -> "Contacts":
        """The same with rows that follow one another closely taken as one, the first of them.

        Contacts are one where account, kind, channel and campaign are equal, conversions where the
        account is; amounts of united conversions are added up. 0 unites what is at one instant.

        Args:
            within_s: Most seconds between one row and the next.
        """
        if len(self) == 0:
            return self
        alike = (self.campaign, self.channel, self.kind, self.account)
        order = np.lexsort((np.arange(len(self)), self.at_us, *alike))
        is_same = np.diff(self.at_us[order]) <= within_s * _MICROS
        for column in alike:
            is_same &= column[order][1:] == column[order][:-1]
        is_first = np.append(True, ~is_same)
        first = order[is_first]
        cents = np.zeros(len(self))
        cents[first] = np.add.reduceat(self.cents[order], np.flatnonzero(is_first))
        return replace(self, cents=cents)._take(np.sort(first))

    def _take(self, places: NDArray[np.intp]) -> "Contacts":
        names = [
            one.name for one in fields(self) if isinstance(getattr(self, one.name), np.ndarray)
        ]
        ids = tuple(self.event_id[place] for place in places.tolist())
        return replace(self, event_id=ids, **{name: getattr(self, name)[places] for name in names})


def read_contacts(
    history: History,
    *,
    conversions: Sequence[str] = CONVERSION_KINDS,
    until_us: int | None = None,
    part_rows: int = 1_000_000,
) -> Contacts:
    """Every contact and conversion of the record, some 60 bytes each and the event id.

    Args:
        history: The record; live events are in it once the journal was sealed.
        conversions: Kinds of events that are conversions.
        until_us: Only what is strictly before, microseconds since 1970-01-01 UTC; None for all.
        part_rows: About how many events are read together (speed only).

    Raises:
        SetteeError: If a segment is missing or damaged, or memory does not suffice.
    """
    wanted = Wanted(_COLUMNS, (*_KINDS, *conversions), part_rows=part_rows)
    spaces: dict[str, dict[str, int]] = {name: {} for name in _SPACES}
    parts = [_part(rows, spaces, until_us) for rows in sorted_parts(history, wanted)]
    return _joined(parts, spaces)


def all_accounts(history: History) -> tuple[str, ...]:
    """Every account of the record, sorted, whatever it did.

    Args:
        history: The record.

    Raises:
        StoreDamaged: If a segment is missing or is not what was written.
    """
    found: set[str] = set()
    for group in history.row_groups([Columns.account_id]):
        for chunk in group.column(Columns.account_id).chunks:
            found.update(chunk.unique().to_pylist())
    return tuple(sorted(found))


_SPACES = {
    "account": Columns.account_id, "channel": Columns.channel, "campaign": Columns.campaign,
    "device": Columns.device_id, "platform": Columns.platform,
}  # fmt: skip
_Part = dict[str, Any]


def _part(rows: Any, spaces: dict[str, dict[str, int]], until_us: int | None) -> _Part:  # noqa: ANN401 -- pyarrow has no types
    """Columns of some accounts; texts as numbers in the order in which they were met."""
    kinds = rows.column(Columns.kind).to_pylist()
    kind = np.array([_KINDS.get(one, CONVERSION) for one in kinds], np.int8)
    at_us = np.asarray(rows.column(Columns.at).cast("int64"), dtype=np.int64)
    keep = (kind != SHOWN) | np.asarray(rows.column(Columns.channel).is_valid(), dtype=np.bool_)
    if until_us is not None:
        keep &= at_us < until_us
    rows, kind, at_us = rows.filter(keep), kind[keep], at_us[keep]
    part: _Part = {"kind": kind, "at_us": at_us}
    is_contact = kind != CONVERSION
    for name, column in _SPACES.items():
        texts = rows.column(column).to_pylist()
        if name in ("channel", "campaign"):
            named = zip(texts, is_contact.tolist(), strict=True)
            texts = [(text or UNNAMED) if is_one else None for text, is_one in named]
        known = spaces[name]
        part[name] = np.array(
            [-1 if text is None else known.setdefault(text, len(known)) for text in texts], np.int32
        )
    types = rows.column(Columns.device_type).to_pylist()
    part["device_type"] = np.array([_TYPE_NO.get(one, -1) for one in types], np.int8)
    cents = rows.column(Columns.revenue_cents).cast("float64").fill_null(0.0)
    part["cents"] = np.where(is_contact, 0.0, np.asarray(cents, dtype=np.float64))
    part["currency"] = [one or "" for one in rows.column(Columns.currency).to_pylist()]
    part["event_id"] = [one or "" for one in rows.column(Columns.event_id).to_pylist()]
    return part


def _joined(parts: list[_Part], spaces: dict[str, dict[str, int]]) -> Contacts:
    """All parts as one, spaces sorted."""
    columns: dict[str, Any] = {}
    for name, kind in (("kind", np.int8), ("at_us", np.int64), ("device_type", np.int8)):
        columns[name] = np.concatenate([np.empty(0, kind), *(part[name] for part in parts)])
    texts: dict[str, tuple[str, ...]] = {}
    for name, known in spaces.items():
        texts[name] = tuple(sorted(known))
        place = np.full(len(known) + 1, -1, np.int32)
        place[[known[text] for text in texts[name]]] = np.arange(len(known), dtype=np.int32)
        numbers = np.concatenate([np.empty(0, np.int32), *(part[name] for part in parts)])
        columns[name] = place[numbers]
    cents = np.concatenate([np.empty(0), *(part["cents"] for part in parts)])
    names = [one for part in parts for one in part["currency"]]
    currency, is_foreign = _currency(names, cents)
    event_id = [one for part in parts for one in part["event_id"]]
    order = np.lexsort((columns["kind"], columns["at_us"], columns["account"]))
    return Contacts(
        account_ids=texts["account"],
        channels=texts["channel"],
        campaigns=texts["campaign"],
        device_ids=texts["device"],
        platforms=texts["platform"],
        **{name: column[order] for name, column in columns.items()},
        cents=np.where(is_foreign, 0.0, cents)[order],
        event_id=tuple(event_id[place] for place in order.tolist()),
        currency=currency,
        n_foreign=int(is_foreign.sum()),
    )


def _currency(names: Sequence[str], cents: NDArray[np.float64]) -> tuple[str, NDArray[np.bool_]]:
    """The commonest currency of amounts, the first by name among equals; (n,) who has another."""
    has_amount = cents != 0
    paid = [name for name, has in zip(names, has_amount.tolist(), strict=True) if has]
    if not paid:
        return "", np.zeros(len(cents), np.bool_)
    main = min(Counter(paid).items(), key=lambda one: (-one[1], one[0]))[0]
    return main, has_amount & np.array([name != main for name in names], np.bool_)
