import multiprocessing
from pathlib import Path

import pytest

from settee.core import Unavailable
from settee.store import Slots


def test_numbers_start_at_nought_and_outlive_whoever_wrote_them(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "limits.bin"
    with Slots(path, 10) as slots:
        assert list(slots.numbers) == [0] * 10
        slots.numbers[3] = -(2**62)
    with Slots(path, 20) as slots:
        assert slots.numbers[3] == -(2**62)
        assert len(slots.numbers) == 20
        slots.numbers[19] = 7
    with Slots(path, 10) as slots:
        assert len(slots.numbers) == 10
        slots.close()
    with Slots(path, 20) as slots:
        assert slots.numbers[19] == 7, "a shorter look cuts nothing off"
    assert path.stat().st_mode & 0o077 == 0, "nobody else may read it"


def count(path: Path, place: int) -> None:
    with Slots(path, 4) as slots:
        for _ in range(1000):
            slots.numbers[place] += 1


def test_processes_see_each_others_numbers_at_once(tmp_path: Path) -> None:
    path = tmp_path / "limits.bin"
    with Slots(path, 4) as slots:
        context = multiprocessing.get_context("spawn")
        workers = [context.Process(target=count, args=(path, place)) for place in (1, 2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert list(slots.numbers) == [0, 1000, 1000, 0]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        Slots(tmp_path / "file" / "limits.bin", 4)
