"""The two clients: the same verbs, sync and async.

Reads / Writes: nothing.
Not here: the verbs (client.verbs), streams (client.streams), sending (client.sending).
"""

from settee.client.streams import AsyncStreams, SyncStreams
from settee.client.verbs import (
    access,
    answers,
    contacting,
    crediting,
    facts,
    measuring,
    overviews,
    reaching,
    rulebook,
    service,
    views,
)


class Verbs:
    """What both clients can do."""

    recommend = answers.recommend
    explain = answers.explain
    preview = answers.preview
    similar = answers.similar
    who = answers.who
    send_events = facts.send_events
    put_items = facts.put_items
    correct = facts.correct
    onboard = facts.onboard
    merge = facts.merge
    contact = contacting.contact
    put_contact = contacting.put_contact
    suppress = contacting.suppress
    item = views.item
    account = views.account
    accounts = views.accounts
    people = views.people
    list_for = answers.list_for
    lists = answers.lists
    make_audience = reaching.make_audience
    preview_audience = reaching.preview_audience
    audiences = reaching.audiences
    audience = reaching.audience
    export_audience = reaching.export_audience
    download_audience = reaching.download_audience
    audience_log = reaching.audience_log
    audience_curves = reaching.audience_curves
    item_audience = reaching.item_audience
    rules = rulebook.rules
    rules_text = rulebook.rules_text
    rules_history = rulebook.rules_history
    put_rules = rulebook.put_rules
    check_rules = rulebook.check_rules
    try_rules = rulebook.try_rules
    roll_back_rules = rulebook.roll_back_rules
    attribute = crediting.attribute
    impact = measuring.impact
    campaign = measuring.campaign
    me = access.me
    keys = access.keys
    make_key = access.make_key
    revoke_key = access.revoke_key
    tenants = access.tenants
    make_tenant = access.make_tenant
    remove_tenant = access.remove_tenant
    find_items = overviews.find_items
    catalogue = overviews.catalogue
    model_versions = overviews.model_versions
    model_version = overviews.model_version
    reports = overviews.reports
    quarantine = overviews.quarantine
    refused_rows = overviews.refused_rows
    stats = service.stats
    health = service.health
    ready = service.ready
    metrics = service.metrics
    model_card = service.model_card


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
