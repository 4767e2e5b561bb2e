"""Describe the operations that FastAPI does not know: hot routes, batches, questions by query.

Reads / Writes: nothing.
Source: OpenAPI 3.1.
Not here: the whole document and what operations return (web.document).
"""

from typing import Any

import msgspec

from settee.core import DEVICE_TYPES, MAX_ID_LENGTH
from settee.web.asking import MAX_EXCLUDE, MAX_PERSONS, MAX_SEGMENTS, Asked
from settee.web.reached import MOST_PEOPLE

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"


def events() -> Schema:
    """Storing events."""
    return {
        "summary": "Store events",
        "description": "Answers once the events are durable. A repeated `event_id` changes "
        "nothing. In a batch, a bad event is refused by its position and the rest is kept.",
        "tags": ["events"],
        "operationId": "take_events",
        "requestBody": batch_body("Event", "events"),
    }


def who() -> Schema:
    """Asking who is there."""
    return {
        "summary": "Who is there",
        "description": "Who is on the screen, from account, device and clock, sharpened by the "
        "running session; what was stored is known without being sent again.",
        "tags": ["people"],
        "operationId": "who",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ref("AskedWho")}},
        },
    }


def made_list() -> Schema:
    """A list that was made ahead."""
    item_id: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH}
    name: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {
        "summary": "A list made ahead",
        "description": "The list of an account as it was computed ahead, while nothing that it "
        "hangs on has changed; otherwise computed at once. `computed_at` says when. A list that "
        "was computed ahead has no exposure: tell by `impression` events what was shown.",
        "tags": ["recommendations"],
        "operationId": "list_get",
        "parameters": [
            {"name": "name", "in": "path", "required": True, "schema": name,
             "description": "Of the list, as `settee precompute` was told."},
            {"name": "account_id", "in": "query", "required": True, "schema": item_id,
             "description": "Whose."},
        ],
    }  # fmt: skip


def reached() -> Schema:
    """An audience that was made ahead."""
    item_id: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH}
    return {
        "summary": "Who responds to an item",
        "description": "The people who are likeliest to respond to an item, as they were computed "
        "ahead, without whoever may be shown no longer. The answer has an `ETag`; asked again with "
        "`If-None-Match` it is a 304 while nothing changed.",
        "tags": ["audiences"],
        "operationId": "item_audience",
        "parameters": [
            {"name": "item_id", "in": "path", "required": True, "schema": item_id,
             "description": "Id of the item."},
            {"name": "n", "in": "query", "required": False, "schema": _whole(1, MOST_PEOPLE),
             "description": "Most people; the default is a setting (precomputed.n)."},
        ],
    }  # fmt: skip


def rules_body() -> Schema:
    """A set of rules, as JSON or TOML."""
    return {
        "required": True,
        "description": "A whole set of rules; which fields a kind takes is said in docs/rules.md.",
        "content": {
            "application/json": {"schema": ref("RuleDocument")},
            "application/toml": {"schema": {"type": "string"}},
        },
    }


def batch_body(name: str, key: str) -> Schema:
    """One or many of a kind.

    Args:
        name: Of the schema of one.
        key: Of many in an envelope.
    """
    one, many = ref(name), {"type": "array", "items": ref(name)}
    envelope = {
        "type": "object",
        "properties": {key: many},
        "required": [key],
        "additionalProperties": False,
    }
    return {
        "required": True,
        "description": "One object, an array, an envelope, or one object a line (NDJSON); "
        "`Content-Encoding: gzip` is accepted.",
        "content": {
            "application/json": {"schema": {"anyOf": [one, many, envelope]}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }


def ask_by_body() -> Schema:
    """A recommendation, asked by a body."""
    return {
        "summary": "Recommend",
        "description": "The same question as the GET, as a JSON object.",
        "tags": ["recommendations"],
        "operationId": "recommend_post",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ref("Asked")}},
        },
    }


def ask_by_query() -> Schema:
    """A recommendation, asked by a query string."""
    return {
        "summary": "Recommend",
        "description": "Items for whoever of an account is there, with rung, model, sources and "
        "reasons; every answer is journalled as an exposure.",
        "tags": ["recommendations"],
        "operationId": "recommend_get",
        "parameters": parameters(Asked),
    }


def parameters(kind: type[msgspec.Struct]) -> list[Schema]:
    """Parameters of a query string that says what a question has fields for.

    Args:
        kind: The question.
    """
    needed = {one.name for one in msgspec.structs.fields(kind) if one.required}
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "description": meaning,
            "schema": schema,
        }
        for name, meaning, schema in _questions()
        if name in kind.__struct_fields__
    ]


def _questions() -> list[tuple[str, str, Schema]]:
    """Name, meaning and schema of each field of a question."""
    item_id: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH}
    short: Schema = {"type": "string", "minLength": 1, "maxLength": 128}
    return [
        ("account_id", "For whom; an unknown account gets what newcomers get.", item_id),
        ("item_id", "About which item, shown or not.", item_id),
        ("k", "Items wanted; default and most are settings.", _whole(1, 1000)),
        (
            "exclude",
            "Items not to show; repeat the field for several.",
            {"type": "array", "items": item_id, "maxItems": min(MAX_EXCLUDE, 900)},
        ),
        (
            "device_type",
            "Where it will be shown.",
            {"type": "string", "enum": list(DEVICE_TYPES)},
        ),
        ("slot", "Name of the place on the page; kept with the exposure.", short),
        (
            "explain",
            "Give reasons; full also says what would be without the titles that speak for an item.",
            {"type": "string", "enum": ["true", "false", "full"], "default": "true"},
        ),
        ("device_id", "On which device; it helps to tell who is there.", item_id),
        ("platform", "By which product or service; likewise.", short),
        ("profile_id", "The profile that was picked; likewise.", item_id),
        (
            "person_id",
            "Who is there, where the caller knows; repeat the field for several together.",
            {"type": "array", "items": item_id, "maxItems": MAX_PERSONS},
        ),
        ("together", "Several watch.", {"type": "boolean", "default": False}),
        (
            "least",
            "In a list for several: 0 pleases them on average, 1 the least pleased.",
            {"type": "number", "minimum": 0, "maximum": 1},
        ),
        ("segments", "Segments that rules may name; repeat the field.", _several(short)),
        ("max_age", "Nothing rated for older viewers, or not rated.", _whole(0, 21)),
        ("languages", "Nothing known to be in another language.", _several(short)),
        ("at", "Another instant than now.", {"type": "string", "format": "date-time"}),
    ]


def _several(one: Schema) -> Schema:
    return {"type": "array", "items": one, "maxItems": MAX_SEGMENTS}


def _whole(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def ref(name: str) -> Schema:
    """The schema of a name, by reference."""
    return {"$ref": REF.format(name=name)}
