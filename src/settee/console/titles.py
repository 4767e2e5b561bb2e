"""Go from ids of items to what they are called, and back, so that people need not read ids.

Titles decorate what a page already knows. They are asked for beside its calls, a few at a time, and
an item that cannot be read keeps its id. What is typed is a title or an id.

Reads: GET /v1/items, GET /v1/items/{item_id}.  Writes: nothing.
Not here: the catalogue (console.pages.catalogue).
"""

import asyncio
from collections.abc import Iterable

from nicegui import ui

from settee.client import ClientError
from settee.console.parts import Suggestions
from settee.console.view import View

_MOST = 40
_AT_ONCE = 8
_OFFERED = 8
_WAIT_S = 0.25


async def titles_of(view: View, item_ids: Iterable[str]) -> dict[str, str]:
    """What items are called; those without a title, or beyond forty, are not in it.

    Args:
        view: Of this tab.
        item_ids: Which; the first come first.
    """
    if not view.may("items.read"):
        return {}
    gate = asyncio.Semaphore(_AT_ONCE)
    wanted = list(dict.fromkeys(item_ids))[:_MOST]
    found = await asyncio.gather(*(_title(view, one, gate) for one in wanted))
    return {item: title for item, title in zip(wanted, found, strict=True) if title}


async def _title(view: View, item_id: str, gate: asyncio.Semaphore) -> str:
    async with gate:
        try:
            # Past `view.ask`: forty of these would drown the calls that the page is about.
            return (await view.session.client.item(item_id)).item.title
        except ClientError:
            return ""


async def id_of(view: View, typed: str) -> str:
    """The id of the title that was typed; what was typed where no one title is meant.

    Args:
        view: Of this tab.
        typed: A title, some words of it, or an id.
    """
    if not view.may("items.read"):
        return typed
    found = await view.get("Looking for the title", view.ask.find_items(typed, limit=2))
    if found is None or not found.items:
        return typed
    first, words = found.items[0], typed.casefold()
    is_meant = len(found.items) == 1 or words in (first.item_id.casefold(), first.title.casefold())
    return first.item_id if is_meant else typed


def offer_titles(view: View, field: ui.input) -> None:
    """Suggest titles while somebody types.

    Args:
        view: Of this tab.
        field: Where they type.
    """
    if not view.may("items.read"):
        return
    suggestions = Suggestions(field)

    async def offer() -> None:
        typed = str(field.value or "").strip()
        # Waited for here and not in the browser, which would send Enter before what was typed.
        await asyncio.sleep(_WAIT_S)
        if not typed or str(field.value or "").strip() != typed:
            return
        try:
            # Past `view.ask`, as titles are: every letter would be a call of the page.
            found = await view.session.client.find_items(typed, limit=_OFFERED)
        except ClientError:
            return  # suggestions are a help; the question itself says what is wrong
        suggestions.offer(one.title or one.item_id for one in found.items)

    field.on_value_change(offer)
