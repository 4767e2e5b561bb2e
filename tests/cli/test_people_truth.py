"""Truth as JSON lines and as CSV, and what is said when it cannot be understood."""

import gzip
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.cli.people_truth import BadTruth, NoTruth, read_truth
from settee.people import Present

ROWS = {("a", "e1"): 0, ("a", "e2"): 1}


def test_lines_of_a_simulated_world_are_read_and_others_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(
        '{"event_id":"e1","account_id":"a","persons":["x"],"guest":false,"session_id":"s"}\n\n'
        '{"event_id":"e2","account_id":"a","persons":["x"],"guest":true}\n'
        '{"event_id":"e2","account_id":"b","persons":[],"guest":false}\n'
    )
    expected = {0: Present(("x",), False, False), 1: Present(("x",), True, True)}
    assert read_truth(path, ROWS) == expected
    packed = tmp_path / "truth.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_truth(packed, ROWS) == expected


def test_a_table_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("account_id,event_id,persons,guest,together\na,e1,x|y,no,false\na,e2,x,1,\n")
    assert read_truth(path, ROWS) == {
        0: Present(("x", "y"), False, False),
        1: Present(("x",), True, True),
    }
    path.write_text("persons,account_id,event_id\nx,a,e1\n")
    assert read_truth(path, ROWS) == {0: Present(("x",), False, False)}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.jsonl", '{"account_id":"a"}\n', "cannot be understood"),
        ("t.jsonl", "nonsense\n", "cannot be understood"),
        ("t.jsonl", '{"account_id":"a","event_id":"e1","persons":"ann"}\n', "persons"),
        ("t.csv", "account_id,event_id\na,e1\n", "no column persons"),
        ("t.csv", "account_id,event_id,persons,guest\na,e1,x,perhaps\n", "perhaps"),
        ("t.csv", "", "no column"),
    ],
)
def test_a_line_that_cannot_be_understood_is_named(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadTruth, match=said) as caught:
        read_truth(tmp_path / name, ROWS)
    assert name in caught.value.place


def test_truth_about_nothing_in_the_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text('{"event_id":"e9","account_id":"z","persons":[]}\n')
    with pytest.raises(NoTruth, match="about any of 2 sessions"):
        read_truth(path, ROWS)
    with pytest.raises(NoTruth, match="no file"):
        read_truth(tmp_path / "gone.jsonl", ROWS)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.binary(max_size=80), st.text(string.printable, max_size=80).map(str.encode)),
    st.sampled_from(["t.jsonl", "t.csv", "t.csv.gz", "t.gz"]),
)
def test_any_bytes_are_understood_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("truth") / name
    path.write_bytes(raw)
    with pytest.raises((BadTruth, NoTruth)):
        read_truth(path, {("never", "there"): 0})
