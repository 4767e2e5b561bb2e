from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from settee.core import PeopleSettings
from settee.people.generations import Generations
from settee.people.population import Population
from tests.people.activities import Act
from tests.people.homes import ANN, BOB, DAY, PEOPLE, T0, lived, titles
from tests.people.worlds import Place

CATALOGUE = titles()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "home")
    yield made
    made.close()


def street(n_days: int, first: int = 0, n_homes: int = 3) -> list[Act]:
    return [
        one
        for number in range(first, first + n_homes)
        for one in lived(f"h{number}", [ANN, BOB], n_days, number)[0]
    ]


def learnt(place: Place, path: Path, people: PeopleSettings = PEOPLE) -> list[Population]:
    generations = Generations(path, people)
    generations.learn(place.home.history, CATALOGUE)
    return [one for _, one in generations.all()]


def test_cutoffs_are_further_and_further_apart(place: Place, tmp_path: Path) -> None:
    place.bring(street(66, n_homes=1))
    days = [(one.until_s - T0) / DAY for one in learnt(place, tmp_path / "g")]
    assert days == [7, 14, 21, 28, 35, 49, 63]


def test_how_often_is_a_setting(place: Place, tmp_path: Path) -> None:
    place.bring(street(15))
    often = PeopleSettings(learn_every_days=3)
    assert len(learnt(place, tmp_path / "weekly")) == 2
    assert len(learnt(place, tmp_path / "often", often)) == 4


def test_a_generation_knows_only_what_had_happened(place: Place, tmp_path: Path) -> None:
    place.bring(street(8))
    (early,) = learnt(place, tmp_path / "g")
    other = Place(tmp_path / "other")
    other.bring(street(16))
    first, _ = learnt(other, tmp_path / "h")
    other.close()
    assert np.array_equal(early.prior, first.prior)
    assert np.array_equal(early.tastes.topics, first.tastes.topics)
    assert early.until_s == first.until_s


def test_what_is_there_is_not_learnt_again(place: Place, tmp_path: Path) -> None:
    place.bring(street(16))
    generations = Generations(tmp_path / "g", PEOPLE)
    assert generations.is_due(place.home.history)
    names = generations.learn(place.home.history, CATALOGUE)
    assert len(names) == 2
    assert not generations.is_due(place.home.history)
    assert generations.learn(place.home.history, CATALOGUE) == []
    assert generations.all() is generations.all()
    assert sorted(names) == sorted(name for name, _ in Generations(tmp_path / "g", PEOPLE).all())


def test_an_import_into_the_past_makes_them_anew(place: Place, tmp_path: Path) -> None:
    place.bring(street(16))
    generations = Generations(tmp_path / "g", PEOPLE)
    before = generations.learn(place.home.history, CATALOGUE)
    place.bring(street(16, first=3))
    assert generations.is_due(place.home.history)
    after = generations.learn(place.home.history, CATALOGUE)
    assert len(after) == 2
    assert not set(before) & set(after)
    assert [one.n_households for _, one in generations.all()] == [6, 6]


def test_an_empty_record_has_no_generation(place: Place, tmp_path: Path) -> None:
    generations = Generations(tmp_path / "g", PEOPLE)
    assert not generations.is_due(place.home.history)
    assert generations.learn(place.home.history, CATALOGUE) == []
    assert generations.all() == ()


def test_of_very_many_accounts_the_same_ones_speak_in_every_replay(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("settee.people.generations._MOST_ACCOUNTS", 3)
    place.bring(street(9, n_homes=6))
    one, other = (learnt(place, tmp_path / name)[0] for name in ("g", "h"))
    assert one.n_households == other.n_households == 3
    assert np.array_equal(one.prior, other.prior)
