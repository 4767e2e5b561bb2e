import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from settee.app import Workspace, open_workspace
from settee.audiences import Audience, AudienceQuery, BadExport, Members, SmallSet
from settee.core import AudienceSettings, NotFound, Settings
from settee.events import BadContact, ContactWord
from settee.rules import parse_rules
from settee.store import Record

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
EVERYBODY = AudienceSettings(consent="unless_refused", min_size=5)


class Clock:
    at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(tmp_path: Path, clock: Clock) -> Iterator[Workspace]:
    workspace = Workspace(Settings(home=tmp_path / "home", audiences=EVERYBODY), clock)
    yield workspace
    workspace.close()


def made(workspace: Workspace, audience_id: str, first: int, end: int, n_held_out: int = 0) -> None:
    n = end - first
    members = Members(
        tuple(f"a{number}" for number in range(first, end)), ("",) * n, np.linspace(0.9, 0.1, n),
        np.arange(n) < n_held_out,
    )  # fmt: skip
    query = AudienceQuery(item_id="m", channel="email")
    audience = Audience(audience_id, query, NOON, "model", n, 1.0, None, {}, members)
    workspace.keep_audience(audience, "ada")


def lines(path: Path) -> list[str]:
    return [line.split(",")[0] for line in path.read_text().splitlines()[1:]]


def test_who_refused_since_does_not_leave_the_house(workspace: Workspace, tmp_path: Path) -> None:
    made(workspace, "aud1", 0, 20)
    workspace.put_contact("a3", ContactWord({"email": False}))
    workspace.put_contact("a4", ContactWord(child=True))
    workspace.suppress(b"a5", "bo", "asked by phone")
    done = workspace.export_audience("aud1", tmp_path / "out.csv", "bo")
    assert (done.n_exported, done.left_out) == (
        17, {"child": 1, "suppressed": 1, "no_consent": 1},
    )  # fmt: skip
    assert not {"a3", "a4", "a5"} & set(lines(tmp_path / "out.csv"))
    assert workspace.free(b"a5\na6", "bo") == 1
    members, left_out = workspace.reachable(workspace.audience("aud1"))
    assert (len(members), left_out) == (18, {"child": 1, "no_consent": 1})


def test_who_is_held_out_stays_in_the_house(workspace: Workspace, tmp_path: Path) -> None:
    made(workspace, "aud1", 0, 20, n_held_out=4)
    done = workspace.export_audience("aud1", tmp_path / "out.csv", "bo")
    assert (done.n_exported, done.left_out) == (16, {"held_out": 4})
    assert lines(tmp_path / "out.csv")[0] == "a4"


def test_an_export_that_tells_few_apart_is_refused_and_written_down(
    workspace: Workspace, tmp_path: Path, clock: Clock
) -> None:
    made(workspace, "aud1", 0, 20)
    made(workspace, "aud2", 0, 21)
    workspace.export_audience("aud1", tmp_path / "one.csv", "bo")
    with pytest.raises(SmallSet):
        workspace.export_audience("aud2", tmp_path / "two.csv", "bo")
    assert not (tmp_path / "two.csv").exists()
    done = workspace.export_audience("aud2", tmp_path / "two.csv", "bo", small_parts="leave_out")
    assert (done.n_exported, done.left_out) == (20, {"too_few_alike": 1})
    log = workspace.audience_log()
    assert [one.what for one in log] == ["exported", "export_refused", "exported", "made", "made"]
    assert json.loads(log[1].body) == {"code": "small_set", "to": "two.csv"}
    assert not any(b"a1" in one.body for one in log)
    clock.at += timedelta(days=366)  # by then both are forgotten
    assert workspace.export_audience("aud2", tmp_path / "two.csv", "bo").n_exported == 21


def test_the_settings_say_how_few_are_few_and_what_becomes_of_them(tmp_path: Path) -> None:
    for changed, expected in (({"small_parts": "leave_out"}, 20), ({"min_size": 21}, None)):
        settings = Settings(
            home=tmp_path / str(expected), audiences=EVERYBODY.model_copy(update=changed)
        )
        with open_workspace(settings, lambda: NOON) as workspace:
            made(workspace, "aud1", 0, 20)
            made(workspace, "aud2", 0, 21)
            if expected is None:
                with pytest.raises(SmallSet, match="20 accounts may be addressed; 21"):
                    workspace.export_audience("aud1", tmp_path / "one.csv", "bo")
                continue
            workspace.export_audience("aud1", tmp_path / "one.csv", "bo")
            done = workspace.export_audience("aud2", tmp_path / "two.csv", "bo")
            assert done.n_exported == expected


