from dataclasses import fields

import pytest

from settee.events import BadDial, World, dials, make_world


def test_every_dial_says_what_it_means_and_holds_its_own_default() -> None:
    for name, dial in dials().items():
        least, most = dial.accepted
        assert least <= dial.default <= most
        assert dial.meaning.endswith(".")
        assert getattr(World(), name) == dial.default
    assert len(dials()) == len(fields(World))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("guests", 1.5, 'dial "guests" is 1.5; it must be between 0 and 1.'),
        ("size_mean", 0.0, "between 1 and 8"),
        ("n_titles", 20.5, "whole number"),
        ("n_titles", 5, "between 12 and"),
        ("touches", float("nan"), "must be between 0 and 300"),
        ("n_titles", float("nan"), "n_titles"),
        ("n_titles", float("inf"), "n_titles"),
        ("kindness", 1.0, 'no dial "kindness"; dials are n_titles, '),
    ],
)
def test_a_dial_that_cannot_be_set_is_named_with_what_is_accepted(
    name: str, value: float, words: str
) -> None:
    with pytest.raises(BadDial) as caught:
        make_world("default", **{name: value})
    assert words in caught.value.message
    assert caught.value.place == name


def test_there_are_three_difficulties() -> None:
    easy, default, hard = (make_world(name) for name in ("easy", "default", "hard"))
    assert easy != default == World() != hard
    with pytest.raises(BadDial, match="easy, hard") as caught:
        make_world("medium")
    assert caught.value.place == "difficulty"


def test_a_dial_set_by_hand_leaves_the_others_as_the_difficulty_has_them() -> None:
    world = make_world("hard", profiles=0.0, n_titles=60.0)
    assert (world.profiles, world.n_titles, type(world.n_titles)) == (0.0, 60, int)
    assert world.own_device == make_world("hard").own_device != World().own_device
