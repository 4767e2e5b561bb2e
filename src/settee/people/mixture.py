"""Find the persons of a household: each has usual hours, devices and tastes, counted and shrunk.

A session is likely for a person as far as each of its symbols is: nine in the evening .12, on the
television .6, half comedy .2 ^ 0.5. Counts are shrunk to what is common in the population. The fit
improves shares and counts in turn from a dozen starts and lets the good solutions vote; nobody is
on two devices at once; a guest takes what suits no one. How many persons there are is decided by
what one more would explain.

Reads: symbols of sessions, a population.  Writes: nothing.
Source: Dempster, Laird & Rubin (1977); Fraley & Raftery (2007) for priors in mixtures; Strehl &
Ghosh (2002) for the vote.
Not here: one session after the other (people.household), how sure to be (people.doubt).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.people import mixture_loops as loops
from settee.people.channels import OFFSETS, SIGNALS, Symbols
from settee.people.dividing import FLAT, divided
from settee.people.match_loops import match_rows
from settee.people.models import Fit
from settee.people.population import Population
from settee.people.rows import Rows
from settee.people.sizing import SIZING, Step, chance_of_reaching, likeliest_size

Floats = NDArray[np.float64]

# Chosen on simulated households; docs/people.md says which, and what was tried instead.
WEIGHT = dict(zip(SIGNALS, (0.94, 0.23, 0.6, 0.64, 0.3, 0.86, 0.33, 1.0, 1.1), strict=True))
"""How much of each channel's evidence counts: less where it repeats what others say."""
STRENGTH = dict(zip(SIGNALS, (2.0, 17.0, 2.6, 2.0, 1.2, 10.7, 10.0, 0.5, 10.0), strict=True))
"""Imaginary sessions that the population's habits stand for, in each channel."""
GUEST = 0.004
EVEN = 4.0
"""Imaginary sessions of each person: how even persons are expected to be."""
APART = 0.015
"""Chance, against others, that who is on one device appears on another at the same time."""
_VOTE = 0.1  # a solution whose log likelihood is 10 worse has a third of the vote
_LEAST_VOTE = 1e-3
_N_ROUNDS = 40
_HOPELESS = 0.02  # chance of so many persons at which no more are tried
_FORBIDDEN = -1e4


@dataclass(frozen=True)
class Held:
    """What a fit may not change.

    Args:
        known: (at least m, D) counts to begin with: of the m persons of whom it was told, who are
            the first components, and then of others.
        penalty: (n, m + 2) added to log likelihoods: of the told persons, all others, a guest.
    """

    known: Floats
    penalty: Floats


@dataclass(frozen=True)
class Evidence:
    """The sessions of one household, in order of their start.

    Args:
        symbols: What they were.
        importance: (n,) how much each counts; old ones less.
        ratio: (n,) chance of the same person as in the session before, against others; 1 says
            nothing.
        days: From the first session to the last.
        held: What was told.
    """

    symbols: Symbols
    importance: Floats
    ratio: Floats
    days: float
    held: Held | None = None

    @classmethod
    def of(
        cls,
        symbols: Symbols,
        importance: Floats,
        start_s: NDArray[np.int64],
        end_s: NDArray[np.int64],
        device: NDArray[np.int16],
        held: Held | None = None,
    ) -> "Evidence":
        """Sessions in order of their start, with when and where they ran, and what was told."""
        days = float(end_s.max() - start_s[0]) / 86_400 if len(start_s) else 0.0
        return cls(symbols, importance, apart(start_s, end_s, device), days, held)

    def __len__(self) -> int:
        """Number of sessions."""
        return len(self.symbols)

    def take(self, rows: NDArray[np.int64]) -> "Evidence":
        """Some of the sessions, by ascending rows, as if nothing had been told."""
        return Evidence(
            self.symbols.take(rows), self.importance[rows], np.ones(len(rows)), self.days
        )

    @property
    def n_told(self) -> int:
        """Number of persons of whom it was told."""
        return 0 if self.held is None else self.held.penalty.shape[1] - 2

    def step(self, before: float, share: Floats, score: float) -> Step:
        """The step to a fit from one with a person fewer, whose log likelihood was `before`."""
        blind = 1 - float((self.symbols.symbol[:, SIGNALS.index("device")] >= 0).mean())
        overlaps = float((self.ratio < 1).mean())
        return Step(score - before, share, share.shape[1] - 1, blind, overlaps, self.days)

    def penalty(self, n_people: int) -> Floats:
        """(n, n_people + 1) what was told, as log likelihoods."""
        table = np.zeros((len(self), n_people + 1))
        if self.held is not None:
            m = self.n_told
            table[:, :m] = self.held.penalty[:, :m]
            table[:, m:n_people] = self.held.penalty[:, m : m + 1]
            table[:, n_people] = self.held.penalty[:, -1]
        return table