def test_an_export_is_forgotten_after_as_many_days_as_the_setting_says(tmp_path: Path) -> None:
    for days, expected in ((10, "small_set"), (5, 21)):
        clock = Clock()
        settings = Settings(
            home=tmp_path / str(days),
            audiences=EVERYBODY.model_copy(update={"remember_exports_days": days}),
        )
        with open_workspace(settings, clock) as workspace:
            made(workspace, "aud1", 0, 20)
            made(workspace, "aud2", 0, 21)
            workspace.export_audience("aud1", tmp_path / "one.csv", "bo")
            clock.at += timedelta(days=6)
            try:
                found = workspace.export_audience("aud2", tmp_path / "two.csv", "bo").n_exported
            except SmallSet as error:
                found = error.code
        assert found == expected


def test_where_nothing_can_go_nothing_counts_as_having_left(
    workspace: Workspace, tmp_path: Path
) -> None:
    made(workspace, "aud1", 0, 20)
    for to in (tmp_path / "out.xls", "https://crm.example/"):
        with pytest.raises(BadExport):
            workspace.export_audience("aud1", to, "bo")
    with pytest.raises(NotFound):
        workspace.export_audience("aud9", tmp_path / "out.csv", "bo")
    assert [one.what for one in workspace.audience_log()] == ["made"]


def test_what_was_said_is_told_and_survives_a_lost_view(
    workspace: Workspace, tmp_path: Path
) -> None:
    first = workspace.put_contact("a7", ContactWord({"email": True}, event_id="c1"))
    assert (first.event_id, first.is_new) == ("c1", True)
    assert not workspace.put_contact("a7", ContactWord({"email": False}, event_id="c1")).is_new
    workspace.put_contact("a7", ContactWord(child=True, person_id="p1"))
    with pytest.raises(BadContact):
        workspace.put_contact("a7", ContactWord())
    told = workspace.contact("a7")
    assert (told.consent, told.child, told.persons["p1"].child) == ({"email": True}, None, True)
    workspace.close()
    (tmp_path / "home" / "contacts.db").unlink()
    with open_workspace(Settings(home=tmp_path / "home"), lambda: NOON) as again:
        assert again.contact("a7") == told
        assert again.contact("b").consent == {}


def test_children_are_those_that_the_rules_of_age_name_too(workspace: Workspace) -> None:
    made(workspace, "aud1", 0, 20)
    before = workspace.contact_mark()
    rules = b'rules=[{name="k", kind="age_limit", max_age=6, profiles=["a1?"]}]'
    workspace.put_rules(parse_rules(rules, "toml"), "ada")
    assert workspace.contact_mark() != before
    assert workspace.reachable(workspace.audience("aud1"))[1] == {"child": 10}


def test_touches_of_the_journal_and_of_imports_both_count(
    workspace: Workspace, tmp_path: Path
) -> None:
    made(workspace, "aud1", 0, 20)
    file = tmp_path / "events.jsonl"
    event = {"account_id": "a1", "kind": "touch", "at": "2026-12-23T12:00:00Z", "channel": "tv"}
    other = {"account_id": "a2", "kind": "play", "item_id": "m", "at": "2026-12-23T12:00:00Z"}
    rows = [{"event_id": f"e{n}", **event} for n in range(2)] + [{"event_id": "e9", **other}]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    workspace.import_path(file)
    assert workspace.reachable(workspace.audience("aud1"))[1] == {}
    raw = json.dumps({"event_id": "j1", **event}).encode()
    at_us = int(NOON.timestamp() * 1e6) - 9_000_000
    workspace.journal.append([Record("j1", "a1", "touch", at_us, raw)])
    assert workspace.reachable(workspace.audience("aud1"))[1] == {"capped": 1}


