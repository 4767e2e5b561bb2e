"""Ask: recommendations, similar items, who is there.

Reads / Writes: nothing.
Not here: sending (client.sending), what is answered (client.results).
"""

from collections.abc import Sequence
from typing import Unpack

from settee.client.results import Answer, ListAnswer, PrecomputedLists, Similar, WhoIsThere, Why
from settee.client.said import Amid, EventLike, Moment, Tried, Wanted, whole_event
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_RECOMMEND = Route("POST", "/v1/recommendations", read_json(Answer), twins=("GET",))
_EXPLAIN = Route("POST", "/v1/explain", read_json(Why), twins=("GET",))
_WHO = Route("POST", "/v1/who", read_json(WhoIsThere))
_LIST = Route("GET", "/v1/lists/{name}", read_json(ListAnswer))
_LISTS = Route("GET", "/v1/precomputed", read_json(PrecomputedLists))
_PREVIEW = Route("POST", "/v1/preview", read_json(Answer))
_SIMILAR = Route("GET", "/v1/items/{item_id}/similar", read_json(Similar))


@verb(_RECOMMEND)
def recommend(account_id: str, **wanted: Unpack[Wanted]) -> Call[Answer]:
    """Items for whoever of an account is there.

    Args:
        account_id: For whom; an unknown account gets what newcomers get.
        wanted: See `Wanted`.
    """
    return _RECOMMEND.call(body={"account_id": account_id, **wanted})


@verb(_EXPLAIN)
def explain(account_id: str, item_id: str, **amid: Unpack[Amid]) -> Call[Why]:
    """Why an item is where it is in an account's answer, or why it is not there.

    Args:
        account_id: Whose answer; asking makes no exposure.
        item_id: Any item, shown or not.
        amid: See `Amid`.
    """
    asked = {"account_id": account_id, "item_id": item_id, **amid}
    return _EXPLAIN.call(body=asked | _running(amid.get("events")))


@verb(_PREVIEW)
def preview(account_id: str, **tried: Unpack[Tried]) -> Call[Answer]:
    """What would be shown at another instant, in another session, or with other dials.

    Args:
        account_id: For whom; asking makes no exposure.
        tried: See `Tried`.
    """
    return _PREVIEW.call(body={"account_id": account_id, **tried, **_running(tried.get("events"))})


@verb(_SIMILAR)
def similar(item_id: str, *, k: int | None = None) -> Call[Similar]:
    """Items that go with one item.

    Args:
        item_id: Which.
        k: Items wanted; None takes the service's default.
    """
    return _SIMILAR.call(item_id, query={"k": k})


@verb(_WHO)
def who(account_id: str, **moment: Unpack[Moment]) -> Call[WhoIsThere]:
    """Who is on the screen.

    Args:
        account_id: Of which account.
        moment: See `Moment`.
    """
    return _WHO.call(body={"account_id": account_id, **moment, **_running(moment.get("events"))})


@verb(_LIST)
def list_for(name: str, account_id: str) -> Call[ListAnswer]:
    """A list that is made ahead, for one account; computed at once where it no longer holds.

    Args:
        name: Of the list.
        account_id: For whom.
    """
    return _LIST.call(name, query={"account_id": account_id})


@verb(_LISTS)
def lists() -> Call[PrecomputedLists]:
    """Which lists are made ahead, for how many accounts, and when."""
    return _LISTS.call()


def _running(events: Sequence[EventLike] | None) -> dict[str, object]:
    """Events of the running session, each whole."""
    return {} if events is None else {"events": [whole_event(one) for one in events]}
