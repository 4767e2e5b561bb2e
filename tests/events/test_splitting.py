from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import SignalSettings
from settee.events import (
    CannotSplit,
    TimeSplit,
    catalogue,
    interactions,
    split_by_account,
    split_by_time,
    write_splits,
)
from tests.events.worlds import HEADER, Home

SHARES = st.tuples(st.floats(0, 0.45), st.floats(0, 0.45))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), SHARES)
def test_nothing_of_a_later_part_is_older_than_an_earlier_one(
    instants: list[int], shares: tuple[float, float]
) -> None:
    at_s = np.array(instants)
    bounds = split_by_time(at_s, *shares)
    assert bounds.train_end_s <= bounds.valid_end_s
    label = bounds.label(at_s)
    for early, late in ((0, 1), (1, 2), (0, 2)):
        if (label == early).any() and (label == late).any():
            assert at_s[label == early].max() < at_s[label == late].min()
    if shares == (0, 0):
        assert (label == 0).all()


def test_events_of_one_second_stay_together() -> None:
    assert split_by_time(np.array([5] * 10), 0.2, 0.2) == TimeSplit(5, 5)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.1), (0.1, -0.1), (0, 1)])
def test_shares_that_leave_nothing_to_train_on_are_refused(
    home: Home, tmp_path: Path, shares: tuple[float, float]
) -> None:
    with pytest.raises(CannotSplit, match="nothing to train on"):
        split_by_time(np.arange(5), *shares)
    with pytest.raises(CannotSplit, match="nothing to train on"):
        write_splits(home.history, tmp_path / "out", "time", *shares)


@pytest.mark.parametrize("how", ["time", "account"])
def test_an_empty_record_cannot_be_split(home: Home, tmp_path: Path, how: str) -> None:
    with pytest.raises(CannotSplit, match="no event"):
        write_splits(home.history, tmp_path / "out", how, 0.1, 0.1)  # type: ignore[arg-type]  # both words
    assert not (tmp_path / "out").exists()


def test_files_and_columns_in_memory_are_cut_at_the_same_places(home: Home, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = {(int(a), int(i), int(t)) for a, i, t in rng.integers(1, 40, (300, 3))}
    home.take(home.text("r.csv", HEADER + "".join(f"{a},{i},4,{10**9 + t}\n" for a, i, t in rows)))
    events = interactions(
        home.history, catalogue(home.tables, home.history), SignalSettings(kinds=("rate",))
    )
    by_time = split_by_time(events.at_s, 0.2, 0.1).label(events.at_s)
    by_account = split_by_account(events, 0.2, 0.1)
    for how, label in (("time", by_time), ("account", by_account)):
        n = write_splits(home.history, tmp_path / how, how, 0.2, 0.1)  # type: ignore[arg-type]  # both words
        assert list(n.values()) == np.bincount(label, minlength=3).tolist()
        for number, part in enumerate(("train", "valid", "test")):
            table = pq.read_table(tmp_path / how / f"{part}.parquet")
            seconds = [int(at.timestamp()) for at in table.column("at").to_pylist()]
            found = sorted(zip(table.column("account_id").to_pylist(), seconds, strict=True))
            mine = label == number
            wanted = [
                (events.account_ids[account], int(at_s))
                for account, at_s in zip(events.account[mine], events.at_s[mine], strict=True)
            ]
            assert sorted((a, s - s % 1) for a, s in found) == sorted(wanted)
