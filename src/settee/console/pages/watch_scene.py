"""Keep what is looked at on Watch: whose screen, when, on what, and what is watched there.

A session that is tried out begins at the chosen instant; each title that is added is watched ten
minutes after the one before. Nothing of it is ever sent, and every answer is the one that there
would be if it had been. With two titles from Friday 21:00 on, it is 21:20 when it is asked.

Reads / Writes: nothing.
Not here: asking and drawing (console.pages.watch_who, watch_list, watch_dials).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from settee.client import Event
from settee.client.said import Amid, Tried, Where

STEP = timedelta(minutes=10)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOW = "Now"
_SHOWN_OF_ID = 8


@dataclass
class Scene:
    """What is looked at.

    Args:
        account_id: Whose screen.
        at: When it begins, aware.
        where: On which device.
        k: Titles wanted.
        names: What people call persons, by id; empty where they have no name.
        titles: Titles of items that were met, by id.
        watched: Items that are tried out in the running session, in order.
    """

    account_id: str
    at: datetime
    where: Where
    k: int
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    watched: list[str] = field(default_factory=list)

    def events(self) -> list[Event]:
        """The session that is tried out."""
        return [
            Event(
                account_id=self.account_id, kind="play", event_id=f"tried-{number}",
                at=self.at + number * STEP, item_id=item_id,
                duration_s=STEP.total_seconds(), device_id=self.where.get("device_id"),
                device_type=self.where.get("device_type"),
            )
            for number, item_id in enumerate(self.watched)
        ]  # fmt: skip

    @property
    def asked_at(self) -> datetime:
        """The instant that is asked about."""
        return self.at + len(self.watched) * STEP

    def amid(self) -> Amid:
        """The question for one title, as far as the scene says it."""
        more = {"k": self.k, "at": self.asked_at, "events": self.events()}
        return cast("Amid", {**self.where, **more})

    def asked(self) -> Tried:
        """The question for a list, as far as the scene says it."""
        return cast("Tried", {**self.amid(), "explain": "full"})

    def name_of(self, person_id: str) -> str:
        """What a person is called on the page."""
        return called(person_id, self.names)

    def title_of(self, item_id: str) -> str:
        """The title of an item, or its id."""
        return self.titles.get(item_id) or item_id


def called(person_id: str, names: dict[str, str]) -> str:
    """A person's name, or the beginning of the id.

    >>> called("p_2myhpucc2", {"p_2myhpucc2": "Ann"}), called("p_2myhpucc2", {})
    ('Ann', 'p_2myhpu')
    """
    return names.get(person_id) or person_id[:_SHOWN_OF_ID]


def instant_at(day: str, hour: int, now: datetime) -> datetime:
    """The next time that it is that hour of that day, UTC.

    Args:
        day: One of `DAYS`, or `NOW`.
        hour: 0 to 23.
        now: The present instant, aware.

    >>> from datetime import UTC
    >>> instant_at("Friday", 21, datetime(2026, 11, 21, 12, tzinfo=UTC)).isoformat()
    '2026-11-27T21:00:00+00:00'
    """
    if day == NOW:
        return now
    at = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    at += timedelta(days=(DAYS.index(day) - at.weekday()) % 7)
    return at if at >= now else at + timedelta(days=7)
