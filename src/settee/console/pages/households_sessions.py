"""Draw the latest sessions of an account, each in the colour of the person whom it was said to be.

One picture says when they were, the other how surely each was told: a row of .9 is well told apart.

Reads / Writes: nothing.
Not here: saying who it was (console.pages.households_correct).
"""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from settee.client.results import HouseholdView, SessionView
from settee.console.charts import AXIS, draw, figures
from settee.console.pages.households_persons import colour_of, names_of
from settee.console.parts import heading

GUEST = "a guest"
_GREY = "#8a8a8a"


def likeliest(session: SessionView, names: Mapping[str, str]) -> tuple[str, float]:
    """Who a session was said to be, and how likely.

    Args:
        session: One of the latest.
        names: What persons are called.

    >>> likeliest(SessionView("e9", {"p_a": 0.3, "p_b": 0.1}, False, True), {"p_a": "Ann"})
    ('a guest', 0.6)
    """
    guest = round(max(0.0, 1.0 - sum(session.persons.values())), 4)
    best = max(session.persons, key=lambda one: session.persons[one], default="")
    if not best or session.persons[best] < guest:
        return GUEST, guest
    return names.get(best, best[:8]), session.persons[best]


def label_of(session: SessionView, names: Mapping[str, str]) -> str:
    """A session in few words, for a list to choose from."""
    when = session.event_id if session.at is None else f"{session.at:%a %d %b %H:%M}"
    name, chance = likeliest(session, names)
    return f"{when}: {name}, {100 * chance:.0f} %"


def draw_sessions(household: HouseholdView) -> None:
    """Both pictures, and the sessions as a table.

    Args:
        household: Of an account.
    """
    heading("Latest sessions")
    sessions, names = household.sessions, names_of(household)
    if not sessions:
        ui.label("No session is known yet; send events with POST /v1/events.").classes("empty")
        return
    rows = session_rows(household)
    dated = [one for one in sessions if one.at is not None]
    if dated:
        with ui.element("div").classes("sides"):
            draw(
                when_picture(dated, names),
                "When the sessions were, in the colour of who it was said to be",
                rows,
            )
            draw(
                surely_picture(dated, names),
                "How surely each session was told, from the oldest to the newest",
                rows,
            )
    else:
        figures(rows, label="Latest sessions")


def session_rows(household: HouseholdView) -> list[dict[str, Any]]:
    """A row for each session, the newest first.

    Args:
        household: Of an account.
    """
    names = names_of(household)
    return [_row(one, names) for one in household.sessions]


def when_picture(sessions: list[SessionView], names: Mapping[str, str]) -> dict[str, Any]:
    """A point for each session: the day across, the hour up."""
    return _scatter(
        sessions, names, lambda one: one.at.hour + one.at.minute / 60 if one.at else 0.0,
        {"type": "value", "name": "hour, UTC", "min": 0, "max": 24, "interval": 6} | AXIS,
    )  # fmt: skip


def surely_picture(sessions: list[SessionView], names: Mapping[str, str]) -> dict[str, Any]:
    """A point for each session: the day across, the probability of the likeliest up."""
    return _scatter(
        sessions, names, lambda one: likeliest(one, names)[1],
        {"type": "value", "name": "probability", "min": 0, "max": 1} | AXIS,
    )  # fmt: skip


def _scatter(
    sessions: list[SessionView],
    names: Mapping[str, str],
    height: Callable[[SessionView], float],
    up: dict[str, Any],
) -> dict[str, Any]:
    points: dict[str, list[list[Any]]] = {name: [] for name in names.values()}
    for one in sessions:
        if one.at is not None:
            who = likeliest(one, names)[0]
            points.setdefault(who, []).append([one.at.isoformat(), round(height(one), 3)])
    places = {name: place for place, name in enumerate(names.values())}
    return {
        "textStyle": {"fontFamily": "inherit", "color": _GREY},
        "tooltip": {"confine": True},
        "legend": {"top": 0, "type": "scroll", "textStyle": {"color": _GREY}},
        "grid": {"left": 8, "right": 24, "top": 48, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "time"} | AXIS | {"splitLine": {"show": False}},
        "yAxis": up,
        "series": [
            {
                "type": "scatter", "name": name, "data": data, "symbolSize": 10,
                "itemStyle": {"color": colour_of(places[name]) if name in places else _GREY},
            }
            for name, data in points.items()
            if data
        ],
        "animation": False,
    }  # fmt: skip


def _row(one: SessionView, names: Mapping[str, str]) -> dict[str, Any]:
    name, chance = likeliest(one, names)
    notes = ["several together"] * one.together + ["unsure"] * one.unsure
    return {
        "when": None if one.at is None else f"{one.at:%Y-%m-%d %H:%M}",
        "who": name,
        "probability": chance,
        "note": ", ".join(notes) or None,
    }
