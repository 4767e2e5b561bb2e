"""Hold what the client knows against what the OpenAPI document says."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import msgspec
from hypothesis import strategies as st

from settee.client.clients import Verbs
from settee.client.verb import Verb

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"
KEYWORDS = {"origin": "from"}
"""Names of parameters whose name on the wire is a keyword of Python."""
VERBS: dict[str, Verb] = {
    name: value for name, value in vars(Verbs).items() if isinstance(value, Verb)
}


def verb_of(method: str, path: str) -> Verb | None:
    """The verb that asks a route, by its own method or by one that asks the same."""
    for verb in VERBS.values():
        route = verb.route
        if route.template == path and method.upper() in (route.method, *route.twins):
            return verb
    return None


def parameters(verb: Verb) -> set[str]:
    """Names of everything that a caller can say."""
    names: set[str] = set()
    hints = get_type_hints(verb.build, include_extras=True)
    for name, parameter in inspect.signature(verb.build).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            (typed,) = get_args(hints[name])
            names |= set(get_type_hints(typed))
        else:
            names.add(KEYWORDS.get(name, name))
    return names


def result(verb: Verb) -> Any:
    """The type of what a verb returns, None for text."""
    return getattr(getattr(verb.route.read, "__self__", None), "type", None)


def described(kind: Any) -> tuple[Schema, Schema]:
    """The client's own schema of a type, and the schemas it refers to."""
    (one,), known = msgspec.json.schema_components([kind], ref_template=REF)
    return one, known


def resolved(schema: Schema, known: Schema) -> Schema:
    """What a reference stands for."""
    while "$ref" in schema:
        schema = known[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def options(schema: Schema, known: Schema) -> list[Schema]:
    """The forms that a schema allows, none of them a choice."""
    schema = resolved(schema, known)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return [one for choice in choices for one in options(choice, known)]
    if isinstance(schema.get("type"), list):
        return [schema | {"type": one} for one in schema["type"]]
    if "type" not in schema and ("enum" in schema or "const" in schema):
        values = schema.get("enum", [schema.get("const")])
        return [{"type": one} for one in sorted({_type(value) for value in values})]
    return [schema]


def _type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {str: "string", int: "integer", float: "number"}[type(value)]


def lacks(server: Schema, ours: Schema, says: Schema, knows: Schema, where: str) -> list[str]:
    """What the service may say and the client does not read.

    Args:
        server: Schema of what the service says.
        ours: Schema of what the client reads.
        says: Schemas of the document.
        knows: Schemas of the client.
        where: Where in the result.
    """
    found: list[str] = []
    mine = options(ours, knows)
    for form in options(server, says):
        tried = [_lacks(form, one, says, knows, where) for one in mine]
        found += min(tried, key=len)
    return found


def _lacks(server: Schema, ours: Schema, says: Schema, knows: Schema, where: str) -> list[str]:
    theirs, mine = server.get("type"), ours.get("type")
    if mine is None or (theirs, mine) == ("integer", "number"):
        return []
    if theirs != mine:
        return [f"{where} may be {theirs or 'anything'}, and the client reads {mine}"]
    found: list[str] = []
    if theirs == "array":
        found += lacks(server.get("items", {}), ours.get("items", {}), says, knows, f"{where}[]")
    rest = ours.get("additionalProperties", True)
    for name, schema in server.get("properties", {}).items():
        known = ours.get("properties", {}).get(name)
        if known is not None:
            found += lacks(schema, known, says, knows, f"{where}.{name}")
        elif not isinstance(rest, dict):
            found.append(f"{where}.{name} is not in the client")
    must = set(ours.get("required", ())) - set(server.get("required", ()))
    found += [f"{where}.{name} may be absent" for name in sorted(must)]
    more = server.get("additionalProperties")
    if isinstance(more, dict) and isinstance(rest, dict):
        found += lacks(more, rest, says, knows, f"{where}.*")
    return found


INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 -- UTC is put in the next line
    lambda at: at.replace(tzinfo=UTC).isoformat()
)


def _is_instant(name: str) -> bool:
    """By the names of the house: msgspec writes the format of some instants only."""
    return name in ("at", "as_of", "since", "until") or name.endswith(("_at", "_until"))


def _instants(schema: Schema) -> st.SearchStrategy[Any]:
    return INSTANTS | st.none() if "anyOf" in schema else INSTANTS


def values(schema: Schema, known: Schema, *, more: bool) -> st.SearchStrategy[Any]:
    """Anything that a schema allows; with `more`, objects hold fields that it does not name."""
    return st.one_of([_values(one, known, more=more) for one in options(schema, known)])


def _values(schema: Schema, known: Schema, *, more: bool) -> st.SearchStrategy[Any]:
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind == "object":
        return _objects(schema, known, more=more)
    if "prefixItems" in schema:  # so many and no more, each of its own kind
        return st.tuples(*(values(one, known, more=more) for one in schema["prefixItems"]))
    if kind == "array":
        return st.lists(values(schema.get("items", {}), known, more=more), max_size=2)
    if kind == "string":
        return INSTANTS if schema.get("format") == "date-time" else st.text(max_size=5)
    plain = {
        "integer": st.integers(0, 10**6),
        "number": st.floats(-1e6, 1e6, width=32),
        "boolean": st.booleans(),
        "null": st.none(),
        None: st.none() | st.booleans() | st.text(max_size=3),
    }
    return plain[kind]


def _objects(schema: Schema, known: Schema, *, more: bool) -> st.SearchStrategy[Any]:
    named = {
        name: _instants(one) if _is_instant(name) else values(one, known, more=more)
        for name, one in schema.get("properties", {}).items()
    }
    must = set(schema.get("required", ()))
    fixed = st.fixed_dictionaries(
        {name: one for name, one in named.items() if name in must},
        optional={name: one for name, one in named.items() if name not in must},
    )
    rest = schema.get("additionalProperties")
    if not named:
        rest = rest if isinstance(rest, dict) else {}
        return st.dictionaries(st.text(max_size=4), values(rest, known, more=more), max_size=2)
    if not more:
        return fixed
    new = st.dictionaries(
        st.sampled_from(["newer_field", "another_newer_field"]),
        st.none() | st.integers() | st.lists(st.text(max_size=2), max_size=1),
        max_size=2,
    )
    return st.tuples(fixed, new).map(lambda both: both[1] | both[0])
