"""A shop of spenders and savers, a campaign that moves one half: who is then worth a contact."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from settee.app import Workspace, open_workspace
from settee.app.campaigns import NoSuchCampaign
from settee.app.worth import NoOrderValue, NoUplift
from settee.audiences import AudienceQuery, BadAudience
from settee.cli.audience_worth import order_value_line
from settee.cli.main import app
from settee.core import Item, Settings
from settee.events import ContactWord
from settee.web import create_app
from tests.web.world import Client

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
N = 560
SMALL = {
    "sources": {"enabled": ["popular", "content"]},
    "train": {"ranker_requests": 50, "max_requests": 50, "bootstrap": 100},
    "response": {"horizon_days": 30.0, "targets": 10, "pairs": 2000, "cuts": 1},
    "audiences": {"consent": "unless_refused", "unit": "account", "min_size": 20},
    "people": {"enabled": False},
}


class Wound:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


def spends_much(account: int) -> bool:
    return account % 4 == 3


def is_movable(account: int) -> bool:
    """The lower half comes often, and a contact moves it."""
    return account < N // 2


def record() -> str:
    rng = np.random.default_rng(7)
    rows = ["account_id,item_id,kind,at,revenue_cents"]
    for account in range(N):
        n = 8 if is_movable(account) else 3
        for _ in range(n):
            at = AT - timedelta(seconds=int(rng.integers(3600, 170 * 86_400)))
            cents = int((9_000 if spends_much(account) else 900) * rng.gamma(20.0) / 20.0)
            rows.append(f"u{account},m{int(rng.integers(8))},purchase,{at.isoformat()},{cents}")
    return "\n".join(rows)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A home in which the campaign has run; its clock stands a horizon later."""
    folder = tmp_path_factory.mktemp("worth")
    (folder / "rows.csv").write_text(record())
    settings, clock = Settings.model_validate({**SMALL, "home": folder / "home"}), Wound()
    with open_workspace(settings, clock) as workspace:
        workspace.tables.put_items(
            [Item(item_id=f"m{n}", title=f"Film {n}", tags=("film",)) for n in range(8)], AT
        )
        workspace.import_path(folder / "rows.csv")
        workspace.release(workspace.train().version, force_reason="a small world")
        learnt = workspace.train_responses()
        for name, holdout in (("spring", 0.5), ("nobody", 0.0)):
            query = AudienceQuery(item_id="m1", campaign=name, holdout=holdout)
            workspace.make_audience(query, "mona")
        with pytest.raises(NoUplift, match="was not learnt"):
            workspace.make_audience(AudienceQuery(item_id="m1", by="uplift"))
        assert workspace.learn_uplift("spring")["reason"] == "not_over"
        spring = workspace.audience(workspace.audiences()[1].audience_id)
        clock.at = AT + timedelta(days=2)
        workspace.accept(answers(spring, clock.at))
        clock.at = AT + timedelta(days=31)
        workspace.make_audience(AudienceQuery(like=("u1",), campaign="alike"))
        yield settings, clock, learnt, workspace.learn_uplift("spring")


def answers(audience, at):
    """Two in a hundred buy anyway; of those addressed who are movable, half do."""
    rng = np.random.default_rng(3)
    rows = zip(audience.members.account_ids, audience.members.held_out.tolist(), strict=True)
    return [
        json.dumps(
            {"event_id": f"e-{one}", "account_id": one, "kind": "purchase", "item_id": "m1",
             "at": at.isoformat(), "revenue_cents": 500}
        ).encode()
        for one, held_out in rows
        if rng.random() < (0.5 if is_movable(int(one[1:])) and not held_out else 0.02)
    ]  # fmt: skip


@pytest.fixture
def workspace(world):
    settings, clock, *_ = world
    with open_workspace(settings, clock) as workspace:
        yield workspace


def numbers(audience):
    return [int(one[1:]) for one in audience.members.account_ids]


def test_training_learns_what_an_order_brings_and_says_by_what(world):
    found = world[2]["order_value"]
    assert (found["valued_by"], found["reason"]) == ("gamma_gamma", None)
    assert found["deviance"]["gamma_gamma"] < found["deviance"]["mean"]


def test_what_an_order_is_foretold_by_is_told_in_words(world):
    told = order_value_line(world[2]["order_value"])
    assert "foretold by gamma_gamma: " in told
    reason = {"valued_by": "mean", "reason": "too_few_purchases", "mean_cents": 1234.0}
    assert order_value_line(reason) == (
        "the next order is foretold by mean (too_few_purchases): 1,234 cents in the mean"
    )


def test_uplift_learnt_from_other_columns_is_used_no_more(workspace, monkeypatch):
    assert workspace.moved_by()[1] == "spring"
    monkeypatch.setattr("settee.app.worth.UPLIFT_FEATURES", ("log_odds",))
    with pytest.raises(NoUplift):
        workspace.moved_by()


def test_a_share_of_the_order_chooses_spenders_where_one_margin_for_all_does_not(workspace):
    asked = {"item_id": "m1", "contact_cost_cents": 30.0, "holdout": 0.0}
    by_order = workspace.make_audience(AudienceQuery(**asked, margin_share=0.1))
    mean = float(np.mean(workspace.order_cents(tuple(f"u{n}" for n in range(N)))[0]))
    alike = workspace.make_audience(AudienceQuery(**asked, margin_cents=0.1 * mean))
    assert (by_order.valued_by, alike.valued_by) == ("gamma_gamma", None)
    assert set(numbers(by_order)) != set(numbers(alike))
    assert by_order.expected_profit_cents > alike.expected_profit_cents
    each = by_order.members.probability * by_order.members.margin_cents - 30.0
    assert each.sum() == pytest.approx(by_order.expected_profit_cents)
    assert min(each) >= 0
    first = [
        np.mean([spends_much(one) for one in numbers(made)[:100]]) for made in (by_order, alike)
    ]
    assert first[0] > 0.8 > 0.4 > first[1]


