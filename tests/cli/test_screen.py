import io
import json
import sys

import pytest
from rich.text import Text

from settee.cli.screen import Screen, visible
from settee.core import BadInput


def test_control_characters_of_other_people_are_shown_not_obeyed() -> None:
    assert visible("a\x1b[2J\x07b\x9bc\nd") == "a\ufffd[2J\ufffdb\ufffdc\nd"


def test_a_table_goes_to_stdout_and_remarks_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.table("Titles", ("name", "#n"), [("Heat [1995]", 7), (Text("Ronin"), 8)])
    screen.remark("done")
    out, err = capsys.readouterr()
    assert "Heat [1995]" in out
    assert "Ronin" in out
    assert err == "done\n"


def test_with_json_stdout_holds_one_value_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(is_json=True)
    screen.line("a line")
    screen.table("a table", ("a",), [("b",)])
    screen.remark("a remark")
    screen.emit({"n": 1})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"n": 1}
    assert err == ""


def test_on_a_terminal_json_is_indented(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    Screen(is_json=True).emit({"n": 1})
    assert capsys.readouterr().out == '{\n  "n": 1\n}\n'


def test_quiet_leaves_out_remarks_but_not_results(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(is_quiet=True)
    screen.remark("a remark")
    screen.line("a result")
    assert capsys.readouterr() == ("a result\n", "")


def test_an_error_says_code_message_place_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().error(BadInput("rank is 0.", hint="Send 1.", place="rank"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error[bad_input]: rank is 0.\n  place: rank\n  hint: Send 1.\n"


def test_an_error_with_json_is_the_shape_of_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(is_json=True).error(BadInput("rank is 0."))
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": {"code": "bad_input", "message": "rank is 0."}}
    assert err == "error[bad_input]: rank is 0.\n"


def test_progress_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with Screen().progress() as tell:
        tell("read", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_names_the_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Screen().progress() as tell:
        tell("read", 1, 2)
        tell("check", 5, 0)
        tell("check", 7, 0)
    assert "read" in terminal.getvalue()
    assert "check" in terminal.getvalue()
