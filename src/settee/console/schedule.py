"""Reckon when rules hold: once between two instants, every year in a season, or always.

"06-01..08-31" seen in November, with a month behind and a year ahead, is one span: next summer.

Reads / Writes: nothing.
Source: docs/rules.md, "Fields of every rule".
Not here: whether a rule holds for a request (rules), where it is drawn (console.pages.rules_past).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from settee.client.results import Rule
from settee.console.charts import AXIS, PALETTE

_BEHIND, _AHEAD = timedelta(days=30), timedelta(days=365)
_DAY = timedelta(days=1)
_GREY = "#8a8a8a"
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Row:
    """When one rule holds.

    Args:
        rule: Its name.
        kind: Its kind.
        is_active: Whether it does anything.
        words: The same in words.
        spans: First and last instant of each stretch, within what is shown.
        is_faint: Is it drawn pale, as what something else is compared with?
    """

    rule: str
    kind: str
    is_active: bool
    words: str
    spans: tuple[Span, ...]
    is_faint: bool = False


def schedule(rules: Sequence[Rule], now: datetime) -> list[Row]:
    """When rules hold, in their order.

    Args:
        rules: Any.
        now: The middle of what is shown, aware.

    >>> one = Rule(name="summer", kind="boost", season="06-01..06-30")
    >>> row = schedule([one], datetime(2026, 11, 21, tzinfo=UTC))[0]
    >>> row.words, [f"{first:%Y-%m-%d}" for first, _ in row.spans]
    ('every year 06-01..06-30', ['2027-06-01'])
    """
    shown = (now - _BEHIND, now + _AHEAD)
    return [
        Row(one.name, one.kind, one.is_active, words_of(one), tuple(_spans(one, shown)))
        for one in rules
    ]


def words_of(rule: Rule) -> str:
    """When a rule holds, in words.

    >>> words_of(Rule(name="a", kind="block", starts_at=datetime(2026, 12, 24, tzinfo=UTC)))
    'from 2026-12-24 00:00'
    """
    said = [f"every year {rule.season}"] if rule.season else []
    said += [f"from {rule.starts_at:%Y-%m-%d %H:%M}"] if rule.starts_at else []
    said += [f"until {rule.expires_at:%Y-%m-%d %H:%M}"] if rule.expires_at else []
    said += [f"titles from {rule.opens_at:%Y-%m-%d %H:%M}"] if rule.opens_at else []
    said += [f"titles until {rule.closes_at:%Y-%m-%d %H:%M}"] if rule.closes_at else []
    words = ", ".join(said) or "always"
    return words if rule.is_active else f"{words}; switched off"


def schedule_chart(rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    """Options of a chart with one thick line for each stretch of time.

    Args:
        rows: From `schedule`.
        now: Marked by a line.
    """
    names = [row.rule for row in rows]
    series = [
        {
            "type": "line", "name": row.rule, "symbol": "none", "silent": True,
            "data": [[_ms(first), place], [_ms(last), place]],
            "lineStyle": {
                "width": 14, "color": PALETTE[place % len(PALETTE)] if _is_full(row) else _GREY,
                "opacity": 1 if _is_full(row) else 0.4,
            },
        }
        for place, row in enumerate(rows)
        for first, last in row.spans
    ]  # fmt: skip
    series.append(
        {
            "type": "line", "data": [], "markLine": {
                "symbol": "none", "silent": True, "data": [{"xAxis": _ms(now)}],
                "label": {"formatter": "now", "color": _GREY, "position": "start"},
                "lineStyle": {"color": _GREY},
            },
        }
    )  # fmt: skip
    return {
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": "inherit", "color": _GREY},
        "grid": {"left": 8, "right": 24, "top": 32, "bottom": 8, "containLabel": True},
        "xAxis": {
            "type": "time",
            "min": _ms(now - _BEHIND),
            "max": _ms(now + _AHEAD),
            "axisLabel": AXIS["axisLabel"] | {"hideOverlap": True},
        },
        "yAxis": {
            "type": "category",
            "data": names,
            "inverse": True,
            "axisLabel": AXIS["axisLabel"],
        },
        "series": series,
        "animation": False,
    }


def _is_full(row: Row) -> bool:
    return row.is_active and not row.is_faint


def _spans(rule: Rule, shown: Span) -> list[Span]:
    """Stretches in which a rule holds, cut to what is shown."""
    first = max(_latest(shown[0], rule.starts_at, rule.opens_at), shown[0])
    last = shown[1]
    ends = [one for one in (rule.expires_at, rule.closes_at) if one is not None]
    # A window says when titles may be shown, which for the eye is when the rule lets them in.
    last = min([last, *ends])
    stretches = _seasons(rule.season, shown) if rule.season else [shown]
    cut = [(max(one, first), min(other, last)) for one, other in stretches]
    return [(one, other) for one, other in cut if one < other]


def _seasons(season: str, shown: Span) -> list[Span]:
    begin, _, end = season.partition("..")
    stretches = []
    for year in range(shown[0].year - 1, shown[1].year + 1):
        first, last = _day(year, begin), _day(year, end or begin)
        if last < first:
            last = _day(year + 1, end)
        stretches.append((first, last + _DAY))
    return stretches


def _day(year: int, day: str) -> datetime:
    month, _, number = day.strip().partition("-")
    try:
        return datetime(year, int(month), int(number), tzinfo=UTC)
    except ValueError:  # the 29th of February, in another year
        return datetime(year, 3, 1, tzinfo=UTC)


def _latest(least: datetime, *others: datetime | None) -> datetime:
    return max([least, *(one for one in others if one is not None)])


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
