"""Find the items that a rule is about: one yes or no an item, once per item space.

Of items from 1990, 2000 and an unknown year, "min_year = 1995" picks the second alone: what is
not known fits no range, save the age rating, which counts as adult.

Reads / Writes: nothing.
Not here: newness, which moves with the clock (rules.compiled).
"""

import numpy as np
from numpy.typing import NDArray

from settee.events import UNLIMITED
from settee.rules.facts import NO_PRICE, ItemFacts
from settee.rules.words import Selection


def select(selection: Selection, facts: ItemFacts) -> NDArray[np.bool_]:
    """Which items a selection picks, its `new_days` left aside.

    Args:
        selection: What items must be; one that says nothing picks all.
        facts: What they are.

    >>> from settee.core import Item
    >>> facts = ItemFacts.of_items(["a", "b"], [Item(item_id="a", year=1990)])
    >>> select(Selection(max_year=1999), facts).tolist()
    [True, False]
    """
    picked = np.ones(len(facts), np.bool_)
    if selection.ids:
        picked &= np.isin(np.arange(len(facts)), facts.positions(selection.ids))
    if selection.tags:
        picked &= facts.n_tags_among(selection.tags) > 0
    if selection.without_tags:
        picked &= facts.n_tags_among(selection.without_tags) == 0
    if selection.languages:
        picked &= facts.is_in_language(selection.languages)
    if selection.kinds:
        picked &= facts.is_of_kind(selection.kinds)
    for column, absent, least, most in (
        (facts.year, 0, selection.min_year, selection.max_year),
        (facts.price_cents, NO_PRICE, selection.min_price_cents, selection.max_price_cents),
        (facts.margin, None, selection.min_margin, selection.max_margin),  # NaN fits no range
        (facts.stock, UNLIMITED, selection.min_stock, selection.max_stock),
        (facts.age, None, selection.min_age_rating, selection.max_age_rating),
    ):
        if least is not None:
            picked &= column >= least
        if most is not None:
            picked &= column <= most
        if absent is not None and (least is not None or most is not None):
            picked &= column != absent
    return picked
