from collections.abc import Callable
from pathlib import Path

import pytest

from settee.cli import main


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run one command in an empty folder; gives status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("SETTEE_CONFIG", "SETTEE_DATA", "SETTEE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        out, err = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, out, err

    return call
