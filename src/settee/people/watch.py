"""Watch one household for every kind of drift, session by session.

Two detectors look at each session before it is learnt from: one at how surprising its hour, device
and taste are, one at whether it is that same stranger again. Both together are 284 bytes and one
byte for each of the last 49 sessions.

Reads: evidence of a session, the sessions before it.  Writes: nothing.
Source: as in people.drift and people.newcomer.
Not here: what a household does about it (people.household).
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from settee.people.channels import SIGNALS, Symbols
from settee.people.drift import ANSWERS, STATE_BYTES, Drift, DriftRules, DriftState, Evidence
from settee.people.mixture import Mixture
from settee.people.newcomer import RECENT, Habits, follow_newcomer
from settee.people.population import Population

_GRAIN = 16.0  # parts of one nat
_ZERO = 144.0  # byte of a session that guests and persons explain alike
_KEPT = RECENT - 1
_LEAST_RECENT = 5


def habits_of(mixture: Mixture, population: Population) -> Habits:
    """What a stranger is likely to show, under a model and a population."""
    guest = mixture.log_table(np.zeros((0, len(population.prior))), population)[-1]
    strength = np.array([mixture.strength[name] for name in SIGNALS])
    return Habits(np.exp(guest), guest, strength, mixture.channel_weights())


def with_last(before: Symbols, now: Symbols) -> Symbols:
    """The last sessions that are looked at: those before, and the one now."""
    kept = before.take(slice(max(len(before) - _KEPT, 0), len(before)))
    return Symbols(
        np.concatenate([kept.symbol, now.symbol]),
        np.concatenate([kept.topic, now.topic]),
        np.concatenate([kept.weight, now.weight]),
    )


@dataclass
class Watch:
    """The detectors of one household.

    Args:
        state: Of hours, devices, tastes and members.
        novelty: (m,) uint8 how strange each of the last sessions was, oldest first, 49 at most.
        log_capital: What the bets on a newcomer had won when one was last looked for.
    """

    state: DriftState = field(default_factory=DriftState.new)
    novelty: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    log_capital: float = -np.inf

    def session(
        self, seen: Evidence, recent: Symbols, at_s: NDArray[np.int64], rules: DriftRules,
        habits: Habits, guest: float,
    ) -> list[Drift]:  # fmt: skip
        """Take one session in; what was noticed by it.

        Args:
            seen: The session, as it was before it was learnt from.
            recent: The sessions before it and it, oldest first.
            at_s: Ends of those, epoch seconds.
            rules: When surprises are an alarm.
            habits: What a stranger is likely to show.
            guest: Share of sessions that are a guest's, as `seen` was made with.
        """
        drifts = self.state.observe(seen, rules)
        strange = float(seen.surprise[0, 3])
        byte = np.uint8(np.clip(np.rint(strange * _GRAIN + _ZERO), 0, 255))
        self.novelty = np.append(self.novelty, byte)[-RECENT:]
        if drifts and drifts[0].kind != "lost_member":
            self._calm()
        elif strange > 0:  # a session that somebody known explains does not bring anybody new
            drifts += self._newcomer(seen, recent, at_s, rules, habits, guest)
        self.novelty = self.novelty[-_KEPT:]
        return drifts

    def _newcomer(
        self, seen: Evidence, recent: Symbols, at_s: NDArray[np.int64], rules: DriftRules,
        habits: Habits, guest: float,
    ) -> list[Drift]:  # fmt: skip
        n = min(len(self.novelty), len(recent))
        if n < _LEAST_RECENT or self.state.n_sessions < rules.min_sessions:
            return []
        last = slice(len(recent) - n, len(recent))
        strange = (self.novelty[-n:].astype(np.float64) - _ZERO) / _GRAIN
        against_all = strange - np.log1p(guest * np.expm1(strange))
        found = follow_newcomer(recent.take(last), at_s[last], against_all, habits)
        self.log_capital = found.log_capital
        if found.log_capital < rules.newcomer_capital():
            return []
        self._calm()
        at, since = int(seen.at_s[0]), int(at_s[last][found.first])
        return [Drift("new_member", at, min(since, at), ANSWERS["new_member"], "novelty")]

    def _calm(self) -> None:
        self.state.refitted()
        self.novelty = self.novelty[:0]

    def members_changed(self) -> None:
        """Wait for everybody anew: by a refit somebody came, went, was split or merged."""
        self.state.members_changed()

    def to_bytes(self) -> bytes:
        """Everything, in at most 333 bytes."""
        return self.state.to_bytes() + self.novelty.tobytes()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """What `to_bytes` wrote; of a household that was never looked at for no bytes.

        Raises:
            Damaged: If the length is wrong.

        >>> Watch.from_bytes(Watch().to_bytes()).to_bytes() == Watch().to_bytes()
        True
        """
        if not raw:
            return cls()
        state = DriftState.from_bytes(raw[:STATE_BYTES])
        return cls(state, np.frombuffer(raw, np.uint8, offset=STATE_BYTES).copy())
