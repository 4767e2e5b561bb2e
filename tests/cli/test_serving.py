"""Lists made ahead and several workers from the command line."""

import http.client
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "own"))


def get(port: int | None, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body


def test_lists_are_made_ahead_for_everybody_or_for_some(run: Run, home: Path) -> None:
    where = ("--home", str(home))
    _, out, _ = run("accounts", "--json", *where)
    known = json.loads(out)
    status, out, err = run("precompute", *where)
    assert status == 0
    assert out.startswith(f"home: {known['n_accounts']} lists of 20, ")
    assert "GET /v1/lists/home" in err
    some = home / "some.txt"
    some.write_text("\n".join([*known["account_ids"][:2], "", known["account_ids"][0]]))
    asked = ("precompute", "evening", "-k", "3", "--explain", "--accounts", str(some), "--json")
    status, out, _ = run(*asked, *where)
    told = json.loads(out)
    assert (told["name"], told["k"], told["explain"], told["n_accounts"]) == ("evening", 3, True, 2)


def test_what_cannot_be_made_ahead_is_said(run: Run, home: Path) -> None:
    where = ("--home", str(home))
    assert "bad_list" in run("precompute", "../etc", *where)[2]
    status, _, err = run("precompute", "--accounts", str(home / "none.txt"), *where)
    assert (status, "bad_accounts" in err) == (2, True)
    assert "bad_question" in run("precompute", "-k", "999", *where)[2]


def test_two_workers_answer_on_one_socket_and_tell_of_both(home: Path) -> None:
    command = ("serve", "--port", "0", "--workers", "2", "--home", str(home), "--json")
    options = ("--set", "serve.drain_s=0.1", "--set", "serve.log_format=json")
    process = subprocess.Popen(
        [sys.executable, "-m", "settee", *command, *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = urlsplit(json.loads(process.stdout.readline())["url"]).port
        for number in range(10):
            answer = json.loads(get(port, f"/v1/recommendations?account_id=new{number}&k=3"))
            assert len(answer["items"]) == 3
        stats = json.loads(get(port, "/stats"))
        assert len({one["pid"] for one in stats["workers"]}) == 2
        assert sum(stats["answers"].values()) == 10
        assert b'worker="1"' in get(port, "/metrics")
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
