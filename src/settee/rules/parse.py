"""Read rules from TOML or JSON, and refuse what is wrong in words that say what would be right.

`lift = 40` of a rule "summer-boost" is refused with: rule "summer-boost" lifts by 40; lifts must be
between 0.1 and 10. The first thing that is wrong is told, with its place.

Reads: bytes.  Writes: nothing.
Source: TOML 1.0, RFC 8259 (JSON).
Not here: what is accepted (rules.fields, rules.kinds), rules that contradict (rules.conflicts).
"""

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Literal, Never

import msgspec

from settee.rules.errors import BadRule
from settee.rules.fields import FIELDS, SELECTION_FIELDS, Field, NotAcceptedError
from settee.rules.kinds import COMMON, KINDS_OF_RULES
from settee.rules.names import RULES
from settee.rules.words import RULE_KINDS, Rule, RuleSet, Selection

MAX_RULES = 200
MAX_BYTES = 1024 * 1024
_SHOWN = 60

Format = Literal["toml", "json"]


def parse_rules(data: bytes, kind: Format) -> RuleSet:
    """Read and check a set of rules.

    Args:
        data: A document with a list named `rules`; without one, there are none.
        kind: What it is written in.

    Raises:
        BadRule: If it cannot be read, or a rule is not acceptable.

    >>> written = b'rules = [{name = "up", kind = "boost", lift = 2, items.tags = ["Beach"]}]'
    >>> parse_rules(written, "toml").rules[0].lift
    2.0
    """
    if len(data) > MAX_BYTES:
        raise BadRule(f"rules are {len(data):,} bytes; at most {MAX_BYTES:,} are accepted.")
    document = _document(data, kind)
    if not isinstance(document, dict):
        raise BadRule(f"rules are {_shown(document)}; a table with a list `rules` is accepted.")
    extra = sorted(set(document) - {"rules", "version"})
    if extra:
        near = difflib.get_close_matches(extra[0], ["rules"], n=1)
        raise BadRule(
            f'"{extra[0][:_SHOWN]}" is no part of rules; accepted are rules and version.',
            hint="Write [[rules]] before each rule." if near else "Leave it out.",
            place=extra[0][:_SHOWN],
        )
    tables = document.get("rules", [])
    if not isinstance(tables, list):
        raise BadRule(
            f"rules is {_shown(tables)}; a list of rules is accepted.",
            hint="Write [[rules]], with two brackets.",
            place="rules",
        )
    if len(tables) > MAX_RULES:
        raise BadRule(f"there are {len(tables)} rules; at most {MAX_RULES} are accepted.")
    rules = tuple(_rule(table, number) for number, table in enumerate(tables))
    _check_names(rules)
    return RuleSet.of(rules)


def _document(data: bytes, kind: Format) -> object:
    try:
        if kind == "toml":
            return tomllib.loads(data.decode())
        document: object = msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:  # both decoders' errors are ValueErrors
        raise BadRule(
            f"rules are no {kind.upper()}: {error}.",
            hint="docs/rules.md has examples that can be copied.",
        ) from None
    return document


def _rule(table: object, number: int) -> Rule:
    place = f"rules[{number}]"
    if not isinstance(table, dict):
        raise BadRule(f"rule {number + 1} is {_shown(table)}; a table is accepted.", place=place)
    for field in ("name", "kind"):
        if field not in table:
            raise BadRule(
                f'rule {number + 1} has no "{field}"; every rule has a name and a kind.',
                hint=f"Kinds are {', '.join(RULE_KINDS)}." if field == "kind" else
                FIELDS["name"].hint,
                place=f"{place}.{field}",
            )  # fmt: skip
    name = _value(f"rule {number + 1}", "name", table["name"], FIELDS["name"], place)
    who = f'rule "{name}"'
    kind = table["kind"]
    if not isinstance(kind, str) or kind not in RULE_KINDS:
        raise BadRule(
            f"{who} has the kind {_shown(kind)}; accepted are {', '.join(RULE_KINDS)}.",
            hint=_meant(str(kind), RULE_KINDS, "Take one of these."),
            place=f"{place}.kind",
        )
    _check_fields(who, kind, table, place)
    values: dict[str, Any] = {
        field: _selection(who, value, f"{place}.items")
        if field == "items"
        else _value(who, field, value, FIELDS[field], place)
        for field, value in table.items()
        if field != "kind"
    }
    rule = Rule(kind=kind, **values)
    _check_whole(who, rule, place)
    return rule


def _check_fields(who: str, kind: Any, table: Mapping[str, object], place: str) -> None:  # noqa: ANN401 -- one of RULE_KINDS
    """Refuse fields that the kind does not have, and miss those that it needs."""
    one = KINDS_OF_RULES[kind]
    accepted = (*COMMON, *one.own)
    for field in table:
        if field not in accepted:
            own = ", ".join(one.own)
            raise BadRule(
                f'{who} is of kind {kind} and has no "{field[:_SHOWN]}"; its fields are {own}, '
                f"and those of every rule: {', '.join(COMMON)}.",
                hint=_meant(field, accepted, "Leave it out."),
                place=f"{place}.{field[:_SHOWN]}",
            )
    for field in one.needs:
        if field not in table:
            raise BadRule(
                f'{who} is of kind {kind} and needs "{field}": {FIELDS[field].accepts}.',
                hint=FIELDS[field].hint,
                place=f"{place}.{field}",
            )
    if one.one_of and not any(field in table for field in one.one_of):
        raise BadRule(
            f"{who} is of kind {kind} and needs at least one of {', '.join(one.one_of)}.",
            hint=f"{one.one_of[0]} is {FIELDS[one.one_of[0]].accepts}.",
            place=place,
        )


