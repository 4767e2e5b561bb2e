"""The tables of docs/rules.md, from the tables that check rules.

Reads: the package's own definitions.  Writes: nothing.
"""

from collections.abc import Callable, Iterator, Sequence

from settee.rules.fields import FIELDS, SELECTION_FIELDS, Field
from settee.rules.kinds import COMMON, KINDS_OF_RULES

Rows = Callable[[], Iterator[Sequence[str]]]


def kinds() -> Iterator[Sequence[str]]:
    """Every kind of rule: what it does, what it needs and what it may have."""
    for name, kind in KINDS_OF_RULES.items():
        needs = [f"`{field}`" for field in kind.needs]
        if kind.one_of:
            needs.append(" or ".join(f"`{field}`" for field in kind.one_of))
        takes = ", ".join(f"`{field}`" for field in kind.takes)
        yield f"`{name}`", kind.floor, kind.meaning, ", ".join(needs), takes


def common() -> Iterator[Sequence[str]]:
    """Fields that any rule may have."""
    yield from (_row(name, FIELDS[name]) for name in COMMON)


def own() -> Iterator[Sequence[str]]:
    """Fields of some kinds."""
    for name, field in FIELDS.items():
        if name not in COMMON:
            kinds = [kind for kind, one in KINDS_OF_RULES.items() if name in one.own]
            yield *_row(name, field), ", ".join(kinds)


def selection() -> Iterator[Sequence[str]]:
    """What items may be asked to be."""
    yield from (_row(f"items.{name}", field) for name, field in SELECTION_FIELDS.items())


def _row(name: str, field: Field) -> tuple[str, str, str]:
    return f"`{name}`", field.accepts, field.meaning


TABLES: dict[str, tuple[tuple[str, ...], Rows]] = {
    "rule-kinds": (("kind", "floor", "what it does", "needs", "may have"), kinds),
    "rule-common": (("field", "accepted", "meaning"), common),
    "rule-fields": (("field", "accepted", "meaning", "kinds"), own),
    "rule-items": (("field", "accepted", "an item that"), selection),
}
