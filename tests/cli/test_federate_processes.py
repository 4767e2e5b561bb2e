"""A federation as it is run: the coordinator and every silo a process of its own, on loopback."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np

from settee.app import Workspace, open_workspace
from settee.candidates import Ease
from settee.core import load_settings
from settee.ranking import load_model

COUNTED = ("sources.ease_l2=5", "sources.ease_account_power=0", "sources.max_history=20")
LONGEST_S = 240


def opened(home: Path) -> AbstractContextManager[Workspace]:
    """A workspace of that home; closed by its ``with``."""
    return open_workspace(load_settings(flags=COUNTED).model_copy(update={"home": home}))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A settee process of its own, ended with the block whatever happens."""
    flags = [word for one in COUNTED for word in ("--set", one)]
    process = subprocess.Popen(
        [sys.executable, "-m", "settee", *words, *flags, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> dict[str, object]:
    """What a process says in the end."""
    out, err = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, err
    found: dict[str, object] = json.loads(out)
    return found


def test_processes_learn_what_one_with_all_events_would(trained: Path, tmp_path: Path) -> None:
    with opened(trained) as workspace:
        workspace.cut_by_account(tmp_path / "parts", 3)
        events, items = workspace.record()
        central = Ease.fit(events, items, workspace.settings.sources)
    homes = []
    for file in sorted((tmp_path / "parts").iterdir()):
        homes.append(tmp_path / file.stem)
        with opened(homes[-1]) as workspace:
            workspace.import_path(file)
    token = tmp_path / "token"
    token.write_text("t" * 32)
    shared, port = ("--token-file", str(token), "--wait-s", str(LONGEST_S)), free_port()
    url, led_home = f"http://127.0.0.1:{port}", tmp_path / "led"
    with (
        running("federate", "coordinator", "--silos", "3", "--port", str(port), *shared,
                "--home", str(led_home)) as coordinator,
        running("federate", "silo", url, "--name", "a", *shared, "--home", str(homes[0])) as a,
        running("federate", "silo", url, "--name", "b", *shared, "--home", str(homes[1])) as b,
        running("federate", "silo", url, "--name", "c", *shared, "--home", str(homes[2])) as c,
    ):  # fmt: skip
        joined = [said(one) for one in (a, b, c)]
        led = said(coordinator)
    ids = [items.item_ids[place] for place in central.items]
    for home, found in [(led_home, led), *zip(homes, joined, strict=True)]:
        model = load_model(home / "bundles" / str(found["version"]))
        ease = model.sources["ease"]
        assert isinstance(ease, Ease)
        places = [ids.index(model.catalogue.item_ids[place]) for place in ease.items]
        assert len(places) == found["n_own_items"] > 0
        expected = central.weight[np.ix_(places, places)]
        assert np.allclose(ease.weight, expected, rtol=0, atol=1e-6)
    assert led["n_items"] == len(ids)
