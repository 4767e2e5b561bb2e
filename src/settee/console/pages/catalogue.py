"""Find titles, see one with what goes with it, and how the catalogue fares as a whole.

Reads: GET /v1/items, /v1/items/{item_id}, /v1/items/{item_id}/similar, /v1/catalogue.
Writes: what the session remembers.
Not here: coverage and health (console.pages.catalogue_state).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from nicegui import ui

from settee.client.results import ItemLine, ItemPage, ItemView, Shown, StoredItem
from settee.console.charts import figures, short
from settee.console.pages.catalogue_state import draw_state
from settee.console.parts import empty, heading
from settee.console.view import View
from settee.core import system_clock

_KEPT = "item"
_PAGE = 10
_SIMILAR = 10
Pick = Callable[[str], Awaitable[None]]


async def draw_catalogue(view: View) -> None:
    """The page."""
    finder = _Finder(view)
    with ui.element("div").classes("fields"):
        words = ui.input("Title or id").props("clearable")
        go = ui.button("Find", icon="search")
    with ui.element("div").classes("sides"):
        finder.found = ui.column().classes("inside")
        finder.title = ui.column().classes("inside").props('aria-live="polite"')
    state = ui.column().classes("inside")

    async def find() -> None:
        await finder.find(str(words.value or "").strip())

    async def load() -> None:
        await find()
        if kept := view.session.kept.get(_KEPT):
            await finder.pick(kept)
        if view.may("stats.read"):
            inventory = await view.get("Taking stock of the catalogue", view.ask.catalogue())
            if inventory is not None and inventory.n_items:
                with state:
                    draw_state(inventory, finder.pick)

    go.on_click(find)
    words.on("keydown.enter", find)
    ui.timer(0, load, once=True)


@dataclass
class _Finder:
    """What was found, and the title that is open.

    Args:
        view: Of this tab.
        words: What was looked for.
    """

    view: View
    words: str = ""
    found: ui.column = field(init=False)
    title: ui.column = field(init=False)

    async def find(self, words: str, after: str | None = None) -> None:
        """Look for titles, and show one page of them."""
        self.words = words
        page = await self.view.get(
            "Looking for titles", self.view.ask.find_items(words, limit=_PAGE, after=after)
        )
        if page is not None:
            self.found.clear()
            with self.found:
                self._draw_found(page)

    async def pick(self, item_id: str) -> None:
        """Open a title."""
        view = self.view
        seen = await view.get("Reading the title", view.ask.item(item_id))
        if seen is None:
            return
        view.session.kept[_KEPT] = item_id
        similar = None
        if seen.is_servable:
            similar = await view.get(
                "Looking for what goes with it", view.ask.similar(item_id, k=_SIMILAR)
            )
        self.title.clear()
        with self.title:
            _draw_title(seen, [] if similar is None else similar.items, self.pick)
        ui.run_javascript(f"getHtmlElement({self.title.id}).scrollIntoView({{block: 'nearest'}})")

    def _draw_found(self, page: ItemPage) -> None:
        heading("Found")
        if not page.n_found:
            empty(
                f'No title holds "{self.words}". Fewer or shorter words find more.'
                if self.words
                else "There are no titles yet. Data imports them, or PUT /v1/items."
            )
            return
        ui.label("1 title" if page.n_found == 1 else f"{page.n_found:,} titles").classes("small")
        with ui.element("ul").classes("plain"):
            for one in page.items:
                with ui.element("li"):
                    _draw_line(one, self.pick)
        with ui.row():
            ui.button("From the first", on_click=lambda: self.find(self.words)).props("flat dense")
            if page.after is not None:
                ui.button(
                    "Next", icon="navigate_next", on_click=lambda: self.find(self.words, page.after)
                ).props("flat dense")


def _draw_line(one: ItemLine, pick: Pick) -> None:
    ui.button(one.title or one.item_id, on_click=lambda: pick(one.item_id)).props(
        "flat dense no-caps align=left"
    ).classes("pick")
    told = [one.item_id] + ([str(one.year)] if one.year else [])
    if not one.is_available:
        told.append("cannot be had now")
    if not one.is_known:
        told.append("not in the model yet")
    ui.label(", ".join(told)).classes("small")


def _draw_title(seen: ItemView, similar: list[Shown], pick: Pick) -> None:
    item = seen.item
    heading(item.title or item.item_id)
    ui.label(standing(seen, system_clock()))
    figures(fields_of(item), label="Fields of the title").classes("wraps")
    heading("What goes with it")
    if not similar:
        empty("No source of the model in use says so yet; the next training may.")
    with ui.element("ol").classes("plain"):
        for one in similar:
            with ui.element("li"):
                ui.button(
                    one.title or one.item_id, on_click=lambda one=one: pick(one.item_id)
                ).props("flat dense no-caps align=left").classes("pick")


def standing(seen: ItemView, now: datetime) -> str:
    """Whether a title can be shown, and if not, why.

    Args:
        seen: The title.
        now: The present instant.
    """
    item = seen.item
    if not seen.is_servable:
        return "It cannot be recommended yet: the service has not taken it in."
    if seen.is_available:
        left = "" if item.stock is None else f" {item.stock:,} are left."
        return f"It can be shown now.{left}"
    if item.available_to is not None and item.available_to <= now:
        return f"It cannot be shown: its time ended on {item.available_to:%d %B %Y at %H:%M} UTC."
    if item.available_from is not None and item.available_from > now:
        return f"It cannot be shown yet: it begins on {item.available_from:%d %B %Y at %H:%M} UTC."
    return "It cannot be shown: it is out of stock."


def fields_of(item: StoredItem) -> list[dict[str, object]]:
    """The fields that a title has, as rows; long texts are cut."""
    told: dict[str, object] = {
        "id": item.item_id,
        "kind": item.kind,
        "year": None if item.year is None else str(item.year),
        "tags": ", ".join(item.tags),
        "language": item.language,
        "age rating": item.age_rating,
        "minutes": None if item.duration_s is None else short(item.duration_s / 60),
        "price": None if item.price_cents is None else f"{item.price_cents / 100:.2f}",
        "margin": item.margin,
        "from": None if item.available_from is None else f"{item.available_from:%Y-%m-%d %H:%M}",
        "to": None if item.available_to is None else f"{item.available_to:%Y-%m-%d %H:%M}",
        "stock": item.stock,
        "text": item.text[:300],
        "picture": f"{len(item.image_embedding)} numbers" if item.image_embedding else None,
    }
    return [
        {"field": name, "value": str(value)}
        for name, value in told.items()
        if value not in (None, "")
    ]
