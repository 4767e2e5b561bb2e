"""Hold what an import found against the thresholds; one failed check stops it before it stores.

A check says its name, how many rows it counted, their share, and the limit. 5,000 of 100,000 rows
are 5 %: under a limit of .04 the check "ranges" fails and the message says all of that.

Reads / Writes: nothing.
Source: Schelter et al. (2018), "Automating Large-Scale Data Quality Verification".
Not here: counting (store.etl), the thresholds' meaning (core.CheckSettings).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from settee.core import CheckSettings, ChecksFailed, from_epoch_s, instant_text

_DAY_S = 86_400
_US = 1_000_000


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    Args:
        name: schema, types, ranges, readable, items, duplicates, freshness, completeness,
            consistency, time of item, or order.
        n: Rows that it counted.
        share: Their share of all rows it looked at; for freshness the age in days.
        limit: Most that `share` may be; None when the check does not apply.
        passed: Is it within the limit?
        detail: What was looked at, for people.
        unit: What `share` and `limit` are.
    """

    name: str
    n: int
    share: float
    limit: float | None
    passed: bool
    detail: str
    unit: Literal["share", "days"] = "share"

    def value_text(self) -> str:
        """`share` as people write it.

        >>> CheckResult("ranges", 5, 0.05, 0.04, False, "").value_text()
        '5.00 %'
        """
        return _text(self.share, self.unit)

    def limit_text(self) -> str:
        """`limit` as people write it, empty when there is none."""
        return "" if self.limit is None else _text(self.limit, self.unit)


@dataclass(frozen=True)
class Found:
    """What was counted; see `store.Counts` and `store.Repeats`.

    Args:
        n_rows: Rows of events, good and bad.
        n_by_check: Bad rows for each of schema, types, ranges.
        n_good: Rows that keep every rule.
        n_item_rows: Rows of items, good and bad.
        n_bad_items: Bad rows of items.
        n_duplicate: Good rows that repeat another.
        last_at_us: Newest good event in microseconds, None when there is none.
        n_missing: Empty cells of each optional field.
        n_disordered: Good rows older than the row before them of the same account.
        n_unknown_items: Good rows whose item no catalogue names; None without a catalogue.
        n_before_item: Good rows outside their item's time; None without a catalogue.
    """

    n_rows: int
    n_by_check: Mapping[str, int]
    n_good: int
    n_item_rows: int
    n_bad_items: int
    n_duplicate: int
    last_at_us: int | None
    n_missing: Mapping[str, int]
    n_disordered: int
    n_unknown_items: int | None
    n_before_item: int | None


class ImportStopped(ChecksFailed):
    """A check failed, so nothing was stored."""

    code = "import_stopped"


def judge(found: Found, limits: CheckSettings, as_of: datetime) -> tuple[CheckResult, ...]:
    """Hold the counts against the limits.

    Args:
        found: The counts.
        limits: The thresholds.
        as_of: The present instant, for freshness.
    """
    bad = Counter(found.n_by_check)
    most_bad = limits.max_bad_share
    worst = max(found.n_missing, key=lambda name: found.n_missing[name], default="")
    n_missing = found.n_missing.get(worst, 0)
    return (
        _share("schema", bad["schema"], found.n_rows, most_bad, "columns and required cells"),
        _share("types", bad["types"], found.n_rows, most_bad, "cells of the expected type"),
        _share("ranges", bad["ranges"], found.n_rows, most_bad, "ratings, instants, numbers"),
        _share("readable", bad.total(), found.n_rows, most_bad, "rows that keep all three"),
        _share("items", found.n_bad_items, found.n_item_rows, most_bad, "rows of item files"),
        _share(
            "duplicates",
            found.n_duplicate,
            found.n_rows,
            limits.max_duplicate_share,
            "rows that repeat another row",
        ),
        _freshness(found.last_at_us, limits.max_age_days, as_of),
        _share(
            "completeness",
            n_missing,
            found.n_good,
            limits.max_missing_share,
            f'empty cells of "{worst}"' if worst else "no optional column",
        ),
        _of_catalogue(
            "consistency",
            found.n_unknown_items,
            found.n_good,
            limits.max_unknown_item_share,
            "events of items that no catalogue names",
        ),
        _of_catalogue(
            "time of item",
            found.n_before_item,
            found.n_good,
            limits.max_before_item_share,
            "events before or after their item's time",
        ),
        _share(
            "order",
            found.n_disordered,
            found.n_good,
            limits.max_disorder_share,
            "rows older than the account's row before",
        ),
    )


def stopped(source: str, results: tuple[CheckResult, ...], quarantine: str) -> ImportStopped:
    """The error that tells which checks failed, with value and limit."""
    failed = [one for one in results if not one.passed]
    told = "; ".join(
        f"{one.name} is {one.value_text()} ({one.detail}), at most {one.limit_text()} may be"
        for one in failed
    )
    hint = f"See {quarantine}." if quarantine else ""
    return ImportStopped(
        f"{source} not imported: {told}.",
        hint=hint or "Mend the file, or raise the threshold under [checks].",
        place=", ".join(one.name for one in failed),
    )


def _share(name: str, n: int, of: int, limit: float, detail: str) -> CheckResult:
    share = n / of if of else 0.0
    return CheckResult(name, n, share, limit, share <= limit, detail)


def _of_catalogue(name: str, n: int | None, of: int, limit: float, detail: str) -> CheckResult:
    if n is None:
        return CheckResult(name, 0, 0.0, None, True, "no catalogue yet")
    return _share(name, n, of, limit, detail)


def _freshness(last_at_us: int | None, max_age_days: float, as_of: datetime) -> CheckResult:
    if last_at_us is None:
        return CheckResult("freshness", 0, 0.0, None, True, "no event", "days")
    newest = from_epoch_s(last_at_us // _US)
    age_days = max(0.0, (as_of - newest).total_seconds() / _DAY_S)
    is_stale = max_age_days > 0 and age_days > max_age_days
    return CheckResult(
        "freshness",
        int(is_stale),
        age_days,
        max_age_days or None,
        not is_stale,
        f"the newest event is of {instant_text(newest)}",
        "days",
    )


def _text(value: float, unit: str) -> str:
    return f"{value:.2%}".replace("%", " %") if unit == "share" else f"{value:,.1f} days"
