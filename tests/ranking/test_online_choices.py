import numpy as np
import pytest

from settee.core import OnlineSettings
from settee.ranking import Choices
from settee.ranking.online_choices import BadShown

NOON = 1_760_000_000
X = np.arange(18, dtype=np.float32).reshape(3, 6)
ITEMS = ("m1", "m2", "m3")


def _choices(**update: int) -> Choices:
    choices = Choices(OnlineSettings(**update))
    choices.show("ann", "ann/p1", NOON, ITEMS, X)
    return choices


def test_what_is_taken_of_an_answer_is_a_choice_among_its_items() -> None:
    choice = _choices().take("ann", "m2", NOON + 300)
    assert choice is not None
    assert choice.person_key == "ann/p1"
    assert choice.chosen.tolist() == [False, True, False]
    assert (choice.x == X).all()


def test_what_was_not_shown_or_is_of_somebody_else_is_no_choice() -> None:
    choices = _choices()
    assert choices.take("ann", "m9", NOON) is None
    assert choices.take("bob", "m1", NOON) is None


def test_an_item_is_taken_once_and_another_one_still_can_be() -> None:
    choices = _choices()
    assert choices.take("ann", "m1", NOON) is not None
    assert choices.take("ann", "m1", NOON + 1) is None
    assert choices.take("ann", "m3", NOON + 2) is not None


def test_what_comes_too_late_or_before_the_answer_is_no_choice() -> None:
    assert _choices().take("ann", "m1", NOON + 1801) is None
    assert _choices().take("ann", "m1", NOON - 1) is None
    assert _choices(window_s=4000).take("ann", "m1", NOON + 1801) is not None


def test_a_later_answer_takes_the_place_of_an_earlier_one() -> None:
    choices = _choices()
    choices.show("ann", "ann/p2", NOON + 60, ("m7",), X[:1])
    assert choices.take("ann", "m1", NOON + 61) is None
    taken = choices.take("ann", "m7", NOON + 61)
    assert taken is not None
    assert taken.person_key == "ann/p2"


def test_memory_is_bounded_and_the_oldest_answer_goes() -> None:
    choices = _choices(waiting=2)
    for who in ("bob", "cem"):
        choices.show(who, who, NOON, ITEMS, X)
    assert choices.take("ann", "m1", NOON) is None
    assert choices.take("bob", "m1", NOON) is not None


def test_an_account_that_is_forgotten_was_shown_nothing() -> None:
    choices = _choices()
    choices.forget("ann")
    choices.forget("nobody")
    assert choices.take("ann", "m1", NOON) is None


def test_rows_that_do_not_fit_the_items_are_refused() -> None:
    with pytest.raises(BadShown):
        _choices().show("ann", "ann", NOON, ITEMS, X[:2])


def test_what_is_taken_of_a_copy_is_not_taken_of_the_original() -> None:
    choices = _choices()
    assert choices.take("ann", "m1", NOON) is not None
    other = choices.of("ann")
    assert other.take("ann", "m1", NOON + 1) is None
    assert other.take("ann", "m2", NOON + 1) is not None
    assert choices.take("ann", "m2", NOON + 1) is not None
    assert choices.of("bob").take("ann", "m3", NOON) is None
