from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.core import Item, JournalSettings, SignalSettings, to_json
from settee.events import (
    NO_END,
    NO_INSTANT,
    UNLIMITED,
    Interactions,
    accept_batch,
    catalogue,
    interactions,
    profile_rows,
)
from settee.events.reading import _sorted_order
from settee.store import KIND_NO, Journal, Profiles, seal_journal
from tests.events.worlds import HEADER, NOW, Home

LOOSE = ("checks.max_bad_share=1", "checks.max_duplicate_share=1", "checks.max_missing_share=1",
         "checks.max_unknown_item_share=1")  # fmt: skip


def read(home: Home, until_s: int | None = None, **signals: object) -> Interactions:
    return interactions(
        home.history,
        catalogue(home.tables, home.history),
        SignalSettings(**signals),  # type: ignore[arg-type]  # keywords of a test
        until_s=until_s,
    )


def told(found: Interactions, items: tuple[str, ...]) -> list[tuple[str, str, int, bool]]:
    return [
        (found.account_ids[account], items[item], int(at_s), bool(wanted))
        for account, item, at_s, wanted in zip(
            found.account, found.item, found.at_s, found.is_interest, strict=True
        )
    ]


def test_an_empty_record_is_empty_columns(home: Home) -> None:
    items = catalogue(home.tables, home.history)
    found = interactions(home.history, items, SignalSettings())
    assert (items.n_items, len(found), found.n_accounts) == (0, 0, 0)


def test_described_items_come_first_by_id_then_those_only_seen(home: Home) -> None:
    home.tables.put_items(
        [
            Item(
                item_id="b", title="B", text="t", tags=("Y", "X"), year=1999, stock=3,
                available_from=datetime(2000, 1, 1, tzinfo=UTC),
                available_to=datetime(2001, 1, 1, tzinfo=UTC),
            ),
            Item(item_id="a"),
        ],
        NOW,
    )  # fmt: skip
    home.take(home.text("r.csv", HEADER + "1,9,4,1000000000\n1,8,4,1000000000\n"), *LOOSE)
    items = catalogue(home.tables, home.history)
    assert items.item_ids == ("a", "b", "8", "9")
    assert (items.titles[1], items.texts[1], items.tags_of(1)) == ("B", "t", ("Y", "X"))
    assert items.year.tolist() == [0, 1999, 0, 0]
    assert items.available_from_s.tolist() == [NO_INSTANT, 946684800, NO_INSTANT, NO_INSTANT]
    assert items.available_to_s.tolist() == [NO_END, 978307200, NO_END, NO_END]
    assert items.stock.tolist() == [UNLIMITED, 3, UNLIMITED, UNLIMITED]


def test_rows_are_sorted_by_account_instant_and_item_over_several_segments(home: Home) -> None:
    home.take(home.text("a.csv", HEADER + "10,2,4,1000000005\n9,1,4,1000000001\n"))
    home.take(home.text("b.csv", HEADER + "10,1,4,1000000005\n10,3,2,1000000000\n"))
    found = read(home)
    assert told(found, ("1", "2", "3")) == [
        ("10", "3", 1000000000, False),
        ("10", "1", 1000000005, True),
        ("10", "2", 1000000005, True),
        ("9", "1", 1000000001, True),
    ]
    assert len(read(home, until_s=1000000005)) == 2


EVENTS = (
    ("play", "", "5"), ("rate", "4", ""), ("rate", "2", ""), ("dislike", "", ""),
    ("impression", "", ""), ("view", "", "100"),
)  # fmt: skip


