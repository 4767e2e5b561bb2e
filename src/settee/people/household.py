"""Know the persons of one account: learn from each session that closed, and say who is there now.

The state is the last few hundred sessions, each in some forty bytes, with the share that every
person has of it. Between fits a session is shared out by what is known and counted at once; with a
quarter more sessions than at the last fit, on drift and on corrections all of them are fitted anew,
and a matching carries the ids over. Everything is decided by the record and the settings alone, so
a replay makes the same persons with the same ids.

Reads: sessions of one account.  Writes: nothing (its bytes are kept by people.view).
Source: Neal & Hinton (1998), "A View of the EM Algorithm that Justifies Incremental … Variants".
Not here: the fit (people.mixture), how an answer is put together (people.posterior).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from settee.core import PeopleSettings
from settee.people.changes import PersonEvent
from settee.people.channels import Symbols
from settee.people.corrections import Correction, apply_correction
from settee.people.doubt import tempered
from settee.people.drift import Drift, DriftRules
from settee.people.identity import MatchRules, match
from settee.people.ids import person_id
from settee.people.memory import Memory
from settee.people.mixture import Mixture
from settee.people.population import Population
from settee.people.posterior import Answering, Stage, Who, prior_beside
from settee.people.refit import evidence_of_memory
from settee.people.rows import Places, Rows
from settee.people.sessions import Sessions
from settee.people.surprise import surprises
from settee.people.watch import Means, Sight, Watch, habits_of, with_last
from settee.people.whose import Whose

_DAY_S = 86_400
_FIRST_FIT = 5
_GROWTH = 1.25
_DRIFTS_THAT_REFIT = frozenset({"sudden", "concept", "recurring", "gradual"})
_FASTER = 0.35  # of the half-life is left once a household was seen to change
_SEED = 7
_EMPTY_BYTES = 3_500
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Person:
    """One member of an account, as far as sessions tell.

    Args:
        person_id: Opaque and stable.
        number: In the account, from 1.
        name: Given by hand, or empty.
        n_sessions: Sessions that are theirs, by shares, of those that are remembered.
        share: How common they are among the sessions, newer ones counting more.
        last_at_s: End of the last session that was most likely theirs, epoch seconds.
    """

    person_id: str
    number: int
    name: str
    n_sessions: float
    share: float
    last_at_s: int


@dataclass(frozen=True)
class _Row:
    """A session as a household numbers things, once it has seen `n_seen` others."""

    session: Sessions
    n_seen: int
    places: Places
    rows: Rows
    symbols: Symbols


class Household:
    """The persons of one account.

    Args:
        account_id: Which one.
        population: What is known across households.
        settings: Silence, forgetting, thresholds.
        memory: Its state; None for one of whom nothing is known.
    """

    def __init__(
        self,
        account_id: str,
        population: Population,
        settings: PeopleSettings,
        memory: Memory | None = None,
    ) -> None:
        self.account_id = account_id
        self._population = population
        self._settings = settings
        self._memory = memory or Memory.new()
        self._mixture = Mixture(most=settings.max_persons)
        self._answering: Answering | None = None
        self._last_row: _Row | None = None
        self._known: tuple[Answering, tuple[Person, ...], Whose] | None = None

    @property
    def persons(self) -> tuple[Person, ...]:
        """Those who live there now, the most frequent first; merged ones are one."""
        return self._described()[0]

    def _described(self) -> tuple[tuple[Person, ...], Whose]:
        """The persons, and whose each instant was; made once after each change."""
        answering = self._answers()
        if self._known is None or self._known[0] is not answering:
            persons = self._persons()
            self._known = answering, persons, self._whose(persons)
        return self._known[1], self._known[2]

    def _persons(self) -> tuple[Person, ...]:
        memory, size = self._memory, self._answers().size
        found: dict[int, Person] = {}
        for place, number in enumerate(memory.numbers):
            root = memory.told.root(number)
            if root in memory.told.forgotten:
                continue
            mine = memory.share[:, place]
            top = memory.share[:, : len(memory.numbers)].argmax(axis=1) == place
            last = int(memory.rows["end_s"][top].max()) if top.any() else 0
            before = found.get(root)
            found[root] = Person(
                person_id(self.account_id, root),
                root,
                memory.told.names.get(root, ""),
                float(mine.sum()) + (before.n_sessions if before else 0.0),
                float(size[place] / max(size.sum(), 1e-9)) + (before.share if before else 0.0),
                max(last, before.last_at_s if before else 0),
            )
        return tuple(sorted(found.values(), key=lambda one: (-one.share, one.number)))

    def picks(self) -> dict[str, dict[str, float]]:
        """Sessions of each person under each profile that was picked: by person, by profile."""
        picked = self._memory.picks()
        return {one.person_id: picked.get(one.number, {}) for one in self.persons}

    @property
    def n_bytes(self) -> int:
        """Memory that it takes, roughly; more once it was asked."""
        memory, answering = self._memory, self._answering
        n_bytes = _EMPTY_BYTES + memory.rows.nbytes + memory.part.nbytes + len(memory.drift)
        return n_bytes if answering is None else n_bytes + answering.n_bytes

    @property
    def stage(self) -> Stage:
        """What answers rest on: account, population or persons."""
        return self._answers().stage

    def who(self, session: Sessions, beside: Sessions | None = None) -> Who:
        """Who is it, from what is known now? Changes nothing.

        Args:
            session: One session, closed or running, with what happened so far; a moment before the
                first click is a session of no event.
            beside: Sessions of the account on other devices at that time.
        """
        rows, symbols, posterior = self._judge(session, beside)
        self._last_row = None  # of a thousand sessions that are asked about one is learnt
        return self._answers().say_all(session, rows, posterior, symbols)[0]

    def posteriors(self, sessions: Sessions) -> Floats:
        """Who it is in each of many sessions, by themselves: numbers alone, for whole records.

        Args:
            sessions: Of this account.

        Returns:
            (n, K + 1) probabilities of the components of the last fit, the guest last.
        """
        answering = self._answers()
        symbols = self._population.symbols(self._encode(sessions))
        found = answering.posterior(symbols, answering.mix)
        return tempered(found, self._population.doubt.temper)

    def recall(self, sessions: Sessions) -> list[Who]:
        """Who was it, in each of these past sessions, from all that is known now?"""
        if len(sessions) == 0:
            return []
        answering, memory = self._answers(), self._memory
        rows = self._encode(sessions)
        posterior = answering.posterior(self._population.symbols(rows), answering.mix)
        place = memory.places_of(sessions.last_event_id)
        known = place >= 0
        width = posterior.shape[1]
        posterior[known] = memory.share[place[known]][:, :width]
        return answering.say_all(sessions, rows, posterior)

    def shares(self, at_s: NDArray[np.int64]) -> NDArray[np.float32]:
        """Whose was each thing that happened at these instants?

        Args:
            at_s: (m,) epoch seconds.

        Returns:
            (m, K) probability of each of `persons`, in that order; rows sum to at most 1.
        """
        return self._described()[1].at(at_s)

    def _whose(self, persons: tuple[Person, ...]) -> Whose:
        memory = self._memory
        place = {one.number: column for column, one in enumerate(persons)}
        each, mix = memory.share, self._answers().mix
        share = np.zeros((len(each), len(persons)), np.float32)
        usual = np.zeros(len(persons), np.float32)
        for component, number in enumerate(memory.numbers):
            root = memory.told.root(number)
            if root in place:
                share[:, place[root]] += each[:, component]
                usual[place[root]] += mix[component]
        start_s, end_s = (memory.rows[name].astype(np.int64) for name in ("start_s", "end_s"))
        return Whose.of(start_s, end_s + self._settings.gap_s, share, usual)

    # -- learning ------------------------------------------------------------------------------

    def absorb(self, session: Sessions) -> list[PersonEvent]:
        """Learn from one closed session; what changed among the persons by it."""
        rows, symbols, posterior = self._judge(session, None)
        memory, drifts = self._memory, self._watch(rows, posterior)
        memory.places, self._last_row = self._row_of(session).places, None
        memory.add(rows, symbols, posterior, session.last_event_id)
        self._answering = None
        events = [self._drifted(one) for one in drifts]
        n_new = sum(one.kind == "new_member" and not one.person for one in drifts)
        if n_new or any(one.kind in _DRIFTS_THAT_REFIT for one in drifts):
            memory.forgets_faster |= not n_new
            memory.next_fit = memory.n_seen
        if memory.n_seen >= memory.next_fit:
            events += self._fit(int(rows.end_s[0]), len(memory.numbers) + n_new if n_new else 1)
        return events

    def correct(self, correction: Correction, at_s: int) -> list[PersonEvent]:
        """Learn from what people told.

        Raises:
            NoSuchPerson: If it names a person whom the account does not have.
            CannotMerge: If persons cannot be merged or parted as they stand.
        """
        memory = self._memory
        told, events = apply_correction(
            replace(memory.told, next_number=memory.next_number), correction, self.account_id, at_s
        )
        memory.told, memory.next_number = told, max(told.next_number, memory.next_number)
        self._answering = None
        return [*events, *(self._fit(at_s) if len(memory.rows) else [])]

    def under(self, population: Population) -> "Household":
        """The same household under another generation of what is known across households."""
        if population is self._population:
            return self
        return Household(self.account_id, population, self._settings, self._memory)

    def to_bytes(self) -> bytes:
        """The whole state."""
        return self._memory.to_bytes()

    @classmethod
    def from_bytes(
        cls, account_id: str, raw: bytes, population: Population, settings: PeopleSettings
    ) -> "Household":
        """The household that `to_bytes` wrote; empty bytes are one of whom nothing is known.

        Raises:
            HouseholdDamaged: If the bytes are something else.
        """
        memory = Memory.from_bytes(raw) if raw else None
        return cls(account_id, population, settings, memory)

    # -- parts ---------------------------------------------------------------------------------

    def _encode(self, sessions: Sessions) -> Rows:
        known = self._memory.places
        places = Places(list(known.device), list(known.platform), list(known.profile))
        return self._population.encode(sessions, places)

    def _answers(self) -> Answering:
        """What an answer needs, made once after each change."""
        if self._answering is None:
            memory = self._memory
            symbols = memory.symbols()
            now_s = int(memory.rows["end_s"].max()) if len(memory.rows) else 0
            importance = self._importance(now_s)
            share = memory.share[:, : len(memory.numbers) + 1].astype(np.float64)
            self._answering = Answering(
                account_id=self.account_id,
                numbers=tuple(memory.numbers),
                told=memory.told,
                counts=self._mixture.counts(symbols, share, self._population, importance),
                size=(share * importance[:, None])[:, :-1].sum(axis=0),
                n_sessions=memory.n_seen,
                now_s=now_s,
                half_life_s=self._half_life_s(),
                mixture=self._mixture,
                population=self._population,
                settings=self._settings,
            )
        return self._answering

    def _judge(self, session: Sessions, beside: Sessions | None) -> tuple[Rows, Symbols, Floats]:
        """A session as a row and as symbols, and who it is, (1, K + 1), the guest last."""
        answering = self._answers()
        row = self._row_of(session)
        prior = answering.mix
        if beside is not None and len(beside):
            context = answering.context(self._population.symbols(self._encode(beside)))
            prior = prior_beside(prior, context)
        return row.rows, row.symbols, answering.posterior(row.symbols, prior)

    def _row_of(self, session: Sessions) -> _Row:
        """One session as this household numbers things; watched and then learnt, it is cut once."""
        row, n_seen = self._last_row, self._memory.n_seen
        if row is None or row.session is not session or row.n_seen != n_seen:
            known = self._memory.places
            places = Places(list(known.device), list(known.platform), list(known.profile))
            rows = self._population.encode(session, places)
            row = _Row(session, n_seen, places, rows, self._population.symbols(rows))
            self._last_row = row
        return row

    def _half_life_s(self) -> float:
        days = self._settings.half_life_days * (_FASTER if self._memory.forgets_faster else 1.0)
        return days * _DAY_S

    def _importance(self, now_s: int) -> Floats:
        age = np.maximum(now_s - self._memory.rows["end_s"].astype(np.int64), 0)
        return np.exp2(-age / self._half_life_s())

    def look(self, session: Sessions) -> Sight:
        """How surprising a session is, and what was before it. Changes nothing.

        Args:
            session: One session that was not learnt from yet.
        """
        rows, _, posterior = self._judge(session, None)
        return self._look(rows, posterior)

    def _look(self, rows: Rows, posterior: Floats) -> Sight:
        memory, row = self._memory, self._last_row
        is_cut = row is not None and row.rows is rows
        symbols = row.symbols if row and is_cut else self._population.symbols(rows)
        recent = with_last(memory.symbols(), symbols)
        ends = memory.rows["end_s"].astype(np.int64)
        return Sight(
            seen=surprises(self._answers(), rows, symbols, posterior),
            recent=recent,
            recent_at_s=np.append(ends, rows.end_s)[-len(recent) :],
            share=memory.share[:, : len(memory.numbers)],
            share_at_s=ends,
            numbers=memory.numbers,
        )

    def _watch(self, rows: Rows, posterior: Floats) -> list[Drift]:
        """Is the household no longer as it was?"""
        memory, population = self._memory, self._population
        if population.calm is None:  # what is usual was not learnt
            return []
        rules = DriftRules.of(self._settings, population.calm)
        means = Means(rules, habits_of(self._mixture, population), self._mixture.guest)
        watch = Watch.from_bytes(memory.drift)
        drifts = watch.session(self._look(rows, posterior), means)
        memory.drift = watch.to_bytes()
        return drifts

    def _drifted(self, drift: Drift) -> PersonEvent:
        about = (person_id(self.account_id, drift.person),) if drift.person else ()
        evidence = ((drift.kind, 1.0), ("since_s", float(drift.since_s)))
        return PersonEvent("drifted", drift.at_s, about, evidence)

    def _fit(self, now_s: int, n_least: int = 1) -> list[PersonEvent]:
        """Find the persons anew among all sessions that are remembered."""
        memory = self._memory
        memory.next_fit = max(memory.n_seen + 1, int(np.ceil(memory.n_seen * _GROWTH)))
        if len(memory.rows) < _FIRST_FIT and not memory.told.labels:
            memory.next_fit = _FIRST_FIT
            return []
        evidence, order, n_told = evidence_of_memory(
            memory, self._importance(now_s), self._mixture, self._population
        )
        n_least = max(n_told, min(n_least, self._settings.max_persons))
        share, _ = self._mixture.find(evidence, self._population, _SEED, n_least=n_least)
        found = np.empty_like(share)
        found[order] = share
        rules = MatchRules(
            account_id=self.account_id, at_s=now_s,
            told=memory.told_rows(), part_of=memory.roots(), resting=frozenset(memory.resting),
        )  # fmt: skip
        known = [n not in memory.told.forgotten for n in memory.numbers]
        before = memory.share[:, np.flatnonzero(known)]
        numbers = [n for n in memory.numbers if n not in memory.told.forgotten]
        matching = match(before, found[:, :-1], numbers, memory.next_number, rules)
        memory.took(found, matching)
        self._answering = None
        return list(matching.events)
