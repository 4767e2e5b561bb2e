"""Look: accounts, their persons, items.

Reads / Writes: nothing.
Not here: questions whose answers are journalled (client.verbs.answers).
"""

from settee.client.results import Account, Accounts, HouseholdView, ItemView
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_ITEM = Route("GET", "/v1/items/{item_id}", read_json(ItemView))
_ACCOUNT = Route("GET", "/v1/accounts/{account_id}", read_json(Account))
_ACCOUNTS = Route("GET", "/v1/accounts", read_json(Accounts))
_PEOPLE = Route("GET", "/v1/accounts/{account_id}/people", read_json(HouseholdView))


@verb(_ITEM)
def item(item_id: str) -> Call[ItemView]:
    """One item, and whether it can be recommended now."""
    return _ITEM.call(item_id)


@verb(_ACCOUNTS)
def accounts(*, limit: int | None = None, q: str | None = None) -> Call[Accounts]:
    """Accounts that did something lately, the newest first; behind them others by id.

    Args:
        limit: Most accounts; None takes the service's default.
        q: How their ids begin.
    """
    return _ACCOUNTS.call(query={"limit": limit, "q": q})


@verb(_ACCOUNT)
def account(account_id: str) -> Call[Account]:
    """What is known of an account."""
    return _ACCOUNT.call(account_id)


@verb(_PEOPLE)
def people(account_id: str) -> Call[HouseholdView]:
    """The persons of an account."""
    return _PEOPLE.call(account_id)
