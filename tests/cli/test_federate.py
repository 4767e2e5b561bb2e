"""A federation from the command line, in one process: the coordinator in a thread."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from settee.app import Workspace, open_workspace
from settee.app.federating import Federated
from settee.candidates import Ease
from settee.cli import main
from settee.core import SourceSettings, load_settings
from settee.federation import Address, Recipe, Route, Silo, Terms
from settee.ranking import load_model

Run = Callable[..., tuple[int, str, str]]
TOKEN = b"t" * 32
COUNTED = ("sources.ease_l2=5", "sources.ease_account_power=0", "sources.max_history=20")


def opened(home: Path) -> AbstractContextManager[Workspace]:
    """A workspace of that home; closed by its ``with``."""
    return open_workspace(load_settings(flags=COUNTED).model_copy(update={"home": home}))


@pytest.fixture(scope="module")
def homes(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three homes, each with a third of the accounts of a small world."""
    folder = tmp_path_factory.mktemp("silos")
    with pytest.raises(SystemExit) as caught:
        main(("federate", "cut", str(folder / "parts"), "--home", str(trained), "--quiet"))
    assert caught.value.code == 0
    files = sorted((folder / "parts").iterdir())
    assert [file.name for file in files] == [f"silo-{n}.parquet" for n in (1, 2, 3)]
    for file in files:
        with opened(folder / file.stem) as workspace:
            assert workspace.import_path(file).n_new > 0
    return [folder / file.stem for file in files]


def federated(homes: list[Path], tmp_path: Path, secret: bytes = b"") -> tuple[dict, list[dict]]:
    """What coordinator and silos found."""
    port: list[int] = []
    ready = threading.Event()

    def tell(stage: str, _: int, __: int) -> None:
        if "listening" in stage:
            port.append(int(stage.rsplit(":", 1)[1]))
            ready.set()

    def lead() -> dict:
        with opened(tmp_path / "led") as workspace:
            recipe = Recipe(20, 0.0)
            terms = Terms(len(homes), recipe=recipe)
            return workspace.coordinate(terms, Address(port=0), TOKEN, 30.0, tell).as_dict()

    def join(home: Path) -> dict:
        assert ready.wait(30)
        route = Route(f"http://127.0.0.1:{port[0]}", TOKEN, wait_s=60.0)
        with opened(home) as workspace:
            return workspace.join_federation(Silo(home.name, secret), route).as_dict()

    with ThreadPoolExecutor(len(homes) + 1) as pool:
        leading = pool.submit(lead)
        joined = [pool.submit(join, home) for home in homes]
        return leading.result(), [one.result() for one in joined]


def test_silos_learn_what_one_that_has_all_events_would(
    run: Run, homes: list[Path], trained: Path, tmp_path: Path
) -> None:
    led, joined = federated(homes, tmp_path)
    with opened(trained) as workspace:
        events, items = workspace.record()
        central = Ease.fit(events, items, workspace.settings.sources)
    ids = [items.item_ids[place] for place in central.items]
    kept = load_model(tmp_path / "led" / "bundles" / led["version"])
    ease = kept.sources["ease"]
    assert list(kept.catalogue.item_ids) == sorted(ids)
    order = np.argsort(ids)
    assert np.allclose(ease.weight, central.weight[np.ix_(order, order)], rtol=0, atol=1e-6)
    assert kept.manifest["federation"]["n_silos"] == 3
    for home, found in zip(homes, joined, strict=True):
        mine = load_model(home / "bundles" / found["version"])
        assert list(mine.sources) == list(SourceSettings().enabled)
        there = mine.sources["ease"]
        names = [mine.catalogue.item_ids[place] for place in there.items]
        assert len(names) == found["n_own_items"] <= found["n_items"] == len(ids)
        places = [ids.index(name) for name in names]
        expected = central.weight[np.ix_(places, places)]
        assert np.allclose(there.weight, expected, rtol=0, atol=1e-6)
    home = ("--home", str(homes[0]), "--quiet")
    for command in (("release",), ("card",), ("recommend", events.account_ids[0])):
        status, out, err = run(*command, *home, "--json")
        assert status == 0, err
    assert json.loads(out)["items"]


