"""What was served is what the record gives when it is computed anew, bit for bit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from settee.app import Workspace
from settee.core import Item, Settings
from settee.events import Onboarding
from settee.ranking import save_model
from settee.respond import Request
from settee.store import Record
from tests.ranking.world import stump
from tests.respond.world import ITEMS, NOW, event, small_model


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


class Place:
    def __init__(self, home: Path, **sections: Any) -> None:
        self.clock = Clock()
        self.home = home
        self.settings = Settings.model_validate({"home": home, **sections})
        self.workspace = Workspace(self.settings, self.clock)

    def pass_time(self, seconds: float = 7.0) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def ask(self, account_id: str, **asked: Any) -> None:
        self.pass_time()
        self.workspace.responder().recommend(Request(account_id, 4, self.clock(), **asked))

    def last(self) -> Any:
        """The newest exposure, once it is on disk."""
        self.workspace.journal.append([])
        (entry,) = self.workspace._last_exposures(1)
        return entry

    def live(self, *records: Record) -> None:
        appended = self.workspace.journal.append(records)
        accounts = {one.account_id for one in records}
        self.workspace.responder().look_after(appended.last_offset, accounts)


def prepared(home: Path, *, with_ranker: bool = False, **sections: Any) -> Place:
    place = Place(home, **sections)
    workspace = place.workspace
    model = small_model(workspace.settings)
    if with_ranker:
        ranker = stump(list(model.sources), "n_all", threshold=2.5)
        model = replace(model, ranker=ranker, is_promoted=True)
    workspace.tables.put_items([Item(item_id=one, title=one.title()) for one in ITEMS], NOW)
    version = save_model(workspace.bundles, model)
    workspace.tables.add_release(version, NOW, "test", {})
    place.pass_time()
    return place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = prepared(tmp_path)
    yield place
    place.workspace.close()


def days(place: Place, n: int) -> None:
    """Events, answers, first picks and a merge, all mixed."""
    rng = np.random.default_rng(5)
    for number in range(n):
        place.pass_time(float(rng.integers(1, 4000)))
        account_id = f"a{rng.integers(0, 4)}"
        item_id = str(rng.choice([*ITEMS, "unheard-of"]))
        kind = str(rng.choice(["play", "like", "dislike", "rate"]))
        minutes = (place.clock.now - NOW).total_seconds() / 60
        fields = {"value": 4.0} if kind == "rate" else {}
        place.live(event(f"e{number}", account_id, item_id, kind, minutes, **fields))
        place.ask(account_id, device_type="tv", exclude=("heat",) if number % 3 else ())
        if number == n // 2:
            place.workspace.onboard("a9", Onboarding(item_ids=("alien",), tags=("odd",)))
            place.workspace.merge_accounts("a9", "a1")
            place.ask("a9")


def test_every_answer_comes_out_the_same_from_a_record_that_is_folded_anew(place: Place) -> None:
    days(place, 20)
    place.last()
    found = place.workspace.skew(100)
    assert (found.n_asked, found.unequal, found.passed_over) == (21, (), {})
    assert found.n_equal == 21
    assert place.workspace.skew(5).n_asked == 5
    assert not list(place.home.glob(".skew-*"))


def test_places_drawn_by_chance_are_drawn_again(tmp_path: Path) -> None:
    place = prepared(tmp_path, explore={"share": 0.5})
    days(place, 8)
    place.last()
    found = place.workspace.skew(100)
    assert (found.n_equal, found.unequal) == (9, ())
    place.workspace.close()


def test_answers_for_whole_accounts_are_compared_without_persons(tmp_path: Path) -> None:
    place = prepared(tmp_path, people={"enabled": False})
    days(place, 5)
    place.last()
    found = place.workspace.skew(100)
    assert (found.n_equal, found.unequal) == (6, ())
    place.workspace.close()


def test_what_a_ranker_saw_is_compared_too(tmp_path: Path) -> None:
    place = prepared(tmp_path, with_ranker=True)
    days(place, 10)
    place.last()
    found = place.workspace.skew(100)
    assert (found.n_equal, found.unequal) == (11, ())
    assert found.n_ranked >= 8
    place.workspace.close()


def test_an_answer_that_was_served_otherwise_is_found(place: Place) -> None:
    place.live(event("e1", "a1", "alien", minutes=0.1))
    place.ask("a1")
    honest = place.last()
    body = msgspec.json.decode(honest.record.body)
    spoilt = [
        {**body, "event_id": "x1", "features": "0" * 16},
        {**body, "event_id": "x2", "items": body["items"][::-1]},
        {**body, "event_id": "x3", "rung": "catalogue"},
        {**body, "event_id": "x4", "asked": {**body["asked"], "k": 1}},
        {**body, "event_id": "x5", "offset": 0},
    ]
    place.workspace.journal.append([
        Record(one["event_id"], "a1", "exposure", honest.record.at_us, msgspec.json.encode(one))
        for one in spoilt
    ])  # fmt: skip
    found = {one.exposure_id: one.what for one in place.workspace.skew(10).unequal}
    assert honest.record.event_id not in found
    assert found["x1"] == ("features",)
    assert "items" in found["x2"]
    assert found["x3"] == ("rung",)
    assert {"items", "scores"} <= set(found["x4"])
    assert "rung" in found["x5"]  # nobody was known yet


def test_what_cannot_be_compared_is_counted_by_reason(place: Place) -> None:
    place.live(event("e1", "a1", "alien", minutes=0.1))
    place.ask("a1")
    honest = place.last()
    body = msgspec.json.decode(honest.record.body)
    others = [
        {**body, "event_id": "x1", "repeats": "exp_1"},
        {**body, "event_id": "x2", "offset": -1},
        {**body, "event_id": "x3", "because": "over_budget"},
        {**body, "event_id": "x4", "model_version": "another"},
        {"event_id": "x5", "items": []},
    ]
    place.workspace.journal.append([
        Record(one["event_id"], "a1", "exposure", honest.record.at_us, msgspec.json.encode(one))
        for one in others
    ])  # fmt: skip
    found = place.workspace.skew(10)
    assert (found.n_asked, found.n_equal) == (1, 1)
    assert found.passed_over == {"repeat": 1, "in_between": 1, "late": 1, "release": 1, "old": 1}
    place.pass_time()
    place.workspace.tables.put_items([Item(item_id="alien", title="Aliens")], place.clock())
    assert place.workspace.skew(10).passed_over["items"] == 1


def test_without_answers_there_is_nothing_to_compare(place: Place) -> None:
    found = place.workspace.skew(10)
    assert (found.n_asked, found.n_equal, found.unequal) == (0, 0, ())