def test_uplift_is_learnt_from_the_held_out_and_ranks_by_what_a_contact_adds(world, workspace):
    found = world[3]
    assert found["reason"] is None
    assert found["n_addressed"] + found["n_held_out"] == N
    assert found["responded_addressed"] > found["responded_held_out"] + 0.15
    assert found["qini"]["chosen - chance"]["low"] > 0
    made = workspace.make_audience(AudienceQuery(item_id="m1", by="uplift", size=200, holdout=0))
    assert (made.how, made.query.learnt_from) == ("uplift", "spring")
    assert np.mean([is_movable(one) for one in numbers(made)]) > 0.8
    assert made.members.uplift.min() > 0  # all were silent a month since: less than the 0.48 then
    again = workspace.audience(made.audience_id)
    assert again.members.uplift.tolist() == made.members.uplift.tolist()
    with pytest.raises(NoUplift, match='from campaign "autumn"'):
        workspace.make_audience(AudienceQuery(item_id="m1", by="uplift", learnt_from="autumn"))


@pytest.mark.parametrize(
    ("campaign", "reason"), [("nobody", "too_few_in_trial"), ("alike", "for_no_item")]
)
def test_where_nothing_can_be_learnt_the_reason_is_told_and_nothing_changes(
    workspace, campaign, reason
):
    found = workspace.learn_uplift(campaign)
    assert (found["version"], found["reason"]) == (None, reason)
    with pytest.raises(NoUplift):
        workspace.moved_by(campaign)


def test_a_campaign_without_an_audience_is_refused(workspace):
    with pytest.raises(NoSuchCampaign):
        workspace.learn_uplift("winter")


def test_likeness_is_refused_before_uplift_or_orders_are_looked_for(workspace):
    for asked in ({"by": "uplift"}, {"margin_share": 0.5}):
        with pytest.raises(BadAudience, match="likeness"):
            workspace.make_audience(AudienceQuery(like=("u1",), **asked))


def test_without_an_amount_on_record_a_share_of_orders_is_refused(tmp_path):
    settings = Settings.model_validate({**SMALL, "home": tmp_path / "home"})
    with open_workspace(settings, lambda: AT) as workspace:
        with pytest.raises(NoOrderValue, match="never learnt"):
            workspace.order_cents(("u1",))
        workspace.put_contact("u1", ContactWord({"*": True}))
        assert workspace.learn_order_value(30.0)["reason"] == "no_revenue"
        with pytest.raises(NoOrderValue, match="no order on record has an amount"):
            workspace.order_cents(("u1",))


def test_over_http_uplift_and_margin_share_are_asked_for_and_told(workspace):
    client = Client(create_app(workspace))
    body = b'{"item_id": "m1", "by": "uplift", "margin_share": 0.2, "size": 9}'
    made = client("POST", "/v1/audiences", body, query=b"n=2").json
    assert (made["how"], made["learnt_from"], made["valued_by"]) == (
        "uplift", "spring", "gamma_gamma",
    )  # fmt: skip
    assert all(one["uplift"] is not None for one in made["members"])
    assert all(one["margin_cents"] > 0 for one in made["members"])
    plain = client("POST", "/v1/audiences", b'{"item_id": "m1", "size": 9}', query=b"n=2").json
    assert [one["uplift"] for one in plain["members"]] == [None, None]
    assert [one["margin_cents"] for one in plain["members"]] == [None, None]
    assert client("POST", "/v1/audiences", b'{"item_id": "m1", "by": "luck"}').code == (
        "bad_audience"
    )


def run(settings, *words, as_json=True):
    flags = [f"--set={group}.{name}={json.dumps(value)}"
             for group, given in SMALL.items() for name, value in given.items()]  # fmt: skip
    done = CliRunner().invoke(
        app,
        [
            "--home",
            str(settings.home),
            *(["--json"] if as_json else []),
            *flags,
            "audience",
            *words,
        ],
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout) if as_json else done.stdout


def test_from_the_command_line_reasons_and_figures_are_told_and_words_are_asked(world, monkeypatch):
    settings, _, _, learnt = world
    assert run(settings, "uplift", "alike")["reason"] == "for_no_item"
    monkeypatch.setattr(Workspace, "learn_uplift", lambda *_: learnt)
    told = run(settings, "uplift", "spring", as_json=False)
    assert f"{learnt['n_held_out']} held out" in told
    assert "chosen - chance" in told
    nothing = {**learnt, "reason": "too_few_in_trial"}
    monkeypatch.setattr(Workspace, "learn_uplift", lambda *_: nothing)
    assert "200 held out" in run(settings, "uplift", "spring", as_json=False)
    words = ("make", "--item", "m1", "--by", "uplift", "--margin-share", "0.5", "--size", "9")
    made = run(settings, *words)
    assert (made["how"], made["learnt_from"], made["valued_by"]) == (
        "uplift", "spring", "gamma_gamma",
    )  # fmt: skip
    told = run(settings, "show", made["audience_id"], as_json=False)
    assert "by uplift learnt from spring" in told
    assert "added responses expected" in told
    assert "foretold by gamma_gamma" in told
