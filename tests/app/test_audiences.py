"""A shop of crime and romance, half its people each: who is reached, held out, shown and let go."""

import csv
import json
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from settee.app import open_workspace
from settee.app.audiences import NothingReleased
from settee.audiences import (
    AudienceQuery,
    BadAudience,
    BadTarget,
    ItemQuery,
    NoAudienceYet,
    NoResponses,
    PeopleQuery,
)
from settee.cli.main import app
from settee.core import Item, PeopleSettings, Settings
from settee.events import ContactWord
from settee.measure import in_holdout
from settee.web import create_app
from tests.web.world import Client

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
N = 240
SMALL = {
    "sources": {"ease_max_items": 50},
    "train": {"ranker_requests": 50, "max_requests": 50, "bootstrap": 100},
    "response": {"horizon_days": 30.0, "targets": 10, "pairs": 2000},
    "audiences": {"min_size": 20, "unit": "account"},
    "people": {"enabled": False},
}


def filled(home):
    """Even accounts like romance (even items), odd ones crime; every tenth gave no consent."""
    rng = np.random.default_rng(7)
    settings = Settings.model_validate({**SMALL, "home": home})
    rows = ["account_id,item_id,kind,at,device_type,revenue_cents"]
    for account in range(N):
        for _ in range(int(rng.integers(3, 12))):
            is_own = rng.random() < 0.9
            item = 2 * int(rng.integers(0, 8)) + (account % 2 if is_own else 1 - account % 2)
            at = AT - timedelta(seconds=int(rng.integers(3600, 170 * 86_400)))
            device = "tv" if account < 100 else "mobile"
            rows.append(f"u{account},m{item},purchase,{at.isoformat()},{device},1000")
    (home.parent / "rows.csv").write_text("\n".join(rows))
    with open_workspace(settings, lambda: AT) as workspace:
        tags = ("romance", "crime")
        workspace.tables.put_items(
            [
                Item(item_id=f"m{n}", title=f"Film {n}", tags=(tags[n % 2],), year=1990 + n)
                for n in range(16)
            ],
            AT,
        )
        workspace.import_path(home.parent / "rows.csv")
        for account in range(N):
            if account % 10:
                workspace.put_contact(f"u{account}", ContactWord({"*": True}))
        with pytest.raises(NoResponses):
            workspace.make_audience(AudienceQuery(item_id="m1"))
        workspace.train_responses()
        with pytest.raises(NothingReleased):
            workspace.make_audience(AudienceQuery(item_id="m1"))
        trained = workspace.train()
        workspace.release(trained.version, force_reason="a small world")
        workspace.tables.put_items([Item(item_id="new", title="New", tags=("crime",))], AT)
    return settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("shop") / "home")


@pytest.fixture
def workspace(settings):
    with open_workspace(settings, lambda: AT) as workspace:
        yield workspace


def crime_share(audience):
    """Share of members who like crime; half of all people do."""
    return np.mean([int(one[1:]) % 2 for one in audience.members.account_ids])


@pytest.mark.parametrize(
    "query",
    [
        AudienceQuery(item_id="m1", size=60),
        AudienceQuery(tag="crime", size=60),
        AudienceQuery(items=ItemQuery(tags_any=("crime",), year=(1990, 2010)), size=60),
        AudienceQuery(like=("u1", "u3", "u5"), size=60),
        AudienceQuery(item_id="new", size=60),
    ],
)
def test_crime_reaches_those_who_like_crime_far_more_than_half(workspace, query):
    audience = workspace.make_audience(query, "me")
    assert audience.n_chosen == 60
    assert crime_share(audience) > 0.8
    assert audience.how == {"new": "similar_items"}.get(
        query.item_id, "lookalike" if query.like else "model"
    )


def test_whoever_gave_no_consent_is_not_in_it_and_all_counts_add_up(workspace):
    audience = workspace.make_audience(AudienceQuery(item_id="m1", exclude_buyers=True), "me")
    left = audience.left_out
    assert left["no_consent"] + left["bought"] + audience.n_chosen == N
    assert not [one for one in audience.members.account_ids if int(one[1:]) % 10 == 0]
    assert audience.n_eligible == audience.n_chosen


def test_the_held_out_are_drawn_by_campaign_and_found_again(workspace):
    query = AudienceQuery(item_id="m1", campaign="spring", holdout=0.3)
    made = workspace.make_audience(query, "me")
    kept = workspace.audience(made.audience_id)
    assert kept.members.account_ids == made.members.account_ids
    assert kept.members.held_out.tolist() == made.members.held_out.tolist()
    assert made.members.held_out.tolist() == (
        in_holdout(made.members.account_ids, "spring", 0.3).tolist()
    )
    addressed = made.members.probability[~made.members.held_out]
    assert made.expected_responses == pytest.approx(addressed.sum())


