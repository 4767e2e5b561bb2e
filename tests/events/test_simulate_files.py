from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from settee.core import BadInput, parse_event, parse_item
from settee.events import Plan, World, make_world, write_households
from settee.events.files import open_members

END = datetime(2026, 11, 21, tzinfo=UTC)
SMALL = make_world(n_titles=40, sessions_mean=3)
FILES = (
    "events.jsonl", "items.jsonl", "truth-changes.jsonl", "truth-conversions.jsonl", "truth.jsonl",
)  # fmt: skip


def test_one_worker_and_three_write_the_same_bytes(tmp_path: Path) -> None:
    plan = Plan(SMALL, 7, 230, 7, END)  # five blocks, the last one short
    told: list[tuple[int, int]] = []
    n_events = write_households(tmp_path / "one", plan, 1, lambda _, *done: told.append(done))
    assert write_households(tmp_path / "three", plan, 3) == n_events
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "three" / name).read_bytes()
    assert told == [(50, 230), (100, 230), (150, 230), (200, 230), (230, 230)]


def test_each_line_is_what_its_file_says(tmp_path: Path) -> None:
    n_events = write_households(tmp_path, Plan(SMALL, 7, 20, 14, END))
    lines = {name: (tmp_path / name).read_bytes().splitlines() for name in FILES}
    events = [parse_event(line) for line in lines["events.jsonl"]]
    truth = [msgspec.json.decode(line) for line in lines["truth.jsonl"]]
    assert len(events) == len(truth) == n_events
    assert [event.event_id for event in events] == [one["event_id"] for one in truth]
    assert len([parse_item(line) for line in lines["items.jsonl"]]) == 40
    accounts = {
        msgspec.json.decode(line)["account_id"] for line in lines["truth-conversions.jsonl"]
    }
    assert accounts >= {event.account_id for event in events}
    assert len(accounts) == 20
    for line in lines["truth-changes.jsonl"]:
        assert sorted(msgspec.json.decode(line)) == ["account_id", "at", "what", "who"]


def test_an_import_of_the_folder_leaves_the_truth_alone(tmp_path: Path) -> None:
    write_households(tmp_path / "world", Plan(SMALL, 7, 3, 7, END))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    names = [member.name for member in open_members(tmp_path / "world", scratch)]
    assert names == ["events.jsonl", "items.jsonl"]


@pytest.mark.parametrize(
    ("plan", "n_workers", "place"),
    [
        (Plan(World(), 7, 0, 30, END), 1, "households"),
        (Plan(World(), 7, 5, 30, END), 0, "workers"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(
    plan: Plan, n_workers: int, place: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="must be") as caught:
        write_households(tmp_path / "world", plan, n_workers)
    assert caught.value.place == place
    assert not (tmp_path / "world").exists()
