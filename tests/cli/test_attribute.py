import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[int, str, str]]
COUNTED = "path,total_conversions,total_null\nmail > web,120,300\nweb,80,500\n"
QUICK = ("--set", "attribution.bootstrap=20", "--set", "attribution.min_people=1")


@pytest.fixture
def home(run: Run, tmp_path: Path) -> str:
    """A small record: two of forty accounts held out, contacts and conversions for the others."""
    rows: list[dict[str, Any]] = []
    for n in range(40):
        for number, (kind, more) in enumerate((
            ("touch", {"channel": "mail", "campaign": "spring"}),
            ("touch", {"channel": ("web", "tv")[n % 2]}),
            ("convert" if n % 3 else "browse", {}),
        )):  # fmt: skip
            if n < 2 and kind == "touch":
                continue
            rows.append({
                "event_id": f"e{n}-{number}", "account_id": f"a{n:02d}", "kind": kind, **more,
                "at": f"2026-03-{1 + number:02d}T08:00:00Z",
            })  # fmt: skip
    for number, (currency, cents) in enumerate((("EUR", 500), ("EUR", 70), ("USD", 900))):
        rows.append({**rows[-1], "event_id": f"paid-{number}", "account_id": f"a0{number + 4}",
                     "kind": "convert", "revenue_cents": cents, "currency": currency})  # fmt: skip
    rows.append({**rows[-3], "event_id": "refund", "at": "2026-03-09T08:00:00Z",
                 "revenue_cents": -70})  # fmt: skip
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    flags = ("--set", "checks.max_missing_share=1", "--set", "checks.max_disorder_share=1")
    status, _, err = run("import", str(file), "--home", str(tmp_path / "home"), *flags)
    assert status == 0, err
    return str(tmp_path / "home")


def test_methods_stand_side_by_side_with_intervals_and_the_caution(run: Run, home: str) -> None:
    status, out, _ = run("attribute", "--home", home, *QUICK)
    assert status == 0
    assert "method by method" in out
    assert "linear" in out
    assert "[" in out
    assert "not causal" in out


def test_json_is_the_report(run: Run, home: str) -> None:
    status, out, _ = run("attribute", "--home", home, *QUICK, "--by", "campaign", "--json")
    assert status == 0
    report = json.loads(out)
    assert report["by"] == "campaign"
    assert {row["channel"] for row in report["channels"]} == {"(unnamed)", "spring"}


def test_persons_a_journey_and_a_time_may_be_asked_for(run: Run, home: str) -> None:
    status, out, _ = run(
        "attribute", "--home", home, *QUICK, "--unit", "person", "--method", "last",
        "--journey", "a04", "--since", "2026-03-01", "--until", "2026-03-09T00:00:00Z",
    )  # fmt: skip
    assert status == 0
    assert "by account" in out
    assert "path 1, 1 conversions" in out
    assert "Who was there is not known" in out


def test_a_holdout_is_a_file_or_drawn_by_hashing(run: Run, home: str, tmp_path: Path) -> None:
    held_out = tmp_path / "held.txt"
    held_out.write_text("account_id\na00\na01\n")
    status, out, _ = run("attribute", "--home", home, *QUICK, "--holdout", str(held_out))
    assert (status, "The holdout has no answer: too_few" in out) == (0, True)
    status, out, _ = run("attribute", "--home", home, *QUICK, "--holdout", "spring:0.5")
    assert status == 0
    assert "contacts added" in out or "no answer" in out


def test_what_a_holdout_says_stands_beside_credit(run: Run, home: str, tmp_path: Path) -> None:
    held_out = tmp_path / "held.txt"
    held_out.write_text(
        "\n".join(f"a{n:02d}" for n in range(0, 40, 3)) + "\na01\na02\na04\na05\na07\na08\n"
    )
    status, out, _ = run("attribute", "--home", home, *QUICK, "--holdout", str(held_out))
    assert status == 0
    assert "contacts added" in out
    assert "times what was added" in out
    assert "were contacted all the same" in out


def test_what_is_left_out_of_credit_is_said(run: Run, home: str) -> None:
    status, out, _ = run("attribute", "--home", home, "--set", "attribution.bootstrap=0")
    assert status == 0
    for said in ("1 refunds", "1 are in another currency", "too few people met", "belong to no"):
        assert said in out
    status, _, err = run("attribute", "--home", home, "--holdout", home)
    assert (status, "neither a file" in err) == (2, True)


def test_counted_paths_are_credited_without_a_record(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(COUNTED)
    status, out, _ = run("attribute", "--paths", str(file), "--method", "last", "--json")
    assert status == 0
    [method] = json.loads(out)["methods"]
    assert [row["conversions"] for row in method["channels"]] == [0.0, 200.0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--paths", "none.csv"), "no_path_file"),
        (("--since", "yesterday"), "bad_attribution"),
        (("--holdout", "nobody"), "no_such_campaign"),
        (("--holdout", ""), "bad_attribution"),
        (("--holdout", "spring:2"), "bad_attribution"),
        (("--paths", "none.csv", "--unit", "person"), "bad_attribution"),
        (("--method", "magic"), "nothing_to_credit"),
        (("--since", "2026-04-01", "--until", "2026-03-01"), "bad_credit_query"),
    ],
)
def test_what_cannot_be_used_is_said(
    run: Run, home: str, options: tuple[str, ...], code: str
) -> None:
    status, _, err = run("attribute", "--home", home, *QUICK, *options)
    assert status != 0
    assert f"error[{code}]" in err