def test_choosing_stops_where_the_profit_of_one_more_contact_ends(workspace):
    query = AudienceQuery(item_id="m1", margin_cents=400, contact_cost_cents=12, holdout=0)
    audience = workspace.make_audience(query, "me")
    assert audience.members.probability.min() >= 0.03
    assert audience.left_out["past_profit"] > 0
    assert audience.expected_profit_cents == pytest.approx(
        400 * audience.expected_responses - 12 * audience.n_chosen
    )


@pytest.mark.parametrize(
    ("people", "holds"),
    [
        (PeopleQuery(device_types=("tv",)), lambda number: number < 100),
        (PeopleQuery(accounts=("u1", "u2", "u3")), lambda number: number in (1, 2, 3)),
    ],
)
def test_only_whom_the_query_looks_at_are_chosen(workspace, people, holds):
    audience = workspace.make_audience(AudienceQuery(item_id="m1", people=people), "me")
    numbers = [int(one[1:]) for one in audience.members.account_ids]
    assert numbers
    assert all(map(holds, numbers))


def test_least_purchases_value_and_recency_leave_people_out(workspace):
    everybody = workspace.make_audience(AudienceQuery(item_id="m1"), "me").n_chosen
    for people in (
        PeopleQuery(min_purchases=8), PeopleQuery(min_value_cents=8000),
        PeopleQuery(active_within_days=10.0),
    ):  # fmt: skip
        audience = workspace.make_audience(AudienceQuery(item_id="m1", people=people), "me")
        assert 0 < audience.n_chosen < everybody
        assert audience.left_out["not_looked_at"] > 0


def test_what_cannot_be_told_is_refused(workspace):
    for query in (
        AudienceQuery(like=("u1",), margin_cents=5.0),
        AudienceQuery(item_id="m1", horizon_days=7.0),
        AudienceQuery(items=ItemQuery(kind="opera")),
    ):
        with pytest.raises(BadAudience):
            workspace.make_audience(query, "me")
    with pytest.raises(BadTarget):
        workspace.make_audience(AudienceQuery(item_id="unknown"), "me")


def ahead(workspace, item_id, n=1000):
    found = workspace.audiences_ahead.find(item_id, n, AT.timestamp())
    return [one["account_id"] for one in json.loads(b"".join(found.pieces))["members"]]


def test_answers_made_ahead_are_those_of_an_audience_and_follow_consent(settings, monkeypatch):
    monkeypatch.setattr("settee.audiences.ready.NEWS_S", 0.0)
    with open_workspace(settings, lambda: AT) as workspace:
        assert workspace.precompute_audiences()["n_made"] == 16
        made = workspace.make_audience(AudienceQuery(item_id="m1", holdout=0), "me")
        assert ahead(workspace, "m1") == list(made.members.account_ids)
        first, second, *_ = made.members.account_ids
        workspace.put_contact(first, ContactWord({"*": False}))
        assert ahead(workspace, "m1", 1) == [second]
        assert workspace.suppress(second.encode(), "me") == 1
        assert first not in ahead(workspace, "m1")
        assert second not in ahead(workspace, "m1")
        workspace.free(second.encode(), "me")
        assert ahead(workspace, "m1", 1) == [second]
        workspace.put_contact(first, ContactWord({"*": True}))
        assert ahead(workspace, "m1", 1) == [first]


def test_only_answers_that_somebody_who_did_something_changes_are_made_again(settings):
    with open_workspace(settings, lambda: AT) as workspace:
        workspace.precompute_audiences(anew=True)
        assert workspace.precompute_audiences()["n_made"] == 0
        # With room for 1,000 everybody stands in every answer; with room for 5 few do.
    narrow = settings.model_copy(
        update={"precomputed": settings.precomputed.model_copy(update={"people": 5})}
    )
    with open_workspace(narrow, lambda: AT) as workspace:
        assert workspace.precompute_audiences()["n_made"] == 16  # of another width: all anew
        least = workspace.make_audience(AudienceQuery(tag="crime"), "me").members.account_ids[-1]
        raw = {"event_id": "e1", "account_id": least, "kind": "purchase", "item_id": "m1",
               "at": (AT - timedelta(hours=1)).isoformat()}  # fmt: skip
        workspace.accept([json.dumps(raw).encode()])
        n_made = workspace.precompute_audiences()["n_made"]
        fresh = {item: ahead(workspace, item) for item in ("m0", "m1", "m3")}
        assert n_made < 16
        workspace.precompute_audiences(anew=True)
        assert {item: ahead(workspace, item) for item in fresh} == fresh
        assert workspace.precompute_audiences(["m3"])["n_made"] == 1
        with pytest.raises(BadTarget):
            workspace.precompute_audiences(["unknown"])
        with pytest.raises(NoAudienceYet):
            ahead(workspace, "new")


