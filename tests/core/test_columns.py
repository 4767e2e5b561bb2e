import msgspec

from settee.core import HISTORY_COLUMNS, Columns, Event, Item


def test_every_column_is_named_like_its_attribute() -> None:
    names = {name: value for name, value in vars(Columns).items() if not name.startswith("_")}
    assert all(name == value for name, value in names.items())


def test_history_columns_are_distinct_and_in_the_vocabulary() -> None:
    names = [name for name, _ in HISTORY_COLUMNS]
    assert len(set(names)) == len(names)
    assert set(names) <= set(vars(Columns))


def test_history_columns_are_fields_of_an_event() -> None:
    assert {name for name, _ in HISTORY_COLUMNS} <= set(Event.__struct_fields__)


def test_item_columns_are_fields_of_an_item() -> None:
    fields = {field.name for field in msgspec.structs.fields(Item)}
    assert {Columns.title, Columns.tags, Columns.year, Columns.text} <= fields
