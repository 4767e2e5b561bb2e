"""Turn columns of any file into fields of an event, and say in SQL what is wrong with a row.

Each field has one expression that reads it and a few conditions that refuse it; the number of the
first condition that holds is stored beside the row. A rating column that holds "9.5" gives
value = 9.5 and the number of "rating_out_of_range".

Reads / Writes: nothing; it only writes SQL.
Not here: which column is which field (events.layouts), how the SQL is run (store.etl).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from settee.core import DEVICE_TYPES, HISTORY_COLUMNS, ITEM_KINDS, KINDS, MAX_ID_LENGTH, Columns
from settee.store.etl_engine import literal

Form = Literal["whole", "number", "instant", "micros", "text", "exact"]
"""What a column of a file holds: whole numbers, numbers, instants, microseconds, text, or text that
was checked before and stays as it is."""
Check = Literal["schema", "types", "ranges"]

TYPES = dict(HISTORY_COLUMNS)
IDS = (
    Columns.event_id,
    Columns.account_id,
    Columns.item_id,
    Columns.device_id,
    Columns.profile_id,
    Columns.exposure_id,
)
TOO_WIDE = 255
"""Stands in `refused` where an id does not fit into 32 bits."""
_KEYS = (Columns.account_id, Columns.item_id)
_REQUIRED = (Columns.account_id, Columns.at)
_SHORT = (Columns.platform, Columns.channel, Columns.campaign, Columns.ip_hash, Columns.slot)
# Epoch numbers tell their unit by their size: seconds reach the year 5138 below 1e11.
_UNITS = ((10**11, "* 1000000"), (10**14, "* 1000"), (10**17, ""), (9 * 10**18, "// 1000"))
_RANGES: Mapping[str, tuple[float, float]] = {
    Columns.duration_s: (0, 31_536_000),
    Columns.revenue_cents: (-(10**12), 10**12),
    Columns.cost_micros: (0, 10**15),
    Columns.rank: (1, 100_000),
}


@dataclass(frozen=True)
class Reason:
    """Why a row is refused.

    Args:
        code: Stable name.
        check: Which check counts it.
        detail: For people.
    """

    code: str
    check: Check
    detail: str


@dataclass(frozen=True)
class Limits:
    """What the values of a row must keep.

    Args:
        first_at_us: Earliest instant, microseconds.
        last_at_us: Latest instant, microseconds.
        first_text: How to name the earliest instant.
        last_text: How to name the latest instant.
    """

    first_at_us: int
    last_at_us: int
    first_text: str
    last_text: str


@dataclass(frozen=True)
class Input:
    """One column of a file that becomes a field.

    Args:
        name: What the file calls it, for people.
        sql: How SQL reaches it.
        form: What it holds.
    """

    name: str
    sql: str
    form: Form


@dataclass(frozen=True)
class Fields:
    """The SQL for one file.

    Args:
        columns: (staged name, expression, type) of every staged column.
        refused: Expression for the number of the first broken rule, 0 when the row is good.
        reasons: Reason of each number, from 1.
    """

    columns: tuple[tuple[str, str, str], ...]
    refused: str
    reasons: tuple[Reason, ...]


def fields_sql(
    inputs: Mapping[str, Input], kind: str, limits: Limits, *, is_narrow: bool = False
) -> Fields:
    """Write the SQL that reads and checks one file.

    Args:
        inputs: Column of each field that the file has; account_id and at at least.
        kind: Kind of every row, used when no column holds it.
        limits: What the instants must keep.
        is_narrow: Keep ids that are numbers in 32 bits; rows for which that is too little get the
            number `TOO_WIDE` (speed only: the file is then staged again).
    """
    columns = [
        (staged_name(field), _read(field, source), staged_type(field, source.form))
        for field, source in inputs.items()
    ]
    too_wide = "FALSE"
    if is_narrow:
        wide = [one for one in columns if one[0] in _KEYS and one[2] == "BIGINT"]
        columns = [
            (name, f"try_cast({sql} AS INTEGER)", "INTEGER")
            if (name, sql, kind) in wide
            else (name, sql, kind)
            for name, sql, kind in columns
        ]
        too_wide = " OR ".join(f"({sql} IS NOT NULL AND {name} IS NULL)" for name, sql, _ in wide)
    rules: list[tuple[str, Reason]] = []
    for field in _REQUIRED:
        rules += _missing(field, inputs[field], "TRUE")
    if Columns.kind in inputs:
        rules += _missing(Columns.kind, inputs[Columns.kind], "TRUE")
        rules += _one_of(Columns.kind, KINDS, "unknown_kind")
    rules += _item_rules(inputs, kind)
    for field, source in inputs.items():
        rules += _type_rules(field, source)
    rules += _range_rules(inputs, kind, limits)
    cases = " ".join(f"WHEN {rule} THEN {number}" for number, (rule, _) in enumerate(rules, 1))
    return Fields(
        tuple(columns),
        f"(CASE WHEN {too_wide or 'FALSE'} THEN {TOO_WIDE} {cases} ELSE 0 END)::UTINYINT",
        tuple(reason for _, reason in rules),
    )


def staged_name(field: str) -> str:
    """Name of a field while it is staged; the instant is a number of microseconds there.

    >>> staged_name("at"), staged_name("kind")
    ('at_us', 'kind')
    """
    return "at_us" if field == Columns.at else field


def staged_type(field: str, form: Form) -> str:
    """DuckDB type of a field while it is staged: ids that are numbers stay numbers for speed.

    >>> staged_type("account_id", "whole"), staged_type("account_id", "text")
    ('BIGINT', 'VARCHAR')
    """
    if field == Columns.at:
        return "BIGINT"
    if field in _KEYS:
        return "BIGINT" if form == "whole" else "VARCHAR"
    return TYPES[field]


def _read(field: str, source: Input) -> str:
    sql, form = source.sql, source.form
    if field == Columns.at:
        return _instant(sql, form)
    if field in _KEYS and form == "whole":
        return sql
    kind = TYPES[field]
    if kind == "VARCHAR":
        return _text(field, sql, form)
    if form in ("instant", "micros"):
        return f"NULL::{kind}"
    return f"try_cast({sql} AS {kind})"


def _text(field: str, sql: str, form: Form) -> str:
    if form == "number":  # 7.0 is how a data frame with a gap writes the id 7
        return (
            f"CASE WHEN isfinite({sql}) AND {sql} = trunc({sql}) AND abs({sql}) < 9e15 "
            f"THEN {sql}::BIGINT::VARCHAR ELSE {sql}::VARCHAR END"
        )
    if form != "text":
        return f"{sql}::VARCHAR"
    plain = f"nullif(trim({sql}), '')"
    return f"lower({plain})" if field in (Columns.kind, Columns.device_type) else plain


def _instant(sql: str, form: Form) -> str:
    if form == "micros":
        return sql
    if form == "instant":
        return f"CASE WHEN isfinite({sql}) THEN epoch_us({sql}::TIMESTAMPTZ) END"
    if form == "whole":
        return _epoch(sql)
    if form == "number":
        return _epoch(f"CASE WHEN isfinite({sql}) THEN {sql} END")
    number, instant = f"try_cast({sql} AS DOUBLE)", f"try_cast({sql} AS TIMESTAMPTZ)"
    return (
        f"CASE WHEN {number} IS NOT NULL THEN {_epoch(f'CASE WHEN isfinite({number}) THEN {number} END')} "  # noqa: E501 -- one expression
        f"WHEN isfinite({instant}) THEN epoch_us({instant}) END"
    )


def _epoch(sql: str) -> str:
    cases = " ".join(
        f"WHEN ({sql}) BETWEEN -{limit - 1} AND {limit - 1} THEN (({sql}) {scale})::BIGINT"
        for limit, scale in _UNITS
    )
    return f"CASE {cases} END"


def _missing(field: str, source: Input, where: str) -> list[tuple[str, Reason]]:
    blank = f"({source.sql}) IS NULL"
    if source.form == "text":
        blank = f"({blank} OR trim({source.sql}) = '')"
    elif source.form == "number":
        blank = f"({blank} OR NOT isfinite({source.sql}))"
    return [
        (
            f"{blank} AND {where}",
            Reason(f"missing_{field}", "schema", f'column "{source.name}" is empty'),
        )
    ]


def _one_of(field: str, accepted: Sequence[str], code: str) -> list[tuple[str, Reason]]:
    names = ", ".join(literal(name) for name in accepted)
    detail = f"{field} is none of {', '.join(accepted)}"
    return [(f"{field} NOT IN ({names})", Reason(code, "schema", detail))]


def _item_rules(inputs: Mapping[str, Input], kind: str) -> list[tuple[str, Reason]]:
    names = ", ".join(literal(name) for name in sorted(ITEM_KINDS))
    needs_item = f"{Columns.kind} IN ({names})" if Columns.kind in inputs else "TRUE"
    if Columns.kind not in inputs and kind not in ITEM_KINDS:
        return []
    if Columns.item_id not in inputs:
        return [(needs_item, Reason("missing_item_id", "schema", "no column holds item_id"))]
    return _missing(Columns.item_id, inputs[Columns.item_id], needs_item)


def _type_rules(field: str, source: Input) -> list[tuple[str, Reason]]:
    bad = Reason(f"bad_{field}", "types", "")
    if field in IDS or field in _SHORT:
        if source.form in ("whole", "exact"):
            return []
        detail = f'column "{source.name}" holds no id of at most {MAX_ID_LENGTH} characters'
        rule = (
            f"(length({field}) > {MAX_ID_LENGTH} OR regexp_matches({field}, '[\\x00-\\x1f\\x7f]'))"
        )
        return [(rule, Reason(bad.code, bad.check, detail))]
    if field == Columns.device_type:
        return _one_of(field, DEVICE_TYPES, "unknown_device_type")
    if field == Columns.currency:
        detail = f'column "{source.name}" holds no ISO 4217 code such as EUR'
        rule = f"NOT regexp_full_match({field}, '[A-Z]{{3}}')"
        return [(rule, Reason(bad.code, bad.check, detail))]
    if field == Columns.query:
        detail = f'column "{source.name}" holds more than 1,024 characters'
        return [(f"length({field}) > 1024", Reason("bad_query", "types", detail))]
    if field == Columns.kind:
        return []
    what = "instant" if field == Columns.at else "number"
    given = f"({source.sql}) IS NOT NULL"
    if source.form == "text":
        given += f" AND trim({source.sql}) <> ''"
    detail = f'column "{source.name}" holds no {what}'
    return [(f"{staged_name(field)} IS NULL AND {given}", Reason(bad.code, bad.check, detail))]


def _range_rules(
    inputs: Mapping[str, Input], kind: str, limits: Limits
) -> list[tuple[str, Reason]]:
    rules = [
        (
            f"at_us < {limits.first_at_us}",
            Reason("at_too_old", "ranges", f"at lies before {limits.first_text}"),
        ),
        (
            f"at_us > {limits.last_at_us}",
            Reason("at_in_future", "ranges", f"at lies after {limits.last_text}"),
        ),
    ]
    rules += _rating_rules(inputs, kind)
    for field, (least, most) in _RANGES.items():
        if field in inputs:
            detail = f"{field} lies outside {least:g} to {most:g}"
            # Not-a-number compares as the greatest number in DuckDB, so it is outside too.
            rule = f"({field} < {least} OR {field} > {most})"
            rules.append((rule, Reason(f"{field}_out_of_range", "ranges", detail)))
    return rules


def _rating_rules(inputs: Mapping[str, Input], kind: str) -> list[tuple[str, Reason]]:
    rates = f"{Columns.kind} = 'rate'" if Columns.kind in inputs else str(kind == "rate").upper()
    if Columns.value not in inputs:
        return [(rates, Reason("missing_value", "schema", "no column holds the rating"))]
    return [
        *_missing(Columns.value, inputs[Columns.value], rates),
        (
            f"{rates} AND NOT value BETWEEN 0.5 AND 5",
            Reason("rating_out_of_range", "ranges", "the rating lies outside 0.5 to 5"),
        ),
        (
            "(value < -1e9 OR value > 1e9)",
            Reason("value_out_of_range", "ranges", "value lies outside -1e9 to 1e9"),
        ),
    ]


_WHOLE_TYPES = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


def form_of(kind: str) -> Form:
    """How a column of a DuckDB type is read."""
    if kind in _WHOLE_TYPES:
        return "whole"
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        return "number"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return "instant"
    return "text"


def plain(sql: str, kind: str) -> str:
    """SQL of a column in the one type of its form."""
    form = form_of(kind)
    if form == "whole":
        return f"{sql}::BIGINT"
    if form == "number":
        return f"{sql}::DOUBLE"
    return f"{sql}::TIMESTAMPTZ" if form == "instant" else f"{sql}::VARCHAR"
