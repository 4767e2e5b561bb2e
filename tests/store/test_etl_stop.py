from pathlib import Path

import pytest

from settee.core import ImportSettings, SetteeError
from settee.store import Engine


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def test_a_query_ends_when_whoever_watches_it_gives_up(tmp_path: Path) -> None:
    told: list[int] = []

    def watch(stage: str, done: int, total: int) -> None:  # noqa: ARG001 -- one signature for all
        told.append(done)
        if len(told) > 1:
            raise Stopped

    long = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"
    with Engine(tmp_path / "spill", ImportSettings(), watch) as engine, pytest.raises(Stopped):
        engine.rows(long, stage="read")
    assert len(told) == 2


def test_a_query_that_cannot_be_answered_says_which_file_it_was_about(tmp_path: Path) -> None:
    with Engine(tmp_path / "spill", ImportSettings()) as engine:
        with pytest.raises(SetteeError) as caught:
            engine.table("SELECT nothing FROM nowhere", what="events.parquet")
        assert "events.parquet" in caught.value.message
