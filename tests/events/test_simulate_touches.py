from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest

from settee.core import KINDS
from settee.events import SimulatedHousehold, make_world, simulate_households
from settee.events.simulate_lines import effect_lines, event_lines
from settee.events.simulate_touches import CONTACTS

END = datetime(2026, 11, 21, tzinfo=UTC)
TOUCH, CONVERT = KINDS.index("touch"), KINDS.index("convert")


@cache
def homes(n: int = 60, **dials: float) -> tuple[SimulatedHousehold, ...]:
    world = make_world(n_titles=60, sessions_mean=5, **dials)
    return tuple(simulate_households(world, 5, n, 60, END)[1])


def total(some: tuple[SimulatedHousehold, ...]) -> tuple[float, float]:
    """Expected conversions with and without all contacts."""
    expected = [(home.effects.expected, home.effects.expected_without) for home in some]
    with_all, without = np.sum(expected, axis=0).tolist()
    return with_all, without


def test_contacts_without_effect_change_nothing() -> None:
    with_all, without = total(homes(touch_effect=0.0, touches=20.0))
    assert with_all == without
    assert all(
        (home.effects.touch_extra == 0).all() for home in homes(touch_effect=0.0, touches=20)
    )


def test_contacts_raise_conversions_by_what_the_truth_says() -> None:
    # Many households: what happens comes close to what was to be expected.
    some = homes(n=300, touches=20.0, conversions=0.5)
    with_all, without = total(some)
    n = sum(len(home.effects.convert) for home in some)
    assert abs(n - with_all) < 4 * np.sqrt(with_all)
    assert with_all > 1.15 * without
    assert n > without + 4 * np.sqrt(without)


def test_one_contact_alone_is_the_whole_difference() -> None:
    found = 0
    for home in homes(n=300, touches=0.5):
        effects = home.effects
        if len(effects.touch) == 1:
            found += 1
            assert effects.touch_extra[0] == pytest.approx(
                effects.expected - effects.expected_without
            )
    assert found > 20


def test_banners_have_no_effect_and_first_spots_have() -> None:
    extra: dict[str, list[float]] = {}
    for home in homes(n=100, touches=20.0):
        for place, gain in zip(home.effects.touch, home.effects.touch_extra, strict=True):
            extra.setdefault(CONTACTS[home.contact[place]].campaign, []).append(gain)
    assert np.mean(extra["banners"]) == 0
    assert np.mean(extra["first-spot"]) > np.mean(extra["winter-news"]) > 0


def test_nobody_contacts_the_households_that_are_held_out() -> None:
    some = homes(n=200, touches=20.0, holdout=0.5)
    held = [home for home in some if home.effects.is_held_out]
    assert 60 < len(held) < 140
    assert not any((home.kind == TOUCH).any() for home in held)
    assert all(home.effects.expected == home.effects.expected_without for home in held)


def test_targeting_makes_the_contacted_look_better_than_the_contacts_are() -> None:
    def naive(targeting: float) -> float:
        """Habit of the members who are contacted much, over that of the others."""
        some = homes(n=300, touches=6.0, targeting=targeting, size_mean=1.0, holdout=0.0)
        often = np.array([len(home.effects.touch) for home in some])
        habit = np.array([home.effects.expected_without for home in some])
        is_more = often > np.median(often)
        return float(habit[is_more].mean() / habit[~is_more].mean())

    assert naive(1.0) > 1.5 > naive(0.0)


def test_effects_that_last_longer_add_more() -> None:
    gains = []
    for days in (1.0, 10.0):
        with_all, without = total(homes(touches=20.0, touch_half_life_days=days))
        gains.append(with_all - without)
    assert gains[1] > 2 * gains[0]


def test_touches_and_conversions_carry_what_they_cost_and_brought() -> None:
    for home in homes(touches=20.0, conversions=1.0):
        lines = event_lines(home).decode().splitlines()
        for place in home.effects.touch:
            one = CONTACTS[home.contact[place]]
            assert home.kind[place] == TOUCH
            assert f'"campaign":"{one.campaign}","cost_micros":{one.cost_micros}' in lines[place]
        for place in home.effects.convert:
            assert home.kind[place] == CONVERT
            assert '"currency":"EUR"' in lines[place]
            assert home.revenue_cents[place] > 0
        assert effect_lines(home).count(b'"extra"') == len(home.effects.touch)


def test_advertising_leaves_every_session_as_it_is() -> None:
    for quiet, loud in zip(homes(touches=0.0), homes(touches=20.0), strict=True):
        keep = [home.session >= 0 for home in (quiet, loud)]
        for name in ("at_s", "kind", "item", "device", "persons", "profile", "platform"):
            one, two = (
                getattr(home, name)[at] for home, at in zip((quiet, loud), keep, strict=True)
            )
            assert (one == two).all()
