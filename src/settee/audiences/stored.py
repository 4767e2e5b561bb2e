"""Turn an audience into bytes for the tables and back, the same to the last bit.

What was asked and what came of it is JSON that anybody can read; the members are columns, packed,
some 20 bytes each.

Reads / Writes: nothing.
Source: MessagePack; RFC 1950 (zlib).
Not here: the tables (store.audience_tables), files for others (audiences.export).
"""

import zlib
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.audiences.definition import Audience, AudienceQuery, How, Members, ValuedBy
from settee.core import Damaged, to_json

_MOST_BYTES = 2**32


class AudienceDamaged(Damaged):
    """What is kept of an audience is not what was written."""

    code = "audience_damaged"


class _Body(msgspec.Struct, frozen=True):
    query: AudienceQuery
    as_of: datetime
    how: How
    n_eligible: int
    expected_responses: float
    expected_profit_cents: float | None
    left_out: dict[str, int]
    valued_by: ValuedBy | None = None
    active_by: str = ""


class _Columns(msgspec.Struct, frozen=True, array_like=True):
    account_ids: tuple[str, ...]
    person_ids: tuple[str, ...]
    probability: bytes
    held_out: bytes
    uplift: bytes | None = None  # absent from what was written before there was any
    margin_cents: bytes | None = None  # likewise


_body_decoder = msgspec.json.Decoder(_Body)
_columns_decoder = msgspec.msgpack.Decoder(_Columns)


def audience_bytes(audience: Audience) -> tuple[bytes, bytes]:
    """What was asked and what came of it, and the members.

    Args:
        audience: Any.
    """
    body = _Body(
        audience.query,
        audience.as_of,
        audience.how,
        audience.n_eligible,
        audience.expected_responses,
        audience.expected_profit_cents,
        audience.left_out,
        audience.valued_by,
        audience.active_by,
    )
    members = audience.members
    columns = _Columns(
        members.account_ids,
        members.person_ids,
        members.probability.astype("<f8").tobytes(),
        members.held_out.astype(np.uint8).tobytes(),
        _packed(members.uplift),
        _packed(members.margin_cents),
    )
    return to_json(body), zlib.compress(msgspec.msgpack.encode(columns), 1)


def audience_of(audience_id: str, body: bytes, members: bytes) -> Audience:
    """An audience out of both.

    Args:
        audience_id: Names it.
        body: What was asked and what came of it.
        members: The members.

    Raises:
        AudienceDamaged: If these are not the bytes of an audience.
    """
    try:
        said = _body_decoder.decode(body)
        columns = _columns_decoder.decode(_unpacked(members))
        probability = np.frombuffer(columns.probability, "<f8").astype(np.float64)
        held_out = np.frombuffer(columns.held_out, np.uint8).astype(np.bool_)
        uplift, margin_cents = _floats(columns.uplift), _floats(columns.margin_cents)
    except (msgspec.DecodeError, zlib.error, ValueError) as error:
        raise _damaged(audience_id, str(error)) from None
    sizes = {len(columns.account_ids), len(columns.person_ids), len(probability), len(held_out)}
    sizes |= {len(one) for one in (uplift, margin_cents) if one is not None}
    if len(sizes) > 1:
        raise _damaged(audience_id, f"its columns have {sorted(sizes)} rows")
    return Audience(
        audience_id,
        said.query,
        said.as_of,
        said.how,
        said.n_eligible,
        said.expected_responses,
        said.expected_profit_cents,
        said.left_out,
        Members(
            columns.account_ids, columns.person_ids, probability, held_out, uplift, margin_cents
        ),
        said.valued_by,
        said.active_by,
    )


def _packed(column: NDArray[np.float64] | None) -> bytes | None:
    return None if column is None else column.astype("<f8").tobytes()


def _floats(column: bytes | None) -> NDArray[np.float64] | None:
    return None if column is None else np.frombuffer(column, "<f8").astype(np.float64)


def _unpacked(members: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    plain = unpacker.decompress(members, _MOST_BYTES)
    if not unpacker.eof:
        raise ValueError(f"the members end early, or are over {_MOST_BYTES:,} bytes")
    return plain


def _damaged(audience_id: str, why: str) -> AudienceDamaged:
    return AudienceDamaged(
        f'audience "{audience_id}" cannot be read: {why}.',
        hint="Restore tables.db from a backup, or make the audience again.",
    )