def test_a_refresh_opens_nothing_while_nobody_did_anything(settings, monkeypatch):
    with open_workspace(settings, lambda: AT) as workspace:
        made = workspace.precompute_audiences(anew=True)
        workspace.precompute_audiences(["m3"])  # alone it says nothing of the others
    later = AT + timedelta(hours=1)
    with open_workspace(settings, lambda: later) as workspace:
        opened = list[str]()
        whole = workspace.reach_ready
        monkeypatch.setattr(
            workspace, "reach_ready", lambda *given: opened.append("reach") or whole(*given)
        )
        assert workspace.precompute_audiences() == made | {"n_made": 0}
        assert opened == []
        word = {"event_id": "e-late", "account_id": "u1", "kind": "play", "item_id": "m1",
                "at": AT.isoformat()}  # fmt: skip
        workspace.accept([json.dumps(word).encode()])
        workspace.precompute_audiences()
        assert opened == ["reach"]


def test_history_that_is_imported_makes_all_answers_anew(settings, tmp_path):
    with open_workspace(settings, lambda: AT) as workspace:
        workspace.precompute_audiences(anew=True)
        raw = {"event_id": "i1", "account_id": "u1", "kind": "purchase", "item_id": "m1",
               "at": (AT - timedelta(days=1)).isoformat()}  # fmt: skip
        (tmp_path / "events.jsonl").write_text(json.dumps(raw) + "\n")
        workspace.import_path(tmp_path / "events.jsonl")
        assert workspace.precompute_audiences()["n_made"] == 16


def test_some_items_alone_are_not_taken_for_all(settings):
    with open_workspace(settings, lambda: AT) as workspace:
        shutil.rmtree(workspace.home / "reach", ignore_errors=True)
        assert workspace.precompute_audiences(["m1"])["n_items"] == 1
        assert workspace.precompute_audiences()["n_made"] == 15
        assert workspace.precompute_audiences()["n_made"] == 0


def test_what_another_process_says_of_a_person_is_noticed(settings):
    with open_workspace(settings, lambda: AT) as mine, open_workspace(settings) as other:
        seen = [mine.contact_mark()]
        assert mine.contact_mark() == seen[0]
        for change in (
            lambda: other.suppress(b"u2", "me"),
            lambda: other.put_contact("u3", ContactWord({"email": False})),
            lambda: other.free(b"u2", "me"),
        ):
            change()
            seen.append(mine.contact_mark())
        assert len(set(seen)) == 4


def test_an_answer_that_is_too_old_is_not_given(settings):
    old = settings.model_copy(
        update={"precomputed": settings.precomputed.model_copy(update={"max_age_s": 60.0})}
    )
    with open_workspace(settings, lambda: AT) as workspace:
        workspace.precompute_audiences(anew=True)
    with open_workspace(old, lambda: AT) as workspace:
        with pytest.raises(NoAudienceYet, match="max_age_s"):
            workspace.audiences_ahead.find("m1", 5, AT.timestamp() + 61)
        assert workspace.audiences_ahead.find("m1", 5, AT.timestamp()).pieces


def test_over_http_an_audience_is_made_listed_read_and_let_out_only_to_listed_hosts(workspace):
    client = Client(create_app(workspace))
    body = b'{"item_id": "m1", "size": 40, "campaign": "web"}'
    made = client("POST", "/v1/audiences", body, query=b"n=3").json
    assert (made["n_chosen"], len(made["members"]), made["how"]) == (40, 3, "model")
    path = f"/v1/audiences/{made['audience_id']}"
    assert client("GET", path, query=b"n=3").json == made
    listed = client("GET", "/v1/audiences", query=b"limit=1").json["audiences"]
    assert [one["campaign"] for one in listed] == ["web"]
    refused = client("POST", f"{path}/export", b'{"webhook": "https://crm.example/in"}')
    assert (refused.status, refused.code) == (400, "bad_export")
    assert client("POST", f"{path}/export", b"{}").code == "bad_request"
    assert client("POST", "/v1/audiences", b"{}").code == "bad_audience"
    assert client("GET", "/v1/audiences/none").status == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"item_id": "m1", "size": 40, "campaign": "web", "holdout": 0.3},
        {"like": ["u1", "u3"], "size": 25},
        {"tag": "crime", "margin_cents": 400, "contact_cost_cents": 30},
        {"items": {"tags_any": ["crime"]}, "people": {"device_types": ["tv"]}},
    ],
)
def test_an_audience_that_is_tried_is_the_one_that_would_be_made_and_leaves_no_trace(
    workspace, asked
):
    client = Client(create_app(workspace))
    kept, logged = workspace.audiences(1000), workspace.audience_log(1000)
    body = json.dumps(asked).encode()
    tried = client("POST", "/v1/audiences/preview", body, query=b"n=1000")
    assert tried.status == 200
    assert tried.json["audience_id"] == ""
    again = client("POST", "/v1/audiences/preview", body, query=b"n=1000").json
    assert again == tried.json
    assert (workspace.audiences(1000), workspace.audience_log(1000)) == (kept, logged)

    made = client("POST", "/v1/audiences", body, query=b"n=1000").json
    drawn = {"audience_id", "name", "n_held_out", "n_reachable", "expected_responses",
             "expected_profit_cents"}  # fmt: skip
    for field in made.keys() - drawn - {"members"}:
        assert tried.json[field] == made[field], field
    names = [one["account_id"] for one in made["members"]]
    assert [one["account_id"] for one in tried.json["members"]] == names
    if "campaign" in asked:  # without one, another id draws other accounts
        assert tried.json | {"audience_id": made["audience_id"]} == made


