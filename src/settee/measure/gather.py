"""Make paths of contacts and conversions.

A conversion ends a path: the contacts of the last 30 days before it, oldest first. The next path
begins after it. Contacts that no conversion followed in time are paths that ended in nothing, cut
so that none is longer than the lookback: e-mail in March and search in June are two of them, not
one. What was only shown counts for a day. A conversion before which nothing was met belongs to no
channel; such are counted, and no credit is invented for them.

Reads / Writes: nothing.
Source: the cutting follows docs/attribution.md, "Paths".
Not here: reading the record (events.contacts), whose a contact was (measure.persons).
"""

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import AttributionSettings, BadInput
from settee.events import SHOWN, Contacts, Label
from settee.measure.paths import Paths

_DAY_S = 86_400.0
_MICROS = 1_000_000
Ints = NDArray[np.int64]


class NoContacts(BadInput):
    """There is nothing that credit could be given to."""

    code = "no_contacts"


@dataclass(frozen=True)
class Rows:
    """Which rows of contacts belong to whom.

    Args:
        place: (r,) rows of the contacts; one row may stand here several times, for several persons.
        unit: (r,) whose path it is part of: an account or a person, by number.
        group: (r,) the account by number, which is drawn as one when intervals are made.
        weight: What a path counts.
    """

    place: Ints
    unit: Ints
    group: Ints
    weight: float = 1.0


@dataclass(frozen=True)
class Span:
    """Conversions from `since_us` on and before `until_us` count, microseconds; None is open.

    Contacts before `since_us` count for what came after it.
    """

    since_us: int | None = None
    until_us: int | None = None


@dataclass(frozen=True)
class Gathered:
    """Paths, and what they were made of.

    Args:
        paths: One row a path.
        unit: (P,) whose path it is.
        step_place: (S,) row of the contacts that each step is.
        end_place: (P,) row of the conversion that ended it, -1 where none did.
        n_conversions: All of the span, with those that nothing was met before.
        n_unmet: Those that nothing was met before.
        unmet_value: Their revenue, cents.
        n_refunds: Conversions of less than nothing, which end no path.
    """

    paths: Paths
    unit: Ints
    step_place: Ints
    end_place: Ints
    n_conversions: float
    n_unmet: float
    unmet_value: float
    n_refunds: int


def of_accounts(contacts: Contacts) -> Rows:
    """Each row is its account's."""
    account = contacts.account.astype(np.int64)
    return Rows(np.arange(len(contacts), dtype=np.int64), account, account)


def gather_paths(
    contacts: Contacts,
    settings: AttributionSettings,
    rows: Rows | None = None,
    *,
    by: Label = "channel",
    span: Span | None = None,
) -> Gathered:
    """Paths of the contacts.

    Args:
        contacts: From `events.read_contacts`, united already where that is wanted.
        settings: Lookback, view-through, repeats.
        rows: Whose they are; each account's own by default.
        by: What contacts are told apart by.
        span: When; always by default.

    Raises:
        NoContacts: If no contact is left.
    """
    rows, span = rows or of_accounts(contacts), span or Span()
    names, label = contacts.labels(by)
    is_refund = contacts.is_conversion & (contacts.cents < 0)
    keep = ~is_refund
    if settings.view_through_days == 0:
        keep &= contacts.kind != SHOWN
    if span.until_us is not None:
        keep &= contacts.at_us < span.until_us
    rows = _sorted(rows, keep)
    place = rows.place
    since_us = -(2**62) if span.since_us is None else span.since_us
    found = _cut(
        rows.unit, contacts.at_us[place], contacts.kind[place], contacts.is_conversion[place],
        (since_us, _micros(settings.lookback_days), _micros(settings.view_through_days)),
    )  # fmt: skip
    indptr, step_row, end_row, n_unmet, unmet_rows = found
    if not len(step_row):
        raise NoContacts(
            "no contact is left of what is asked for; touches that name a channel are needed.",
            hint="settee report shows how many touches the record holds.",
        )
    step_place, has_end = place[step_row], end_row >= 0
    end_place = np.where(has_end, place[end_row], -1)
    first = step_row[indptr[:-1]]
    converted = np.where(has_end, rows.weight, 0.0)
    used, step = np.unique(label[step_place], return_inverse=True)
    paths = Paths(
        channels=tuple(names[one] for one in used.tolist()),
        indptr=indptr,
        step=step.astype(np.int32),
        converted=converted,
        nulls=np.where(has_end, 0.0, rows.weight),
        value=np.where(has_end, contacts.cents[end_place], 0.0) * rows.weight,
        group=rows.group[first],
        before_s=_before_s(contacts.at_us, step_place, end_place, indptr),
    )
    gathered = Gathered(
        paths=paths,
        unit=rows.unit[first],
        step_place=step_place,
        end_place=end_place,
        n_conversions=float(converted.sum()) + n_unmet * rows.weight,
        n_unmet=n_unmet * rows.weight,
        unmet_value=float(contacts.cents[place[unmet_rows]].sum()) * rows.weight,
        n_refunds=int((is_refund & (contacts.at_us >= since_us)).sum()),
    )
    return gathered if settings.repeats else _without_repeats(gathered)


