"""Name the dials of the household world: how people live, what is hard about them, what ads do.

Every dial is one number with a range; a world is one value of each. The worlds easy, default and
hard differ only in how much devices, hours and tastes tell: on the default world the owner of the
device is right in 71 of 100 sessions, and the busiest person of the household in 50.

Reads / Writes: nothing.
Not here: what the dials do (events.simulate_homes, simulate_visits, simulate_watching).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from settee.core import BadInput


class BadDial(BadInput):
    """A dial of the simulated world has no such name, or a value out of its range."""

    code = "bad_dial"


def _dial(default: float, least: float, most: float, meaning: str) -> Any:  # noqa: ANN401 -- field
    return field(
        default=default, metadata={"default": default, "range": (least, most), "meaning": meaning}
    )


def _share(default: float, meaning: str) -> Any:  # noqa: ANN401 -- a dataclass field
    return _dial(default, 0.0, 1.0, meaning)


@dataclass(frozen=True)
class World:
    """A value of every dial; each changes results. `dials()` tells ranges and meanings.

    Raises:
        BadDial: If a value is out of its range.

    >>> World(guests=0.1).guests
    0.1
    """

    # Who lives there.
    n_titles: int = _dial(1500, 12, 100_000, "Titles of the catalogue.")
    size_mean: float = _dial(3.2, 1.0, 8.0, "Mean number of persons of a household, 1 to 8.")
    sessions_mean: float = _dial(
        63.0, 1.0, 120.0, "Sessions a person wants in 90 days; 7 in 10 happen."
    )
    activity_spread: float = _dial(0.8, 0.0, 2.0, "How unequally active persons are (log scale).")
    taste_focus: float = _dial(12.0, 0.5, 50.0, "How few tastes a person has; 50 is only one.")
    taste_pull: float = _dial(4.0, 0.0, 10.0, "How strongly a taste decides on titles.")
    taste_overlap: float = _share(0.1, "Share of a taste that the household has in common.")
    hour_spread: float = _dial(0.8, 0.1, 6.0, "Hours (standard deviation) around a usual hour.")
    hour_overlap: float = _share(0.1, "Share of usual hours that the household has in common.")
    spells: float = _dial(0.5, 0.0, 2.0, "How much activity comes in spells of days (log scale).")
    loyalty: float = _share(0.35, "Chance to go on with the series of the last time.")
    # Which device.
    shared_tv: float = _share(0.45, "Mean share of sessions on the televisions of the household.")
    own_device: float = _share(0.35, "Mean share of sessions on one's own telephone.")
    device_habit: float = _dial(2.0, 0.2, 50.0, "How alike persons are in that; low is unlike.")
    lent: float = _share(0.02, "Share of sessions on a telephone that is somebody else's.")
    # What is hard.
    handover: float = _share(0.025, "Share of sessions in which the device changes hands.")
    co_viewing: float = _share(0.12, "Share of television sessions watched by several persons.")
    guests: float = _share(0.03, "Share of sessions with a guest.")
    twins: float = _share(0.08, "Share of households with two persons of one taste.")
    new_members: float = _share(0.06, "Share of households that somebody joins in the record.")
    leaving_members: float = _share(0.06, "Share of households that somebody leaves.")
    moved_shifts: float = _share(0.08, "Share of persons whose hours move for good on some day.")
    rotating_shifts: float = _share(0.03, "Share of persons whose hours change every other week.")
    taste_drift: float = _share(0.10, "Share of persons whose taste turns slowly into another.")
    holidays: float = _share(0.05, "Share of days that are holidays: weekend hours, more time.")
    seasons: float = _share(0.20, "How much the time of the year moves activity and tastes.")
    live_events: float = _dial(2.0, 0.0, 100.0, "Live events in 30 days, which many watch at once.")
    time_zones: float = _share(0.50, "Share of households that do not live in UTC.")
    daylight_saving: float = _share(0.70, "Share of those that change their clocks twice a year.")
    app_updates: float = _share(0.10, "Share of devices reported as another type from a day on.")
    new_devices: float = _share(0.05, "Share of devices replaced by another id on some day.")
    two_platforms: float = _share(0.20, "Share of households that use two services.")
    profiles: float = _share(0.15, "Share of households that pick a profile.")
    profile_wrong: float = _share(0.10, "Share of their sessions with somebody else's profile.")
    # What advertising does, and who only shops.
    touches: float = _dial(3.0, 0.0, 300.0, "Advertising contacts of a household in 30 days.")
    touch_effect: float = _dial(1.0, 0.0, 5.0, "Factor on what contacts add to the conversion.")
    touch_half_life_days: float = _dial(4.0, 0.1, 90.0, "Days after which half of that is gone.")
    targeting: float = _dial(0.6, 0.0, 2.0, "How much more the keen are contacted (log scale).")
    holdout: float = _share(0.10, "Share of households that nobody contacts, drawn at random.")
    conversions: float = _dial(0.05, 0.0001, 10.0, "A member's conversions in 30 days by habit.")
    shoppers: float = _share(0.0, "Share of accounts that shop and do not watch.")
    one_time: float = _share(0.90, "Share of those that buy exactly once.")

    def __post_init__(self) -> None:
        for name, dial in dials().items():
            least, most = dial.accepted
            value = getattr(self, name)
            if not least <= value <= most:
                raise BadDial(
                    f'dial "{name}" is {value:g}; it must be between {least:g} and {most:g}.',
                    place=name,
                )


@dataclass(frozen=True)
class Dial:
    """What one dial accepts and means."""

    default: float
    accepted: tuple[float, float]
    meaning: str


def dials() -> dict[str, Dial]:
    """Every dial of a `World` by name.

    >>> dials()["guests"].accepted
    (0.0, 1.0)
    """
    return {
        one.name: Dial(one.metadata["default"], one.metadata["range"], one.metadata["meaning"])
        for one in fields(World)
    }


_WORLDS: Mapping[str, World] = {
    "default": World(),
    "easy": replace(
        World(), taste_focus=15.0, taste_overlap=0.05, hour_spread=0.7, shared_tv=0.30,
        own_device=0.50, device_habit=2.2, lent=0.01, handover=0.01, co_viewing=0.08, guests=0.015,
        twins=0.04,
    ),
    "hard": replace(
        World(), taste_overlap=0.15, hour_spread=0.95, shared_tv=0.60, own_device=0.20,
        device_habit=5.0, lent=0.04, handover=0.04, co_viewing=0.15, guests=0.04, twins=0.12,
    ),
}  # fmt: skip


def make_world(difficulty: str = "default", **changes: float) -> World:
    """A world of one difficulty, with some dials set by hand.

    Args:
        difficulty: easy, default or hard.
        changes: A value of any dial.

    Raises:
        BadDial: If there is no such difficulty or dial, or a value is out of range.

    >>> make_world("hard", profiles=0).profiles
    0
    """
    if difficulty not in _WORLDS:
        raise BadDial(
            f'difficulty "{difficulty}" is not known; it must be one of {", ".join(_WORLDS)}.',
            place="difficulty",
        )
    known = dials()
    for name, value in changes.items():
        if name not in known:
            raise BadDial(f'there is no dial "{name}"; dials are {", ".join(known)}.', place=name)
        if name == "n_titles" and not float(value).is_integer():
            raise BadDial(f'dial "n_titles" is {value:g}; it must be a whole number.', place=name)
    whole = {name: int(value) if name == "n_titles" else value for name, value in changes.items()}
    return replace(_WORLDS[difficulty], **whole)  # type: ignore[arg-type]  # numbers by name
