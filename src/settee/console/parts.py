"""Draw what several pages need: a heading, a picker of accounts, a chart that goes on.

The picker suggests accounts, those first that did something lately, and takes any id that is typed;
which one was picked is kept for the session, never in an address.

Reads: GET /v1/accounts.  Writes: what the session remembers.
Not here: charts that are drawn once (console.charts).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from nicegui import ui

from settee.client.results import AccountSeen
from settee.console.charts import table_rows
from settee.console.view import View

KEPT = "account"
"""Under which name the session remembers the account."""
_OFFERED = 20
_BUTTONS = 6
_WAIT_S = 0.25
_LEAST_LETTERS = 2


def heading(text: str) -> ui.label:
    """The heading of a part of a page.

    Args:
        text: What it says.
    """
    return ui.label(text).classes("part").props('role="heading" aria-level="2"')


def empty(text: str) -> None:
    """Say that there is nothing, and what to do about it.

    Args:
        text: What it says.
    """
    with ui.element("div").classes("empty"):
        ui.label(text)


class Suggestions:
    """What a field suggests while somebody types; anything else may be typed.

    Args:
        field: The field; NiceGUI names its list after it, and fills that on phones alone.
    """

    def __init__(self, field: ui.input) -> None:
        self._list = ui.element("datalist")
        self._list.props["id"] = f"{field.html_id}-datalist"

    def offer(self, values: Iterable[str]) -> None:
        """Suggest these, and no others."""
        self._list.clear()
        with self._list:
            for value in values:
                ui.element("option").props["value"] = value


class AccountPicker:
    """A field for the id of an account, with suggestions.

    Args:
        view: Of this tab.
        on_pick: What to do when one was picked from the buttons or by Enter.
    """

    def __init__(self, view: View, on_pick: Callable[[], Awaitable[None]]) -> None:
        self._view, self._on_pick = view, on_pick
        self.field = ui.input("Account", value=view.session.kept.get(KEPT, ""))
        self._suggestions = Suggestions(self.field)
        self.field.on("keydown.enter", on_pick)

    def draw_lately(self) -> None:
        """Buttons for the accounts that were active lately; loads suggestions as well."""
        if not self._view.may("accounts.list"):
            ui.label("To be offered accounts you need the permission accounts.list.").classes(
                "small"
            )
            return
        row = ui.row().classes("picks")
        self.field.on_value_change(lambda change: self._look(str(change.value or "")))

        async def load() -> None:
            found = await self._offer("")
            row.clear()
            with row:
                if found:
                    ui.label("Lately:").classes("small")
                for one in found[:_BUTTONS]:
                    self._button(one.account_id)

        ui.timer(0, load, once=True)

    def chosen(self) -> str | None:
        """The account that is picked, remembered; None where nothing is written, which is said."""
        name = str(self.field.value or "").strip()
        if not name:
            ui.notify("Write the id of an account, or pick one.", type="warning")
            return None
        self._view.session.kept[KEPT] = name
        return name

    def _button(self, account_id: str) -> None:
        async def pick() -> None:
            self.field.value = account_id
            await self._on_pick()

        ui.button(account_id, on_click=pick, color=None).props("flat dense no-caps").classes("pick")

    async def _look(self, begins: str) -> None:
        if not await _goes_on(self.field, begins):
            await self._offer(begins)

    async def _offer(self, begins: str) -> Sequence[AccountSeen]:
        found = await self._view.get(
            "Looking for accounts",
            self._view.ask.accounts(limit=_OFFERED, q=begins.strip() or None),
        )
        if found is None:
            return ()
        self._suggestions.offer(one.account_id for one in found.accounts)
        return found.accounts


class TitlePicker:
    """A field for a title: suggests by what is typed, and takes any id.

    Args:
        view: Of this tab.
        label: What the field is called.
        on_pick: What to do on Enter.
    """

    def __init__(self, view: View, label: str, on_pick: Callable[[], Awaitable[None]]) -> None:
        self._view = view
        self._known: dict[str, str] = {}
        self.field = ui.input(label).classes("many")
        self._suggestions = Suggestions(self.field)
        self.field.on("keydown.enter", on_pick)
        if view.may("items.read"):
            self.field.on_value_change(lambda change: self._look(str(change.value or "")))

    def offer(self, titles: Mapping[str, str]) -> None:
        """Suggest these, by id, before anything is typed."""
        offered = {labelled(item_id, title): item_id for item_id, title in titles.items()}
        self._known |= offered
        self._suggestions.offer(islice(offered, _OFFERED))

    def take(self) -> str | None:
        """The id of what is picked, and an empty field; None where nothing is, which is said."""
        text = str(self.field.value or "").strip()
        if not text:
            ui.notify("Write a title or its id, or pick one.", type="warning")
            return None
        self.field.value = ""
        return self._known.get(text, text)

    async def _look(self, text: str) -> None:
        if len(text) < _LEAST_LETTERS or text in self._known or await _goes_on(self.field, text):
            return
        found = await self._view.get(
            "Looking for titles", self._view.ask.find_items(q=text, limit=_OFFERED)
        )
        if found is not None:
            self.offer({one.item_id: one.title for one in found.items})


async def _goes_on(field: ui.input, text: str) -> bool:
    """Does somebody go on typing? Told a moment later."""
    await asyncio.sleep(_WAIT_S)
    return str(field.value or "") != text


def labelled(item_id: str, title: str) -> str:
    """A title with its id, for two may be called the same.

    >>> labelled("m1", "Alien"), labelled("m2", "")
    ('Alien (m1)', 'm2')
    """
    return f"{title} ({item_id})" if title else item_id


class LiveChart:
    """A chart that is drawn again when its figures change, without losing what is opened.

    Args:
        says: What it shows, in a sentence.
    """

    def __init__(self, says: str) -> None:
        with ui.element("figure").classes("chart") as self._figure:
            self._chart = ui.echart({}).props('role="img"')
            self._chart.props["aria-label"] = says
            ui.label(says).classes("caption")
            with ui.expansion("Figures").classes("figures"):
                self._table = ui.table(rows=[], row_key="_", pagination=10).props("flat dense")
        self._table.props["aria-label"] = says

    def set_visibility(self, is_there: bool) -> None:
        """Show it, or take it away."""
        self._figure.set_visibility(is_there)

    def show(self, options: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Draw these figures.

        Args:
            options: From `charts.bars` or `charts.lines`.
            rows: The same figures, a row each.
        """
        self._chart.options.clear()
        self._chart.options.update(options)
        self._chart.update()
        self._table.columns, self._table.rows = table_rows(rows)
