import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from settee.client.results import QuarantineRow, RefusedFile, ReportView
from settee.console.importing import Tally
from settee.console.pages.data import cards, check_rows, import_rows, over_time, says, time_rows
from settee.console.pages.data_import import summary
from settee.console.pages.data_refused import file_name, row_rows
from tests.console.world import faults

RUN = uuid4().hex[:8]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def data(page):
    page.goto("/data")
    page.get_by_role("heading", name="Quality of imports").wait_for()
    return page


def test_the_latest_import_stands_with_its_checks_and_limits(data):
    expect(data.get_by_text("kept every limit")).to_be_visible()
    expect(data.get_by_role("cell", name="duplicates", exact=True).first).to_be_visible()
    assert faults(data) == []


def send(page, *lines):
    raw = "\n".join(lines).encode()
    page.locator("input[type=file]").set_input_files(
        {"name": "events.jsonl", "mimeType": "application/json", "buffer": raw}
    )


def event(number, **more):
    told = {"event_id": f"{RUN}-{number}", "account_id": "a0001", "kind": "browse",
            "at": "2026-11-20T20:00:00Z"}  # fmt: skip
    return json.dumps(told | more)


def test_the_button_opens_the_picker(data):
    with data.expect_file_chooser() as picker:
        data.get_by_role("button", name="Pick a file").click()
    picker.value.set_files(
        {"name": "items.jsonl", "mimeType": "application/json", "buffer": b"not json"}
    )
    expect(data.get_by_text("1 lines: 0 taken, 0 known already, 1 refused.")).to_be_visible()


def test_titles_are_sent_as_well(data):
    data.get_by_role("radio", name="items").click()
    gone = {"item_id": f"gone-{RUN}", "available_to": "2020-01-01T00:00:00Z"}
    send(data, json.dumps(gone), '{"item_id": 7}')
    expect(data.get_by_text("2 lines: 1 taken, 1 of them changed, 1 refused.")).to_be_visible()


def test_csv_is_sent_by_its_header_and_what_cannot_be_read_is_told_with_its_line(data):
    data.get_by_role("radio", name="items").click()
    raw = f"item_id,title,year,tags\ncsv-{RUN},Dune,1984,Drama|Space\ncsv2-{RUN},Solaris,soon,\n"
    data.locator("input[type=file]").set_input_files(
        {"name": "items.csv", "mimeType": "text/csv", "buffer": raw.encode()}
    )
    expect(data.get_by_text("3 lines: 1 taken, 1 of them changed, 1 refused.")).to_be_visible()
    expect(data.get_by_text('year is "soon"; a whole number')).to_be_visible()


def test_a_file_is_sent_and_every_line_accounted_for(data):
    send(data, event(1), event(2), event(3, kind="nonsense"), "{half", event(2))
    expect(data.get_by_text("5 lines: 2 taken, 1 known already, 2 refused.")).to_be_visible()
    expect(data.get_by_role("cell", name="not_json").first).to_be_visible()
    expect(data.get_by_role("heading", name="What was refused")).to_be_visible()
    data.get_by_label("Quarantine file").wait_for()
    expect(data.get_by_text("nonsense").first).to_be_visible()
    assert faults(data) == []


def test_refused_rows_can_be_had_by_reason(data):
    send(data, *(event(10 + n, kind="nonsense") for n in range(12)))
    data.get_by_text("12 lines: 0 taken").wait_for()
    data.get_by_role("button", name="Next rows").click()
    data.get_by_role("button", name="First rows").click()
    data.get_by_role("combobox", name="Refused because of").click()
    data.get_by_role("option", name="bad_event").click()
    expect(data.get_by_role("cell", name="live, line 1", exact=True).first).to_be_visible()


def report(days=0, share=0.0, limit=0.2, passed=True):
    checks = [
        {"name": "duplicates", "n": 7, "share": share, "limit": limit, "passed": passed,
         "detail": "rows that repeat", "unit": "share"},
        {"name": "freshness", "n": 0, "share": 2.5, "limit": None, "passed": True,
         "detail": "newest", "unit": "days"},
        {"name": "order", "n": 0, "share": 0.0, "limit": 1.0, "passed": True,
         "detail": "older rows", "unit": "share"},
    ]  # fmt: skip
    body = {"checks": checks, "n_rows": 100, "n_new": 90, "n_duplicate": 7, "n_already": 2,
            "n_quarantined": 1, "items_added": 5, "import_id": "i1", "passed": passed}  # fmt: skip
    return ReportView("imp_1", "import", NOON + timedelta(days=days), body)


def test_an_import_that_was_stopped_says_by_what_and_what_to_do():
    assert "kept every limit" in says(report())
    assert "stopped by duplicates" in says(report(share=0.3, passed=False))


def test_checks_are_told_in_their_units():
    rows = check_rows(report(share=0.07).body)
    assert [one["found"] for one in rows] == ["7.00%", "2.5 days", "0.00%"]
    assert [one["limit"] for one in rows] == ["20.00%", "none", "100.00%"]
    assert cards(report().body)["repeated or known"] == "9"
    assert import_rows([report(passed=False)])[0]["passed"] == "NO"


def test_shares_run_from_the_oldest_import_and_checks_that_never_counted_are_left_out():
    names, series = over_time([report(1, 0.2), report(0, 0.1)])
    assert names == ["21 Nov 12:00", "22 Nov 12:00"]
    assert series == {"duplicates": [0.1, 0.2]}
    assert time_rows(names, series)[1] == {"import": "22 Nov 12:00", "duplicates": 0.2}
    assert set(over_time([report(1), report(0)])[1]) == {"duplicates", "order"}


def test_whoever_may_not_see_rows_gets_their_places_and_reasons():
    bare = QuarantineRow(1, "live", 1200, "bad_event", None, None)
    assert row_rows([bare]) == [{"place": "live, line 1,200", "reason": "bad_event"}]
    whole = QuarantineRow(1, "live", 1, "bad_event", "why", "{}")
    assert row_rows([whole])[0]["as it came"] == "{}"


def test_a_quarantine_file_is_named_by_what_it_holds():
    assert "what was sent: 3 rows" in file_name(RefusedFile("2026-11-21.jsonl", NOON, 9, 3, {}))
    assert "an import" in file_name(RefusedFile("imp_1.jsonl", NOON, 9, 3, {}))


def test_a_summary_says_when_a_file_was_not_sent_whole():
    tally = Tally(n_lines=1500, accepted=1000, changed=4, is_stopped=True)
    assert summary(tally, "items") == (
        "Stopped. 1,500 lines: 1,000 taken, 4 of them changed, 0 refused."
        " Send the file again: what was stored counts once."
    )
