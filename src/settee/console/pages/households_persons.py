"""Draw the persons of an account: how much is theirs, when they watch, on what, what they like.

Hours and weekdays are shares of one person's sessions: a row of the picture sums to 1.

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
_LOW, _HIGH = "#0072B20A", "#0072B2"
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
    labels = [names[one.person_id] for one in household.persons]
    with ui.element("div").classes("sides"):
        hours = [one.hours for one in household.persons]
        draw(
            heat(labels, HOURS, hours),
            "When each person watches, by hour (UTC): stronger is more",
            rows_of("person", labels, HOURS, hours),
        )
        days = [one.weekdays for one in household.persons]
        short_days = [day[:3] for day in DAYS]
        draw(
            heat(labels, short_days, days),
            "When each person watches, by weekday: stronger is more",
            rows_of("person", labels, short_days, days),
        )
    _draw_links(household, names)


def heat(
    down: Sequence[str], across: Sequence[str], values: Sequence[Sequence[float]]
) -> dict[str, Any]:
    """A picture of fields whose colour is the stronger the more there is.

    Args:
        down: A name for each row.
        across: A name for each column.
        values: A row each, as long as `across`.
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
            "inRange": {"color": [_LOW, _HIGH]},
        },
        "series": [{"type": "heatmap", "data": cells}],
        "animationDuration": 200,
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


def _draw_links(household: HouseholdView, names: dict[str, str]) -> None:
    rows = [
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
    if rows:
        heading("Links to devices")
        figures(rows, label="Devices and services, and whose they are")


def draw_changes(household: HouseholdView) -> None:
    """What happened to the persons, newest first.

    Args:
        household: Of an account.
    """
    heading("What happened to the persons")
    if not household.changes:
        ui.label("Nothing yet; persons are found as sessions come in.").classes("empty")
        return
    names = names_of(household)
    rows = [
        {
            "when": f"{one.at:%Y-%m-%d %H:%M}",
            "what": one.kind,
            "persons": ", ".join(called(person_id, names) for person_id in one.person_ids),
            "why": ", ".join(f"{name} {value:.3g}" for name, value in one.evidence.items()),
            "can be taken back": "yes" if one.reversible else "no",
        }
        for one in household.changes
    ]
    figures(rows, label="What happened to the persons")
