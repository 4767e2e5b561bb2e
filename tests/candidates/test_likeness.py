"""Items alike by tags and words, also to one that is not in the catalogue."""

import numpy as np
import pytest

from settee.candidates import UnknownPosition, alike
from settee.core import Item
from settee.events import catalogue_of

SHELF = catalogue_of(
    [
        Item(item_id="a", title="Red lunch bag", tags=("bag",), year=2010),
        Item(item_id="b", title="Blue lunch bag", tags=("bag",)),
        Item(item_id="c", title="Garden fork", tags=("tool",)),
        Item(item_id="d"),
    ]
)


def test_what_shares_more_comes_first_and_what_shares_nothing_not_at_all() -> None:
    near, cosine = alike(SHELF, np.array([0], np.int32), 5)
    assert near.tolist() == [1]
    assert 0 < cosine[0] < 1


def test_a_new_item_is_compared_by_its_description() -> None:
    near, cosine = alike(SHELF, Item(item_id="e", title="Red bag", tags=("bag",), year=2011), 5)
    assert near.tolist() == [0, 1]
    assert cosine[0] > cosine[1]
    # One that is there is compared as it stands there.
    assert alike(SHELF, Item(item_id="a", title="Garden"), 5)[0].tolist() == [1]


def test_words_count_as_much_as_their_weight() -> None:
    wanted = Item(item_id="e", title="garden", tags=("bag",))
    assert 2 in alike(SHELF, wanted, 5)[0]
    assert 2 not in alike(SHELF, wanted, 5, text_weight=0.0)[0]


def test_several_are_compared_together_and_are_not_their_own_answer() -> None:
    assert alike(SHELF, np.array([0, 2], np.int32), 1)[0].tolist() == [1]
    with pytest.raises(UnknownPosition):
        alike(SHELF, np.array([9], np.int32), 1)