PICKS = """account_id,item_id,kind,at,profile_id
a0,m,play,2026-12-01T10:00:00Z,kids-blue
a1,m,play,2026-12-01T10:00:00Z,Junior
a2,m,play,2026-12-01T10:00:00Z,kids-blue
a2,m,play,2026-12-02T10:00:00Z,ann
a3,m,play,2026-12-02T10:00:00Z,ann
"""


def with_rule(workspace: Workspace) -> None:
    rules = b'rules=[{name="k", kind="age_limit", max_age=6, profiles=["junior*"]}]'
    workspace.put_rules(parse_rules(rules, "toml"), "ada")


def pick(workspace: Workspace, event_id: str, account_id: str, profile_id: str) -> None:
    event = {"event_id": event_id, "account_id": account_id, "kind": "browse",
             "at": "2026-12-24T11:00:00Z", "profile_id": profile_id}  # fmt: skip
    workspace.accept([json.dumps(event).encode()])


def test_accounts_that_only_a_childs_profile_used_are_not_read_and_do_not_leave(
    workspace: Workspace, tmp_path: Path
) -> None:
    """By a setting (kids-blue) and by a rule (Junior); who has another profile besides stays."""
    made(workspace, "aud1", 0, 20)
    (tmp_path / "picks.csv").write_text(PICKS)
    workspace.import_path(tmp_path / "picks.csv")
    assert workspace.reachable(workspace.audience("aud1"))[1] == {"child": 1}
    with_rule(workspace)
    members, left_out = workspace.reachable(workspace.audience("aud1"))
    assert left_out == {"child": 2}
    assert not {"a0", "a1"} & set(members.account_ids)
    before = workspace.contact_mark()
    pick(workspace, "e1", "a7", "kids-2")  # of this morning
    assert workspace.contact_mark() != before
    done = workspace.export_audience("aud1", tmp_path / "out.csv", "bo")
    assert done.left_out == {"child": 3}
    assert {"a0", "a1", "a7"}.isdisjoint(lines(tmp_path / "out.csv"))
    assert {"a2", "a3"} < set(lines(tmp_path / "out.csv"))


def test_answers_made_ahead_show_no_account_of_a_childs_profile_from_then_on(
    workspace: Workspace,
) -> None:
    units = [("a0", ""), ("a1", ""), ("a2", "")]
    since = workspace.show_mark()
    pick(workspace, "e1", "a0", "kids")
    pick(workspace, "e2", "a1", "junior")
    assert workspace.may_show(units).tolist() == [False, True, True]
    assert {"a0", "a1"} <= workspace.contact_view.said_since(since[0])[1]
    with_rule(workspace)
    assert workspace.may_show(units).tolist() == [False, False, True]


def test_a_person_who_is_there_under_a_childs_profile_is_left_out_and_the_others_are_not(
    workspace: Workspace,
) -> None:
    """Evenings on the television are Ann's, afternoons on the tablet are under "kids"."""
    events = []
    for day in range(1, 21):
        for hour, device, kind, profile, item in (
            (14, "tab-1", "tablet", "kids", "cartoon"), (20, "tv-1", "tv", "ann", "drama"),
        ):  # fmt: skip
            events += [
                {"event_id": f"{device}-{day}-{n}", "account_id": "a1", "kind": "play",
                 "item_id": f"{item}-{n}", "at": f"2026-12-{day:02}T{hour}:{10 * n:02}:00Z",
                 "device_id": device, "device_type": kind, "profile_id": profile,
                 "duration_s": 300}
                for n in range(3)
            ]  # fmt: skip
    workspace.accept([json.dumps(one).encode() for one in events])
    workspace.people.step()
    picks = workspace.people.household("a1").picks()
    assert len(picks) == 2
    (child,) = [person for person, picked in picks.items() if picked.get("kids", 0.0) > 10]
    (ann,) = set(picks) - {child}
    assert workspace.may_show([("a1", child), ("a1", ann), ("a1", "")]).tolist() == [
        False, True, True,
    ]  # fmt: skip
    without = workspace.settings.audiences.model_copy(update={"child_profiles": ()})
    workspace.settings = workspace.settings.model_copy(update={"audiences": without})
    assert workspace.may_show([("a1", child)]).tolist() == [True]
