from collections.abc import Callable
from pathlib import Path

import pytest

from settee.cli import main
from tests.stories.world import FEW


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


SMALL = (
    "train.ranker_requests=200", "train.bootstrap=100", "ranking.trees=10", "ranking.min_leaf=5",
    FEW,
)  # fmt: skip
"""Settings under which a small world trains in a second or two."""


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an imported, trained and released small world; for reading only."""
    folder = tmp_path_factory.mktemp("trained")
    home = ("--home", str(folder / "home"), "--quiet")
    flags = [word for flag in SMALL for word in ("--set", flag)]
    world = str(folder / "world")
    for command in (
        ("simulate", world, "--accounts", "60", "--titles", "80", "--days", "30"),
        ("import", world, *home),
        ("train", *home, *flags),
        ("release", *home),
    ):
        with pytest.raises(SystemExit) as caught:
            main(command)
        assert caught.value.code == 0
    return folder / "home"
