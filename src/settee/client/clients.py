"""The two clients: the same verbs, sync and async.

Reads / Writes: nothing.
Not here: the verbs (client.verbs), streams (client.streams), sending (client.sending).
"""

from settee.client.streams import AsyncStreams, SyncStreams
from settee.client.verbs import answers, facts, service, views


class Verbs:
    """What both clients can do."""

    recommend = answers.recommend
    similar = answers.similar
    who = answers.who
    send_events = facts.send_events
    put_items = facts.put_items
    correct = facts.correct
    onboard = facts.onboard
    merge = facts.merge
    item = views.item
    account = views.account
    people = views.people
    health = service.health
    ready = service.ready
    metrics = service.metrics


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
