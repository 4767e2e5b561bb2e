"""Credit channels for conversions: every method side by side, with intervals and its caution.

An answer reads the whole record, so it is asked for by a button and kept until the next one.

Reads: POST /v1/attribution, GET /v1/audiences (campaigns with a holdout).  Writes: nothing.
Not here: tables and charts (console.pages.credit_tables), journeys (console.pages.credit_journeys),
moving a budget (console.pages.credit_budget).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import CreditReport
from settee.console.exports import Section, export_buttons
from settee.console.pages.credit_budget import draw_budget
from settee.console.pages.credit_journeys import draw_flows, draw_journeys, flow_rows
from settee.console.pages.credit_tables import (
    absent_words,
    chosen_method,
    credit_rows,
    draw_credit,
    draw_holdout,
    facts_of,
    headline,
    holdout_rows,
    holdout_words,
    side_rows,
)
from settee.console.parts import AccountPicker, empty, heading
from settee.console.refusals import Tried, refusal
from settee.console.view import View

_BY = {"channel": "Channels", "campaign": "Campaigns"}
_UNITS = {"account": "Whole accounts", "person": "Persons in them"}
_HOW_TO_SEND = (
    "No contact is on record. Send each e-mail, advertisement or message as an event of the kind "
    "touch with its channel, and its campaign and cost if you know them; Data imports a file of "
    "them. Purchases and sign-ups are conversions."
)


async def draw_attribution(view: View) -> None:
    """The page."""
    asking = Question(view)
    asking.draw()


@dataclass
class Question:
    """What is asked, and where the answer goes.

    Args:
        view: Of this tab.
    """

    view: View
    by: ui.select = field(init=False)
    unit: ui.select = field(init=False)
    since: ui.input = field(init=False)
    until: ui.input = field(init=False)
    holdout: ui.select = field(init=False)
    shown: ui.column = field(init=False)
    explained: ui.column = field(init=False)
    _accounts: AccountPicker = field(init=False)

    def draw(self) -> None:
        """The inputs, and the places of the answers."""
        with ui.element("div").classes("fields"):
            self.by = ui.select(_BY, value="channel", label="Credit")
            self.unit = ui.select(_UNITS, value="account", label="Paths of")
            self.since = _day("Conversions from")
            self.until = _day("Until before")
            self.holdout = ui.select({"": "None"}, value="", label="Holdout of a campaign")
            ui.button("Credit them", on_click=self._ask)
        self.shown = ui.column().classes("inside").props('role="status"')
        heading("One account's journey")
        with ui.element("div").classes("fields"):
            self._accounts = AccountPicker(self.view, self._explain)
            ui.button("Explain its journey", on_click=self._explain).props("flat")
        self._accounts.draw_lately()
        self.explained = ui.column().classes("inside").props('role="status"')
        ui.timer(0.01, self._load_campaigns, once=True)

    async def _load_campaigns(self) -> None:
        """Campaigns that an audience was kept for have a holdout to ask."""
        if not self.view.may("audiences.read"):
            return
        found = await self.view.get("Loading the campaigns", self.view.ask.audiences(limit=200))
        if found is not None:
            names = sorted({one.campaign for one in found.audiences if one.campaign})
            self.holdout.set_options({"": "None"} | {name: name for name in names})

    async def _ask(self) -> None:
        found = await self._answer("Reading all paths", {})
        if isinstance(found, CreditReport):
            self._show(found)
        elif found is not None:
            self.shown.clear()
            with self.shown:
                _refused(found)

    async def _explain(self) -> None:
        account = self._accounts.chosen()
        if account is None:
            return
        found = await self._answer("Reading its paths", {"journey": account})
        if found is None:
            return
        self.explained.clear()
        with self.explained:
            if isinstance(found, CreditReport):
                draw_journeys(found.journeys)
            else:
                _refused(found)

    async def _answer(self, what: str, beside: dict[str, Any]) -> CreditReport | Refused | None:
        """Ask with what was typed; None where it was wrong, or nothing came back."""
        days = [_typed_day(box) for box in (self.since, self.until)]
        if "wrong" in days:
            return None
        since, until = (None if one == "wrong" else one for one in days)
        campaign = str(self.holdout.value or "")
        if campaign and not beside:
            beside = {"holdout": {"campaign": campaign}}
        by: Literal["channel", "campaign"] = (
            "campaign" if self.by.value == "campaign" else "channel"
        )
        unit: Literal["account", "person"] = "person" if self.unit.value == "person" else "account"
        return await self.view.get(
            what,
            Tried(lambda: self.view.ask.attribute(by, unit, since=since, until=until, **beside)),
        )

    def _show(self, found: CreditReport) -> None:
        self.shown.clear()
        with self.shown:
            ui.label(headline(found)).classes("claim")
            for caution in found.cautions:
                ui.label(caution).classes("note")
            draw_holdout(found)
            draw_credit(found)
            heading("Journeys")
            draw_flows(found)
            heading("Move a budget")
            draw_budget(found)
            export_buttons("Attribution", sections_of(found))


def sections_of(found: CreditReport) -> list[Section]:
    """The whole report for somebody else.

    Args:
        found: From the service.
    """
    table = chosen_method(found)
    notes = " ".join([headline(found), facts_of(found), *found.cautions])
    sections = [
        Section(f"Credit by {table.method}", credit_rows(table), "share", notes),
        Section("Methods side by side", side_rows(found), note=" ".join(absent_words(found))),
    ]
    sections += [
        Section(f"Credit by {one.method}", credit_rows(one), "share")
        for one in found.methods
        if one is not table
    ]
    if found.holdout is not None:
        said = holdout_words(found.holdout, found.n_credited)
        sections.append(Section("What the holdout says", holdout_rows(found.holdout), note=said))
    return [*sections, Section("Journeys", flow_rows(found.flows))]


def _refused(error: Refused) -> None:
    if error.code == "no_contacts":
        empty(_HOW_TO_SEND)
    else:
        refusal(error)


def _day(label: str) -> ui.input:
    return ui.input(label).props('type="date" stack-label hide-bottom-space')


def _typed_day(box: ui.input) -> datetime | Literal["wrong"] | None:
    words = str(box.value or "").strip()
    box.props["error"] = False
    if not words:
        return None
    try:
        return datetime.fromisoformat(words).replace(tzinfo=UTC)
    except ValueError:
        box.props["error"] = True
        box.props["error-message"] = "Write a day such as 2026-11-01."
        return "wrong"
