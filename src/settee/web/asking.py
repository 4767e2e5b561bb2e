"""Read what a caller asks of `/v1/recommendations`, from a query string or a JSON object.

Both forms carry the same fields and give the same request: ``?account_id=a7&k=5`` and
``{"account_id": "a7", "k": 5}``. An unknown field is refused, for a misspelt one would silently
change nothing.

Reads / Writes: nothing.
Not here: the route (web.hot), what is answered (respond).
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from settee.core import DEVICE_TYPES, MAX_ID_LENGTH
from settee.respond import Request
from settee.web.errors import BadRequest

MAX_EXCLUDE = 10_000
MAX_PERSONS = 16
MAX_SEGMENTS = 64
_MAX_QUERY_FIELDS = 1_000
Id = Annotated[
    str, Meta(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+(?![\s\S])")
]
Short = Annotated[str, Meta(min_length=1, max_length=128)]
# One or several. The pattern of an id is checked later for one: msgspec 0.22 corrupts memory when
# it frees a union of a text with a pattern and a list (seen with PYTHONMALLOC=debug).
Persons = (
    Annotated[str, Meta(min_length=1, max_length=MAX_ID_LENGTH)]
    | Annotated[list[Id], Meta(max_length=MAX_PERSONS)]
)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """The JSON form of a question for recommendations; absent fields take their defaults."""

    account_id: Id
    k: Annotated[int, Meta(ge=1, le=1000)] | None = None
    exclude: Annotated[list[Id], Meta(max_length=MAX_EXCLUDE)] = []
    device_type: str | None = None
    slot: Short | None = None
    explain: bool | Literal["full"] = True
    device_id: Id | None = None
    platform: Short | None = None
    profile_id: Id | None = None
    person_id: Persons = []
    together: bool = False
    least: Annotated[float, Meta(ge=0, le=1)] | None = None
    segments: Annotated[list[Short], Meta(max_length=MAX_SEGMENTS)] = []
    max_age: Annotated[int, Meta(ge=0, le=21)] | None = None
    languages: Annotated[list[Short], Meta(max_length=MAX_SEGMENTS)] = []


Question = TypeVar("Question", bound=msgspec.Struct)
_decoder = msgspec.json.Decoder(Asked)
_MISSING = re.compile("required field `(.+)`")
_REPEATED = frozenset({"exclude", "person_id", "segments", "languages"})
_TRUTHS = frozenset({"explain", "together"})
_WHOLE = frozenset({"k", "max_age"})


def asked_by_query(query: bytes) -> Asked:
    """Read the query string of a GET.

    Args:
        query: As it stood in the URL, percent-encoded.

    Raises:
        BadRequest: If a field is missing, unknown, repeated where it may not be, or out of range.

    >>> asked_by_query(b"account_id=a7&k=5&exclude=m1&exclude=m2").exclude
    ['m1', 'm2']
    """
    asked = read_query(query, Asked)
    check_device_type(asked.device_type)
    return asked


def read_query(query: bytes, kind: type[Question]) -> Question:
    """Read a query string whose fields are those of a question, or some of them.

    Args:
        query: As it stood in the URL, percent-encoded.
        kind: What is asked; fields of one name mean the same as in `Asked`.

    Raises:
        BadRequest: If a field is missing, unknown, repeated where it may not be, or out of range.
    """
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_QUERY_FIELDS,
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise BadRequest(f"The query string cannot be read: {error}.", place="query") from None
    fields = _fields(pairs, frozenset(kind.__struct_fields__))
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise refused(error) from None


def _fields(pairs: Iterable[tuple[str, str]], known: frozenset[str]) -> dict[str, Any]:
    """The fields of a query string, as the JSON form has them."""
    fields: dict[str, Any] = {}
    for name, text in pairs:
        if name in _REPEATED:
            fields.setdefault(name, []).append(text)
        elif name in fields:
            raise BadRequest(f'"{name}" is given twice; once is accepted.', place=name)
        elif name not in known:
            raise _unknown(name, known)
        else:
            fields[name] = text
    for name in _WHOLE & fields.keys():
        fields[name] = _whole_number(name, fields[name])
    if "least" in fields:
        fields["least"] = _share("least", fields["least"])
    for name in _TRUTHS & fields.keys():
        if (name, fields[name]) != ("explain", "full"):
            fields[name] = _truth(name, fields[name])
    return fields


def asked_by_body(body: bytes) -> Asked:
    """Read the JSON object of a POST.

    Args:
        body: The whole body.

    Raises:
        BadRequest: If it is not JSON, or a field is missing, unknown, mistyped or out of range.

    >>> asked_by_body(b'{"account_id": "a7", "k": 5}').k
    5
    """
    asked = read_object(body, _decoder)
    check_device_type(asked.device_type)
    return asked


def read_object(body: bytes, decoder: msgspec.json.Decoder[Question]) -> Question:
    """Read a JSON object.

    Args:
        body: The whole body.
        decoder: Of what it shall be.

    Raises:
        BadRequest: If it is not JSON, or a field is missing, unknown, mistyped or out of range.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise refused(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The body is not JSON: {error}.", place="body") from None


def to_request(asked: Asked, *, default_k: int, max_k: int, as_of: datetime) -> Request:
    """The request that `respond` understands.

    Args:
        asked: What came in.
        default_k: Items when none is asked for.
        max_k: Most items.
        as_of: The present instant.

    Raises:
        BadRequest: If more than `max_k` items are asked for.
    """
    k = default_k if asked.k is None else asked.k
    if k > max_k:
        raise BadRequest(f"k is {k}; send 1 to {max_k} (respond.max_k).", place="k")
    return Request(
        account_id=asked.account_id,
        k=k,
        as_of=as_of,
        exclude=tuple(asked.exclude),
        device_type=asked.device_type,
        slot=asked.slot,
        explain=asked.explain,
        device_id=asked.device_id,
        platform=asked.platform,
        profile_id=asked.profile_id,
        person_ids=_persons(asked),
        together=asked.together,
        least=asked.least,
        segments=tuple(asked.segments),
        max_age=asked.max_age,
        languages=tuple(asked.languages),
    )


def _persons(asked: Asked) -> tuple[str, ...]:
    named = asked.person_id
    if not isinstance(named, str):
        return tuple(named)
    try:
        return (msgspec.convert(named, Id),)
    except msgspec.ValidationError as error:
        raise BadRequest(f"person_id is refused: {error}.", place="person_id") from None


def check_device_type(device_type: str | None) -> None:
    """Refuse a type of device that there is not.

    Raises:
        BadRequest: If it is none of core.DEVICE_TYPES.
    """
    if device_type is not None and device_type not in DEVICE_TYPES:
        raise BadRequest(
            f'device_type is "{device_type[:40]}"; accepted are {", ".join(DEVICE_TYPES)}.',
            place="device_type",
        )


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadRequest(f'{name} is "{text[:40]}"; send a whole number.', place=name)
    return int(text)


def _share(name: str, text: str) -> float:
    try:
        return float(text[:40])
    except ValueError:
        raise BadRequest(
            f'{name} is "{text[:40]}"; send a number from 0 to 1.', place=name
        ) from None


def _truth(name: str, text: str) -> bool:
    if text not in _TRUTH:
        accepted = "true, false or full" if name == "explain" else "true or false"
        raise BadRequest(f'{name} is "{text[:40]}"; send {accepted}.', place=name)
    return _TRUTH[text]


def _unknown(name: str, known: frozenset[str]) -> BadRequest:
    return BadRequest(
        f'There is no field "{name[:40]}"; accepted are {", ".join(sorted(known))}.',
        place=name[:40],
    )


def refused(error: msgspec.ValidationError) -> BadRequest:
    """What a body is refused with when its form is wrong."""
    # msgspec ends with "- at `$.k`"; that part is the place.
    message, _, path = str(error).partition(" - at `$")
    missing = _MISSING.search(message)
    place = path.strip("`.") or (missing[1] if missing else "body")
    return BadRequest(f"{message}.", place=place, hint="/docs lists the fields.")
