"""Look into a household: who lives there, when and on what, what was told of them; and correct it.

Reads: GET /v1/accounts/{account_id}/people.  Writes: what its form tells.
Not here: who is there now and what they get (console.pages.watch).
"""

from nicegui import ui

from settee.client.results import HouseholdView
from settee.console.exports import export_buttons
from settee.console.pages.households_correct import CorrectPanel, MergePanel
from settee.console.pages.households_persons import draw_changes, draw_persons
from settee.console.pages.households_report import sections_of
from settee.console.pages.households_sessions import draw_sessions
from settee.console.parts import KEPT, AccountPicker, empty
from settee.console.view import View


async def draw_households(view: View) -> None:
    """The page."""
    page = _Households(view)
    if view.session.kept.get(KEPT):
        ui.timer(0, page.begin, once=True)


class _Households:
    def __init__(self, view: View) -> None:
        self._view = view
        self._account_id = ""
        with ui.element("div").classes("fields"):
            self._account = AccountPicker(view, self.begin)
            ui.button("Show", on_click=self.begin)
        self._account.draw_lately()
        self._shown = ui.column().classes("inside")
        self._correct = CorrectPanel(view, self._load)
        self._merge = MergePanel(view, self._load)
        self._past = ui.column().classes("inside")

    async def begin(self) -> None:
        """Look at the account that is written there."""
        name = self._account.chosen()
        if name is not None:
            self._account_id = name
            await self._load()

    async def _load(self) -> HouseholdView | None:
        household = await self._view.get(
            "Looking who lives there", self._view.ask.people(self._account_id)
        )
        if household is None:
            return None
        self._shown.clear()
        self._past.clear()
        with self._shown:
            if household.persons:
                draw_persons(household)
                draw_sessions(household)
            else:
                _draw_nobody(household)
        with self._past:
            draw_changes(household)
            if household.persons:
                export_buttons("Household", sections_of(household))
        self._correct.show(household)
        self._merge.show(household.account_id)
        return household


def _draw_nobody(household: HouseholdView) -> None:
    if household.stage == "account":
        empty(
            "No persons are told apart here. Events need a device_id or a device_type, and "
            "people.enabled must be on."
        )
    else:
        empty(
            f"Too little is known to tell persons apart (stage {household.stage}); it comes with "
            "more sessions."
        )
