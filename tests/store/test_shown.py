from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.store import Entry, Record, Shown, StoreDamaged
from settee.store.shown import BUCKET_S, SHOWN_DTYPE, _ShowingsForm
from tests.store.facts import DAY, entry, exposure, merge


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    with Shown(tmp_path / "shown.db") as opened:
        yield opened


def counts(shown: Shown, account_id: str = "a", since_s: int = 0) -> dict[str, int]:
    ids = shown.item_ids()
    item_no, times = shown.counts(account_id, since_s)
    return {ids[number]: int(n) for number, n in zip(item_no, times, strict=True)}


def test_what_was_never_shown_has_no_count(shown: Shown) -> None:
    item_no, times = shown.counts("nobody", 0)
    assert (len(item_no), len(times)) == (0, 0)


def test_each_item_of_an_answer_counts_one_and_events_count_nothing(shown: Shown) -> None:
    shown.apply([exposure(1, items=["m1", "m2"]), entry(2), exposure(3, items=["m2"])])
    assert counts(shown) == {"m1": 1, "m2": 2}
    assert counts(shown, "b") == {}
    assert shown.offset() == 3


def test_counts_since_an_instant_take_its_whole_quarter_and_nothing_older(shown: Shown) -> None:
    shown.apply([
        exposure(1, items=["m1"], at_s=10 * BUCKET_S),
        exposure(2, items=["m1"], at_s=11 * BUCKET_S),
        exposure(3, items=["m1"], at_s=12 * BUCKET_S + 5),
    ])  # fmt: skip
    assert counts(shown, since_s=0) == {"m1": 3}
    assert counts(shown, since_s=11 * BUCKET_S) == {"m1": 2}
    assert counts(shown, since_s=11 * BUCKET_S + 899) == {"m1": 2}
    assert counts(shown, since_s=12 * BUCKET_S) == {"m1": 1}
    assert counts(shown, since_s=13 * BUCKET_S) == {}
    assert counts(shown, since_s=-5) == {"m1": 3}


def test_counts_outlive_a_restart_and_are_not_counted_twice(tmp_path: Path) -> None:
    entries = [exposure(n, at_s=n) for n in range(1, 6)]
    with Shown(tmp_path / "shown.db") as one:
        one.apply(entries)
    with Shown(tmp_path / "shown.db") as again:
        again.apply(entries)
        assert counts(again) == {"m1": 5}


def test_only_the_newest_rows_are_kept(tmp_path: Path) -> None:
    with Shown(tmp_path / "shown.db", max_rows=2) as shown:
        shown.apply([exposure(n, items=[f"m{n}"], at_s=n * DAY) for n in (3, 1, 2)])
        shown.flush()
        shown.apply([exposure(4, items=["m1"], at_s=DAY)])
        assert counts(shown) == {"m2": 1, "m3": 1}


def test_what_was_shown_to_a_merged_account_counts_for_the_other(shown: Shown) -> None:
    shown.apply([
        exposure(1, "anon"), exposure(2, "a"), merge(3, "a", "anon"), exposure(4, "anon"),
    ])  # fmt: skip
    assert counts(shown) == counts(shown, "anon") == {"m1": 3}


def test_an_exposure_that_is_not_json_is_told_with_its_offset(shown: Shown) -> None:
    with pytest.raises(StoreDamaged, match="journal entry 7 cannot be read"):
        shown.apply([Entry(7, Record("e7", "a", "exposure", 1, b'{"items":3}'))])


def test_counts_of_odd_size_are_damaged() -> None:
    with pytest.raises(StoreDamaged, match='shown to "a" has 5 bytes; a multiple of 12'):
        _ShowingsForm(9).from_bytes("a", b"12345")


ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2)), max_size=10)


@given(st.lists(ROWS, max_size=5), st.integers(1, 8), st.randoms(use_true_random=False))
def test_counting_in_any_order_and_grouping_gives_the_same_bytes(parts, max_rows, shuffler) -> None:
    form = _ShowingsForm(max_rows)

    def fold(lists):
        state = form.empty
        for rows in lists:
            state = form.add(state, rows)
            assert len(state) <= max_rows
            assert not state.flags.writeable
        return form.to_bytes(state)

    single = [[row] for rows in parts for row in rows]
    shuffled = list(single)
    shuffler.shuffle(shuffled)
    together = [[row for rows in parts for row in rows]]
    assert fold(parts) == fold(single) == fold(shuffled) == fold(together)
    assert np.frombuffer(fold(parts), SHOWN_DTYPE)["times"].min(initial=1) >= 1
