"""Write rules as TOML for people and as JSON for programs, so that reading them gives the same.

Reads / Writes: nothing.
Source: TOML 1.0, RFC 8259 (JSON).
Not here: reading (rules.parse).
"""

import json
from datetime import datetime
from typing import Any

import msgspec

from settee.core import instant_text
from settee.rules.kinds import COMMON, KINDS_OF_RULES
from settee.rules.words import Rule, RuleSet


def to_json(rules: RuleSet) -> bytes:
    """The rules as one JSON object.

    >>> to_json(RuleSet.empty())
    b'{"rules":[]}'
    """
    return msgspec.json.encode({"rules": [_table(rule) for rule in rules.rules]})


def to_toml(rules: RuleSet) -> str:
    """The rules as a TOML document, one table each.

    >>> print(to_toml(RuleSet((Rule(name="up", kind="pin", item="m1", rank=1),))), end="")
    [[rules]]
    name = "up"
    kind = "pin"
    item = "m1"
    rank = 1
    """
    return "\n".join(_written(_table(rule)) for rule in rules.rules)


def _table(rule: Rule) -> dict[str, Any]:
    """What a rule says, in the order of the documentation."""
    said: dict[str, Any] = msgspec.to_builtins(rule, builtin_types=(datetime,))
    order = (*COMMON, *KINDS_OF_RULES[rule.kind].own)
    table = {field: said[field] for field in order if field in said}
    return {
        field: instant_text(value) if isinstance(value, datetime) else value
        for field, value in table.items()
    }


def _written(table: dict[str, Any]) -> str:
    lines = ["[[rules]]"]
    for field, value in table.items():
        if isinstance(value, dict):
            lines += [f"{field}.{inner} = {_value(one)}" for inner, one in value.items()]
        else:
            lines.append(f"{field} = {_value(value)}")
    return "".join(f"{line}\n" for line in lines)


def _value(value: object) -> str:
    """A value that both JSON and TOML write alike: rules hold no control characters."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
