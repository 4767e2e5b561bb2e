from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.events.worlds import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    yield made
    made.tables.close()
