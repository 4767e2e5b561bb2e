"""Home: figures of now, what is not well, and who was active lately."""

from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from settee.client.results import StageTimes, Stats, Watcher, WhoIsThere, WorkerStats
from settee.console.alerts import alerts_of, quality_of
from settee.console.pages.home import sections_of
from settee.console.pages.home_active import likeliest
from settee.console.pages.home_now import Now
from settee.core import system_clock
from tests.console.world import SLOW_MS, faults

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WORKER = WorkerStats(0, 1, 100.0, 90.0, 0.1, 1.0, 3, 0.1, 0, 0, {"ease": "closed"})
WELL = Stats(
    "v7", "ranker", 120, {"ranker": 97, "popular": 3}, {}, {}, 0, {}, [WORKER],
    {"accepted": 1000, "rejected": 10}, NOW - timedelta(days=1),
)  # fmt: skip


def but(**changes) -> Stats:
    return msgspec.structs.replace(WELL, **changes)


def worker(**changes) -> Stats:
    return but(workers=[msgspec.structs.replace(WORKER, **changes)])


def test_a_service_that_is_well_has_no_alert():
    assert alerts_of(WELL, NOW) == []


@pytest.mark.parametrize(
    ("stats", "says", "do"),
    [
        (but(model_version=None, trained_until=None), "No model is in use", "settee train"),
        (but(trained_until=NOW - timedelta(days=30)), "30 days ago", "settee train"),
        (but(answers={"ranker": 90, "popular": 10}), "10 % of the answers", "sources left out"),
        (but(turned_away=5), "5 questions were turned away", "--workers"),
        (but(events={"accepted": 90, "rejected": 10}), "10 of 100 events were refused", "Data"),
        (worker(breakers={"knn": "half_open"}), "Source knn is not asked", "log"),
        (worker(journal_lag=9000), "9,000 entries", "wait"),
        (worker(lost_exposures=2), "2 answers of worker 0 are on no record", "disk"),
        (worker(let_in=0.5), "lets in 50 %", "--workers"),
    ],
)
def test_what_is_not_well_says_what_to_do(stats, says, do):
    (one,) = alerts_of(stats, NOW)
    assert says in one.what
    assert do in one.do


def test_quality_of_what_came_in_is_one_line():
    assert quality_of(but(events={})) == "No event came since the start."
    assert "10 refused (1.0 %)" in quality_of(WELL)


def test_the_report_has_figures_rungs_and_times_and_names_nobody():
    now = Now()
    now.take(WELL, NOW)
    now.take(WELL, NOW + timedelta(seconds=5))
    stats = but(stages={"total": StageTimes(9, 1.0, 4.0)})
    parts = {one.title: one for one in sections_of(now, stats)}
    assert {"figure": "model in use", "value": "v7"} in parts["Now"].rows
    assert parts["Answers by the rung that gave them"].rows[0] == {"rung": "ranker", "answers": 97}
    (stage,) = parts["Milliseconds that each stage takes"].rows
    assert (stage["stage"], stage["99th, ms"]) == ("total", 4.0)
    assert len(parts["The last minutes"].rows) == 1


def test_who_is_watching_is_said_in_few_words():
    who = WhoIsThere(
        "a1", NOW, "persons", [Watcher("p_1", 0.8)], 0.2, 0.0,
        is_together=False, is_unsure=False, signals=[],
    )  # fmt: skip
    assert likeliest(who) == "p_1 (80 %)"
    change = msgspec.structs.replace
    assert likeliest(change(who, is_unsure=True)) == "p_1 (80 %, unsure)"
    assert likeliest(change(who, guest=0.9)) == "probably a guest (90 %)"
    assert likeliest(change(who, is_together=True)) == "probably several together"
    assert likeliest(change(who, persons=[])) == "persons are not told apart yet"


def test_home_shows_figures_and_leads_from_an_active_account_to_watch(page, api):
    event = {"event_id": "home-1", "account_id": "a0007", "kind": "play", "item_id": "t0001",
             "at": system_clock().isoformat()}  # fmt: skip
    assert httpx.post(f"{api}/v1/events", json=[event]).status_code == 200
    page.goto("/")
    page.get_by_text("events a second").first.wait_for()
    page.get_by_text("accepted").first.wait_for()
    assert faults(page) == []
    # Somebody may have looked half a minute ago, and what they found is shown until then.
    page.get_by_role("button", name="a0007").click(timeout=2 * SLOW_MS)
    page.wait_for_url("**/watch")
    page.get_by_role("heading", name="What they get").wait_for()
    assert page.get_by_label("Account", exact=True).input_value() == "a0007"
    assert "a0007" not in page.title() + page.url
