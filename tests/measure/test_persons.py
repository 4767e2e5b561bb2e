"""Contacts of shared accounts given to persons, on homes whose persons are known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import AttributionSettings, PeopleSettings
from settee.measure import Whose, drawn, gather_paths, whose_contacts, widened
from settee.measure.persons import worlds_of
from tests.measure.worlds import contacts_of, spelled
from tests.people.homes import ANN, BOB, lived
from tests.people.test_view import DAY, T0
from tests.people.worlds import Place

RULES = AttributionSettings()
ROWS = [("a", 1, "touch", "m"), ("a", 2, "touch", "w"), ("a", 3, "buy", 8.0)]
CONTACTS = contacts_of(ROWS)


def whose_of(*rows: dict[int, float], draw: tuple[int, ...] | None = None) -> Whose:
    """Probabilities of units; one account, and persons behind it."""
    sizes = np.cumsum([0, *(len(row) for row in rows)])
    return Whose(
        1, ("ann", "bob"), sizes.astype(np.int64),
        np.array([unit for row in rows for unit in row], np.int64),
        np.array([p for row in rows for p in row.values()]),
        np.array(draw or range(len(rows)), np.int64),
    )  # fmt: skip


def test_where_persons_are_sure_each_has_their_own_path() -> None:
    whose = whose_of({1: 1.0}, {2: 1.0}, {2: 1.0})
    rows = drawn(whose, CONTACTS, 4, 7)
    found = gather_paths(CONTACTS, RULES, rows)
    assert sorted(set(spelled(found))) == [("m", 0.0, 0.0), ("w", 0.25, 2.0)]
    assert found.paths.n_conversions == pytest.approx(1.0)
    assert found.paths.nulls.sum() == pytest.approx(1.0)


def test_worlds_draw_persons_as_often_as_they_are_likely() -> None:
    whose = whose_of({0: 0.1, 1: 0.6, 2: 0.3}, {1: 1.0}, {1: 1.0})
    rows = drawn(whose, CONTACTS, 4000, 7)
    first = rows.unit.reshape(4000, 3)[:, 0] % whose.n_units
    assert np.bincount(first, minlength=3) / 4000 == pytest.approx([0.1, 0.6, 0.3], abs=0.03)


def test_what_lies_in_one_session_is_of_one_person_in_every_world() -> None:
    half = {1: 0.5, 2: 0.5}
    apart = drawn(whose_of(half, half, half), CONTACTS, 200, 7).unit.reshape(200, 3) % 3
    together = drawn(whose_of(half, half, half, draw=(0, 0, 0)), CONTACTS, 200, 7)
    unit = together.unit.reshape(200, 3) % 3
    assert (unit[:, 0] == unit[:, 1]).all()
    assert (apart[:, 0] != apart[:, 1]).any()


def test_the_same_seed_draws_the_same_worlds() -> None:
    whose = whose_of({1: 0.5, 2: 0.5}, {1: 0.5, 2: 0.5}, {1: 1.0})
    one, same, other = (drawn(whose, CONTACTS, 20, seed).unit for seed in (7, 7, 8))
    assert (one == same).all()
    assert (one != other).any()


def test_each_path_lies_in_one_world() -> None:
    whose = whose_of({1: 0.5, 2: 0.5}, {1: 0.5, 2: 0.5}, {1: 0.5, 2: 0.5})
    rows = drawn(whose, CONTACTS, 6, 7)
    found = gather_paths(CONTACTS, RULES, rows)
    parts = np.array(list(worlds_of(rows, whose, found.unit)))
    assert (parts.sum(axis=0) == 1).all()
    assert len(parts) == 6


@given(st.floats(0.1, 100), st.floats(0.1, 10), st.lists(st.floats(-5, 5), min_size=2, max_size=9))
def test_an_interval_never_narrows_where_persons_are_unsure(
    point: float, half: float, worlds: list[float]
) -> None:
    at = np.array([point + 20])
    each = at + np.array(worlds)[:, None]
    found = widened(at, at - half, at + half, each)
    assert found.low <= at - half * (1 - 1e-9)
    assert found.high >= at + half * (1 - 1e-9)
    assert 0 <= found.missing[0] <= 1


def test_worlds_that_agree_leave_an_interval_as_it_is() -> None:
    at = np.array([10.0])
    found = widened(at, at - 2, at + 3, np.array([[10.0], [10.0]]))
    assert (found.low[0], found.high[0], found.missing[0]) == pytest.approx((8, 13, 0))


def test_the_variance_of_rubin_is_matched() -> None:
    at, worlds = np.array([10.0]), np.array([[9.0], [11.0], [10.5], [9.5]])
    found = widened(at, at - 1.96, at + 1.96, worlds)
    between = worlds.var(ddof=1) * 1.25
    assert found.missing[0] == pytest.approx(between / (1 + between), rel=1e-3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Ann on the tablet in the morning and Bob on the television at night, for six weeks."""
    place = Place(tmp_path_factory.mktemp("persons"))
    acts, _ = lived("a", (ANN, BOB), 42)
    place.bring(acts)
    place.people.fold()
    return place


def test_a_contact_on_the_tablet_in_the_morning_is_anns(home: Place) -> None:
    at_s = T0 + 30 * DAY
    rows = [
        ("a", at_s + 7 * 3600, "touch", "m", "tablet"),
        ("a", at_s + 20 * 3600, "touch", "m", "tv"),
        ("a", at_s + DAY + 7 * 3600, "buy", 5.0, "tablet"),
        ("b", at_s, "touch", "m", "phone"),
    ]
    contacts = contacts_of(rows)
    whose = whose_contacts(contacts, home.home.history, home.people, PeopleSettings())
    each = [whose.expected(row) for row in range(4)]
    ends = np.diff(whose.indptr).tolist()
    assert each[3] == {}
    assert ends[3] == 1
    assert all(sum(one.values()) <= 1 + 1e-9 for one in each)
    assert whose.n_known == 3
    moved = replace(contacts, device=contacts.device[[1, 0, 2, 3]])
    other = whose_contacts(moved, home.home.history, home.people, PeopleSettings())
    assert other.expected(0) != each[0]