@dataclass(frozen=True)
class Mixture:
    """Our own model.

    Args:
        n_starts: Starts for each number of persons.
        most: Most persons.
        weight: How much of each channel counts, by name.
        strength: Imaginary sessions of the population, by name.
        sizing: Weights of what decides on one more person, see `sizing.FACTS`.
        even: Imaginary sessions of each person.
        guest: How common guests are.
    """

    n_starts: int = 8
    most: int = 8
    weight: Mapping[str, float] = field(default_factory=lambda: WEIGHT)
    strength: Mapping[str, float] = field(default_factory=lambda: STRENGTH)
    sizing: tuple[float, ...] = SIZING
    even: float = EVEN
    guest: float = GUEST
    name: str = "mixture"

    # -- the seam ------------------------------------------------------------------------------

    def fit(self, rows: Rows, population: Population, seed: int) -> Fit:
        """Find the persons and how many they are; see `models.HouseholdModel`."""
        order = np.argsort(rows.start_s, kind="stable")
        symbols = population.symbols(rows)
        found, score = self.find(
            evidence_of(symbols.take(order), rows.take(order)), population, seed
        )
        share = np.empty_like(found)
        share[order] = found
        arrays = {"counts": self.counts(symbols, share, population)}
        arrays["size"] = share[:, :-1].sum(axis=0)
        return Fit(share[:, :-1].astype(np.float32), arrays, score)

    def log_likelihood(
        self, arrays: Mapping[str, NDArray[Any]], rows: Rows, population: Population
    ) -> Floats:
        """(n, K) log p(session, person); see `models.HouseholdModel`."""
        table = self.log_table(arrays["counts"], population)
        like = self.joint(table, population.symbols(rows))
        return like[:, :-1] + np.log(self.mix(arrays["size"])[:-1])

    # -- parts ---------------------------------------------------------------------------------

    def find(
        self,
        evidence: Evidence,
        population: Population,
        seed: int,
        *,
        n_least: int = 1,
    ) -> tuple[Floats, float]:
        """The persons and how many they are.

        Args:
            evidence: Sessions.
            population: What is known across households.
            seed: Of the starts.
            n_least: Fewest persons.

        Returns:
            (n, K + 1) shares of the persons, the guest last, and the score.
        """
        if len(evidence) == 0:
            return np.zeros((0, n_least + 1)), 0.0
        fits = [self.vote(evidence, population, n_least, seed)]
        steps: list[Step] = []
        flat = min(self.most, FLAT, len(evidence) // 2)
        while (n_people := n_least + len(fits)) <= flat:
            fits.append(self.vote(evidence, population, n_people, seed))
            steps.append(evidence.step(fits[-2][1], *fits[-1]))
            if chance_of_reaching(steps, self.sizing) < _HOPELESS:
                break
        share, score = fits[likeliest_size(steps, self.sizing) - 1]
        if FLAT <= share.shape[1] - 1 < self.most:
            share = self._divided(evidence, population, seed, share)
        return share, score

    def _divided(
        self, evidence: Evidence, population: Population, seed: int, share: Floats
    ) -> Floats:
        """More persons than are looked for at once; see `dividing.divided`."""

        def halves(rows: NDArray[np.int64]) -> Floats:
            pair = replace(self, most=2)
            return pair.find(evidence.take(rows), population, seed)[0]

        return divided(share, self.most, evidence.n_told, halves)

    def vote(
        self,
        evidence: Evidence,
        population: Population,
        n_people: int,
        seed: int,
    ) -> tuple[Floats, float]:
        """Shares of a fixed number of persons, and the log likelihood of the best solution."""
        held, n_told = evidence.held, evidence.n_told
        known = np.zeros((0, len(population.prior))) if held is None else held.known[:n_people]
        symbols = evidence.symbols
        given = (
            symbols.symbol, symbols.topic, symbols.weight, evidence.importance, evidence.ratio,
            evidence.penalty(n_people),
        )  # fmt: skip
        draws = np.random.default_rng(seed).random((self.n_starts if n_people > 1 else 1, n_people))
        scores, shares = loops.best_of(
            given,
            self._constants(population),
            self._guest_log(population),
            (self.guest, self.even),
            known,
            draws,
            _N_ROUNDS,
        )
        order = np.argsort(-scores, kind="stable")
        vote = np.exp(_VOTE * (scores - scores[order[0]]))
        reference = shares[order[0]]
        total = np.zeros_like(reference)
        for place in order.tolist():
            if vote[place] > _LEAST_VOTE:
                agreed = reference[:, :-1].T @ shares[place][:, :-1]
                agreed[:n_told, :n_told] += np.eye(n_told) * (len(reference) + 1)
                who = match_rows(-agreed)
                total += vote[place] * shares[place][:, np.append(who, n_people)]
        return total / total.sum(axis=1, keepdims=True), float(scores[order[0]])

    def counts(
        self,
        symbols: Symbols,
        share: Floats,
        population: Population,
        importance: Floats | None = None,
    ) -> Floats:
        """(K, D) how often each person showed each symbol; `share` is (n, K + 1)."""
        table = np.zeros((share.shape[1] - 1, len(population.prior)))
        part = share[:, :-1] if importance is None else share[:, :-1] * importance[:, None]
        part = np.ascontiguousarray(part, dtype=np.float64)
        loops.count(symbols.symbol, symbols.topic, symbols.weight, part, table)
        return table

    def log_table(self, counts: Floats, population: Population) -> Floats:
        """(K + 1, D) log probability of each symbol for each person, the guest last."""
        blur, prior, strength, offsets, _ = self._constants(population)
        table = np.zeros((len(counts) + 1, len(prior)))
        loops.logs(counts, blur, prior, strength, offsets, table[:-1])
        table[-1] = self._guest_log(population)
        return table

    def joint(self, table: Floats, symbols: Symbols, weights: Floats | None = None) -> Floats:
        """(n, K + 1) weighted log likelihood of each session for each row of a log table."""
        like = np.zeros((len(symbols), len(table)))
        weights = self._weights if weights is None else weights
        loops.joint(symbols.symbol, symbols.topic, symbols.weight, weights, table, like)
        return like

    def mix(self, size: Floats) -> Floats:
        """(K + 1,) how common each person is, the guest last; `size` are their sessions."""
        each = (size + self.even) / (size + self.even).sum()
        return np.append(each * (1 - self.guest), self.guest)

    def channel_weights(self) -> Floats:
        """(n_channels + 1,) how much of each channel counts."""
        return self._weights.copy()

    @cached_property
    def _weights(self) -> Floats:
        return np.array([self.weight[name] for name in SIGNALS])

    def _constants(self, population: Population) -> tuple[Any, ...]:
        strength = np.array([self.strength[name] for name in SIGNALS])
        return (
            population.blur, population.prior, strength, population.offsets,
            self._weights,
        )  # fmt: skip

    def _guest_log(self, population: Population) -> Floats:
        """(D,) log probabilities of a guest: as everybody, and on the devices of the household."""
        log = np.log(population.prior)
        for name, chance in (("device", 0.25), ("platform", 0.7), ("profile", 0.3)):
            channel = SIGNALS.index(name)
            log[OFFSETS[channel] : OFFSETS[channel + 1]] = np.log(chance)
        return log


def evidence_of(symbols: Symbols, rows: Rows) -> Evidence:
    """Sessions as a fit takes them, all equally important; `rows` are in order of their start."""
    return Evidence.of(symbols, np.ones(len(rows)), rows.start_s, rows.end_s, rows.device)


def apart(
    start_s: NDArray[np.int64], end_s: NDArray[np.int64], device: NDArray[np.int16]
) -> Floats:
    """(n,) chance of the same person as in the session before, which may still run elsewhere."""
    ratio = np.ones(len(start_s))
    overlaps = start_s[1:] < end_s[:-1]
    ratio[1:] = np.where(overlaps & (device[1:] != device[:-1]), APART, 1.0)
    return ratio
