"""The client against a service that runs."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.client import AsyncClient, Client, ClientSettings, Event, Item, errors, results
from tests.client.world import PATIENT

HOW = settings(
    max_examples=25, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
IDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20
) | st.sampled_from([".", "..", "a/b", "/", "a?b#c", "%2F", "a b", "ü", "...", "//", "~"])


def test_probes(client):
    assert client.health().is_up
    ready = client.ready()
    assert ready.is_ready
    assert ready.rung == "fusion"
    client.health()
    assert "settee_requests_total" in client.metrics()


def test_an_event_changes_the_next_answer_and_counts_once(client):
    before = client.recommend("one", k=3, explain=False)
    assert before.rung == "popular"
    assert before.items[0].reason is None
    seen = before.items[0].item_id
    event = Event(account_id="one", kind="play", item_id=seen, exposure_id=before.exposure_id)
    taken = client.send_events([event, {"account_id": "one", "kind": "nonsense"}])
    assert (taken.accepted, len(taken.rejected)) == (1, 1)
    assert taken.rejected[0].position == 1
    assert taken.rejected[0].error["code"] == "bad_event"
    after = client.recommend("one", k=3)
    assert after.rung != "popular"
    assert seen not in [one.item_id for one in after.items]
    account = client.account("one")
    assert account.n_events == 1
    assert account.latest[0].kind == "play"
    assert isinstance(account.latest[0].at, datetime)


def test_the_same_event_sent_twice_is_a_duplicate(client):
    at = datetime(2026, 1, 2, tzinfo=UTC)
    event = Event(account_id="two", kind="browse", event_id="twice", at=at)
    assert client.send_events([event]).accepted == 1
    assert client.send_events([event]).duplicates == 1


def test_questions_say_what_was_asked(client):
    shown = client.recommend("three", k=2, exclude=["alien"], device_type="tv", slot="home")
    assert "alien" not in [one.item_id for one in shown.items]
    assert len(shown.items) == 2
    assert shown.removed.get("excluded") == 1
    assert client.who("three", device_id="d1", at=datetime(2026, 1, 2, tzinfo=UTC)).stage
    running = Event(account_id="three", kind="play", item_id="dune", device_id="d1")
    assert client.who("three", device_id="d1", events=[running]).account_id == "three"
    assert client.similar("alien", k=2).item_id == "alien"


def test_items_come_back_as_they_were_put(client):
    sold = Item(
        item_id="new", title="New", tags=["Drama"], year=2026, price_cents=999, stock=3,
        available_from=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    stored = client.put_items([sold, {"item_id": ""}])
    assert (stored.accepted, stored.changed) == (1, 1)
    assert stored.rejected[0].position == 1
    found = client.item("new")
    assert (found.item.title, found.item.tags, found.item.stock) == ("New", ["Drama"], 3)
    assert found.item.available_from == sold.available_from
    assert found.item.available_to is None


def test_a_correction_is_a_fact_once(client):
    event = Event(account_id="four", kind="play", item_id="dune", event_id="f1", device_id="d1")
    client.send_events([event])
    assert client.people("four").account_id == "four"
    told = client.correct("four", "guest", sessions=["f1"], event_id="c1")
    assert told.is_new
    assert not client.correct("four", "guest", sessions=["f1"], event_id="c1").is_new
    assert client.correct("four", "guest", sessions=["f1"]).event_id


def test_first_picks_and_a_merge_are_known_to_the_next_answer(client):
    picked = client.onboard("five", item_ids=["alien", "casino"], tags=["odd"], event_id="o1")
    assert (picked.is_new, picked.n_picks) == (True, 2)
    assert not client.onboard("five", item_ids=["alien", "casino"], event_id="o1").is_new
    client.send_events([Event(account_id="anon", kind="play", item_id="dune")])
    merged = client.merge("five", "anon")
    assert (merged.account_id, merged.origin, merged.is_new) == ("five", "anon", True)
    assert not client.merge("five", "anon").is_new
    known = client.account("five")
    assert {one.item_id for one in known.latest} == {"alien", "casino", "dune"}


def test_reasons_come_in_full_where_they_are_asked_for(client):
    client.send_events([Event(account_id="six", kind="play", item_id="alien")])
    plain, full = (client.recommend("six", k=2, explain=how) for how in (False, "full"))
    assert all(one.reason is None and one.adds is None for one in plain.items)
    assert plain.rules is None
    for one in full.items:
        assert one.reason is not None
        assert sum(part.adds for part in one.adds) == pytest.approx(one.score, abs=1e-6)
    assert full.rules is not None
    told = client.explain("six", full.items[1].item_id, k=2)
    assert (told.rank, told.is_shown) == (2, True)


def test_rules_are_put_read_tried_and_rolled_back(client):
    before = client.rules().version
    blocked = results.Rule(name="no-alien", kind="block", items=results.Selection(ids=["alien"]))
    checked = client.check_rules([blocked])
    assert (checked.n_rules, [one.name for one in checked.rules]) == (1, [blocked.name])
    put = client.put_rules([blocked], why="not today", after=before)
    assert (put.version, put.n_rules) == (before + 1, 1)
    shown = client.recommend("seven", k=8)
    assert "alien" not in [one.item_id for one in shown.items]
    assert shown.rules.version == put.version
    assert client.rules().rules == [blocked]
    assert 'name = "no-alien"' in client.rules_text()
    tried = client.try_rules(client.rules_text(version=put.version), n=5, slot="home")
    assert tried.version == put.version
    newest = client.rules_history(limit=1).versions[0]
    assert (newest.version, newest.why) == (put.version, "not today")
    with pytest.raises(errors.Conflict):
        client.put_rules([], after=before + 7)
    with pytest.raises(errors.BadRequest) as caught:
        client.put_rules([blocked, {"name": "x", "kind": "boost", "lift": 40.0, "items": {}}])
    assert "40" in caught.value.message
    emptied = client.put_rules("", why="all may be shown again")
    assert client.roll_back_rules(to=put.version).restored == put.version
    assert client.put_rules([]).version > emptied.version


def test_keys_and_tenants_are_made_and_revoked(client):
    assert client.me().tenant_id == "default"
    made = client.make_key("shop", "service", expires_in_s=3600, rate_per_s=50.0)
    assert made.secret
    assert made.key.key_id in {one.key_id for one in client.keys().keys}
    assert client.revoke_key(made.key.key_id).revoked_at is not None
    tenant = client.make_tenant("acme")
    assert tenant.owner.secret
    assert {"default", "acme"} <= {one.tenant_id for one in client.tenants().tenants}
    assert client.remove_tenant("acme").tenant_id == "acme"


def test_a_key_of_another_tenant_opens_other_rooms(client, url):
    owner = client.make_tenant("other").owner.secret
    with Client(url, owner, settings=PATIENT) as other:
        assert other.me().tenant_id == "other"
        with pytest.raises(errors.NotFound):
            other.item("alien")
    client.remove_tenant("other")
    with Client(url, "sk_wrong", settings=PATIENT) as nobody, pytest.raises(errors.KeyRefused):
        nobody.me()


def test_how_the_service_is(client):
    client.recommend("eight", k=2)
    assert client.stats().n_items >= 8
    assert client.lists().lists == []
    with pytest.raises(errors.NotFound):
        client.list_for("home", "eight")


def test_refusals_say_what_where_and_what_next(client):
    with pytest.raises(errors.NotFound) as caught:
        client.account("nobody at all")
    assert caught.value.code == "unknown_account"
    with pytest.raises(errors.BadRequest) as caught:
        client.recommend("x", k=10**6)
    assert caught.value.place == "k"
    assert caught.value.hint
    with pytest.raises(errors.NotFound, match="no_such_item"):
        client.item("..")


@given(item_id=IDS)
@HOW
def test_any_id_finds_its_own_item_and_no_other(url, item_id):
    with Client(url, settings=PATIENT) as client:
        client.put_items([Item(item_id=item_id, title="T")])
        assert client.item(item_id).item.item_id == item_id


def test_a_stream_goes_over_the_wire(client):
    made = (
        Event(account_id=f"s{n % 7}", kind="play", item_id="dune", event_id=f"s-{n}")
        for n in range(2500)
    )
    taken = list(client.stream_events(made, batch=1000))
    assert [one.accepted for one in taken] == [1000, 1000, 500]
    again = (Event(account_id="s1", kind="browse", event_id=f"s-{n}") for n in range(3))
    assert next(client.stream_events(again)).duplicates == 3


def test_the_async_client_asks_many_at_once(url):
    async def ask():
        async with AsyncClient(url, settings=PATIENT) as client:
            answers = await asyncio.gather(*(client.recommend(f"p{n}", k=2) for n in range(20)))
            batches = [
                one
                async for one in client.stream_events(
                    Event(account_id="q", kind="browse", event_id=f"q{n}") for n in range(5)
                )
            ]
            with pytest.raises(errors.NotFound):
                await client.item("no such item")
            return answers, batches

    answers, batches = asyncio.run(ask())
    assert [one.account_id for one in answers] == [f"p{n}" for n in range(20)]
    assert batches[0].accepted == 5


def test_nobody_there_is_said_plainly():
    client = Client("http://127.0.0.1:9", settings=ClientSettings(n_retries=0))
    with client, pytest.raises(errors.CannotConnect, match="settee serve"):
        client.health()
