import json

import pytest

from bench.__main__ import main
from bench.reports import BadResult, comparison_text, number, read_result, result_text

RESULT = {
    "id": "speed/mock",
    "commit": "abc",
    "machine": {"cpu": "A", "cores": 2, "memory_gb": 8, "python": "3.11"},
    "figures": {"p99_ms": 4.0, "rate": 12345.0},
    "bars": {"p99_ms": {"value": 4.0, "limit": 10.0, "holds": True}},
    "peers": {"other": {"p99_ms": 8.0, "size": 1.0}},
}


def test_figures_of_peers_stand_beside_ours():
    lines = {line.split("  ")[0]: line.split() for line in result_text(RESULT).splitlines()}
    assert lines["p99_ms"] == ["p99_ms", "4", "8"]
    assert lines["rate"] == ["rate", "12,345", "-"]
    assert lines["size"] == ["size", "-", "1"]
    assert "bar p99_ms: 4, limit 10, holds" in result_text(RESULT)


def test_a_comparison_gives_ratios_and_says_what_is_missing():
    after = RESULT | {"commit": "def", "figures": {"p99_ms": 2.0, "new": 1.0, "rate": None}}
    lines = {
        line.split(" ")[0]: line.split()
        for line in comparison_text(RESULT, after).splitlines()
        if line
    }
    assert lines["p99_ms"] == ["p99_ms", "4", "2", "0.500"]
    assert lines["new"] == ["new", "-", "1", "-"]
    assert lines["rate"] == ["rate", "12,345", "-", "-"]


def test_nothing_is_divided_by_zero():
    zero = RESULT | {"figures": {"lost": 0.0}}
    assert comparison_text(zero, zero).splitlines()[-1].split() == ["lost", "0", "0", "-"]


def test_what_makes_results_unlike_is_said():
    other = RESULT | {
        "id": "speed/other",
        "machine": RESULT["machine"] | {"cpu": "B"},
        "quick": True,
    }
    text = comparison_text(RESULT, other)
    assert "two scenarios" in text
    assert "differ in cpu." in text
    assert "smoke test" in text


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "cannot be read"), ("[]", "has no id"), ('{"id": 1}', "has no commit, machine")],
)
def test_a_file_that_is_no_result_is_refused(tmp_path, text, says):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(BadResult, match=says):
        read_result(path)


def test_compare_reads_two_files_and_a_missing_one_exits_with_2(tmp_path, capsys):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(RESULT))
    assert main(["compare", str(path), str(path)]) == 0
    assert "1.000" in capsys.readouterr().out
    assert main(["compare", str(path), str(tmp_path / "none.json")]) == 2


def test_numbers_have_four_digits():
    assert [number(x) for x in (0.123456, 1234.4, 7.0, float("nan"), None)] == [
        "0.1235",
        "1,234",
        "7",
        "-",
        "-",
    ]
