"""Say of every field of a rule what it accepts, as one table that everything else reads.

The table checks what is written, words the refusal, and is the table of docs/rules.md: a lift of
40 is refused with "lifts must be between 0.1 and 10", because one row says so.

Reads / Writes: nothing.
Not here: the kinds and the fields they take (rules.kinds), reading whole rules (rules.parse).
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from settee.core import DEVICE_TYPES, MAX_ID_LENGTH

MAX_TEXTS = 10_000
MAX_RANK = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SEASON = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Reader = Callable[[Any], Any]


class NotAcceptedError(ValueError):
    """A reader does not accept a value; its field says what it accepts."""


@dataclass(frozen=True)
class Field:
    """One field of a rule or of a selection.

    Args:
        read: Gives the value as a rule holds it, or raises NotAcceptedError.
        accepts: What it accepts, to follow "accepted is"/"accepted are".
        meaning: What it does, for the documentation.
        hint: Next step for whoever got it wrong, "" for none.
        wording: What to say instead of the usual sentence; `{value}` is filled in.
    """

    read: Reader
    accepts: str
    meaning: str
    hint: str = ""
    wording: str = ""


def _number(least: float, most: float, *, is_whole: bool = False) -> Reader:
    def read(value: object) -> float | int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NotAcceptedError
        if is_whole:
            if not isinstance(value, int) or not least <= value <= most:
                raise NotAcceptedError
            return value
        if not least <= value <= most or not math.isfinite(value):
            raise NotAcceptedError
        return float(value)

    return read


def _whole(least: int, most: int) -> Reader:
    return _number(least, most, is_whole=True)


def _text(max_length: int, *, may_be_empty: bool = False) -> Reader:
    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > max_length or _CONTROL.search(value):
            raise NotAcceptedError
        if not value and not may_be_empty:
            raise NotAcceptedError
        return value

    return read


def _texts(max_length: int, accepted: tuple[str, ...] = ()) -> Reader:
    one = _text(max_length)

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_TEXTS:
            raise NotAcceptedError
        texts = [one(text) for text in value]
        if accepted and not set(texts) <= set(accepted):
            raise NotAcceptedError
        return tuple(dict.fromkeys(texts))

    return read


def _choice(*accepted: str) -> Reader:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in accepted:
            raise NotAcceptedError
        return value

    return read


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise NotAcceptedError
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise NotAcceptedError
    return value


def _instant(value: object) -> datetime:
    """An instant with its zone, or a day, which is its first instant in UTC."""
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            raise NotAcceptedError from None
        if _DAY.fullmatch(value):
            at = at.replace(tzinfo=UTC)
        value = at
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime) or value.tzinfo is None or not 1971 <= value.year <= 9998:
        raise NotAcceptedError
    return value.astimezone(UTC)


def season_days(season: str) -> tuple[int, int]:
    """First and last day of a season as month times 100 plus day.

    Args:
        season: Such as ``12-01..01-06``; the last day belongs to it.

    Raises:
        NotAcceptedError: If it is none.

    >>> season_days("12-01..01-06")
    (1201, 106)
    """
    found = _SEASON.fullmatch(season)
    if found is None:
        raise NotAcceptedError
    numbers = [int(part) for part in found.groups()]
    for month, day in (numbers[:2], numbers[2:]):
        if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
            raise NotAcceptedError
    return numbers[0] * 100 + numbers[1], numbers[2] * 100 + numbers[3]


def _season(value: object) -> str:
    if not isinstance(value, str):
        raise NotAcceptedError
    season_days(value)
    return value


_INSTANT = 'an instant with its zone, or a day such as "2026-12-24"'
_TEXTS = f"a list of 1 to {MAX_TEXTS} texts"
_IDS = f"a list of 1 to {MAX_TEXTS} ids"
_CENTS = _whole(-(10**12), 10**12)
_SHARE = _number(0.0, 1.0)
_COUNT = _whole(0, MAX_RANK)
_DAYS = _number(0.01, 36_500)

FIELDS: dict[str, Field] = {
    "name": Field(
        _name, "1 to 64 of a-z, 0-9, dot, dash and underscore, not first a sign",
        "Names the rule in answers, messages and the audit.", 'Write "summer-boost".',
    ),
    "kind": Field(_text(32), "a kind", "What the rule does."),
    "note": Field(
        _text(500, may_be_empty=True), "a text of at most 500 characters", "Why the rule is there."
    ),
    "priority": Field(
        _whole(-1000, 1000), "a whole number from -1000 to 1000",
        "Where rules compete for a place, or several remove an item, the higher comes first.",
    ),
    "is_active": Field(_yes_or_no, "true or false", "false: the rule is kept and does nothing."),
    "slots": Field(_texts(128), _TEXTS, "Only where the answer is shown in one of these slots."),
    "segments": Field(_texts(128), _TEXTS, "Only for who is in one of these segments."),
    "devices": Field(
        _texts(16, DEVICE_TYPES), "a list of " + ", ".join(DEVICE_TYPES), "Only on these devices."
    ),
    "profiles": Field(
        _texts(MAX_ID_LENGTH), "a list of profile ids, * for any characters",
        "Only for profiles whose id fits one of these patterns; case does not count.",
        'Write ["kids*"] for every profile whose id starts with kids.',
    ),
    "starts_at": Field(_instant, _INSTANT, "From this instant on.", "Write 2026-12-01T00:00:00Z."),
    "expires_at": Field(
        _instant, _INSTANT, "Until this instant, which no longer counts.",
        "Write 2026-12-27T00:00:00Z.",
    ),
    "season": Field(
        _season, "two days of the year", "Every year between these days, both included, in UTC.",
        'Write "12-01..12-26"; a season may run past New Year.',
    ),
    "items": Field(_text(0), "a table of what items must be", "Which items; see the next table."),
    "lift": Field(
        _number(0.1, 10.0), "0.1 to 10",
        "Multiplies the odds of being wanted: above 1 lifts, below 1 buries.",
        'Write 4.0 for "four times".',
        "lifts by {value}; lifts must be between 0.1 and 10.",
    ),
    "max_age": Field(
        _whole(0, 21), "a whole number from 0 to 21",
        "Items rated above this age are removed; an unknown rating is taken for 18.",
        "Write 6 for young children.",
    ),
    "languages": Field(
        _texts(35), _TEXTS + ', such as ["en", "tr"]',
        "These languages; without it, those that the request names.",
    ),
    "unknown": Field(
        _choice("remove", "keep"), '"remove" or "keep"',
        "What becomes of items whose language nobody knows.",
    ),
    "opens_at": Field(_instant, _INSTANT, "The items may be shown from this instant on."),
    "closes_at": Field(_instant, _INSTANT, "The items may be shown until this instant."),
    "pieces": Field(
        _whole(1, 10**12), "a whole number of pieces, 1 or more",
        "stock: least pieces that must be left. overstock: from so many on, an item is lifted.",
    ),
    "tags": Field(
        _texts(128), _TEXTS, "Wanted tags; an item is lifted by the part of its tags among them."
    ),
    "half_life_days": Field(
        _DAYS, "0.01 to 36,500 days", "After so many days, the lift (as a power) is half.",
    ),
    "item": Field(_text(MAX_ID_LENGTH), "the id of an item", "The item that is pinned."),
    "rank": Field(
        _whole(1, MAX_RANK), f"a whole number from 1 to {MAX_RANK}",
        "Where it stands; 1 is the top.", "Ranks start at 1.",
    ),
    "per": Field(
        _choice("language", "kind", "tag", "age_rating", "year"),
        "language, kind, tag, age_rating or year",
        "The most is meant for each value of this attribute by itself.",
    ),
    "min_count": Field(_COUNT, f"a whole number from 0 to {MAX_RANK}", "Least places in a page."),
    "max_count": Field(_COUNT, f"a whole number from 0 to {MAX_RANK}", "Most places in a page."),
    "min_share": Field(_SHARE, "0 to 1", "Least part of the places asked for, rounded up."),
    "max_share": Field(
        _SHARE, "0 to 1", "Most part of the places asked for, rounded down.", "Write 0.3 for 30 %."
    ),
    "fill": Field(
        _yes_or_no, "true or false",
        "true: go over the most rather than leave places empty.",
    ),
    "times": Field(
        _whole(1, 10_000), "a whole number from 1 to 10,000",
        "Shown so often, an item is not shown again.",
    ),
    "days": Field(
        _DAYS, "0.01 to 36,500 days",
        "cap: within so many days. newcomers: an item is new for so many days.",
    ),
}  # fmt: skip
"""Every field of a rule."""

_YEAR, _PIECES, _AGE = _whole(1000, 3000), _whole(0, 10**12), _whole(0, 21)
_MARGIN = _number(-1e9, 1e9)
_YEARS, _AGES = "a year from 1000 to 3000", "an age from 0 to 21"
_WHOLE_CENTS, _WHOLE_PIECES = "whole cents", "a whole number of pieces, 0 or more"

SELECTION_FIELDS: dict[str, Field] = {
    "ids": Field(_texts(MAX_ID_LENGTH), _IDS, "Is one of these items."),
    "tags": Field(_texts(128), _TEXTS, "Has one of these tags."),
    "without_tags": Field(_texts(128), _TEXTS, "Has none of these tags."),
    "languages": Field(_texts(35), _TEXTS, "Is in one of these languages."),
    "kinds": Field(_texts(64), _TEXTS, "Is of one of these kinds, such as film."),
    "min_year": Field(_YEAR, _YEARS, "Came out in this year or later."),
    "max_year": Field(_YEAR, _YEARS, "Came out in this year or earlier."),
    "min_price_cents": Field(_CENTS, _WHOLE_CENTS, "Costs this or more."),
    "max_price_cents": Field(_CENTS, _WHOLE_CENTS, "Costs this or less."),
    "min_margin": Field(_MARGIN, "a number", "Has this margin or more."),
    "max_margin": Field(_MARGIN, "a number", "Has this margin or less."),
    "min_stock": Field(_PIECES, _WHOLE_PIECES, "Has so many pieces counted, or more."),
    "max_stock": Field(_PIECES, _WHOLE_PIECES, "Has so many pieces counted, or fewer."),
    "min_age_rating": Field(_AGE, _AGES, "Is rated for this age or above; unknown counts as 18."),
    "max_age_rating": Field(_AGE, _AGES, "Is rated for this age or below; unknown counts as 18."),
    "new_days": Field(_DAYS, "0.01 to 36,500 days", "Came in within so many days."),
}
"""Every field of `items`; all that are given must hold."""