def test_interest_is_what_the_settings_say(home: Home) -> None:
    rows = "".join(
        f"a,{kind}{value},{kind},{1000000000 + n},{value},{duration}\n"
        for n, (kind, value, duration) in enumerate(EVENTS)
    )
    home.take(home.text("k.csv", "account_id,item_id,kind,at,value,duration_s\n" + rows), *LOOSE)

    def wanted(**signals: object) -> set[str]:
        found = read(home, **signals)
        ids = catalogue(home.tables, home.history).item_ids
        assert "impression" not in {ids[item] for item in found.item}
        return {ids[item] for item in found.item[found.is_interest]}

    assert wanted() == {"play", "rate4", "view"}
    assert wanted(min_rating=2) == {"play", "rate4", "rate2", "view"}
    assert wanted(min_duration_s=10) == {"rate4", "view"}
    assert wanted(kinds=("dislike",)) == {"dislike"}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    parts=st.lists(
        st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9), st.integers(0, 5)), max_size=12),
        max_size=3,
    )
)
def test_whatever_comes_in_whichever_order_the_columns_are_sorted(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[int, int, int]]]
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    for number, part in enumerate(parts):
        rows = "".join(f"{a},{i},4,{10**9 + t}\n" for a, i, t in part)
        home.take(home.text(f"{number}.csv", HEADER + rows), *LOOSE)
    found = read(home)
    ids = catalogue(home.tables, home.history).item_ids
    everything = {(str(a), str(i), 10**9 + t, True) for part in parts for a, i, t in part}
    assert told(found, ids) == sorted(everything, key=lambda row: (row[0], row[2], row[1]))
    home.tables.close()


def test_instants_far_apart_are_sorted_too(home: Home) -> None:
    content = HEADER + "2,1,4,20000000000000\n1,1,4,1000000000\n"
    home.take(home.text("a.csv", content), "checks.max_future_s=1e12", *LOOSE)
    home.take(home.text("b.csv", HEADER + "1,2,4,999999999\n"), *LOOSE)
    assert read(home).at_s.tolist() == [999999999, 1000000000, 20000000000]


def test_places_that_sort_are_those_of_numpy_however_wide_the_instants() -> None:
    rng = np.random.default_rng(5)
    for width in (1, 2**50):
        account = rng.integers(0, 2**20, 200).astype(np.int32) % 7
        account[0] = 2**20
        at_s, item = rng.integers(0, 5, 200) * width, rng.integers(0, 3, 200).astype(np.int32)
        order = _sorted_order(account, at_s, item)
        assert order is not None
        wanted = np.lexsort((item, at_s, account))
        for column in (account, at_s, item):
            assert column[order].tolist() == column[wanted].tolist()


def test_profiles_read_a_segment_as_they_fold_live_events(home: Home, tmp_path: Path) -> None:
    body = {
        "account_id": "a", "kind": "play", "at": "2026-01-01T00:00:00Z", "item_id": "m",
        "duration_s": 60.0,
    }  # fmt: skip
    raw = [to_json({"event_id": f"e{n}", **body}) for n in range(3)]
    raw.append(to_json({"event_id": "s", **body, "kind": "search"}))
    home.take(home.text("e.jsonl", b"\n".join(raw)), *LOOSE)
    (segment,) = home.history.segments()
    journal = Journal(tmp_path / "j.db", JournalSettings())
    records, _ = accept_batch(raw, NOW, home.settings().checks)
    journal.append(records)
    with Profiles(tmp_path / "one.db") as one, Profiles(tmp_path / "two.db") as two:
        one.load_segment(segment.segment_id, profile_rows(home.history, segment, one))
        two.apply(journal.read(0, 10))
        assert one.get("a").tobytes() == two.get("a").tobytes()
        assert one.get("a")["kind"].tolist() == [KIND_NO["play"]] * 3
    journal.close()


def test_live_events_join_the_record_once_they_are_sealed(home: Home, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db", JournalSettings())
    raw = (
        b'{"event_id":"e","account_id":"a","kind":"like","at":"2026-01-01T00:00:00Z","item_id":"m"}'
    )
    journal.append(accept_batch([raw], NOW, home.settings().checks)[0])
    assert len(read(home)) == 0
    seal_journal(home.history, journal, NOW)
    assert read(home).is_interest.tolist() == [True]
    # The same events in a file are known already.
    assert home.take(home.text("e.jsonl", raw), *LOOSE).n_already == 1
    assert np.array_equal(read(home).account, [0])
    journal.close()
