"""Cut a body into the events or items it holds, without reading what is inside them.

Four forms mean the same: one object, an array, ``{"events": [...]}``, and, with the content type
``application/x-ndjson``, one object a line. Each part keeps its own bytes, so that one bad event
is refused by its position and the rest of the batch is kept.

Reads / Writes: nothing.
Source: RFC 8259 (JSON); the NDJSON 1.0 specification.
Not here: what makes an event good (events.accept).
"""

from dataclasses import dataclass

import msgspec

from settee.web.errors import BadRequest, BodyTooLarge

NDJSON_TYPES = frozenset({
    b"application/x-ndjson", b"application/ndjson", b"application/jsonl",
    b"application/x-jsonlines",
})  # fmt: skip


_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Batch:
    """The parts of a body.

    Args:
        parts: The bytes of each event or item, in order.
        is_single: Was it sent as one object rather than as a batch?
    """

    parts: list[msgspec.Raw] | list[bytes]
    is_single: bool


def cut(body: bytes, content_type: bytes, *, name: str, limit: int) -> Batch:
    """Cut a body into its parts.

    Args:
        body: The whole body.
        content_type: Value of the header; only the NDJSON types make a difference.
        name: ``events`` or ``items``: the one key of the envelope.
        limit: Most parts.

    Raises:
        BadRequest: If the body is empty or the outer JSON is broken; nothing of it is taken.
        BodyTooLarge: If it has more parts than `limit`.

    >>> [bytes(part) for part in cut(b'[{"a":1}, 2]', b"", name="events", limit=9).parts]
    [b'{"a":1}', b'2']
    >>> cut(b'{"a":1}', b"", name="events", limit=9).is_single
    True
    """
    if content_type.partition(b";")[0].strip().lower() in NDJSON_TYPES:
        batch = Batch([line for line in body.split(b"\n") if line.strip()], is_single=False)
    else:
        try:
            batch = _cut_json(body, name)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(
                f"The body cannot be read: {error}.",
                hint=f'Send one object, an array, {{"{name}": [...]}}, or NDJSON by content type.',
                place="body",
            ) from None
    if len(batch.parts) > limit:
        raise BodyTooLarge(
            f"The batch holds {len(batch.parts)} {name}; most is {limit} (serve.max_batch).",
            hint="Send smaller batches.",
        )
    return batch


def _cut_json(body: bytes, name: str) -> Batch:
    first = body.lstrip(b" \t\r\n")[:1]
    if first == b"[":
        return Batch(_array.decode(body), is_single=False)
    if first != b"{":
        given = "is empty" if not body.strip() else "starts with neither { nor ["
        raise BadRequest(f"The body {given}; accepted are objects and arrays.", place="body")
    fields = _fields.decode(body)
    if name not in fields:
        return Batch([msgspec.Raw(body)], is_single=True)
    others = sorted(fields.keys() - {name})
    if others:
        raise BadRequest(
            f'Beside "{name}" the body has "{others[0][:40]}"; a batch has "{name}" alone.',
            place=others[0][:40],
        )
    return Batch(_array.decode(fields[name]), is_single=False)
