"""Take what happened in one account to its household, in the order of time, and ask before telling.

Two clocks matter. A session is *known* once its silence is over; a session is *answered* with what
was known at its last event. On the television a film ends at 21:00 and falls silent at 21:30; the
phone's last click comes at 21:10. So the phone's session is answered first, without the film,
although the film ended earlier and closes first. Whoever folds one event at a time and whoever has
the whole record meet at the same answers.

Reads / Writes: nothing.
Source: Akidau et al. (2015), "The Dataflow Model" (event time against processing time).
Not here: where the state is kept (people.view), what persons are (people.household).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from settee.core import Conflict, NotFound, PeopleSettings
from settee.people.answers import Log, Said, SessionAnswer, answer_of, pack_answer, unpack_answer
from settee.people.changes import PersonEvent
from settee.people.corrections import Correction
from settee.people.errors import HouseholdDamaged
from settee.people.sessionizer import Happening, Running, Sessionizer, gather
from settee.people.sessions import Sessions
from settee.people.waiting import Waiting

_MICROS = 1_000_000
_NEVER = -(2**62)
_OF_SESSIONS = frozenset({"was", "guest", "retract"})
"""Kinds of corrections that say who was there, and go on saying it while the session goes on."""


class Resident(Protocol):
    """What a fold asks of a household; `people.keeping` makes them."""

    @property
    def household(self) -> Any:  # noqa: ANN401 -- whoever asks the keeper's door knows what it is
        """The household itself, for asking more."""
        ...

    @property
    def n_bytes(self) -> int:
        """Memory that it takes, roughly."""
        ...

    def who(self, session: Sessions, beside: Sessions | None = None, /) -> Said:
        """Who is it, from what is known now, while others sit elsewhere? Changes nothing."""
        ...

    def absorb(self, session: Sessions) -> Sequence[PersonEvent]:
        """Learn from one closed session."""
        ...

    def correct(self, correction: Correction, at_s: int) -> Sequence[PersonEvent]:
        """Learn from what people told."""
        ...

    def recall(self, sessions: Sessions) -> Sequence[Said]:
        """Who was it, in each of these past sessions, from all that is known now?"""
        ...

    def to_bytes(self) -> bytes:
        """The whole state."""
        ...


class Keeper(Protocol):
    """Makes households out of bytes, under certain populations."""

    @property
    def model(self) -> str:
        """Names how households learn; under another name all of them are built anew."""
        ...

    @property
    def generations(self) -> Sequence[tuple[int, str]]:
        """Cutoff, epoch seconds, and name of each population, oldest first."""
        ...

    def open(self, account_id: str, raw: bytes, passed_us: int) -> Resident:
        """The household of those bytes, as it was when sessions up to then were taken in.

        Args:
            account_id: Which one.
            raw: What `to_bytes` gave; empty for one of whom nothing is known.
            passed_us: End of the last silence that it learnt from, microseconds.
        """
        ...


@dataclass(frozen=True)
class ToldAt:
    """A correction, and where in the record it came.

    Args:
        correction: What was told.
        at_us: When.
        newest_us: Newest event of the account before it; what ended until then was answered.
    """

    correction: Correction
    at_us: int
    newest_us: int


class Facts(msgspec.Struct, array_like=True):
    """What is kept beside a household: what runs, and where it all came from.

    Args:
        running: State of the sessionizer.
        is_live: Did any of it come from the journal?
        passed_us: Until when sessions are taken in: the end of the silence after the last one.
        imports: Each import: the journal offset that it came after, and its newest instant here.
        recent: Closed sessions that ran while one that still runs began; their items are left out.
    """

    running: bytes = b""
    is_live: bool = False
    passed_us: int = _NEVER
    imports: list[tuple[int, int]] = []
    recent: list[Running] = []


_facts_decoder = msgspec.msgpack.Decoder(Facts)
_encoder = msgspec.msgpack.Encoder()


@dataclass(frozen=True)
class Before:
    """What happened about a session while it ran.

    Args:
        said: What was answered, once that was certain.
        notes: What was told, opaque.
    """

    said: SessionAnswer | None = None
    notes: Sequence[bytes] = ()


class _Note(msgspec.Struct, array_like=True):
    correction: Correction
    at_us: int


_note_decoder = msgspec.msgpack.Decoder(_Note)


class Account:
    """The state of one account while it changes.

    Args:
        account_id: Which one.
        keeper: Opens its household.
        settings: Gap and lateness.
        running: What `running_bytes` gave, empty at first.
        persons: What `resident.to_bytes` gave, empty at first.

    Raises:
        HouseholdDamaged: If bytes are not what was given.
    """

    def __init__(
        self,
        account_id: str,
        keeper: Keeper,
        settings: PeopleSettings,
        running: bytes = b"",
        persons: bytes = b"",
    ) -> None:
        self._facts = facts_of(running)
        self._persons = persons
        self._settings = settings
        self.account_id = account_id
        self.resident = keeper.open(account_id, persons, self._facts.passed_us)
        self.log = Log()
        self.sessionizer = Sessionizer(settings, self._facts.running)

    @property
    def passed_us(self) -> int:
        """Until when sessions are taken in: the end of the silence after the last one."""
        return self._facts.passed_us

    def running_bytes(self) -> bytes:
        """What runs, and how far the household is."""
        self._facts.running = self.sessionizer.to_bytes()
        return _encoder.encode(self._facts)

    def persons_bytes(self) -> bytes:
        """What is known of the persons."""
        if not self._persons:
            self._persons = self.resident.to_bytes()
        return self._persons

    def imported(self, imports: Sequence[tuple[int, int]]) -> None:
        """Remember what was imported; see `Facts.imports`."""
        self._facts.imports = list(imports)

    def take(self, events: Sequence[Happening]) -> None:
        """Take live events in, in the order in which they came."""
        self._facts.is_live = True
        for event in events:
            self.sessionizer.add(event)
        self.settle()

    def settle(self, told: Sequence[ToldAt] = ()) -> None:
        """Let the household learn from all sessions that are closed, and what was told between."""
        closed = self.sessionizer.close()
        if closed or told:
            before = [
                Before(unpack_answer(one.answer) if one.answer else None, one.notes)
                for one in closed
            ]
            self.learn(gather(self.account_id, closed), before, told)

    def rebuilt(self, told: Sequence[ToldAt], n_late: int, *, is_live: bool) -> None:
        """Learn from all events at once that the sessionizer was given in their order.

        Args:
            told: What people told meanwhile.
            n_late: Events that had come too late.
            is_live: Did any of it come from the journal?
        """
        self._facts.is_live = is_live
        self.sessionizer.count_late(n_late)
        self.settle(told)

    def note(self, correction: Correction, at_us: int, event: Happening) -> None:
        """Remember that one of the given events was named while its session ran."""
        run = self.sessionizer.holding(event)
        if run is not None and correction.kind in _OF_SESSIONS:
            run.notes.append(_note(correction, at_us))

    def told(self, correction: Correction, at_us: int) -> None:
        """Take in a correction that came behind all events that were taken."""
        self._facts.is_live = True
        self.settle()
        last = {one.last[1]: one for one in self.sessionizer.running}
        for event_id in correction.sessions:
            if event_id in last and correction.kind in _OF_SESSIONS:
                last[event_id].notes.append(_note(correction, at_us))
        self.settle([ToldAt(correction, at_us, self.sessionizer.newest_us)])

    def learn(
        self,
        closed: Sessions,
        before: Sequence[Before] = (),
        told: Sequence[ToldAt] = (),
    ) -> None:
        """Answer and absorb closed sessions; running ones are answered where it is due.

        Args:
            closed: Sessions of this account, sorted, that nothing can join any more.
            before: What was said and told about each while it ran.
            told: What people told, in the order in which it came.
        """
        gap_us, lateness_us = (
            one * _MICROS for one in (self._settings.gap_s, self._settings.lateness_s)
        )
        waiting = Waiting(closed, gap_us, [one.said for one in before])
        self._facts.recent += waiting.outlines()
        came_at = waiting.n_silent([one.newest_us - lateness_us for one in told])
        for place in range(len(closed) + 1):
            for one in (one for one, at in zip(told, came_at, strict=True) if at == place):
                self._answer_until(waiting, one.newest_us, place)
                self._correct(one)
            if place < len(closed):
                self._answer_until(waiting, waiting.silent_us(place), place)
                session = waiting.session(place)
                self._label(session, before[place].notes if before else ())
                self._absorb(session, waiting.silent_us(place))
                waiting.let_go(place)
        self.log.answers += waiting.answers()
        self._forget_recent()

    def running_answers(self) -> list[SessionAnswer]:
        """What is said about the sessions that run, by their ends; changes nothing."""
        runs = sorted(self.sessionizer.running, key=_order)
        return [
            unpack_answer(one.answer)
            if one.answer
            else self._answer(gather(self.account_id, [one]))
            for one in runs
        ]

    def beside(self, device_id: str | None, start_us: int, last_us: int) -> Sessions | None:
        """Sessions on other devices that had begun by an instant and ran when another began.

        Args:
            device_id: Where the other one is.
            start_us: When it began.
            last_us: The instant, at its last event.
        """
        found = [
            one
            for one in (*self._facts.recent, *self.sessionizer.running)
            if one.device_id != device_id and one.start_us <= last_us and one.end_us > start_us
        ]
        return gather(self.account_id, sorted(found, key=_order)) if found else None

    def _answer_until(self, waiting: Waiting, at_us: int, n_known: int) -> None:
        """Answer what ended until an instant, where all is known that was known at its end."""
        for place in waiting.due(at_us, n_known):
            waiting.answer(place, self._answer(waiting.session(place)))
        running = self.sessionizer.running
        known_us = min(
            (one.end_us + self._settings.gap_s * _MICROS for one in running),
            default=at_us,
        )
        until_us = min(at_us, known_us, waiting.silent_us(n_known))
        for one in running:
            if not one.answer and one.last[0] <= until_us:
                one.answer = pack_answer(self._answer(gather(self.account_id, [one])))

    def _answer(self, session: Sessions) -> SessionAnswer:
        device = int(session.device[0])
        said = self.resident.who(
            session,
            self.beside(
                session.device_ids[device] if device >= 0 else None,
                int(session.start_us[0]),
                int(session.last_us[0]),
            ),
        )
        return answer_of(session.last_event_id[0], said, int(session.last_us[0]) // _MICROS)

    def _forget_recent(self) -> None:
        first_us = min((one.start_us for one in self.sessionizer.running), default=None)
        kept = [one for one in self._facts.recent if first_us is not None and one.end_us > first_us]
        self._facts.recent = kept

    def _label(self, session: Sessions, notes: Sequence[bytes]) -> None:
        """What was told while a session ran holds for its end, which has another event id."""
        event_id = session.last_event_id[0]
        for note in notes:
            told = _note_decoder.decode(note)
            if event_id not in told.correction.sessions:
                named = msgspec.structs.replace(told.correction, sessions=(event_id,))
                self._correct(ToldAt(named, told.at_us, 0))

    def _absorb(self, session: Sessions, silent_us: int) -> None:
        self.log.events += self.resident.absorb(session)
        self._facts.passed_us = silent_us
        self._persons = b""

    def _correct(self, told: ToldAt) -> None:
        try:
            self.log.events += self.resident.correct(told.correction, told.at_us // _MICROS)
        except (NotFound, Conflict):  # it crossed another correction; it does so in every replay
            return
        self._persons = b""


def _note(correction: Correction, at_us: int) -> bytes:
    return _encoder.encode(_Note(correction, at_us))


def _order(one: Running) -> tuple[int, int, str]:
    return one.end_us, one.start_us, one.device_id or ""


def facts_of(raw: bytes) -> Facts:
    """What `running_bytes` gave; empty bytes are an account of which nothing is known.

    Raises:
        HouseholdDamaged: If the bytes are something else.
    """
    try:
        return _facts_decoder.decode(raw) if raw else Facts()
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise HouseholdDamaged(
            f"the state of an account cannot be read: {error}; what settee wrote is expected.",
            hint="Delete households.db; it is a view and is built again.",
        ) from None
