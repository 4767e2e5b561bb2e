"""``settee audience curves`` and its route, on a shop of two tastes that was only imported."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from settee.app import open_workspace
from settee.audiences import AudienceCurves
from settee.cli import main
from settee.cli.audience_curves import show_curves
from settee.cli.screen import Screen
from settee.core import Settings
from settee.web import create_app
from tests.web.world import Client

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
FLAGS = (
    "sources.ease_max_items=50", "response.activity=recency_frequency", "response.targets=10",
    "response.pairs=2000", "response.cuts=1", "people.enabled=false",
)  # fmt: skip
Run = Callable[..., tuple[int | str | None, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Even accounts buy even items nine times in ten; clicks say nothing of what is bought."""
    folder = tmp_path_factory.mktemp("curves")
    rng = np.random.default_rng(7)
    rows = ["account_id,item_id,kind,at"]
    for account in range(200):
        for _ in range(int(rng.integers(3, 14))):
            at = AT - timedelta(seconds=int(rng.integers(3600, 120 * 86_400)))
            side = (account + (rng.random() < 0.1)) % 2
            rows.append(f"u{account},m{2 * int(rng.integers(8)) + side},purchase,{at.isoformat()}")
            rows.append(f"u{account},m{int(rng.integers(16))},click,{at.isoformat()}")
    (folder / "rows.csv").write_text("\n".join(rows))
    with open_workspace(Settings(home=folder / "home"), lambda: AT) as workspace:
        workspace.import_path(folder / "rows.csv")
    return folder / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; gives status and stdout."""

    def call(*words: str) -> tuple[int | str | None, str]:
        sets = [word for one in FLAGS for word in ("--set", one)]
        with pytest.raises(SystemExit) as caught:
            main(["--home", str(home), *sets, "audience", "curves", *words])
        return caught.value.code, capsys.readouterr().out

    return call


def test_the_command_finds_who_likes_it_and_the_route_tells_what_it_found(
    home: Path, run: Run
) -> None:
    code, out = run("--horizon-days", "20", "--items", "6", "-k", "30", "--resamples", "40",
                    "--json")  # fmt: skip
    assert code == 0
    found = json.loads(out)
    own, lot = found["orders"][:2]
    assert own["gain"][4]["low"] > lot["gain"][4]["high"]
    assert (found["horizon_days"], len(found["item_ids"]), found["n_resamples"]) == (20, 6, 40)
    assert [one["n"] for one in own["sizes"]] == [30]
    with open_workspace(Settings(home=home), lambda: AT) as workspace:
        told = Client(create_app(workspace))("GET", "/v1/audiences/curves")
    assert told.json == found


def test_people_see_a_chart_and_tables_and_what_counts_is_a_response(run: Run) -> None:
    code, out = run("--item", "m3", "--horizon-days", "20", "--resamples", "20")
    assert code == 0
    assert "S settee" in out
    assert "% of people" in out
    assert "Calibration: error" in out
    assert "settee's precision less it" in out
    n_events = int(out.split("judged by ")[1].split()[0])
    _, bought = run("--item", "m3", "--horizon-days", "20", "--resamples", "20",
                    "--set", 'response.kinds=["purchase"]')  # fmt: skip
    assert int(bought.split("judged by ")[1].split()[0]) < n_events


def test_too_long_a_horizon_and_an_unknown_item_are_refused_with_a_next_step(run: Run) -> None:
    code, out = run("--horizon-days", "90", "--json")
    error = json.loads(out)["error"]
    assert (code, error["code"], error["place"]) == (2, "too_short", "horizon_days")
    assert "--horizon-days" in error["hint"]
    _, out = run("--item", "unknown", "--horizon-days", "20", "--json")
    assert json.loads(out)["error"]["code"] == "bad_target"


def test_where_nobody_responded_a_reason_stands_in_place_of_curves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    nothing = AudienceCurves(
        AT, AT, 30.0, ["m1"], 9, 0, 0, [], 0.0, 0.0, 0.0, [], "nobody_responded"
    )
    show_curves(Screen(), nothing)
    assert capsys.readouterr().out.splitlines()[-1] == "no curves: nobody_responded"
