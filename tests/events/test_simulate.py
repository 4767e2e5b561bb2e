from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from settee.core import BadInput, Event, parse_event, parse_item, to_json
from settee.events.simulate import simulate, simulate_days, write_days, write_world

END = datetime(2026, 11, 21, tzinfo=UTC)


def world(seed: int = 7, n_days: int = 20) -> list[Event]:
    return list(simulate(seed, 60, 120, n_days, END)[1])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        write_world(tmp_path / name, *simulate(seed, 20, 40, 10, END))
    for file in ("items.jsonl", "events.jsonl"):
        one, two, three = ((tmp_path / n / file).read_bytes() for n in ("one", "two", "three"))
        assert one == two != three


def test_every_written_line_is_in_the_wire_format(tmp_path: Path) -> None:
    n_events = write_world(tmp_path, *simulate(7, 20, 40, 10, END))
    events = [parse_event(line) for line in (tmp_path / "events.jsonl").read_bytes().splitlines()]
    items = [parse_item(line) for line in (tmp_path / "items.jsonl").read_bytes().splitlines()]
    assert (len(events), len(items)) == (n_events, 40)
    assert {event.item_id for event in events if event.kind == "play"} <= {
        item.item_id for item in items
    }


def test_events_come_in_order_within_the_days_that_were_asked_for() -> None:
    instants = [event.at for event in world()]
    assert instants == sorted(instants)
    assert END - timedelta(days=20) <= instants[0]
    assert instants[-1] < END


def test_events_are_made_while_they_are_read() -> None:
    _, events = simulate(7, 60, 120, 100_000, END)
    assert len(list(islice(events, 100))) == 100


def test_event_ids_are_unique_and_titles_have_distinct_names() -> None:
    ids = [event.event_id for event in world()]
    assert len(set(ids)) == len(ids)
    items, _ = simulate(7, 1, 3000, 1, END)
    assert len({item.title for item in items}) == 3000


def test_nothing_in_an_event_names_the_person() -> None:
    items, days = simulate_days(7, 60, 120, 20, END)
    shared: dict[str, set[int]] = {}
    of_account: dict[str, set[int]] = {}
    for day in days:
        assert len(day.events) == len(day.person)
        for event, person in zip(day.events, day.person.tolist(), strict=True):
            assert "profile_id" not in to_json(event).decode()
            of_account.setdefault(event.account_id, set()).add(person)
            if event.device_type == "tv":
                shared.setdefault(str(event.device_id), set()).add(person)
    assert len(items) == 120
    assert max(map(len, of_account.values())) > 1
    assert max(map(len, shared.values())) > 1


def test_truth_names_one_opaque_person_for_each_event(tmp_path: Path) -> None:
    items, days = simulate_days(7, 20, 40, 10, END)
    n_events = write_days(tmp_path, items, days, 7)
    write_world(tmp_path / "plain", *simulate(7, 20, 40, 10, END))
    events = (tmp_path / "events.jsonl").read_bytes()
    assert events == (tmp_path / "plain" / "events.jsonl").read_bytes()
    truth = [
        msgspec.json.decode(line) for line in (tmp_path / "truth.jsonl").read_bytes().splitlines()
    ]
    ids = [parse_event(line).event_id for line in events.splitlines()]
    assert [one["event_id"] for one in truth] == ids
    assert len(ids) == n_events
    accounts: dict[str, str] = {}
    for one in truth:
        (person,) = one["persons"]
        assert accounts.setdefault(person, one["account_id"]) == one["account_id"]
        assert person not in events.decode()


def test_nobody_watches_a_title_before_it_is_out() -> None:
    items, events = simulate(7, 60, 120, 20, END)
    out = {item.item_id: item.available_from for item in items}
    assert any(isinstance(at, datetime) for at in out.values())
    for event in events:
        start = out.get(str(event.item_id))
        assert not isinstance(start, datetime) or event.at >= start


def test_every_play_ends_in_a_stop_or_in_a_completion() -> None:
    kinds = Counter(event.kind for event in world(n_days=40))
    # What was still running at the end of the record has no end yet.
    assert 0 <= kinds["play"] - kinds["stop"] - kinds["complete"] < 10
    assert min(kinds[kind] for kind in ("browse", "search", "view", "rate", "like", "wishlist")) > 0


def test_ratings_lie_between_half_and_five_stars() -> None:
    values = {event.value for event in world() if event.kind == "rate"}
    assert values <= {half / 2 for half in range(1, 11)}


@pytest.mark.parametrize(
    ("numbers", "place"),
    [((-1, 5, 24, 5), "seed"), ((7, 0, 24, 5), "accounts"), ((7, 5, 11, 5), "titles"),
     ((7, 5, 24, 0), "days")],
)  # fmt: skip
def test_a_world_that_is_too_small_is_refused(
    numbers: tuple[int, int, int, int], place: str
) -> None:
    with pytest.raises(BadInput, match="at least") as caught:
        simulate(*numbers, END)
    assert caught.value.place == place


def recall(
    scores: NDArray[np.float64], seen: NDArray[np.bool_], wanted: NDArray[np.bool_]
) -> float:
    top = np.argsort(-np.where(seen, -np.inf, scores), axis=1)[:, :20]
    hits = np.take_along_axis(wanted, top, axis=1).sum(axis=1)
    asked = wanted.sum(axis=1) > 0
    return float((hits[asked] / wanted[asked].sum(axis=1)).mean())


def test_what_is_watched_together_foretells_more_than_popularity_and_that_more_than_chance() -> (
    None
):
    items, events = simulate(7, 300, 300, 40, END)
    number = {item.item_id: position for position, item in enumerate(items)}
    early, late = np.zeros((2, 300, len(items)), dtype=np.bool_)
    for event in events:
        if event.kind == "play":
            half = late if event.at >= END - timedelta(days=5) else early
            half[int(event.account_id[1:]) - 1, number[str(event.item_id)]] = True
    late &= ~early
    seen = early.astype(np.float64)
    gram = seen.T @ seen
    inverse = np.linalg.inv(gram + 100 * np.eye(len(items)))
    ease = -inverse / np.diag(inverse)
    np.fill_diagonal(ease, 0)
    popular = np.broadcast_to(np.diag(gram), seen.shape)
    chance = np.random.default_rng(1).random(seen.shape)
    together, by_all, by_dice = (recall(s, early, late) for s in (seen @ ease, popular, chance))
    assert together > 1.3 * by_all
    assert by_all > 1.3 * by_dice
