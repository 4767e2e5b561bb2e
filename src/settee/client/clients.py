"""The two clients: the same verbs, sync and async.

Reads / Writes: nothing.
Not here: the verbs (client.verbs), streams (client.streams), sending (client.sending).
"""

from settee.client import verbs
from settee.client.streams import AsyncStreams, SyncStreams


class Verbs:
    """What both clients can do."""

    recommend = verbs.recommend
    similar = verbs.similar
    who = verbs.who
    send_events = verbs.send_events
    put_items = verbs.put_items
    item = verbs.item
    account = verbs.account
    people = verbs.people
    correct = verbs.correct
    health = verbs.health
    ready = verbs.ready
    metrics = verbs.metrics


class Client(Verbs, SyncStreams):
    """A settee service, from ordinary code; safe to share between threads.

    Args:
        url: Where the service is.
        key: API key or token, or a function that gives one before each try; None sends none.
        settings: How to wait, try again and hold connections; None takes the defaults.
        transport: How to reach it in place of the network, as in httpx.
        means: What to wait with; for tests.

    Raises:
        ValueError: If the url is none.
    """


class AsyncClient(Verbs, AsyncStreams):
    """A settee service, from asyncio or trio.

    Args:
        url: Where the service is.
        key: API key or token, or a function that gives one before each try; None sends none.
        settings: How to wait, try again and hold connections; None takes the defaults.
        transport: How to reach it in place of the network, as in httpx.
        means: What to wait with; for tests.

    Raises:
        ValueError: If the url is none.
    """
