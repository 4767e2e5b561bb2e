import pytest

from settee.cli.screen import Screen
from settee.cli.tables import show_report


def shown(capsys: pytest.CaptureFixture[str], body: dict[str, object]) -> str:
    show_report(Screen(), "training", body)
    return capsys.readouterr().out


def check(**changes: object) -> dict[str, object]:
    plain = {"name": "types", "n": 3, "share": 0.0315, "limit": 0.05, "passed": True, "detail": ""}
    return plain | changes


def test_checks_show_share_limit_and_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(
        capsys,
        {
            "checks": [
                check(),
                check(name="ranges", passed=False, detail="ratings"),
                check(name="freshness", share=12.3, limit=None, unit="days"),
            ]
        },
    )
    lines = [line.split() for line in out.splitlines()]
    assert ["PASS", "types", "3", "3.15%", "5.00%"] in lines
    assert ["FAIL", "ranges", "3", "3.15%", "5.00%", "ratings"] in lines
    assert ["PASS", "freshness", "3", "12.3", "days", "-"] in lines


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


def test_systems_stand_beside_each_other_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"system": name, "role": role, "group": group, "n_requests": 1200, "metrics": metrics}
        for name, role, group, metrics in (
            ("random", "baseline", "all", {"ndcg@10": figure(0.01), "coverage@10": 1.0}),
            ("ease", "source", "all", {"ndcg@10": figure(0.2), "coverage@10": None}),
            ("ease", "source", "cold", {"ndcg@10": figure(0.05), "coverage@10": None}),
        )
    ]
    out = shown(capsys, {"table": rows})
    assert "Systems on the later period, 1,200 accounts" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["random", "baseline", "0.0100", "±0.010", "1.0000"] in lines
    assert ["ease", "source", "0.2000", "±0.010", "-"] in lines
    assert "0.0500" not in out


def test_what_was_decided_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, {"promotion": {"is_promoted": True, "reason": "the ranker serves."}})
    assert "promotion: the ranker serves." in out


def test_whatever_else_a_report_holds_is_shown_as_name_and_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = shown(
        capsys,
        {
            "version": "7f3a",
            "n_rows": 1_000_000,
            "at_s": 1_700_000_000,
            "share": 0.25,
            "passed": True,
            "path": None,
            "seconds": {"fit": 1.5, "deep": {"x": 1}},
            "names": ["a", "b"],
            "files": [{"name": "x", "n_rows": 3, "n_bad": 0}],
        },
    )
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    for pair in (
        ["version", "7f3a"],
        ["n_rows", "1,000,000"],
        ["at_s", "1700000000"],
        ["share", "0.25"],
        ["passed", "yes"],
        ["path", "-"],
        ["seconds.fit", "1.5"],
        ["names", "a; b"],
        ["files", "x (3 rows)"],
    ):
        assert pair in [[cell.strip() for cell in line] for line in lines]
    assert "deep" not in out


def test_calibration_is_a_table_and_no_figure_among_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = {"n": 1200, "told": 0.2, "true": 0.25, "low": 0.1, "high": 0.4}
    out = shown(capsys, {"reliability": [one]})
    assert "Calibration of what serves" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["0.200", "0.250", "0.100", "to", "0.400", "1,200"] in lines
    assert "alibration" not in shown(capsys, {"reliability": []})
