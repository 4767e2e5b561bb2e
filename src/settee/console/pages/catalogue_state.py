"""Draw how the catalogue fares: what is shown, what never is, what is cold, what is amiss.

Reads: an inventory.  Writes: nothing.
Not here: finding titles (console.pages.catalogue), asking for it (likewise).
"""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from settee.client.results import ActivityBin, Condition, Inventory, ItemCount
from settee.console.charts import bars, draw
from settee.console.exports import Section, export_buttons
from settee.console.parts import empty, heading

Pick = Callable[[str], Awaitable[None]]
MEANINGS = {
    "expired": ("Their time is over", "Put them again with a later available_to, or let them be."),
    "not_yet": ("Their time has not begun", "Nothing to do; they come by themselves."),
    "out_of_stock": ("Out of stock", "Put them again with their stock when it is filled up."),
    "no_title": ("Without a title", "Events name them, and no catalogue does: import their items."),
    "no_tags": ("Without tags", "Give them tags: sources that go by content know them by those."),
    "not_in_model": ("Newer than the model", "settee train takes them in."),
}


def draw_state(inventory: Inventory, pick: Pick) -> None:
    """Everything that is known of the catalogue as a whole.

    Args:
        inventory: What the service says.
        pick: Opens a title.
    """
    heading("How the catalogue fares")
    with ui.element("div").classes("cards"):
        for name, value in cards(inventory).items():
            with ui.element("div").classes("card"):
                ui.label(value).classes("figure")
                ui.label(name).classes("small")
    ui.label(since(inventory)).classes("note")
    with ui.element("div").classes("sides"):
        with ui.column().classes("inside"):
            _draw_shown(inventory)
        with ui.column().classes("inside"):
            _draw_activity(inventory.activity)
    with ui.element("div").classes("sides"):
        _draw_list(
            "Never shown", inventory.showings.never, "events", pick,
            "Of those that can be had; first the ones that people come to all the same.",
            _no_never(inventory),
        )  # fmt: skip
        _draw_list(
            "Cold", inventory.cold, "events", pick,
            f"{inventory.n_cold:,} with fewer than {inventory.cold_below} events of interest.",
            "Every title that can be had has events enough.",
        )  # fmt: skip
    heading("Health of the inventory")
    for one in inventory.conditions:
        _draw_condition(one, pick)
    export_buttons("Catalogue", sections(inventory))


def cards(inventory: Inventory) -> dict[str, str]:
    """What stands on the cards."""
    showings = inventory.showings
    n = inventory.n_available
    return {
        "titles": f"{inventory.n_items:,}",
        "can be had now": f"{n:,}",
        "of these shown lately": f"{showings.n_shown / n:.0%}" if n else "-",
        "Gini of showings (0 even, 1 one title)": (
            "-" if showings.gini is None else f"{showings.gini:.2f}"
        ),
        "cold titles": f"{inventory.n_cold:,}",
    }


def since(inventory: Inventory) -> str:
    """What the figures were counted on, in a sentence."""
    showings = inventory.showings
    if showings.since is None:
        shown = "No answer was given yet; open Watch and ask for one."
    else:
        shown = (
            f"Showings are of the latest {showings.n_exposures:,} answers, "
            f"since {showings.since:%d %B %H:%M} UTC."
        )
    if inventory.trained_until is None:
        return f"{shown} No model is released, so no events are counted: settee train."
    return (
        f"{shown} Events are those that the model learnt, up to {inventory.trained_until:%d %B %Y}."
    )


def sections(inventory: Inventory) -> list[Section]:
    """The same as a report."""
    return [
        Section(
            "Health of the inventory",
            [{"what": MEANINGS[one.name][0], "titles": one.n_items} for one in _known(inventory)],
            "titles",
            since(inventory),
        ),
        Section("Most shown", _rows(inventory.showings.most, "showings"), "showings"),
        Section("Never shown", _rows(inventory.showings.never, "events"), "events"),
        Section("Cold", _rows(inventory.cold, "events")),
        Section("Events of interest a title", activity_rows(inventory.activity), "titles"),
    ]


def activity_rows(bins: Sequence[ActivityBin]) -> list[dict[str, object]]:
    """How many titles have how many events."""
    return [{"events": _span(one), "titles": one.n_items} for one in bins]


def _span(one: ActivityBin) -> str:
    if one.below is None:
        return f"{one.at_least:,} or more"
    last = one.below - 1
    return f"{last:,}" if last == one.at_least else f"{one.at_least:,} to {last:,}"


def _draw_shown(inventory: Inventory) -> None:
    most = inventory.showings.most[:10]
    if not most:
        empty("No answer was given yet. Open Watch and ask for a list, or send requests.")
        return
    draw(
        bars([_name(one) for one in most], {"showings": [one.n for one in most]}, flat=True),
        "Titles that the latest answers showed most",
        _rows(inventory.showings.most, "showings"),
    )


def _draw_activity(bins: Sequence[ActivityBin]) -> None:
    draw(
        bars([_span(one) for one in bins], {"titles": [one.n_items for one in bins]}, flat=True),
        "Titles by how many events of interest they have",
        activity_rows(bins),
    )


def _draw_list(
    name: str, items: Sequence[ItemCount], unit: str, pick: Pick, says: str, nothing: str
) -> None:
    with ui.column().classes("card"):
        heading(name)
        if not items:
            empty(nothing)
            return
        ui.label(says).classes("small")
        _draw_items(items[:10], unit, pick)


def _draw_condition(one: Condition, pick: Pick) -> None:
    name, advice = MEANINGS.get(one.name, (one.name, ""))
    if not one.n_items:
        ui.label(f"{name}: none").classes("small")
        return
    with ui.expansion(f"{name}: {one.n_items:,}").classes("card"):
        ui.label(advice)
        if one.n_items > len(one.items):
            ui.label(f"The first {len(one.items)}:").classes("small")
        _draw_items(one.items, "events", pick)


def _draw_items(items: Sequence[ItemCount], unit: str, pick: Pick) -> None:
    with ui.element("ul").classes("plain"):
        for one in items:
            with ui.element("li"):
                ui.button(_name(one), on_click=lambda one=one: pick(one.item_id)).props(
                    "flat dense no-caps align=left"
                ).classes("pick")
                ui.label(f"{one.n:,} {unit}").classes("small")


def _no_never(inventory: Inventory) -> str:
    if not inventory.showings.n_exposures:
        return "No answer was given yet, so nothing can be said."
    return "Every title that can be had was shown."


def _known(inventory: Inventory) -> list[Condition]:
    return [one for one in inventory.conditions if one.name in MEANINGS]


def _rows(items: Sequence[ItemCount], unit: str) -> list[dict[str, object]]:
    return [{"title": _name(one), "id": one.item_id, unit: one.n} for one in items]


def _name(one: ItemCount) -> str:
    return one.title or one.item_id
