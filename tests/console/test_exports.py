import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from settee.console.exports import Section, csv_of, html_of

ROWS = [{"channel": "mail", "credit": 0.25}, {"channel": "<b>tv</b>", "credit": -0.75}]


def test_csv_has_a_header_and_every_row():
    read = list(csv.DictReader(io.StringIO(csv_of(ROWS).decode())))
    assert [one["channel"] for one in read] == ["mail", "<b>tv</b>"]
    assert [float(one["credit"]) for one in read] == [0.25, -0.75]


def test_nothing_makes_an_empty_file():
    assert csv_of([]) == b""


@given(st.text(max_size=20))
def test_no_cell_of_text_begins_like_a_formula(text):
    raw = csv_of([{"a": text}]).decode()
    cell = next(iter(csv.DictReader(io.StringIO(raw, newline=""))))["a"]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_the_report_loads_nothing_and_runs_nothing():
    page = html_of(
        "Credit <now>", [Section("Channels", ROWS, "credit", "No cause."), Section("None", [])]
    )
    text = page.decode()
    assert "<b>tv" not in text
    assert "Credit &lt;now&gt;" in text
    assert "http" not in text
    assert "<script" not in text
    assert text.count("<rect") == 2
    assert "There is nothing to show." in text


def test_a_bar_below_zero_has_another_colour_and_a_long_name_is_shortened():
    rows = [{"n": "how many watched it " * 5, "v": 1.0}, {"n": "b", "v": -1.0}]
    text = html_of("t", [Section("s", rows, "v")]).decode()
    assert len(set(re.findall(r'fill="([^"]+)"', text))) == 2
    assert ">how many watched it how many wa...</text>" in text


def test_bars_are_as_long_as_their_numbers():
    text = html_of("t", [Section("s", [{"n": "a", "v": 1.0}, {"n": "b", "v": 4.0}], "v")]).decode()
    wide = [float(part) for part in re.findall(r'<rect [^>]*width="([0-9.]+)"', text)]
    assert wide[1] == 4 * wide[0]
