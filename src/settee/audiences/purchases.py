"""Hold who bought when, and say of every buyer how often, how lately and since when.

A day's purchases of one unit (an account or a person) are one purchase. Somebody who bought on
days 0, 10 and 40 has, on day 100, a frequency of 2 (repeats), a recency of 40 (days from the first
to the last, as the literature has it), an age of 100 and a silence of 60. Only what lies strictly
before `as_of_s` counts.

Reads / Writes: nothing.
Source: Fader, Hardie, Lee (2005), "Counting Your Customers the Easy Way", Marketing Science 24(2).
Not here: what is foretold from it (audiences.bgnbd, audiences.pareto_nbd, audiences.hazard).
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, ChecksFailed

Column = NDArray[np.float64]
DAY_S = 86_400.0
FADING_DAYS = (30.0, 120.0)


class BadPurchases(BadInput):
    """Columns that are no purchases."""

    code = "bad_purchases"


class TooFewPurchases(ChecksFailed):
    """Too little was bought to learn from."""

    code = "too_few_purchases"


@dataclass(frozen=True)
class Purchases:
    """What is known of every buyer at an instant.

    Args:
        unit: (n,) int64 numbers of units, ascending; only units that bought are in it.
        frequency: (n,) days with a purchase after the first one.
        recency_days: (n,) days from the first to the last purchase; 0 without a repeat.
        age_days: (n,) days from the first purchase to `as_of_s`.
        value: (n,) mean revenue of a repeat day; 0 without one.
        mean_value: (n,) mean revenue of a day with a purchase, the first one included.
        fading: (n, 2) purchase days, each counting half after 30 and after 120 days; (n, 1) where
            only the first is known.
        as_of_s: Unix second at which all this held.
    """

    unit: NDArray[np.int64]
    frequency: Column
    recency_days: Column
    age_days: Column
    value: Column
    mean_value: Column
    fading: Column
    as_of_s: float

    @property
    def n(self) -> int:
        """How many units."""
        return len(self.unit)

    @property
    def silent_days(self) -> Column:
        """(n,) days since the last purchase."""
        return self.age_days - self.recency_days

    def later(self, days: float) -> Self:
        """The same units so many days later, had nobody bought in between."""
        halves = 0.5 ** (days / np.array(FADING_DAYS[: self.fading.shape[1]]))
        return replace(
            self,
            age_days=self.age_days + days,
            fading=self.fading * halves,
            as_of_s=self.as_of_s + days * DAY_S,
        )

    def where(self, which: NDArray[Any]) -> Self:
        """Some of the units, by a mask or by places in ascending order."""
        columns = ("unit", "frequency", "recency_days", "age_days", "value", "mean_value", "fading")
        return replace(self, **{name: getattr(self, name)[which] for name in columns})


@dataclass(frozen=True)
class PurchaseLog:
    """Every day on which a unit bought, unit by unit, oldest day first.

    Args:
        unit: (n,) int64 numbers of units, ascending.
        indptr: (n + 1,) int64, where the days of each unit start.
        day: (m,) int64 days since 1970.
        value: (m,) revenue of the day, in whatever unit it came.
    """

    unit: NDArray[np.int64]
    indptr: NDArray[np.int64]
    day: NDArray[np.int64]
    value: Column

    @classmethod
    def of(
        cls,
        unit: NDArray[np.integer],
        at_s: NDArray[np.floating],
        revenue: NDArray[np.floating] | None = None,
    ) -> Self:
        """Put purchases in order, and the purchases of a day together.

        Args:
            unit: (m,) number of the unit that bought.
            at_s: (m,) Unix seconds.
            revenue: (m,) what was paid; without it every value is 0.

        Raises:
            BadPurchases: If columns differ in length or hold something that is no number.

        >>> log = PurchaseLog.of(np.array([7, 7, 7]), np.array([0.0, 60.0, 864000.0]))
        >>> log.day.tolist()
        [0, 10]
        """
        who = np.asarray(unit, np.int64)
        when = np.asarray(at_s, np.float64)
        paid = np.zeros(len(who)) if revenue is None else np.asarray(revenue, np.float64)
        if not who.shape == when.shape == paid.shape or who.ndim != 1:
            raise BadPurchases(
                f"units, instants and revenue have shapes {who.shape}, {when.shape} and "
                f"{paid.shape}; they must be columns of one length."
            )
        if not (np.isfinite(when).all() and np.isfinite(paid).all()):
            raise BadPurchases("an instant or a revenue is not finite; every purchase needs both.")
        day = np.floor(when / DAY_S).astype(np.int64)
        order = np.lexsort((day, who))
        who, day, paid = who[order], day[order], paid[order]
        first = np.ones(len(who), np.bool_)
        first[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
        starts = np.flatnonzero(first)
        sums = np.add.reduceat(paid, starts) if len(starts) else np.zeros(0)
        units, sizes = np.unique(who[starts], return_counts=True)
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return cls(units, indptr, day[starts], sums)

    @property
    def n(self) -> int:
        """How many units."""
        return len(self.unit)

    @property
    def row(self) -> NDArray[np.int64]:
        """(m,) place of the unit of every day."""
        return np.repeat(np.arange(self.n), np.diff(self.indptr))

    def until(self, as_of_s: float) -> Purchases:
        """What was known of every unit that had bought before an instant.

        Args:
            as_of_s: Unix seconds; the day it lies in does not count.
        """
        now = as_of_s / DAY_S
        past = self.day + 1 <= now
        row, day, value = self.row[past], self.day[past].astype(np.float64), self.value[past]
        n_days = np.bincount(row, minlength=self.n)
        has = np.flatnonzero(n_days)
        ends = np.cumsum(n_days[has])
        starts = ends - n_days[has]
        first, last = day[starts], day[ends - 1]
        paid = np.bincount(row, value, self.n)[has]
        frequency = (n_days[has] - 1).astype(np.float64)
        fading = np.empty((len(has), len(FADING_DAYS)))
        for place, half in enumerate(FADING_DAYS):
            fading[:, place] = np.bincount(row, 0.5 ** ((now - day) / half), self.n)[has]
        return Purchases(
            unit=self.unit[has],
            frequency=frequency,
            recency_days=last - first,
            age_days=now - first,
            value=np.divide(
                paid - value[starts], frequency, out=np.zeros(len(has)), where=frequency > 0
            ),
            mean_value=paid / n_days[has],
            fading=fading,
            as_of_s=as_of_s,
        )

    def bought(self, unit: NDArray[np.integer], from_s: float, until_s: float) -> NDArray[np.bool_]:
        """(n,) did each of those units buy on a day from one instant up to another?"""
        inside = (self.day + 1 > from_s / DAY_S) & (self.day + 1 <= until_s / DAY_S)
        return np.isin(unit, self.unit[np.unique(self.row[inside])])


def purchases_of(
    unit: NDArray[np.integer],
    at_s: NDArray[np.floating],
    revenue: NDArray[np.floating] | None,
    as_of_s: float,
) -> Purchases:
    """What is known of every buyer at an instant, straight from columns.

    Args:
        unit: (m,) number of the unit that bought.
        at_s: (m,) Unix seconds.
        revenue: (m,) what was paid, or None.
        as_of_s: Unix seconds; what came later does not count.

    Raises:
        BadPurchases: If columns differ in length or hold something that is no number.

    >>> days = np.array([0, 10, 40]) * 86400.0
    >>> known = purchases_of(np.array([1, 1, 1]), days, np.array([9.0, 2.0, 4.0]), 100 * 86400.0)
    >>> known.frequency[0], known.recency_days[0], known.age_days[0], known.value[0]
    (np.float64(2.0), np.float64(40.0), np.float64(100.0), np.float64(3.0))
    """
    return PurchaseLog.of(unit, at_s, revenue).until(as_of_s)
