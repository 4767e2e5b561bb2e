"""Make what Households shows into a report: persons, when they watch, sessions, links, changes.

Which account it is about is not written down; persons stand as they are called on the page.

Reads / Writes: nothing.
Not here: files and charts (console.exports), the page (console.pages.households).
"""

from settee.client.results import HouseholdView, PersonView
from settee.console.exports import Row, Section
from settee.console.pages.households_persons import (
    HOURS,
    SHORT_DAYS,
    change_rows,
    link_rows,
    names_of,
    person_rows,
    rows_of,
)
from settee.console.pages.households_sessions import session_rows


def sections_of(household: HouseholdView) -> list[Section]:
    """The parts of the report.

    Args:
        household: Of an account.
    """
    names = names_of(household)
    parts = [Section("Persons", person_rows(household), "part of the sessions")]
    for one in household.persons:
        parts += _when(one, names[one.person_id])
    return [
        *parts,
        Section("Latest sessions", session_rows(household)),
        Section("Links to devices", link_rows(household)),
        Section("What happened to the persons", change_rows(household)),
    ]


def _when(one: PersonView, name: str) -> list[Section]:
    """When a person watches: by hour, by weekday, and by both."""
    hours: list[Row] = [
        {"hour, UTC": hour, "share": p} for hour, p in zip(HOURS, one.hours, strict=True)
    ]
    days: list[Row] = [
        {"weekday": day, "share": p} for day, p in zip(SHORT_DAYS, one.weekdays, strict=True)
    ]
    parts = [
        Section(f"{name}, by hour", hours, "share"),
        Section(f"{name}, by weekday", days, "share"),
    ]
    if one.week:
        week = rows_of("day", SHORT_DAYS, HOURS, one.week)
        parts.append(Section(f"{name}, by weekday and hour", week))
    return parts
