"""Small catalogues and short ways to write rules."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import Item
from settee.rules import (
    Asking,
    Compiled,
    ItemFacts,
    Rule,
    RuleSet,
    Verdict,
    compile_rules,
    judge,
    parse_rules,
)

NOBODY = np.zeros(0, np.int32)
NOON = int(datetime(2026, 12, 24, 12, tzinfo=UTC).timestamp())
DAY_S = 86_400

ITEMS = (
    Item(
        item_id="toys", title="Toys", kind="film", tags=("Family", "Comedy"), year=1995,
        language="en", age_rating=0, price_cents=500, margin=0.5, stock=3,
    ),
    Item(
        item_id="knives", title="Knives", kind="film", tags=("Horror",), year=2020, language="en",
        age_rating=18, price_cents=900, margin=0.1, stock=900,
    ),
    Item(
        item_id="vizontele", title="Vizontele", kind="film", tags=("Comedy",), year=2001,
        language="tr", age_rating=7, margin=0.9,
        available_from=datetime(2026, 12, 20, tzinfo=UTC),
    ),
    Item(item_id="mystery", title="Mystery"),
    Item(
        item_id="reef", title="Reef", kind="series", tags=("Nature", "Family"), language="en",
        age_rating=0, available_from=datetime(2026, 12, 23, tzinfo=UTC),
    ),
)  # fmt: skip
IDS = tuple(item.item_id for item in ITEMS)


def facts(*items: Item) -> ItemFacts:
    """Columns of these items, or of the five above."""
    chosen = items or ITEMS
    return ItemFacts.of_items([item.item_id for item in chosen], chosen)


def rules(text: str) -> RuleSet:
    """The rules of a TOML text."""
    return parse_rules(text.encode(), "toml")


def one(text: str) -> Rule:
    """The only rule of a TOML text without its heading; its name is "r" where none is given."""
    named = text if "name =" in text else f'name = "r"\n{text}'
    (rule,) = rules(f"[[rules]]\n{named}").rules
    return rule


def compiled(text: str, *items: Item) -> Compiled:
    """Rules over the five items, or over these."""
    return compile_rules(rules(text), facts(*items))


def told(
    one: Compiled,
    asking: Asking | None = None,
    *,
    closed: NDArray[np.uint8] | None = None,
    **positions: Any,
) -> Verdict:
    """The verdict of some rules; positions are seen, excluded and disliked."""
    given = {"seen": NOBODY, "excluded": NOBODY, "disliked": NOBODY} | {
        name: np.array(some, np.int32) for name, some in positions.items()
    }
    shelf = np.zeros(one.n_items, np.uint8) if closed is None else closed
    return judge(one, asking or Asking(NOON), closed=shelf, **given)


def removed(text: str, asking: Asking | None = None) -> dict[str, list[str]]:
    """Which of the five items each rule of a TOML text removes."""
    verdict = told(compiled(text), asking)
    return {name: [IDS[place] for place in places] for name, places in verdict.examples(9).items()}