def _selection(who: str, table: object, place: str) -> Selection:
    if not isinstance(table, dict) or not table:
        raise BadRule(
            f"{who} has items {_shown(table)}; a table with one of "
            f"{', '.join(SELECTION_FIELDS)} is accepted.",
            hint='Write items.tags = ["Beach"].',
            place=place,
        )
    values = {}
    for field, value in table.items():
        if field not in SELECTION_FIELDS:
            raise BadRule(
                f'{who} has items by "{field[:_SHOWN]}"; accepted are '
                f"{', '.join(SELECTION_FIELDS)}.",
                hint=_meant(field, SELECTION_FIELDS, "Leave it out."),
                place=f"{place}.{field[:_SHOWN]}",
            )
        values[field] = _value(who, f"items.{field}", value, SELECTION_FIELDS[field], place)
    selection = Selection(**values)
    for least in ("year", "price_cents", "margin", "stock", "age_rating"):
        low, high = getattr(selection, f"min_{least}"), getattr(selection, f"max_{least}")
        if low is not None and high is not None and low > high:
            raise BadRule(
                f"{who} has items.min_{least} {low} over items.max_{least} {high}; no item is "
                "both.",
                hint="Exchange them.",
                place=f"{place}.min_{least}",
            )
    return selection


def _value(who: str, name: str, value: object, field: Field, place: str) -> Any:  # noqa: ANN401 -- as the field reads it
    try:
        return field.read(value)
    except NotAcceptedError:
        short = name.rpartition(".")[2]
        told = (
            field.wording.format(value=_shown(value))
            if field.wording and isinstance(value, int | float) and not isinstance(value, bool)
            else f"has {name} {_shown(value)}; accepted is {field.accepts}."
        )
        raise BadRule(f"{who} {told}", hint=field.hint, place=f"{place}.{short}") from None


def _check_whole(who: str, rule: Rule, place: str) -> None:
    """Refuse fields that are fine one by one and make no sense together."""

    def refuse(field: str, told: str, hint: str) -> Never:
        raise BadRule(f"{who} {told}", hint=hint, place=f"{place}.{field}")

    if rule.lift is not None and rule.kind != "bury" and rule.lift < 1:
        refuse(
            "lift", f"is of kind {rule.kind} and lifts by {rule.lift:g}; accepted is 1 to 10.",
            'Write kind = "bury" to push items down.',
        )  # fmt: skip
    if rule.kind == "bury" and rule.lift is not None and rule.lift > 1:
        refuse(
            "lift", f"is of kind bury and lifts by {rule.lift:g}; accepted is 0.1 to 1.",
            'Write 0.5 for "half as much", or kind = "boost" to lift items.',
        )  # fmt: skip
    for first, last in (("starts_at", "expires_at"), ("opens_at", "closes_at")):
        start, end = getattr(rule, first), getattr(rule, last)
        if start is not None and end is not None and start >= end:
            refuse(
                last, f"has {last} {end:%Y-%m-%dT%H:%M:%SZ}, not after {first} "
                f"{start:%Y-%m-%dT%H:%M:%SZ}; a later instant is accepted.", "Exchange them.",
            )  # fmt: skip
    for unit in ("count", "share"):
        least, most = getattr(rule, f"min_{unit}"), getattr(rule, f"max_{unit}")
        if least is not None and most is not None and least > most:
            refuse(
                f"min_{unit}", f"has min_{unit} {least:g} over max_{unit} {most:g}; accepted is "
                f"0 to {most:g}.", "Exchange them.",
            )  # fmt: skip
    if rule.per is not None and (rule.min_count is not None or rule.min_share is not None):
        refuse(
            "per", f'has a least for each {rule.per}; with "per", only max_count and max_share are '
            "accepted.", "Write a quota with items for each value that needs a least.",
        )  # fmt: skip


def _check_names(rules: Iterable[Rule]) -> None:
    seen: dict[str, int] = {}
    for number, rule in enumerate(rules):
        if rule.name in RULES:
            raise BadRule(
                f'rule {number + 1} is named "{rule.name}", as a rule that is built in; '
                f"any name but {', '.join(RULES)} is accepted.",
                hint=f'Write "{rule.name}-own".',
                place=f"rules[{number}].name",
            )
        if rule.name in seen:
            raise BadRule(
                f'rule {number + 1} is named "{rule.name}" as rule {seen[rule.name] + 1} is; names '
                "are used once.",
                hint=f'Write "{rule.name}-2".',
                place=f"rules[{number}].name",
            )
        seen[rule.name] = number


def _meant(given: str, accepted: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(given, list(accepted), n=1)
    return f'Did you mean "{near[0]}"?' if near else otherwise


def _shown(value: object) -> str:
    """A value as it was written, cut where it is long."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    try:
        text = json.dumps(value, ensure_ascii=True, default=str)
    except ValueError:  # Python writes no integer of over 4,300 digits
        return "a number of very many digits"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
