"""The client against the OpenAPI document: nothing that the service offers is missing in it."""

import inspect
import json

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.client import AsyncClient, Client, Event, Item, errors
from settee.client.errors import error_for
from settee.client.streams import AsyncStreams, SyncStreams
from tests.client.promises import (
    VERBS,
    described,
    lacks,
    parameters,
    resolved,
    result,
    values,
    verb_of,
)

HOW = settings(
    max_examples=10, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
SAID = {"Event": Event, "Item": Item}


@pytest.fixture(scope="module")
def document(url):
    return httpx.get(f"{url}/openapi.json", trust_env=False).json()


@pytest.fixture(scope="module")
def schemas(document):
    return document["components"]["schemas"]


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def promised(operation):
    """Schema of the result, None for text."""
    done = next(one for status, one in operation["responses"].items() if status.startswith("2"))
    return done.get("content", {}).get("application/json", {}).get("schema")


def test_every_route_has_a_verb_and_every_verb_a_route(document):
    served = {(method, path) for method, path, _ in operations(document)}
    missing = [route for route in sorted(served) if verb_of(*route) is None]
    assert missing == [], "the client lacks routes"
    known = {(verb.route.method, verb.route.template) for verb in VERBS.values()}
    assert known <= served, "the client has routes that are not served"


def test_every_parameter_and_field_of_a_question_can_be_said(document, schemas):
    missing = []
    for method, path, operation in operations(document):
        can_say = parameters(verb_of(method, path))
        wanted = {one["name"] for one in operation.get("parameters", ())}
        wanted |= fields_of_body(operation, schemas)
        missing += [f"{method} {path}: {name}" for name in sorted(wanted - can_say)]
    assert missing == []


def fields_of_body(operation, schemas) -> set[str]:
    """Fields of the JSON object that a route takes; batches are looked at by themselves."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = resolved(content.get("application/json", {}).get("schema", {}), schemas)
    return set(schema.get("properties", ()))


@pytest.mark.parametrize("name", SAID)
def test_events_and_items_have_every_field_that_is_accepted(schemas, name):
    theirs = schemas[name]["properties"]
    ours = described(SAID[name])[1][name]["properties"]
    assert set(ours) == set(theirs)
    for field, schema in theirs.items():
        assert lacks(schema, ours[field], schemas, {}, f"{name}.{field}") == []


def test_every_field_of_every_result_is_read(document, schemas):
    missing = []
    for method, path, operation in operations(document):
        kind = result(verb_of(method, path))
        schema = promised(operation)
        assert (schema is None) == (kind is None), (method, path)
        if schema is not None:
            ours, known = described(kind)
            missing += lacks(schema, ours, schemas, known, f"{method} {path}")
    assert sorted(set(missing)) == []


@pytest.mark.parametrize("more", [False, True], ids=["today", "newer"])
def test_whatever_the_document_allows_is_read_also_with_fields_of_a_newer_service(
    document, schemas, more
):
    for method, path, operation in operations(document):
        schema, verb = promised(operation), verb_of(method, path)
        if schema is not None:
            reads_all(verb, values(schema, schemas, more=more))


def reads_all(verb, anything):
    """What the service may say is read, and nothing of it that has a name is lost."""

    @HOW
    @given(anything)
    def reads(said):
        read = msgspec.to_builtins(verb.route.read(json.dumps(said).encode()))
        assert same_where_named(said, read)

    reads()


def same_where_named(said, read) -> bool:
    """Does all that was said and is named in what was read stand there?"""
    if isinstance(said, dict):
        return all(same_where_named(one, read[name]) for name, one in said.items() if name in read)
    if isinstance(said, list):
        return len(said) == len(read) and all(map(same_where_named, said, read))
    # Instants come back in another spelling.
    return said == read or isinstance(said, str)


def test_every_refusal_that_is_named_has_a_class_of_its_own_or_its_family(document, schemas):
    assert set(schemas["ErrorShape"]["properties"]) == {"code", "message", "hint", "place"}
    for _, _, operation in operations(document):
        for status in map(int, operation["responses"]):
            if status >= 400:
                kind = error_for(status)
                assert issubclass(kind, errors.ServiceFailed if status >= 500 else errors.Refused)


def test_every_result_is_frozen_and_passes_over_what_it_does_not_know():
    for name, verb in VERBS.items():
        for kind in structs(result(verb)):
            assert kind.__struct_config__.frozen, (name, kind)
            assert not kind.__struct_config__.forbid_unknown_fields, (name, kind)


def structs(kind) -> set[type]:
    """All structs in a type."""
    found: set[type] = set()
    waiting = [msgspec.inspect.type_info(kind)] if kind is not None else []
    while waiting:
        info = waiting.pop()
        if isinstance(info, msgspec.inspect.StructType):
            if info.cls in found:
                continue
            found.add(info.cls)
            waiting += [field.type for field in info.fields]
        for name in ("item_type", "value_type"):
            if hasattr(info, name):
                waiting.append(getattr(info, name))
        waiting += getattr(info, "types", ())
    return found


def test_both_clients_can_do_the_same():
    def public(kind):
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Client) - {"send"} == public(AsyncClient) - {"send"}
    for name in ("stream_events", "stream_items"):
        ours = inspect.signature(getattr(SyncStreams, name)).parameters
        assert list(ours) == list(inspect.signature(getattr(AsyncStreams, name)).parameters)
    for verb in VERBS.values():
        assert verb.__doc__


@given(st.data())
@HOW
def test_the_check_finds_a_field_that_is_missing(data):
    server = {"type": "object", "properties": {"new": {"type": "string"}}, "required": []}
    ours = {"type": "object", "properties": {"old": {"type": "string"}}, "required": ["old"]}
    assert lacks(server, ours, {}, {}, "R") == ["R.new is not in the client", "R.old may be absent"]
    assert lacks({"type": "string"}, {"type": "integer"}, {}, {}, "R")
    kinds = data.draw(st.lists(st.sampled_from(["string", "null"]), min_size=1, unique=True))
    assert (lacks({"type": kinds}, {"type": "string"}, {}, {}, "R") == []) == (kinds == ["string"])
