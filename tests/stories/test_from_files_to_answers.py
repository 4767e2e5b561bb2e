"""A newcomer's way: files in, a judged and released model, explained answers out."""

import shutil
from pathlib import Path

import pytest

from tests.stories.world import FEW, served, settee, told, write_small_world


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with an imported, trained and released small world."""
    home = tmp_path_factory.mktemp("shop") / "home"
    files = home.parent / "files"
    n_events = write_small_world(files)
    imported = told(home, "import", str(files))
    assert imported["n_new"] == n_events
    told(home, "--set", FEW, "train")
    told(home, "release")
    return home


def _account(shop: Path, place: int) -> str:
    accounts = told(shop, "accounts")["account_ids"]
    assert isinstance(accounts, list)
    return str(accounts[place])


def test_a_second_import_of_the_same_files_adds_nothing(shop: Path) -> None:
    again = told(shop, "import", str(shop.parent / "files"))
    assert again["n_new"] == 0
    assert again["n_already"] == again["n_rows"]


def test_an_answer_names_rung_version_sources_and_reasons(shop: Path) -> None:
    account = _account(shop, 0)
    answer = told(shop, "recommend", str(account))
    assert answer["rung"] in ("ranker", "fusion")
    assert answer["model_version"]
    assert len(answer["items"]) == 10
    for item in answer["items"]:
        assert item["sources"]
        assert item["reason"]["text"]


def test_a_stranger_gets_what_newcomers_get_and_is_told_so(shop: Path) -> None:
    answer = told(shop, "recommend", "somebody-new")
    assert answer["rung"] == "popular"
    assert answer["items"]


def test_two_trainings_on_one_record_are_one_version(shop: Path) -> None:
    assert told(shop, "train")["version"] == told(shop, "train")["version"]


def test_a_watched_title_is_gone_from_the_next_answer_over_http(shop: Path) -> None:
    account = _account(shop, 1)
    with served(shop) as (client, _):
        asked = {"account_id": account, "k": 5}
        first = client.get("/v1/recommendations", params=asked).json()["items"][0]["item_id"]
        event = {
            "event_id": "http-1",
            "account_id": account,
            "kind": "play",
            "at": "2026-11-20T20:00:00Z",
            "item_id": first,
        }
        assert client.post("/v1/events", json=event).json()["accepted"] == 1
        after = client.get("/v1/recommendations", params=asked).json()["items"]
        assert first not in [item["item_id"] for item in after]
        assert client.post("/v1/events", json=event).json()["duplicates"] == 1


def test_every_acknowledged_event_survives_kill_minus_nine(shop: Path) -> None:
    with served(shop) as (client, process):
        acknowledged = 0
        for batch in range(5):
            events = [
                {
                    "event_id": f"kill-{batch}-{number}",
                    "account_id": "k1",
                    "kind": "play",
                    "at": "2026-11-20T21:00:00Z",
                    "item_id": f"k{batch}-{number}",
                }
                for number in range(40)
            ]
            acknowledged += client.post("/v1/events", json=events).json()["accepted"]
        process.kill()
        process.wait()
    assert acknowledged == 200
    with served(shop) as (client, _):
        assert client.get("/v1/accounts/k1").json()["n_events"] == 200


def test_a_changed_byte_in_the_model_is_refused(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(shop, copy)
    released = told(copy, "release", "--list")["releases"][0]["version"]
    files = (copy / "bundles" / str(released)).rglob("*.npz")
    largest = max(files, key=lambda file: file.stat().st_size)
    raw = bytearray(largest.read_bytes())
    raw[len(raw) // 2] ^= 1
    largest.write_bytes(raw)
    outcome = settee(copy, "recommend", "somebody")
    assert outcome.returncode == 9
    assert "damaged" in outcome.stderr


def test_unknown_settings_say_which_was_meant(shop: Path) -> None:
    outcome = settee(shop, "--set", "serve.prot=1", "report")
    assert outcome.returncode == 2
    assert "serve.port" in outcome.stderr
