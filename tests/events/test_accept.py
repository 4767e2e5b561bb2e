import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import CheckSettings, SetteeError
from settee.events import LiveQuarantine, accept_batch
from settee.events.quarantine import Quarantine, QuarantineFailed

NOW = datetime(2026, 11, 21, tzinfo=UTC)
GOOD = b'{"event_id":"e1","account_id":"a","kind":"play","at":"2026-01-01T00:00:01Z","item_id":"m"}'


def test_a_good_event_becomes_a_record_with_its_own_bytes() -> None:
    records, rejected = accept_batch([msgspec.Raw(GOOD)], NOW, CheckSettings())
    (record,) = records
    assert rejected == []
    assert (record.event_id, record.account_id, record.kind, record.body) == (
        "e1", "a", "play", GOOD,
    )  # fmt: skip
    assert record.at_us == 1767225601_000000


@given(st.lists(st.one_of(st.just(GOOD), st.binary(max_size=30)), max_size=6))
def test_one_bad_event_never_harms_the_rest(batch: list[bytes]) -> None:
    records, rejected = accept_batch(batch, NOW, CheckSettings())
    assert len(records) == batch.count(GOOD)
    assert [one.position for one in rejected] == [n for n, raw in enumerate(batch) if raw != GOOD]
    assert all(isinstance(one.error, SetteeError) and one.raw != GOOD for one in rejected)


@pytest.mark.parametrize(
    ("at", "checks", "word"),
    [
        (NOW + timedelta(days=2), {}, "may lie after"),
        (NOW + timedelta(days=2), {"max_future_s": 1e6}, None),
        (datetime(1999, 1, 1, tzinfo=UTC), {"min_year": 2000}, "older than 2000"),
        (datetime(1999, 1, 1, tzinfo=UTC), {}, None),
    ],
)
def test_instants_are_bounded_by_the_checks(
    at: datetime, checks: dict[str, float], word: str | None
) -> None:
    raw = GOOD.replace(b"2026-01-01T00:00:01Z", at.isoformat().encode())
    records, rejected = accept_batch([raw], NOW, CheckSettings(**checks))  # type: ignore[arg-type]  # a test's keywords
    if word is None:
        assert len(records) == 1
    else:
        assert word in rejected[0].error.message


def test_refused_live_events_are_kept_by_day_and_bounded(tmp_path: Path) -> None:
    _, rejected = accept_batch([GOOD, b"{oops", b"\xff"], NOW, CheckSettings())
    quarantine = LiveQuarantine(tmp_path / "q", max_bytes=700)
    quarantine.add([], NOW)
    assert not (tmp_path / "q").exists()
    quarantine.add(rejected, NOW)
    lines = (tmp_path / "q" / "2026-11-21.jsonl").read_bytes().splitlines()
    assert [(json.loads(line)["line"], json.loads(line)["raw"]) for line in lines] == [
        (2, "{oops"), (3, "\\xff"),
    ]  # fmt: skip
    for _ in range(5):
        quarantine.add(rejected, NOW)
    assert (tmp_path / "q" / "2026-11-21.jsonl").stat().st_size <= 700
    assert quarantine.n_not_kept > 0
    quarantine.add(rejected[:1], NOW + timedelta(days=1))
    assert (tmp_path / "q" / "2026-11-22.jsonl").exists()


def test_a_quarantine_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    _, rejected = accept_batch([b"{"], NOW, CheckSettings())
    with pytest.raises(QuarantineFailed, match="could not be kept"):
        LiveQuarantine(tmp_path / "file").add(rejected, NOW)
    with (
        Quarantine(tmp_path / "file" / "x.jsonl") as quarantine,
        pytest.raises(QuarantineFailed, match="could not be kept"),
    ):
        quarantine.add("f", 1, "r", "d", "raw")
