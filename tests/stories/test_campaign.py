"""A marketer's way: an audience, an export, contacts, buyers, and what the campaign changed."""

import csv
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from settee.app import open_workspace
from settee.app.campaigns import NoSuchCampaign
from settee.audiences import AudienceQuery
from settee.core import Settings
from settee.events import simulate, write_world
from settee.measure import CreditQuery, DrawnHoldout, Estimate

END_AT = datetime(2026, 11, 20, tzinfo=UTC)
BY_THEMSELVES, ADDED = 0.10, 0.25


class Wound:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = END_AT

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """A home in which a campaign of known effect has run; what left it, and what was read."""
    folder = tmp_path_factory.mktemp("campaign")
    items, events = simulate(5, 600, 60, 60, END_AT)
    write_world(folder / "files", items, events)
    settings = Settings(
        home=folder / "home",
        audiences={"consent": "unless_refused", "unit": "account"},
        train={"ranker_requests": 300},
        response={"horizon_days": 14.0},
        people={"enabled": False},
        sources={"enabled": ("popular", "content", "knn", "ease")},
    )
    clock = Wound()
    with open_workspace(settings, clock) as workspace:
        workspace.import_path(folder / "files")
        workspace.train()
        workspace.release(force_reason="a story")
        workspace.train_responses()
        query = AudienceQuery(
            tag="Drama", size=500, holdout=0.4, campaign="spring", contact_cost_cents=5
        )
        audience = workspace.make_audience(query, "mona")
        out = folder / "spring.csv"
        workspace.export_audience(audience.audience_id, out, "mona")
        with out.open(newline="") as lines:
            exported = [row["account_id"] for row in csv.DictReader(lines)]
        clock.at += timedelta(days=1)
        touches = [
            _event(f"t-{one}", one, "touch", clock.at, campaign="spring", channel="email",
                   cost_micros=50_000)
            for one in exported
        ]  # fmt: skip
        workspace.accept(touches)
        clock.at += timedelta(days=2)
        rng = np.random.default_rng(2)
        drama, other = (
            next(item.item_id for item in items if ("Drama" in item.tags) is yes)
            for yes in (True, False)
        )
        members = audience.members
        chance = BY_THEMSELVES + ADDED * ~members.held_out
        bought = rng.random(len(members)) < chance
        workspace.accept(
            [
                _event(
                    f"c-{one}",
                    one,
                    "purchase",
                    clock.at,
                    revenue_cents=2000,
                    item_id=other if number % 4 == 0 else drama,
                )
                for number, (one, yes) in enumerate(
                    zip(members.account_ids, bought.tolist(), strict=True)
                )
                if yes
            ]
        )
        clock.at += timedelta(days=1)
        yield workspace, audience, exported, workspace.campaign("spring")


def _event(event_id, account_id, kind, at, **fields):
    fact = {"event_id": event_id, "account_id": account_id, "kind": kind, "at": at.isoformat()}
    return json.dumps({**fact, **fields}).encode()


def holds(one: Estimate, truth: float) -> bool:
    return one.low <= truth <= one.high


def test_only_those_who_are_not_held_out_leave_the_house(campaign):
    _, audience, exported, read = campaign
    members = audience.members
    addressed = {
        one for one, out in zip(members.account_ids, members.held_out, strict=True) if not out
    }
    assert set(exported) == addressed
    assert read.effect.conversion.n_held_out == audience.n_held_out > 100


def test_the_lift_over_the_holdout_is_what_contacts_added_and_counting_buyers_is_not(campaign):
    _, _, exported, read = campaign
    effect = read.effect
    assert holds(effect.conversion.difference, ADDED)
    assert holds(effect.added_conversions, ADDED * len(exported))
    n_bought = round(effect.conversion.treated * len(exported))
    assert n_bought > effect.added_conversions.high  # all who bought were not won
    assert effect.n_contacted == len(exported)
    assert effect.n_held_out_contacted == 0
    assert effect.spent_cents == pytest.approx(5 * len(exported))
    assert effect.net_cents.value == pytest.approx(effect.added_cents.value - effect.spent_cents)
    assert not read.is_over


def test_whoever_bought_something_else_did_not_respond_to_the_campaign(campaign):
    effect = campaign[3].effect
    assert effect.response.treated == pytest.approx(0.75 * effect.conversion.treated, rel=0.15)
    assert holds(effect.response.difference, 0.75 * ADDED)
    assert effect.added_responses.value < effect.added_conversions.value
    assert effect.came == effect.response.treated  # a response to the tag is what was promised


def test_a_holdout_is_known_by_the_name_of_its_campaign(campaign):
    workspace, audience, exported, read = campaign
    query = CreditQuery(holdout=DrawnHoldout("spring"), methods=["last"])
    found = workspace.attribute(query).holdout
    assert (found.n_contactable, found.n_held_out) == (len(exported), audience.n_held_out)
    assert holds(Estimate(found.added, found.added_low, found.added_high), ADDED * len(exported))
    # Everybody under the same hash tells the same, and less surely.
    named = CreditQuery(holdout=DrawnHoldout("spring", 0.4), methods=["last"])
    of_all = workspace.attribute(named).holdout
    assert of_all.n_held_out > found.n_held_out
    assert found.per_contactable == pytest.approx(read.effect.conversion.treated)
    with pytest.raises(NoSuchCampaign, match="autumn"):
        workspace.attribute(CreditQuery(holdout=DrawnHoldout("autumn")))


def test_people_like_others_are_promised_no_item_so_there_is_no_response(campaign):
    workspace, audience, _, _ = campaign
    seeds = audience.members.account_ids[:30]
    workspace.make_audience(AudienceQuery(like=seeds, size=100, campaign="alike"), "mona")
    effect = workspace.campaign("alike").effect
    assert effect.response is effect.added_responses is None
    assert effect.came == effect.conversion.treated


def test_a_margin_leaves_less(campaign):
    workspace, _, _, read = campaign
    half = workspace.campaign("spring", margin=0.5).effect
    assert half.net_cents.value < read.effect.net_cents.value


def test_what_happened_is_learnt_from_when_responses_are_learnt_again(campaign):
    workspace, _, _, read = campaign
    before = workspace.reports("responses", 1)[0].body["n_events"]
    workspace.train_responses()
    n_bought = round(read.effect.conversion.treated * read.effect.conversion.n_treated)
    assert workspace.reports("responses", 1)[0].body["n_events"] >= before + n_bought


def test_an_unknown_campaign_is_no_campaign(campaign):
    workspace, _, _, _ = campaign
    with pytest.raises(Exception, match="no audience was made") as caught:
        workspace.campaign("autumn")
    assert caught.value.code == "no_such_campaign"
