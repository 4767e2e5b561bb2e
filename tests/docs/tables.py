"""Write the tables of docs/ from the code, so that a page cannot say what the code does not.

Each page holds prose by hand and, between ``<!-- name -->`` and ``<!-- end -->``, what this module
writes. ``python -m tests.docs.tables`` brings the pages up to date; a test compares.

Reads: the package's own definitions.  Writes: the tables of docs/.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

import settee
from settee.cli.main import app
from settee.core import KINDS, SetteeError, Settings, json_schemas
from settee.core.meanings import KIND_MEANINGS
from settee.core.schema import ITEM_KINDS
from settee.events import dials
from settee.govern import END_USER, PERMISSIONS, ROLES, grants
from settee.web.permissions import NEEDS
from tests.docs.client_tables import TABLES as CLIENT
from tests.docs.rule_tables import TABLES as RULES

DOCS = Path(__file__).parents[2] / "docs"
_PART = re.compile(r"(<!-- (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
Schema = dict[str, Any]


def filled(page: str) -> str:
    """The page with all its parts written anew."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part['name']]()}\n{part[3]}", page)


def table(columns: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def kinds() -> str:
    """Every kind of event."""
    rows = ((f"`{k}`", "yes" if k in ITEM_KINDS else "", KIND_MEANINGS[k]) for k in KINDS)
    return table(("kind", "needs an item", "meaning"), rows)


def fields(name: str) -> Callable[[], str]:
    """Every field of the event or item."""

    def part() -> str:
        shape = json_schemas()[name]["$defs"][name.capitalize()]
        rows = (
            (
                f"`{field}`",
                accepted(schema) + (", required" if field in shape["required"] else ""),
                schema["description"],
            )
            for field, schema in shape["properties"].items()
        )
        return table(("field", "accepted", "meaning"), rows)

    return part


def settings() -> str:
    """Every setting, section by section."""
    whole = Settings.model_json_schema()
    text = []
    for name, schema in whole["properties"].items():
        if "$ref" not in schema:
            text.append(table(SETTING, iter([_setting(name, schema, whole)])))
            continue
        section = whole["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        rows = (_setting(key, one, whole) for key, one in section["properties"].items())
        text.append(f"## [{name}]\n\n{section['description']}\n\n{table(SETTING, rows)}")
    return "\n\n".join(text)


SETTING = ("setting", "default", "accepted", "meaning")


def _setting(name: str, schema: Schema, whole: Schema) -> Sequence[str]:
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[1]] | schema
    return (
        f"`{name}`",
        f"`{_value(schema.get('default', {}))}`",
        accepted(schema),
        schema["description"],
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value)


def accepted(schema: Schema) -> str:
    """What a value may be, in words."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "anyOf" in schema:
        return " or ".join(accepted(one) for one in schema["anyOf"])
    kind: str = schema.get("type", "value")
    words: str = _WORDS.get(schema.get("format", kind), kind)
    if kind in ("integer", "number"):
        words += _range(schema)
    elif kind == "string" and "maxLength" in schema:
        words += f" of {schema.get('minLength', 0)} to {schema['maxLength']:,} characters"
    elif kind == "array" and "enum" in schema.get("items", {}):
        words += f" of {accepted(schema['items'])}"
    elif kind == "array":
        words += f" of {_WORDS.get(schema['items'].get('type'), 'value')}s"
    return words


_WORDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "array": "list",
    "object": "table",
    "date-time": "instant with a zone (RFC 3339)",
    "path": "path",
}


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    words = [
        f"from {low:,g}" if low is not None else "",
        f"above {above:,g}" if above is not None else "",
        f"to {high:,g}" if high is not None else "",
        f"below {below:,g}" if below is not None else "",
    ]
    text = " ".join(word for word in words if word)
    return f" {text}" if text else ""


def errors() -> str:
    """Every error, family by family."""
    for module in pkgutil.walk_packages(settee.__path__, "settee."):
        if not module.name.endswith(("__main__", "migrations.env")):
            importlib.import_module(module.name)
    found = {(one.exit_code, one.status, one.code): one for one in _below(SetteeError)}
    rows = (
        (
            f"`{code}`",
            str(status),
            str(exit_code),
            (one.__doc__ or "").strip().splitlines()[0],
            f"`{one.__module__.split('.')[1]}`",
        )
        for (exit_code, status, code), one in sorted(found.items())
    )
    return table(("code", "HTTP status", "exit code", "meaning", "room"), rows)


def _below(family: type[SetteeError]) -> Iterator[type[SetteeError]]:
    yield family
    for one in family.__subclasses__():
        if one.__module__.startswith("settee."):
            yield from _below(one)


def commands() -> str:
    """Every command with its arguments and options."""
    text = []
    for path, command in _leaves(typer.main.get_command(app), "settee"):
        usage = [path]
        rows = []
        for one in command.params:
            if one.name == "help" or getattr(one, "hidden", False):
                continue
            is_argument = one.param_type_name == "argument"
            name = one.name.upper() if is_argument else ", ".join(one.opts)
            usage += [f"[{name}]" if not one.required else name] if is_argument else []
            value = "" if is_argument or one.is_flag else f" {one.metavar or one.name.upper()}"
            default = (
                "" if one.default in (None, False, "", [], ()) else f" [{_plain(one.default)}]"
            )
            rows.append((f"`{name}{value}`", f"{one.help or ''}{default}"))
        text.append(f"### `{' '.join(usage)}`\n\n{command.help}")
        if rows:
            text.append(table(("argument or option", "meaning"), iter(rows)))
    return "\n\n".join(text)


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Commands that do something, with the words that call them."""
    yield from [(path, command)] if path == "settee" or not hasattr(command, "commands") else []
    for name, one in getattr(command, "commands", {}).items():
        yield from _leaves(one, f"{path} {name}")


def _plain(value: object) -> str:
    return str(getattr(value, "value", value))


def dial_table() -> str:
    """Every dial of the simulated households."""
    rows = (
        (f"`{name}`", f"{dial.default:g}", "{:g} to {:g}".format(*dial.accepted), dial.meaning)
        for name, dial in dials().items()
    )
    return table(("dial", "default", "accepted", "meaning"), rows)


def part(name: str) -> Callable[[], str]:
    """A table that a page brings along."""
    columns, rows = {**CLIENT, **RULES}[name]
    return lambda: table(columns, rows())


def roles() -> str:
    """Every permission and who holds it."""
    who = (*ROLES, END_USER)
    rows = (
        (
            f"`{name}`",
            meaning,
            *("x" if name in grants(one, tenant_id="default") else "" for one in who),
        )
        for name, meaning in PERMISSIONS.items()
    )
    return table(("permission", "to", *(one.replace("_", " ") for one in who)), rows)


def routes() -> str:
    """Every route and the permission that it needs."""
    rows = (
        (f"`{method} {path}`", f"`{need.permission}`" if need.permission else "open to everybody")
        for (method, path), need in NEEDS.items()
    )
    return table(("route", "permission"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "kinds": kinds,
    "event-fields": fields("event"),
    "item-fields": fields("item"),
    "settings": settings,
    "errors": errors,
    "commands": commands,
    "roles": roles,
    "routes": routes,
    "dials": dial_table,
} | {name: part(name) for name in (*CLIENT, *RULES)}


def main() -> None:
    """Bring every page up to date."""
    for path in sorted(DOCS.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        path.write_text(filled(page), encoding="utf-8")


if __name__ == "__main__":
    main()
