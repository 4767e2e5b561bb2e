"""Keep what was said about each session when it ended, compactly, and write it out for judges.

An answer is the event id of the session's last event, the probability of each person, and whether
it was several or nobody can tell. Two hundred of an account take some 4 KB: ids of persons repeat,
and repetitions compress.

Reads / Writes: nothing.
Not here: where the bytes lie (store.households), who said it (people.account).
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from settee.people.changes import PersonEvent
from settee.people.errors import HouseholdDamaged

_DIGITS = 4


class Said(Protocol):
    """What an answer is made of; `people.Who` is one."""

    @property
    def persons(self) -> Sequence[tuple[str, float]]:
        """Ids and probabilities."""
        ...

    @property
    def is_together(self) -> bool:
        """Did several watch?"""
        ...

    @property
    def is_unsure(self) -> bool:
        """Can nobody be named?"""
        ...


class SessionAnswer(msgspec.Struct, frozen=True, array_like=True):
    """Who watched a session.

    Args:
        event_id: Of its last event, empty where that has none.
        persons: Probability of each person, to four digits; what is missing to 1 is a guest's.
        together: Did several watch?
        unsure: Can nobody be named?
        at_s: Instant of its last event, epoch seconds; 0 where it was said before that was kept.
    """

    event_id: str
    persons: Mapping[str, float]
    together: bool
    unsure: bool
    at_s: int = 0

    def as_dict(self, account_id: str) -> dict[str, Any]:
        """One line of an export."""
        said = msgspec.structs.asdict(self)
        return {"account_id": account_id, **{key: said[key] for key in said if key != "at_s"}}


class Log(msgspec.Struct, array_like=True):
    """What was said and what happened between two writes, in order."""

    answers: list[SessionAnswer] = []
    events: list[PersonEvent] = []


_answer_decoder = msgspec.msgpack.Decoder(SessionAnswer)
_log_decoder = msgspec.msgpack.Decoder(Log)
_encoder = msgspec.msgpack.Encoder()


def answer_of(event_id: str, said: Said, at_s: int = 0) -> SessionAnswer:
    """What was said about the session that ended with this event, at that instant."""
    persons = {name: round(float(p), _DIGITS) for name, p in said.persons}
    return SessionAnswer(event_id, persons, bool(said.is_together), bool(said.is_unsure), at_s)


def pack_answer(answer: SessionAnswer) -> bytes:
    """One answer as bytes, to be kept with a session that runs."""
    return _encoder.encode(answer)


def unpack_answer(raw: bytes) -> SessionAnswer:
    """The answer that `pack_answer` packed.

    Raises:
        HouseholdDamaged: If the bytes are something else.
    """
    try:
        return _answer_decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(str(error)) from None


def pack_log(log: Log) -> bytes:
    """Answers and events as bytes."""
    return zlib.compress(_encoder.encode(log), level=1)


def unpack_log(raw: bytes) -> Log:
    """The log that `pack_log` packed.

    Raises:
        HouseholdDamaged: If the bytes are something else.
    """
    try:
        return _log_decoder.decode(zlib.decompress(raw))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(str(error)) from None


def _damaged(reason: str) -> HouseholdDamaged:
    return HouseholdDamaged(
        f"what was answered cannot be read: {reason}; answers that settee wrote are expected.",
        hint="Delete households.db; it is a view and is built again.",
    )
