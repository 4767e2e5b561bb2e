"""A file of answers is whole or is not there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from settee.people.exporting import ExportFailed, write_answers


def answers(n: int) -> Iterator[dict[str, object]]:
    for number in range(n):
        yield {
            "account_id": f"a{number // 3}", "event_id": f"e{number}", "persons": {"p1": 0.9},
            "together": False, "unsure": False,
        }  # fmt: skip


def test_each_session_is_one_line_in_the_promised_form(tmp_path: Path) -> None:
    path = tmp_path / "who.jsonl"
    told: list[tuple[str, int, int]] = []
    found = write_answers(path, answers(2500), 834, lambda *at: told.append(at))
    lines = path.read_text().splitlines()
    assert found == {"n_sessions": 2500, "n_accounts": 834}
    assert [json.loads(line) for line in lines] == list(answers(2500))
    assert list(json.loads(lines[0])) == ["account_id", "event_id", "persons", "together", "unsure"]
    assert told[-1] == ("export", 834, 834)
    assert [one.name for one in tmp_path.iterdir()] == ["who.jsonl"]


def test_an_export_that_breaks_off_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "who.jsonl"
    write_answers(path, answers(1))

    def broken() -> Iterator[dict[str, object]]:
        yield from answers(1500)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_answers(path, broken())
    assert len(path.read_text().splitlines()) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["who.jsonl"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="nothing was written") as caught:
        write_answers(tmp_path / "no" / "who.jsonl", answers(1))
    assert "folder that exists" in caught.value.hint