def without_repeats(paths: Paths) -> Paths:
    """The same paths with a channel that follows itself as one step, the last of them.

    >>> from settee.measure.paths import paths_of
    >>> without_repeats(paths_of([["mail", "mail", "web", "mail"]])).step.tolist()
    [0, 1, 0]
    """
    indptr, keep = _kept(paths)
    before_s = None if paths.before_s is None else paths.before_s[keep]
    return replace(paths, indptr=indptr, step=paths.step[keep], before_s=before_s)


def _without_repeats(gathered: Gathered) -> Gathered:
    _, keep = _kept(gathered.paths)
    paths = without_repeats(gathered.paths)
    return replace(gathered, paths=paths, step_place=gathered.step_place[keep])


def _kept(paths: Paths) -> tuple[Ints, NDArray[np.bool_]]:
    is_last = np.append(paths.step[1:] != paths.step[:-1], True)
    is_last[paths.indptr[1:] - 1] = True
    return np.append(0, np.cumsum(is_last)[paths.indptr[1:] - 1]), is_last


def _micros(days: float) -> int:
    return round(days * _DAY_S * _MICROS)


def _sorted(rows: Rows, keep: NDArray[np.bool_]) -> Rows:
    """Rows that are kept, by unit, and in it in the order of contacts, which is that of time."""
    chosen = np.flatnonzero(keep[rows.place])
    order = chosen[np.lexsort((rows.place[chosen], rows.unit[chosen]))]
    return Rows(rows.place[order], rows.unit[order], rows.group[order], rows.weight)


def _before_s(at_us: Ints, step_place: Ints, end_place: Ints, indptr: Ints) -> NDArray[np.float64]:
    """(S,) seconds from each step to the end of its path: the conversion, or the last contact."""
    last = step_place[indptr[1:] - 1]
    end_us = np.where(end_place >= 0, at_us[end_place], at_us[last])
    passed = np.repeat(end_us, np.diff(indptr)) - at_us[step_place]
    return np.asarray(passed / _MICROS, np.float64)


@njit(cache=True, nogil=True)
def _cut(
    unit: Ints,
    at_us: Ints,
    kind: NDArray[np.int8],
    is_conversion: NDArray[np.bool_],
    limits: tuple[int, int, int],
) -> tuple[Ints, Ints, Ints, int, Ints]:
    """Paths out of rows sorted by unit and instant.

    Args:
        unit: (r,) whose.
        at_us: (r,) when.
        kind: (r,) SHOWN or TOUCH.
        is_conversion: (r,) what ends a path.
        limits: Since when paths end, lookback, view-through, all microseconds.

    Returns:
        (P + 1,) ends of paths, (S,) rows of steps, (P,) row of each conversion or -1, conversions
        that nothing was met before, and their rows.
    """
    n = len(unit)
    indptr, steps, ends = np.zeros(n + 1, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    unmet = np.empty(n, np.int64)
    open_rows = np.empty(n, np.int64)  # contacts of this unit that are in no path yet
    n_open = n_paths = n_steps = n_unmet = 0
    for row in range(n + 1):
        is_over = row == n or (row > 0 and unit[row] != unit[row - 1])
        if is_over:
            n_paths, n_steps = _nulls(
                open_rows[:n_open], at_us, kind, limits, (n_paths, n_steps), indptr, steps, ends
            )
            n_open = 0
        if row == n:
            break
        if not is_conversion[row]:
            open_rows[n_open] = row
            n_open += 1
            continue
        first = 0
        while first < n_open and at_us[open_rows[first]] < at_us[row] - limits[1]:
            first += 1
        n_paths, n_steps = _nulls(
            open_rows[:first], at_us, kind, limits, (n_paths, n_steps), indptr, steps, ends
        )
        if at_us[row] >= limits[0]:
            before = n_steps
            n_steps = _steps(
                open_rows[first:n_open], at_us, kind, at_us[row] - limits[2], n_steps, steps
            )
            if n_steps > before:
                ends[n_paths] = row
                n_paths += 1
                indptr[n_paths] = n_steps
            else:
                unmet[n_unmet] = row
                n_unmet += 1
        n_open = 0
    return (
        indptr[: n_paths + 1].copy(), steps[:n_steps].copy(), ends[:n_paths].copy(), n_unmet,
        unmet[:n_unmet].copy(),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _steps(
    rows: Ints, at_us: Ints, kind: NDArray[np.int8], shown_from_us: int, n_steps: int, steps: Ints
) -> int:
    """Write the rows that count; what was only shown counts from an instant on."""
    for row in rows:
        if kind[row] != SHOWN or at_us[row] >= shown_from_us:
            steps[n_steps] = row
            n_steps += 1
    return n_steps


@njit(cache=True, nogil=True)
def _nulls(
    rows: Ints,
    at_us: Ints,
    kind: NDArray[np.int8],
    limits: tuple[int, int, int],
    counts: tuple[int, int],
    indptr: Ints,
    steps: Ints,
    ends: Ints,
) -> tuple[int, int]:
    """Write the paths of contacts that no conversion followed, from the newest backwards."""
    n_paths, n_steps = counts
    stop = len(rows)
    while stop > 0:
        end_us = at_us[rows[stop - 1]]
        first = stop - 1
        while first > 0 and at_us[rows[first - 1]] >= end_us - limits[1]:
            first -= 1
        if end_us >= limits[0]:
            before = n_steps
            n_steps = _steps(rows[first:stop], at_us, kind, end_us - limits[2], n_steps, steps)
            if n_steps > before:
                ends[n_paths] = -1
                n_paths += 1
                indptr[n_paths] = n_steps
        stop = first
    return n_paths, n_steps
