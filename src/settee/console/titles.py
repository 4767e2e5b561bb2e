"""Find what items are called, so that people need not read ids.

Titles decorate what a page already knows. They are asked for beside its calls, a few at a time, and
an item that cannot be read keeps its id.

Reads: GET /v1/items/{item_id}.  Writes: nothing.
Not here: the catalogue (console.pages.catalogue).
"""

import asyncio
from collections.abc import Iterable

from settee.client import ClientError
from settee.console.view import View

_MOST = 40
_AT_ONCE = 8


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
