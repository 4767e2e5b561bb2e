"""Put an answer together: who, how sure, what spoke for it, and on which rung of knowledge.

Before the first click the device and the clock speak; every event adds what it shows. Who is busy
on the telephone is not before the television. The answer names its rung: of an account that was
never seen only the account is known; with a few sessions the population's habits help; then there
are persons. Bits say what each signal did: 2 bits make the named person four times as likely.

Reads: counts of a household, a population.  Writes: nothing.
Source: Good (1950), "Probability and the Weighing of Evidence", for evidence in bits.
Not here: counts (people.household), temper and co-viewing (people.doubt).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from settee.core import PeopleSettings
from settee.people import posterior_loops as loops
from settee.people.changes import Told
from settee.people.channels import SIGNALS, Symbols, longer_than_usual
from settee.people.doubt import tempered, together_facts, together_probability
from settee.people.ids import person_id
from settee.people.mixture import APART, Mixture
from settee.people.population import Population
from settee.people.rows import Rows
from settee.people.sessions import Sessions

_MICROS = 1_000_000
Floats = NDArray[np.float64]
Stage = Literal["account", "population", "persons"]
FIRST_PERSONS = 5
"""Sessions before which persons are not told apart."""
_OBJECTS_BYTES = 7_000  # small arrays and names, as measured
_CONTEXT = ("hour", "weekday", "device_type", "device", "platform")


@dataclass(frozen=True)
class Who:
    """Who is on the screen.

    Args:
        account_id: Of which account.
        at_s: Last event of the session, epoch seconds.
        stage: account (nothing is known), population (a few sessions and what is usual), persons.
        persons: Ids and probabilities, the most likely first; a guest has the rest.
        guest: Probability that it is none of them.
        together: Probability that several watch.
        is_together: Is that above `people.together_above`?
        is_unsure: Is no person above `people.unsure_below`, or none told apart yet?
        signals: Bits that each signal gave for the first person.
    """

    account_id: str
    at_s: int
    stage: Stage
    persons: tuple[tuple[str, float], ...]
    guest: float
    together: float
    is_together: bool
    is_unsure: bool
    signals: tuple[tuple[str, float], ...]


def prior_beside(mix: Floats, context: Floats) -> Floats:
    """(K + 1,) who may be here while others are busy on other devices.

    Args:
        mix: (K + 1,) how common each is, the guest last.
        context: (m, K + 1) who is likely on each of the other devices.

    >>> prior_beside(np.array([0.5, 0.5, 0.0]), np.array([[1.0, 0, 0]])).round(2).tolist()
    [0.01, 0.99, 0.0]
    """
    free = mix * np.prod(1 - (1 - APART) * context, axis=0)
    prior: Floats = free / free.sum()
    return prior


@dataclass
class Answering:
    """What an answer needs of a household, made once after each change.

    Args:
        account_id: Which one.
        numbers: Number of the person of each component.
        told: Merges and what else people told.
        counts: (K, D) how often each component showed each symbol.
        size: (K,) sessions of each, newer ones counting more.
        n_sessions: Sessions ever.
        now_s: Up to when it was counted.
        half_life_s: After which a session counts half.
        mixture: The model.
        population: What is known across households.
        settings: Thresholds.
    """

    account_id: str
    numbers: tuple[int, ...]
    told: Told
    counts: Floats
    size: Floats
    n_sessions: int
    now_s: int
    half_life_s: float
    mixture: Mixture
    population: Population
    settings: PeopleSettings

    @cached_property
    def mix(self) -> Floats:
        """(K + 1,) how common each is, the guest last."""
        return self.mixture.mix(self.size)

    @cached_property
    def _log_mix(self) -> Floats:
        return np.log(np.maximum(self.mix, 1e-12))

    @cached_property
    def table(self) -> Floats:
        """(K + 1, D) log probability of each symbol for each, the guest last."""
        return self.mixture.log_table(self.counts, self.population)

    @cached_property
    def _context_weights(self) -> Floats:
        weights = self.mixture.channel_weights()
        keep = [name in _CONTEXT for name in SIGNALS]
        return np.where(keep, weights, 0.0)

    def posterior(self, symbols: Symbols, prior: Floats) -> Floats:
        """(n, K + 1) who it was, the guest last; `prior` is (K + 1,), or (n, K + 1)."""
        like = self.mixture.joint(self.table, symbols)
        logs = self._log_mix if prior is self.mix else np.log(np.maximum(prior, 1e-12))
        return _normal(like + logs)

    def context(self, symbols: Symbols) -> Floats:
        """(n, K + 1) who it may be by device and clock alone, as when a session begins."""
        like = self.mixture.joint(self.table, symbols, self._context_weights)
        return _normal(like + np.log(self.mix))

    @cached_property
    def n_bytes(self) -> int:
        """Memory that it takes, roughly, with what is made of it."""
        pairs = self._pairs[0]
        return _OBJECTS_BYTES + self.counts.nbytes + self.table.nbytes + pairs.nbytes

    @property
    def stage(self) -> Stage:
        """What the answer rests on."""
        if self.n_sessions == 0 and self.population.n_households == 0:
            return "account"
        return "population" if self.n_sessions < FIRST_PERSONS else "persons"

    def say_all(
        self, sessions: Sessions, rows: Rows, posterior: Floats, symbols: Symbols | None = None
    ) -> list[Who]:
        """Answers from posteriors; `posterior` is (n, K + 1), `symbols` those of the rows."""
        sure = tempered(posterior, self.population.doubt.temper)
        symbols = self.population.symbols(rows) if symbols is None else symbols
        facts = self.company(rows, sure, symbols)
        together = together_probability(facts, self.population.doubt.together).tolist()
        last_s = [one // _MICROS for one in sessions.last_us.tolist()]
        each = zip(last_s, sure.tolist(), together, strict=True)
        return [self._say(*one, symbols.seen, row) for row, one in enumerate(each)]

    def company(self, rows: Rows, sure: Floats, symbols: Symbols) -> Floats:
        """(n, N_FACTS) what tells co-viewing; `sure` is (n, K + 1), `symbols` those of the rows."""
        longer = longer_than_usual(rows, self.population.usual)
        second = loops.second_likeliest(sure)
        return together_facts(second, self._gain(symbols), rows.device_type, longer)

    def _say(
        self, at_s: int, sure: list[float], together: float, seen: loops.Seen, row: int
    ) -> Who:
        persons: dict[int, float] = {}
        for root, chance in zip(self._roots, sure, strict=False):  # the guest is behind them
            if root in self._names:
                persons[root] = persons.get(root, 0.0) + chance
        ordered = sorted(persons.items(), key=lambda one: (-one[1], one[0]))
        top = ordered[0][1] if ordered else 0.0
        is_early = self.stage != "persons"
        is_several = len(ordered) > 1 and together >= self.settings.together_above
        return Who(
            account_id=self.account_id,
            at_s=at_s,
            stage=self.stage,
            persons=tuple((self._names[one], p) for one, p in ordered),
            guest=sure[-1],
            together=together if len(ordered) > 1 else 0.0,
            is_together=is_several,
            is_unsure=is_early or top < self.settings.unsure_below,
            signals=self._bits(seen, row, self._component(ordered[0][0], sure)) if ordered else (),
        )

    @cached_property
    def _roots(self) -> tuple[int, ...]:
        """As whom each component counts."""
        return self.told.roots(self.numbers)

    @cached_property
    def _names(self) -> dict[int, str]:
        """The public name of each person who is not forgotten."""
        known = dict.fromkeys(one for one in self._roots if one not in self.told.forgotten)
        return {one: person_id(self.account_id, one) for one in known}

    def _component(self, root: int, sure: list[float]) -> int:
        """The likeliest component of a person."""
        own = [place for place, one in enumerate(self._roots) if one == root]
        return max(own, key=sure.__getitem__)

    @cached_property
    def _pairs(self) -> tuple[Floats, Floats]:
        """(P, D) log probabilities of symbols for each pair of persons, and (P,) their shares."""
        chance, mix = np.exp(self.table[:-1]), self.mix[:-1]
        one, other = np.triu_indices(len(chance), 1)
        share = mix[one] * mix[other]
        return np.log(0.5 * (chance[one] + chance[other])), share / max(share.sum(), 1e-12)

    @cached_property
    def _alone(self) -> Floats:
        """(K,) how common each person is among persons."""
        alone: Floats = self.mix[:-1] / self.mix[:-1].sum()
        return alone

    def _gain(self, symbols: Symbols) -> Floats:
        """(n,) how much better two persons explain a session than one, log likelihoods."""
        gain: Floats = loops.gain(
            symbols.seen, self._weights, self._pairs, (self.table, self._alone)
        )
        return gain

    @cached_property
    def _weights(self) -> Floats:
        return self.mixture.channel_weights()

    def _bits(self, seen: loops.Seen, row: int, who: int) -> tuple[tuple[str, float], ...]:
        """What each signal did for a component, against everybody of the household."""
        bits = loops.bits(seen, row, self._weights, self.table, self.mix, who).tolist()
        said = zip(SIGNALS, bits, strict=True)
        return tuple((name, round(value, 3)) for name, value in said if value == value)


def _normal(joint: Floats) -> Floats:
    raised = np.exp(joint - joint.max(axis=1, keepdims=True))
    normal: Floats = raised / raised.sum(axis=1, keepdims=True)
    return normal
