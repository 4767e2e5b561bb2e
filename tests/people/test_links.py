import numpy as np
import pytest
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, PeopleSettings
from settee.people.links import Link, LinkPrior, Uses, learn_owned, link_things

DAY = 86_400
TV, MOBILE = DEVICE_TYPES.index("tv"), DEVICE_TYPES.index("mobile")
PRIOR = LinkPrior()


def uses(
    thing: list[int], who: list[int], *, n_persons: int = 2, day: list[int] | None = None,
    hour: list[float] | None = None, kind: int = -1,
) -> Uses:  # fmt: skip
    """Sessions of persons 0, 1, ...; -1 is a guest."""
    n = len(thing)
    there = np.vstack([np.eye(n_persons), np.zeros(n_persons)])[who]
    days = np.array(day if day is not None else [0] * n, np.int64)
    hours = np.array(hour if hour is not None else [20.0] * n)
    return Uses(np.array(thing), np.full(n, kind), days * DAY, hours, there)


def only(sessions: Uses, prior: LinkPrior = PRIOR, told: dict[int, int] | None = None) -> Link:
    links = {link.thing: link for link in link_things(sessions, 0, prior, told)}
    return links[0]


def test_a_telephone_of_one_person_is_theirs() -> None:
    link = only(uses([0] * 12 + [1] * 12, [1] * 11 + [0] + [0] * 12))
    assert (link.place, link.is_linked, link.is_shared) == (1, True, False)
    assert link.probability > 0.9
    assert dict(link.facts)["share"] == pytest.approx(11 / 12)


def test_a_television_that_all_use_is_nobodys() -> None:
    link = only(uses([0] * 30 + [1] * 5, [0, 1] * 15 + [0] * 5))
    assert (link.is_linked, link.is_shared) == (False, True)
    assert dict(link.facts)["evenness"] == pytest.approx(2, abs=0.01)


def test_every_device_to_its_top_user_would_collapse_the_household_and_links_do_not() -> None:
    who = [0] * 16 + [1] * 14
    top_user = max(set(who), key=who.count)
    link = only(uses([0] * 30 + [1] * 5, who + [1] * 5))
    assert top_user == 0
    assert not link.is_linked


def test_one_session_says_little_and_the_type_decides() -> None:
    owned = np.full(8, 0.5)
    owned[MOBILE], owned[TV] = 0.95, 0.05
    prior = LinkPrior(owned)
    sessions = [0, 1, 1, 1], [0, 1, 1, 0]
    assert only(uses(*sessions, kind=MOBILE), prior).is_linked
    assert not only(uses(*sessions, kind=TV), prior).is_linked


def test_a_device_that_was_handed_on_follows_its_recent_sessions() -> None:
    day = [*range(-400, -380), *range(-20, 0)]
    sessions = uses([0] * 40, [0] * 20 + [1] * 20, day=day)
    link = only(sessions)
    assert (link.place, link.is_linked) == (1, True)
    assert dict(link.bits)["recency"] > 1
    assert dict(link.facts)["days_since"] == 1
    assert not only(sessions, LinkPrior(half_life_days=100_000)).is_linked


def test_hours_that_are_not_the_owners_speak_against_them() -> None:
    thing, who = [0] * 8 + [1] * 20 + [2] * 20, [0] * 8 + [0] * 20 + [1] * 20
    mornings, evenings = [8.0] * 20, [21.0] * 20
    agree = only(uses(thing, who, hour=[8.0] * 8 + mornings + evenings))
    differ = only(uses(thing, who, hour=[21.0] * 8 + mornings + evenings))
    assert dict(agree.bits)["hours"] > 0 > dict(differ.bits)["hours"]
    assert agree.probability > differ.probability


def test_the_bits_add_up_to_the_odds() -> None:
    link = only(uses([0] * 6 + [1] * 6, [0] * 5 + [1] + [1] * 6))
    odds = np.log2(link.probability / (1 - link.probability))
    assert sum(bits for _, bits in link.bits) == pytest.approx(odds)
    assert [name for name, _ in link.bits] == ["usual", "type", "sessions", "recency", "hours"]


def test_a_higher_threshold_links_less() -> None:
    sessions = uses([0] * 5 + [1] * 5, [0] * 4 + [1] + [1] * 5)
    prior = [LinkPrior.of(PeopleSettings(link_threshold=t)) for t in (0.3, 0.99)]
    assert [only(sessions, one).is_linked for one in prior] == [True, False]


def test_what_people_say_of_a_device_counts_and_can_be_taken_back() -> None:
    sessions = uses([0] * 12 + [1] * 12, [0] * 12 + [1] * 12)
    assert only(sessions, told={0: 1}).place == 1
    nobody = only(sessions, told={0: -1})
    assert (nobody.is_linked, nobody.is_shared) == (False, True)
    assert only(sessions, told={}) == only(sessions)


def test_guests_do_not_own_devices() -> None:
    assert not only(uses([0] * 10 + [1] * 10, [-1] * 10 + [0] * 10)).is_linked


def test_the_only_person_owns_the_devices_and_nobody_owns_none() -> None:
    assert only(uses([0] * 10, [0] * 10, n_persons=1)).is_linked
    nobody = only(uses([0] * 3, [-1] * 3, n_persons=0))
    assert (nobody.place, nobody.is_linked, nobody.bits) == (-1, False, ())


def test_sessions_without_a_device_link_nothing() -> None:
    assert link_things(uses([-1, -1], [0, 1]), 0, PRIOR) == ()


def worlds(rng: np.random.Generator) -> list[Uses]:
    """Mobiles are mostly one person's, televisions mostly shared."""
    found = []
    for _ in range(60):
        mobile = rng.choice(2, 15, p=[0.95, 0.05])
        tv = rng.choice(2, 15)
        kinds: NDArray[np.int64] = np.repeat([MOBILE, TV], 15)
        who = np.concatenate([mobile, tv])
        zeros = np.zeros(30, np.int64)
        found.append(Uses(np.repeat([0, 1], 15), kinds, zeros, zeros + 20.0, np.eye(2)[who]))
    return found


def test_which_types_are_personal_is_learnt_from_many_households() -> None:
    owned = learn_owned(worlds(np.random.default_rng(0)))
    assert owned[MOBILE] > 0.8
    assert owned[TV] < 0.3
    assert LinkPrior.of(PeopleSettings(), owned).owned is owned


def test_households_of_one_teach_nothing() -> None:
    assert learn_owned([uses([0] * 5, [0] * 5, n_persons=1)]).tolist() == [0.5] * 8
