"""Draw the persons of an account: how much is theirs, when they watch, on what, what they like.

Each person has a picture of the week, a field for each hour of each day; its 168 shares of their
sessions sum to 1.

Reads / Writes: nothing.
Not here: sessions (console.pages.households_sessions), corrections (households_correct).
"""

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from settee.client.results import HouseholdView, PersonView
from settee.console.charts import AXIS, PALETTE, draw, figures
from settee.console.pages.watch_scene import DAYS, called
from settee.console.parts import heading

HOURS = tuple(f"{hour:02d}" for hour in range(24))
SHORT_DAYS = tuple(day[:3] for day in DAYS)
_FAINT = "0A"
_SHOWN = 5


def names_of(household: HouseholdView) -> dict[str, str]:
    """What each person is called, by id.

    Args:
        household: Of an account.
    """
    given = {one.person_id: one.name for one in household.persons}
    return {person_id: called(person_id, given) for person_id in given}


def colour_of(place: int) -> str:
    """The colour of the n-th person, the same in every picture."""
    return PALETTE[place % len(PALETTE)]


def draw_persons(household: HouseholdView) -> None:
    """Cards, hours, weekdays, devices and what happened to the persons.

    Args:
        household: Of an account.
    """
    heading("Persons")
    names = names_of(household)
    with ui.element("div").classes("sides"):
        for place, one in enumerate(household.persons):
            _draw_person(one, names[one.person_id], colour_of(place))
    with ui.element("div").classes("sides"):
        for place, one in enumerate(household.persons):
            if one.week:
                name = names[one.person_id]
                draw(
                    heat(SHORT_DAYS, HOURS, one.week, colour_of(place)),
                    f"When {name} watches, by weekday and hour (UTC): stronger is more",
                    rows_of("day", SHORT_DAYS, HOURS, one.week),
                )
    rows = link_rows(household)
    if rows:
        heading("Links to devices")
        figures(rows, label="Devices and services, and whose they are")


def heat(
    down: Sequence[str],
    across: Sequence[str],
    values: Sequence[Sequence[float]],
    colour: str = PALETTE[0],
) -> dict[str, Any]:
    """A picture of fields whose colour is the stronger the more there is.

    Args:
        down: A name for each row.
        across: A name for each column.
        values: A row each, as long as `across`.
        colour: Of a field that has the most, as six hexadecimal digits.
    """
    cells = [
        [column, row, float(value)]
        for row, line in enumerate(values)
        for column, value in enumerate(line)
    ]
    return {
        "xAxis": {"type": "category", "data": list(across)} | AXIS,
        "yAxis": {"type": "category", "data": list(down), "inverse": True} | AXIS,
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 24, "containLabel": True},
        "textStyle": {"fontFamily": "inherit", "color": "#8a8a8a"},
        "tooltip": {"confine": True},
        "visualMap": {
            "show": False, "min": 0, "max": max((cell[2] for cell in cells), default=1.0),
            "inRange": {"color": [f"{colour}{_FAINT}", colour]},
        },
        "series": [{"type": "heatmap", "data": cells}],
        "animation": False,
    }  # fmt: skip


def rows_of(
    name: str, down: Sequence[str], across: Sequence[str], values: Sequence[Sequence[float]]
) -> list[dict[str, Any]]:
    """The same as a table.

    >>> rows_of("person", ["Ann"], ["Mon", "Tue"], [[0.25, 0.75]])
    [{'person': 'Ann', 'Mon': 0.25, 'Tue': 0.75}]
    """
    return [
        {name: label} | dict(zip(across, line, strict=True))
        for label, line in zip(down, values, strict=True)
    ]


def _draw_person(one: PersonView, name: str, colour: str) -> None:
    with ui.column().classes("card tight person").style(f"border-left-color: {colour}"):
        ui.label(name).classes("strong")
        last = "" if one.last_seen_at is None else f", last seen {one.last_seen_at:%d %b %H:%M} UTC"
        ui.label(f"{100 * one.share:.0f} % of the sessions, about {one.n_sessions:.0f}{last}")
        bar = ui.linear_progress(one.confidence, show_value=False).props("size=6px")
        bar.props["aria-label"] = f"How surely the sessions of {name} are theirs"
        ui.label(f"{100 * one.confidence:.0f} % sure that their sessions are theirs").classes(
            "small"
        )
        if one.tags:
            ui.label("Likes " + ", ".join(list(one.tags)[:_SHOWN])).classes("small")
        if one.titles:
            titles = [item.title or item.item_id for item in one.titles]
            ui.label("Lately " + ", ".join(titles)).classes("small")


def person_rows(household: HouseholdView) -> list[dict[str, Any]]:
    """A row for each person, as the cards say it.

    Args:
        household: Of an account.
    """
    names = names_of(household)
    return [
        {
            "person": names[one.person_id],
            "part of the sessions": one.share,
            "sessions": one.n_sessions,
            "how surely theirs": one.confidence,
            "last seen": None if one.last_seen_at is None else f"{one.last_seen_at:%Y-%m-%d %H:%M}",
            "likes": ", ".join(list(one.tags)[:_SHOWN]),
            "lately": ", ".join(item.title or item.item_id for item in one.titles),
        }
        for one in household.persons
    ]


def link_rows(household: HouseholdView) -> list[dict[str, Any]]:
    """A row for each device or service of each person.

    Args:
        household: Of an account.
    """
    names = names_of(household)
    return [
        {
            "device or service": use.device_id,
            "person": names[one.person_id],
            "part of what they do": use.share,
            "somebody's own": use.score,
            "is": "their own" if use.is_own else "shared" if use.is_shared else "unclear",
        }
        for one in household.persons
        for use in (*one.devices, *one.platforms)
    ]


def draw_changes(household: HouseholdView) -> None:
    """What happened to the persons, newest first.

    Args:
        household: Of an account.
    """
    heading("What happened to the persons")
    if not household.changes:
        ui.label("Nothing yet; persons are found as sessions come in.").classes("empty")
        return
    figures(change_rows(household), label="What happened to the persons")


def change_rows(household: HouseholdView) -> list[dict[str, Any]]:
    """A row for each thing that happened to the persons.

    Args:
        household: Of an account.
    """
    names = names_of(household)
    return [
        {
            "when": f"{one.at:%Y-%m-%d %H:%M}",
            "what": one.kind,
            "persons": ", ".join(called(person_id, names) for person_id in one.person_ids),
            "why": ", ".join(f"{name} {value:.3g}" for name, value in one.evidence.items()),
            "can be taken back": "yes" if one.reversible else "no",
        }
        for one in household.changes
    ]
