"""Lines of a file as events and items: JSON lines, and CSV by its header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.console.wire_lines import MAX_LINE, reader_of

AT = "2026-11-20T20:00:00Z"


def read(text, kind="items", name="file.csv"):
    """What the lines say, and what was refused: place to reason, and messages."""
    reasons, messages = {}, []

    def refuse(place, reason, message):
        reasons[place] = reason
        messages.append(message)

    reader = reader_of(name, kind, refuse)
    raw = text if isinstance(text, bytes) else text.encode()
    found = [
        one for place, line in enumerate(raw.split(b"\n"), 1) for one in reader.read(place, line)
    ]
    found += reader.finish()
    return {one.place: one.line for one in found}, reasons, messages


def test_columns_are_fields_and_cells_are_what_the_schema_says():
    lines, reasons, _ = read(
        "item_id,title,year,margin,tags,image_embedding,available_to,stock\n"
        'm1,"Dune, Part ""One""",1984,0.25,Drama|Space| ,0.5|-1,2027-01-01T00:00:00Z,\n'
    )
    assert reasons == {}
    assert lines[2] == {
        "item_id": "m1", "title": 'Dune, Part "One"', "year": 1984, "margin": 0.25,
        "tags": ["Drama", "Space"], "image_embedding": [0.5, -1.0],
        "available_to": "2027-01-01T00:00:00Z",
    }  # fmt: skip
    assert isinstance(lines[2]["year"], int)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("soon", 'year is "soon"; a whole number'),
        ("1984.5", "a whole number"),
        ("nan", "a whole number"),
    ],
)
def test_a_cell_that_is_no_number_is_told_with_its_line(cell, says):
    lines, reasons, messages = read(f"item_id,year\nm1,1984\nm2,{cell}\nm3,1990")
    assert sorted(lines) == [2, 4]
    assert reasons == {3: "no_number"}
    assert says in messages[0]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("item_id,colour", '"colour"; fields of an item are item_id, title'),
        ("item_id,year,year", "a column twice"),
        ("title,year", "lacks item_id"),
        ("item_id,", '""; fields of an item'),
    ],
)
def test_a_header_that_cannot_be_taken_is_told_and_nothing_more_is_read(header, says):
    lines, reasons, messages = read(f"{header}\nm1,2\nm2,3")
    assert lines == {}
    assert reasons == {1: "bad_header"}
    assert says in messages[0]


def test_separators_marks_and_line_ends_of_spreadsheets_are_read():
    raw = b"\xef\xbb\xbfitem_id;year\r\nm1;1984\r\n\r\nm2;1985\r\n"
    lines, reasons, _ = read(raw)
    assert lines == {2: {"item_id": "m1", "year": 1984}, 4: {"item_id": "m2", "year": 1985}}
    assert reasons == {}


def test_a_quoted_cell_goes_on_over_line_ends_and_stands_where_it_begins():
    lines, reasons, _ = read('item_id,text\nm1,"one\ntwo"\nm2,three')
    assert lines == {
        2: {"item_id": "m1", "text": "one\ntwo"},
        4: {"item_id": "m2", "text": "three"},
    }
    assert reasons == {}


@pytest.mark.parametrize("n", [5, 450])
def test_a_quote_that_nothing_closes_costs_its_own_line_alone(n):
    rows = "\n".join(f"m{one},x" for one in range(n))
    lines, reasons, messages = read(f'item_id,text\nbroken,"never\n{rows}')
    assert reasons == {2: "open_quote"}
    assert "not closed" in messages[0]
    assert sorted(lines) == list(range(3, n + 3))


def test_lines_of_other_width_and_of_other_encodings_are_told():
    lines, reasons, _ = read(b"item_id,title\nm1\nm2,\xff\xfe\nm3,a,b\nm4,Dune")
    assert reasons == {2: "wrong_columns", 3: "bad_encoding", 4: "wrong_columns"}
    assert lines == {5: {"item_id": "m4", "title": "Dune"}}


def test_a_file_that_is_no_text_is_told_once():
    lines, reasons, _ = read(b"\x00" * (MAX_LINE + 1) + b"\nmore")
    assert (lines, reasons) == ({}, {1: "too_long"})


def test_events_need_no_id_and_get_the_same_one_each_time():
    text = f"account_id,kind,at\na1,browse,{AT}\na2,browse,{AT}\na3,browse,"
    lines, reasons, messages = read(text, "events")
    again, _, _ = read(text + "\n", "events")
    ids = [lines[place]["event_id"] for place in (2, 3)]
    assert [again[place]["event_id"] for place in (2, 3)] == ids
    assert len(set(ids)) == 2
    assert reasons == {4: "no_at"}
    assert "says when" in messages[0]
    turned, _, _ = read(f"device_id,kind,account_id,at\na1,browse,a2,{AT}", "events")
    other, _, _ = read(f"account_id,kind,device_id,at\na1,browse,a2,{AT}", "events")
    assert turned[2]["event_id"] != other[2]["event_id"], "the same bytes of other columns"
    kept, _, _ = read(f"event_id,account_id,kind,at\nmine,a1,browse,{AT}", "events")
    assert kept[2]["event_id"] == "mine"


def test_files_of_other_names_are_json_lines():
    lines, reasons, _ = read('{"item_id": "m1"}\n\nitem_id', name="items.txt")
    assert lines == {1: {"item_id": "m1"}}
    assert reasons == {3: "not_json"}


@given(st.text(alphabet='ab",;|\n\r\t 1', max_size=80))
def test_no_text_breaks_the_reader_and_no_line_is_both_taken_and_refused(text):
    lines, reasons, _ = read(f"item_id,year\n{text}")
    assert not set(lines) & set(reasons)
