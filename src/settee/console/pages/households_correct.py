"""Tell settee who it really was, and see what it makes of that.

A correction is a fact: it is on disk before it counts, teaches at once, and can be taken back. What
changed by it is shown beside: a person of 61 % who is one of 72 % now.

Reads: a household.  Writes: POST /v1/accounts/{account_id}/people/corrections and /merge.
Source: docs/people.md for each kind.
Not here: the persons themselves (console.pages.households_persons).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from settee.client.results import HouseholdView
from settee.client.said import Told
from settee.console.charts import figures
from settee.console.pages.households_persons import names_of
from settee.console.pages.households_sessions import label_of
from settee.console.parts import heading
from settee.console.view import View


@dataclass(frozen=True)
class Kind:
    """A kind of correction, and what it needs.

    Args:
        says: What one tells with it.
        sessions: Least sessions that it names; None for a kind that names none.
        persons: How many persons, least and most.
        devices: Does it name devices?
        name: Does it give a name?
        is_grave: Is it asked for twice?
    """

    says: str
    sessions: int | None = None
    persons: tuple[int, int] = (0, 0)
    devices: bool = False
    name: bool = False
    is_grave: bool = False


KINDS: Mapping[str, Kind] = {
    "was": Kind("In these sessions it was", sessions=1, persons=(1, 16)),
    "guest": Kind("These sessions were nobody's of the household", sessions=1),
    "retract": Kind("Forget what was told of these sessions", sessions=1),
    "rename": Kind("A person is called", persons=(1, 1), name=True),
    "merge": Kind("Two persons are really one", persons=(2, 2)),
    "unmerge": Kind("Two persons that were merged are two", persons=(1, 1)),
    "split": Kind("These sessions of a person are somebody else's", sessions=1, persons=(1, 1)),
    "owns": Kind("These devices are a person's own", persons=(0, 1), devices=True),
    "forget": Kind("Forget a person for good", persons=(1, 1), is_grave=True),
}
"""As docs/people.md has them; who is the same across accounts is told on the command line."""


def wrong_with(kind: str, told: Told) -> str:
    """What a correction lacks, in words; empty where it lacks nothing.

    Args:
        kind: One of `KINDS`.
        told: What was filled in.

    >>> wrong_with("was", {"sessions": ["e9"], "persons": []})
    'Pick 1 or more persons.'
    """
    needs = KINDS[kind]
    if needs.sessions and len(told.get("sessions") or ()) < needs.sessions:
        return "Pick at least one session."
    least, most = needs.persons
    if not least <= len(told.get("persons") or ()) <= most:
        how_many = f"{least}" if least == most else f"{least} or more"
        return f"Pick {how_many} person{'s' if most > 1 else ''}."
    if needs.devices and not told.get("devices"):
        return "Pick at least one device."
    return ""


def learnt(before: HouseholdView, after: HouseholdView) -> list[dict[str, Any]]:
    """What changed of each person, a row each; those who stay as they were are left out.

    Args:
        before: The household before a correction.
        after: The household after it.
    """
    was = {one.person_id: one for one in before.persons}
    now = {one.person_id: one for one in after.persons}
    names = names_of(before) | names_of(after)
    rows = []
    for person_id, name in names.items():
        one, other = was.get(person_id), now.get(person_id)
        if one == other:
            continue
        rows.append(
            {
                "person": name,
                "share before": None if one is None else one.share,
                "share now": None if other is None else other.share,
                "sure before": None if one is None else one.confidence,
                "sure now": None if other is None else other.confidence,
            }
        )
    return rows


def gone_persons(household: HouseholdView) -> dict[str, str]:
    """Persons who were merged into another and may be brought back, by id.

    Args:
        household: Of an account.
    """
    here = {one.person_id for one in household.persons}
    merged = [one.person_ids[0] for one in household.changes if one.kind == "merged"]
    return {one: one[:8] for one in merged if one not in here}


class CorrectPanel:
    """The form.

    Args:
        view: Of this tab.
        on_told: Loads the household anew; gives it.
    """

    def __init__(self, view: View, on_told: Callable[[], Awaitable[HouseholdView | None]]) -> None:
        self._view, self._on_told = view, on_told
        self._household: HouseholdView | None = None
        self._whole = ui.column().classes("inside")
        with self._whole:
            heading("Correct it")
            if not view.may("people.write"):
                ui.label("To correct persons you need the permission people.write.").classes("note")
            with ui.element("div").classes("fields"):
                kinds = {name: one.says for name, one in KINDS.items()}
                self._kind = ui.select(kinds, value="was", label="What is so", on_change=self._fit)
                self._sessions = self._many("Sessions")
                self._persons = self._many("Persons")
                self._devices = self._many("Devices")
                self._name = ui.input("Name; empty for none", validation=_name_is_short)
                self._tell = ui.button("Tell", on_click=self._ask)
            self._learnt = ui.column().classes("inside")
        if not view.may("people.write"):
            self._tell.disable()
        self._whole.set_visibility(False)

    def show(self, household: HouseholdView) -> None:
        """Offer the sessions, persons and devices of a household."""
        if self._household is None or self._household.account_id != household.account_id:
            self._learnt.clear()
        self._household = household
        self._whole.set_visibility(True)
        names = names_of(household)
        sessions = {
            one.event_id: label_of(one, names) for one in household.sessions if one.event_id
        }
        self._sessions.set_options(sessions, value=[])
        devices = {use.device_id: use.device_id for p in household.persons for use in p.devices}
        self._devices.set_options(devices, value=[])
        self._fit()

    def _many(self, label: str) -> ui.select:
        return (
            ui.select({}, value=[], label=label, multiple=True).props("use-chips").classes("many")
        )

    def _fit(self) -> None:
        """Show the fields that the kind needs."""
        needs, household = KINDS[str(self._kind.value)], self._household
        if household is None:
            return
        self._sessions.set_visibility(needs.sessions is not None)
        self._persons.set_visibility(needs.persons[1] > 0)
        self._devices.set_visibility(needs.devices)
        self._name.set_visibility(needs.name)
        is_back = self._kind.value == "unmerge"
        persons = gone_persons(household) if is_back else names_of(household)
        self._persons.set_options(persons, value=[])

    async def _ask(self) -> None:
        kind, household = str(self._kind.value), self._household
        told = self._told(KINDS[kind])
        wrong = wrong_with(kind, told)
        if wrong or household is None:
            ui.notify(wrong, type="warning")
            return
        if KINDS[kind].is_grave and not await sure(
            "The person is forgotten for good, and the id is not used again.", "Forget"
        ):
            return
        done = await self._view.get(
            "Telling", self._view.ask.correct(household.account_id, kind, **told)
        )
        if done is None:
            return
        after = await self._on_told()
        if after is not None:
            self._draw_learnt(learnt(household, after))

    def _told(self, needs: Kind) -> Told:
        told = Told()
        if needs.sessions is not None:
            told["sessions"] = list(self._sessions.value)
        if needs.persons[1]:
            told["persons"] = list(self._persons.value)
        if needs.devices:
            told["devices"] = list(self._devices.value)
        if needs.name:
            told["name"] = str(self._name.value or "").strip()
        return told

    def _draw_learnt(self, rows: list[dict[str, Any]]) -> None:
        self._learnt.clear()
        with self._learnt:
            ui.label("It is on record. What it changed:").classes("strong")
            if rows:
                figures(rows, label="What the correction changed")
            else:
                ui.label("Nothing that is seen yet.").classes("small")


class MergePanel:
    """Makes another account a part of the one that is shown.

    Args:
        view: Of this tab.
        on_told: Loads the household anew.
    """

    def __init__(self, view: View, on_told: Callable[[], Awaitable[object]]) -> None:
        self._view, self._on_told = view, on_told
        self._account_id = ""
        self._whole = ui.column().classes("inside")
        with self._whole:
            heading("Merge accounts")
            ui.label(
                "Somebody anonymous who signed in: what was done under the other id is this "
                "account's from then on. It cannot be taken back."
            ).classes("small")
            with ui.element("div").classes("fields"):
                self._origin = ui.input("The other account")
                button = ui.button("Merge into this account", on_click=self._ask)
            if not view.may("accounts.merge"):
                button.disable()
                ui.label("To merge accounts you need the permission accounts.merge.").classes(
                    "note"
                )
        self._whole.set_visibility(False)

    def show(self, account_id: str) -> None:
        """Merge into this account from now on."""
        self._account_id = account_id
        self._whole.set_visibility(True)

    async def _ask(self) -> None:
        origin = str(self._origin.value or "").strip()
        if not origin:
            ui.notify("Write the id of the other account.", type="warning")
            return
        if not await sure(
            f"Everything of {origin} becomes {self._account_id}'s, for good.", "Merge"
        ):
            return
        done = await self._view.get("Merging", self._view.ask.merge(self._account_id, origin))
        if done is not None:
            self._origin.value = ""
            ui.notify("Merged." if done.is_new else "It was a part of it already.")
            await self._on_told()


async def sure(says: str, yes: str) -> bool:
    """Ask before something that cannot be taken back.

    Args:
        says: What will be.
        yes: What the button says.
    """
    with ui.dialog() as dialog, ui.card():
        ui.label(says)
        with ui.row():
            ui.button(yes, color="negative", on_click=lambda: dialog.submit(True))
            ui.button("Leave it", on_click=lambda: dialog.submit(False), color=None).props("flat")
    answer = await dialog
    dialog.delete()
    return bool(answer)


def _name_is_short(name: str) -> str | None:
    return "At most 128 letters." if len(name or "") > 128 else None
