"""Give an answer once more, under a name of its own, without making it again.

While nothing that an answer hangs on has changed, only its exposure id and its instant differ the
next time. So its bytes are kept in two pieces, cut behind the instant, and so are those of its
exposure; an answer of 20 items goes out again in some 5 microseconds instead of a thousand. Each
repeat is a fact of its own: its exposure names the first one in `repeats`.

Reads / Writes: nothing.
Not here: whether anything has changed (respond.responder), where answers are kept (web.cache).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from settee.core import instant_text
from settee.respond.telling import EXPOSURE_KIND
from settee.respond.words import Answer
from settee.store import Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TAKEN, _REFUSED, _TIMINGS = b'"journalled":true', b'"journalled":false', b'"timings_ms":{'
_ITEMS = b'"items":'
_encoder = msgspec.json.Encoder()


class _Again(msgspec.Struct):
    """An item of a repeat; what the sources said of it stands in what is repeated."""

    item_id: str
    rank: int
    score: float
    propensity: float


@dataclass(frozen=True, slots=True)
class Repeatable:
    """An answer that can be given again.

    Args:
        account_id: Whose it is.
        account: The same in JSON.
        answer: The answer in JSON from behind its instant on.
        exposure: Its exposure likewise; empty where answers are not journalled.
        rung: Rung that gave it.
        because: Why no higher one did.
        mode: For whom of the account it is.
        mode_because: Why.
    """

    account_id: str
    account: bytes
    answer: bytes
    exposure: bytes
    rung: str
    because: str
    mode: str
    mode_because: str

    @property
    def n_bytes(self) -> int:
        """What it takes, about."""
        return len(self.answer) + len(self.exposure) + 2 * len(self.account) + 400


def repeatable(answer: Answer, encoded: bytes, record: Record | None) -> Repeatable:
    """Cut an answer and its exposure for giving them again.

    Args:
        answer: What was answered.
        encoded: The same in JSON; its timings are left out, for a repeat takes none of them.
        record: Its exposure, whether the journal took it or not; None where none is journalled.
    """
    account = _encoder.encode(answer.account_id)
    head = _answer_head(_encoder.encode(answer.exposure_id), account, _encoder.encode(answer.at))
    rest = encoded[len(head) :]
    # Quotes inside texts are escaped, so these marks stand for the fields and nothing else.
    start = rest.index(_TIMINGS) + len(_TIMINGS)
    rest = rest[:start] + rest[rest.index(b"}", start) :]
    exposure = b""
    if record is not None:
        rest = rest.replace(_REFUSED, _TAKEN, 1)
        first = _exposure_head(record.event_id, account, answer.at)
        told = record.body[len(first) : record.body.index(_ITEMS) + len(_ITEMS)]
        items = _encoder.encode(
            [_Again(one.item_id, one.rank, one.score, one.propensity) for one in answer.items]
        )
        exposure = b',"repeats":"%b"%b%b}' % (record.event_id.encode(), told, items)
    return Repeatable(
        answer.account_id, account, rest, exposure,
        answer.rung, answer.because, answer.person.mode, answer.person.because,
    )  # fmt: skip


def answer_again(kept: Repeatable, exposure_id: str, at: datetime, *, is_taken: bool) -> bytes:
    """The answer in JSON.

    Args:
        kept: From `repeatable`.
        exposure_id: Name of this repeat.
        at: Its instant, aware.
        is_taken: Is the exposure on its way to the journal?
    """
    head = _answer_head(_encoder.encode(exposure_id), kept.account, _encoder.encode(at))
    rest = kept.answer
    if kept.exposure and not is_taken:
        rest = rest.replace(_TAKEN, _REFUSED, 1)
    return head + rest


def exposure_again(kept: Repeatable, exposure_id: str, at: datetime) -> Record:
    """The fact that it was given again, ready for the journal."""
    body = _exposure_head(exposure_id, kept.account, at) + kept.exposure
    at_us = (at - _EPOCH) // _MICROSECOND
    return Record(exposure_id, kept.account_id, EXPOSURE_KIND, at_us, body)


def _answer_head(exposure_id: bytes, account: bytes, at: bytes) -> bytes:
    return b'{"exposure_id":%b,"account_id":%b,"at":%b' % (exposure_id, account, at)


def _exposure_head(exposure_id: str, account: bytes, at: datetime) -> bytes:
    return b'{"event_id":"%b","account_id":%b,"kind":"exposure","at":"%b"' % (
        exposure_id.encode(),
        account,
        instant_text(at).encode(),
    )