def test_an_audience_that_is_tried_has_nothing_to_read_or_to_let_out(workspace):
    client = Client(create_app(workspace))
    assert client("POST", "/v1/audiences/preview", b"{}").code == "bad_audience"
    tried = client("POST", "/v1/audiences/preview", b'{"item_id": "m1"}', query=b"n=0").json
    assert tried["members"] == []
    assert tried["left_out"]["no_consent"] > 0
    assert client("GET", "/v1/audiences/preview").status == 404
    asked = b'{"format": "csv"}'
    assert client("POST", "/v1/audiences/preview/download", asked).status == 404


def run(settings, *words):
    flags = [f"--set={group}.{name}={json.dumps(value)}"
             for group, given in SMALL.items() for name, value in given.items()]  # fmt: skip
    done = CliRunner().invoke(
        app, ["--home", str(settings.home), "--json", *flags, "audience", *words]
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_from_the_command_line_an_audience_is_made_shown_and_written(settings, tmp_path):
    query = tmp_path / "query.toml"
    query.write_text('item_id = "m3"\nsize = 80\ncampaign = "mail"\nholdout = 0.25\n')
    made = run(settings, "make", str(query))
    assert run(settings, "show", made["audience_id"]) == made
    assert made["audience_id"] in {one["audience_id"] for one in run(settings, "list")["audiences"]}
    done = run(settings, "export", made["audience_id"], "--to", str(tmp_path / "people.csv"))
    with (tmp_path / "people.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert done["n_exported"] == len(rows) == made["n_chosen"] - made["n_held_out"]
    assert {row["campaign"] for row in rows} == {"mail"}
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("u1\nu3\n")
    assert run(settings, "make", "--like", str(seeds), "--size", "5")["how"] == "lookalike"
    n_kept = len(run(settings, "list", "--limit", "1000")["audiences"])
    tried = run(settings, "make", str(query), "--dry-run")
    later = {"as_of": tried["as_of"], "expected_responses": tried["expected_responses"]}
    assert tried == made | {"audience_id": ""} | later  # the clock goes on between the two
    assert later["expected_responses"] == pytest.approx(made["expected_responses"], rel=0.01)
    assert len(run(settings, "list", "--limit", "1000")["audiences"]) == n_kept
    learnt = run(settings, "train")
    assert learnt["horizon_days"] == 30.0
    told = learnt["activity"]
    assert told["model"] == made["active_by"] == min(told["log_loss"], key=told["log_loss"].get)
    assert {"recency_frequency", "share", "hazard"} <= set(told["log_loss"])
    assert run(settings, "precompute", "--anew")["n_made"] == 16


def test_in_words_training_names_every_model_and_an_audience_the_one_that_was_used(settings):
    words = ["--home", str(settings.home), "--set=response.activity=\"share\"",
             "--set=response.targets=10", "--set=response.pairs=2000", "audience"]  # fmt: skip
    told = CliRunner().invoke(app, [*words, "train"])
    assert told.exit_code == 0, told.output
    assert "who comes is foretold by share" in told.stdout
    assert "recency_frequency" in told.stdout
    with open_workspace(settings, lambda: AT) as workspace:
        made = workspace.make_audience(AudienceQuery(item_id="m1", size=5), "me")
        assert made.active_by == "share"
        assert workspace.audience(made.audience_id).active_by == "share"
    shown = CliRunner().invoke(app, [*words, "show", made.audience_id])
    assert "(who comes at all: share)" in shown.stdout


def test_who_lives_where_is_brought_up_to_the_record_before_persons_are_ranked(
    settings, monkeypatch
):
    shared = settings.model_copy(update={"people": PeopleSettings()})
    with open_workspace(shared, lambda: AT) as workspace:
        folded = []
        monkeypatch.setattr(workspace, "fold", lambda progress: folded.append(progress))
        workspace.reach_ready("account")
        assert not folded
        workspace.reach_ready("person")
        assert folded