def test_with_a_secret_the_coordinator_learns_no_id(homes: list[Path], tmp_path: Path) -> None:
    led, joined = federated(homes, tmp_path, secret=b"s" * 32)
    kept = load_model(tmp_path / "led" / "bundles" / led["version"])
    assert all(len(name) == 32 for name in kept.catalogue.item_ids)
    assert all(found["n_own_items"] > 0 for found in joined)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--silos", "2"), "fewer than 3"),
        (("--silos", "5", "--threshold", "2"), "not between 3 (over half) and 5"),
        (("--silos", "3", "--host", "10.0.0.1"), "in the clear"),
        (("--silos", "3", "--epsilon", "1", "--delta", "1"), "no privacy"),
        (("--silos", "3", "--items", "no-such-file"), "cannot be read"),
        (("--silos", "3", "--items", "empty"), "names no item"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(
    run: Run, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    (tmp_path / "token").write_bytes(TOKEN + b"\n")
    (tmp_path / "empty").write_text("\n")
    status, _, err = run("federate", "coordinator", "--token-file", "token", *options)
    assert (status, told in err) == (2, True), err


@pytest.mark.parametrize("token", [None, b"short", b"\xff" * 40, b"a\x00" * 20])
def test_a_token_that_could_be_guessed_is_refused(
    run: Run, tmp_path: Path, token: bytes | None
) -> None:
    if token is not None:
        (tmp_path / "token").write_bytes(token)
    asked = ("federate", "silo", "http://127.0.0.1:1", "--name", "a", "--token-file", "token")
    status, _, err = run(*asked)
    assert status == 2
    assert "bad_federation_file" in err


def test_a_federation_that_nobody_joins_ends_with_a_word(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(TOKEN)
    (tmp_path / "ids").write_text("m2\nm1\n\nm2\n")
    status, _, err = run(
        "federate", "coordinator", "--silos", "3", "--token-file", "token", "--port", "0",
        "--wait-s", "0.1", "--items", "ids", "--quiet",
    )  # fmt: skip
    assert status == 8
    assert "of 3 silos came none, and 3 must" in err
    silo = ("federate", "silo", "http://127.0.0.1:9", "--name", "a", "--token-file", "token")
    status, _, err = run(*silo, "--wait-s", "0.1", "--epsilon", "1", "--secret-file", "token")
    assert (status, "no coordinator answers" in err) == (8, True), err


def test_what_came_of_it_is_shown_with_the_next_step(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_bytes(TOKEN)
    came = Federated("0123456789abcdef", 3, 80, 70, 0.0)
    monkeypatch.setattr(Workspace, "coordinate", lambda *_: came)
    monkeypatch.setattr(Workspace, "join_federation", lambda *_, **__: came)
    for words in (
        ("coordinator", "--silos", "3", "--epsilon", "2"),
        ("silo", "https://example.org", "--name", "a"),
    ):
        status, out, err = run("federate", *words, "--token-file", "token")
        assert status == 0, err
        assert ["n_own_items", "70"] in [line.split() for line in out.splitlines()]
        assert "next: settee release 0123456789abcdef" in err
        status, out, _ = run("federate", *words, "--token-file", "token", "--json")
        assert json.loads(out)["n_silos"] == 3


def test_parts_are_told_in_json(run: Run, trained: Path, tmp_path: Path) -> None:
    status, out, err = run(
        "federate", "cut", str(tmp_path / "parts"), "--silos", "2", "--home", str(trained), "--json"
    )
    assert status == 0, err
    assert list(json.loads(out)["rows"]) == ["silo-1", "silo-2"]
