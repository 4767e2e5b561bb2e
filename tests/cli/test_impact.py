import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
FOUNDING = (
    "impact", "--with", "users=100000", "--with", "lift_of=engagement", "--with", "lift=0.15",
    "--with", "revenue_user_month_cents=1500",
)  # fmt: skip
CAMPAIGN = """users = 9000
lift_of = "conversions"
conversion_value_cents = 4000
campaign_cents = 50_000
contact_cents = 10
margin = 0.4

[treated]
n = 9000
conversions = 540

[held_out]
n = 1000
conversions = 40
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "campaign.toml"
    path.write_text(CAMPAIGN)
    return path


def test_the_founding_figures_are_2_7_million_and_said_to_be_no_forecast(run: Run) -> None:
    status, out, _ = run(*FOUNDING)
    assert status == 0
    assert "2,700,000.00" in out
    assert "270,000.00 " not in out.replace("2,700,000.00", "")
    assert "no forecast" in out
    assert "Engagement is not revenue" in out


def test_a_file_gives_figures_with_intervals_and_formulas(run: Run, file: Path) -> None:
    status, out, _ = run("impact", str(file))
    assert status == 0
    for words in ("A forecast", "additional conversions", "180.0", "p value", "It pays in"):
        assert words in out
    assert "= 9,000 x 0.02" in out


def test_an_option_is_stronger_than_the_file(run: Run, file: Path) -> None:
    status, out, _ = run("impact", str(file), "--with", "treated.conversions=360", "--json")
    assert status == 0
    assert json.loads(out)["conversions"]["value"] == pytest.approx(0, abs=1e-9)


def test_json_has_every_part_of_the_answer(run: Run, file: Path) -> None:
    status, out, _ = run("impact", str(file), "--json")
    found = json.loads(out)
    assert status == 0
    assert (found["claim"], found["evidence"]) == ("forecast", "measured")
    assert found["lift"]["difference"]["low"] < 0.02 < found["lift"]["difference"]["high"]
    assert run("impact", str(file), "--json")[1] == out


def test_too_small_an_experiment_is_told_without_figures(run: Run, file: Path) -> None:
    status, out, _ = run("impact", str(file), "--with", "held_out={n = 9, conversions = 1}")
    assert status == 0
    assert "No lift can be told" in out
    assert "too small" in out
    assert "additional revenue" not in out


def test_a_monthly_gain_is_told_with_its_payback(run: Run) -> None:
    out = run(*FOUNDING, "--with", "campaign_cents=45000000")[1]
    assert "payback, months" in out
    assert "2.0" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("impact", "--with", "users"), "write NAME=VALUE"),
        (("impact", "--with", "=3"), "write NAME=VALUE"),
        (("impact", "--with", "a=3", "--with", "a.b=4"), "has none within it"),
        (("impact", "none.toml"), "cannot be read"),
        (("impact", "bad.toml"), "is not TOML"),
        (("impact",), "users"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "bad.toml").write_text("users = = 3")
    status, _, err = run(*arguments)
    assert status == 2
    assert words in err
