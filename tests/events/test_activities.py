import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from settee.core import DEVICE_TYPES, KINDS, CheckSettings, Columns, JournalSettings
from settee.events import Activity, accept_batch, activity, activity_of
from settee.store import Journal, Record, StoreDamaged, seal_journal
from settee.store.history import history_schema
from tests.events.worlds import HEADER, NOW, Home

LOOSE = ("checks.max_bad_share=1", "checks.max_duplicate_share=1", "checks.max_missing_share=1",
         "checks.max_unknown_item_share=1")  # fmt: skip


def wire(number: int, account_id: str, at: str, **fields: object) -> bytes:
    body = {"event_id": f"e{number}", "account_id": account_id, "kind": "play", "at": at,
            "item_id": "m1"}  # fmt: skip
    return json.dumps({**body, **fields}).encode()


def live(home: Home, *raw: bytes, more: tuple[Record, ...] = ()) -> None:
    with Journal(home.path / "journal.db", JournalSettings()) as journal:
        records, rejected = accept_batch(raw, NOW, CheckSettings())
        assert not rejected
        journal.append([*records, *more])
        seal_journal(home.history, journal, NOW)


def texts(space: tuple[str, ...], numbers: np.ndarray) -> list[str | None]:
    return [space[number] if number >= 0 else None for number in numbers.tolist()]


def test_an_empty_record_has_no_parts(home: Home) -> None:
    assert list(activity(home.history)) == []


def test_live_and_imported_events_of_an_account_come_together_in_order(home: Home) -> None:
    home.take(home.text("r.csv", HEADER + "7,9,4,1000000005\n7,8,4,1000000001\n8,8,4,3\n"), *LOOSE)
    live(
        home,
        wire(1, "7", "2001-09-09T01:46:43.5Z", device_id="d", device_type="tv", duration_s=1.5),
        wire(2, "6", "2001-09-09T01:46:43Z", platform="web", profile_id="ann"),
    )
    (found,) = activity(home.history)
    assert texts(found.account_ids, found.account) == ["6", "7", "7", "7", "8"]
    assert texts(found.item_ids, found.item) == ["m1", "8", "m1", "9", "8"]
    assert [KINDS[kind] for kind in found.kind] == ["play", "rate", "play", "rate", "rate"]
    assert texts(found.device_ids, found.device) == [None, None, "d", None, None]
    assert texts(DEVICE_TYPES, found.device_type) == [None, None, "tv", None, None]
    assert texts(found.platforms, found.platform) == ["web", None, None, None, None]
    assert texts(found.profile_ids, found.profile) == ["ann", None, None, None, None]
    assert found.at_us.tolist()[1:4] == [1000000001000000, 1000000003500000, 1000000005000000]
    assert found.lasted_us.tolist() == [0, 0, 1500000, 0, 0]
    assert found.event_ids(np.arange(5)) == ("e2", "", "e1", "", "")
    assert len(found) == 5


def test_answers_of_our_own_are_left_out(home: Home) -> None:
    shown = Record("x1", "a1", "exposure", 5, b'{"items": [{"item_id": "m1", "rank": 1}]}')
    live(home, wire(1, "a1", "2020-01-01T00:00:00Z"), more=(shown,))
    (found,) = activity(home.history)
    assert found.event_ids(np.arange(len(found))) == ("e1",)


def test_parts_hold_whole_accounts_whatever_their_size(home: Home) -> None:
    rows = "".join(f"{n % 5},{n},4,{1000 + n}\n" for n in range(20))
    home.take(home.text("r.csv", HEADER + rows), *LOOSE)
    (whole,) = activity(home.history)
    parts = list(activity(home.history, part_rows=6))
    assert [part.account_ids for part in parts] == [("0", "1"), ("2",), ("3", "4")]
    assert np.concatenate([part.at_us for part in parts]).tolist() == whole.at_us.tolist()
    assert [name for part in parts for name in texts(part.item_ids, part.item)] == texts(
        whole.item_ids, whole.item
    )


def test_only_the_accounts_and_segments_that_are_asked_for(home: Home) -> None:
    home.take(home.text("a.csv", HEADER + "1,9,4,5\n2,8,4,5\n"), *LOOSE)
    home.take(home.text("b.csv", HEADER + "1,9,4,6\n3,8,4,6\n"), *LOOSE)
    (found,) = activity(home.history, account_ids=["1", "nobody"])
    assert texts(found.account_ids, found.account) == ["1", "1"]
    (found,) = activity(home.history, segments=home.history.segments()[1:])
    assert found.account_ids == ("1", "3")
    assert list(activity(home.history, account_ids=["nobody"])) == []
    assert list(activity(home.history, account_ids=[])) == []
    assert [part.account_ids for part in activity(home.history, after="1")] == [("2", "3")]


def test_events_of_one_instant_are_ordered_by_their_ids(home: Home) -> None:
    at = "2020-01-01T00:00:00Z"
    live(home, wire(3, "a", at), wire(1, "a", at), wire(2, "a", at))
    (found,) = activity(home.history)
    assert found.event_ids(np.arange(3)) == ("e1", "e2", "e3")


def test_a_segment_that_is_gone_is_an_error(home: Home) -> None:
    home.take(home.text("a.csv", HEADER + "1,9,4,5\n"), *LOOSE)
    Path(home.history.files()[0]).unlink()
    with pytest.raises(StoreDamaged, match="cannot be read"):
        list(activity(home.history))


def test_texts_without_letters_and_durations_without_sense_do_no_harm() -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    rows: dict[str, list[object]] = {name: [None, None] for name in history_schema().names}
    rows |= {Columns.account_id: ["", "é"], Columns.kind: ["play", "play"], Columns.at: [at, at],
             Columns.duration_s: [float("inf"), float("nan")]}  # fmt: skip
    found: Activity = activity_of(pa.table(rows, schema=history_schema()))
    assert found.account_ids == ("", "é")
    assert found.event_ids(np.arange(2)) == ("", "")
    assert found.lasted_us.tolist() == [31_536_000_000_000, 0]
