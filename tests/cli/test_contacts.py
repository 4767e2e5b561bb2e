import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


def test_consent_is_put_and_shown(run: Run) -> None:
    status, out, _ = run("contact", "put", "a7", "--consent", "email=yes", "--consent", "*=no",
                         "--id", "c1")  # fmt: skip
    assert (status, out) == (0, "c1: holds for a7 from now on.\n")
    _, out, _ = run("contact", "put", "a7", "--consent", "email=no", "--id", "c1")
    assert "taken in before" in out
    run("contact", "put", "a7", "--child", "--person", "p1")
    _, out, _ = run("contact", "show", "a7")
    assert out == "a7: * no, email yes\n  p1: a child\n"
    assert run("contact", "show", "b")[1] == "b: nothing was said\n"
    told = json.loads(run("--json", "contact", "show", "a7")[1])
    assert told["consent"] == {"*": False, "email": True}
    done = json.loads(run("--json", "contact", "put", "a7", "--no-child")[1])
    assert done["is_new"]


def test_a_list_is_suppressed_freed_and_written_down(run: Run, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("a7\na8,p1\n")
    why = ("--who", "ada", "--why", "phone")
    assert run("contact", "suppress", str(listed), *why)[1] == "2 were not on the list before.\n"
    done = json.loads(run("--json", "contact", "suppress", str(listed))[1])
    assert done == {"n_changed": 0, "is_freed": False}
    assert run("contact", "free", str(listed))[1] == "2 were on the list.\n"
    assert json.loads(run("--json", "contact", "free", str(listed))[1])["n_changed"] == 0
    _, out, err = run("contact", "log")
    assert out.splitlines()[-1].endswith('ada suppressed  {"n":2,"why":"phone"}')
    assert "every seal is right" in err + out
    rows = json.loads(run("--json", "contact", "log", "--limit", "1")[1])
    assert (rows[0]["number"], rows[0]["figures"]["n"]) == (4, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ("put", "a7", "--consent", "email"),
        ("put", "a7", "--consent", "email=perhaps"),
        ("put", "a7"),
        ("suppress", "no-such-file"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("contact", *arguments)[0] == 2
