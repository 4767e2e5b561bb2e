"""Watch one household for every kind of drift, session by session.

Three detectors look at each session before it is learnt from: how surprising its hour, device and
taste are, whether it is that same stranger again, and whether somebody's days have begun or ended.
What they remember of a household is 152 bytes and one byte for each of the last 49 sessions.

Reads: evidence of a session, the sessions before it.  Writes: nothing.
Source: as in people.drift, people.newcomer and people.members.
Not here: what a household does about it (people.household).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import Damaged
from settee.people.channels import SIGNALS, Symbols
from settee.people.drift import (
    ANSWERS,
    Drift,
    DriftKind,
    DriftRules,
    DriftState,
    Evidence,
)
from settee.people.members import moves_of
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


@dataclass(frozen=True)
class Means:
    """What a watch goes by.

    Args:
        rules: When surprises are an alarm.
        habits: What a stranger is likely to show.
        guest: Share of sessions that are a guest's.
    """

    rules: DriftRules
    habits: Habits
    guest: float


@dataclass(frozen=True)
class Sight:
    """One session, and what was before it.

    Args:
        seen: The session, as it was before it was learnt from.
        recent: The last sessions, oldest first, it being the last.
        recent_at_s: Ends of those, epoch seconds.
        share: (n, K) share of each person in every session that is remembered.
        share_at_s: (n,) ends of those.
        numbers: (K,) numbers of the persons.
    """

    seen: Evidence
    recent: Symbols
    recent_at_s: NDArray[np.int64]
    share: NDArray[np.floating]
    share_at_s: NDArray[np.int64]
    numbers: Sequence[int]


@dataclass
class Watch:
    """The detectors of one household.

    Args:
        state: Of hours, devices and tastes.
        novelty: (m,) uint8 how strange each of the last sessions was, oldest first, 49 at most.
        arrived: Numbers of members whose coming was told.
        left: Numbers of members whose going was told.
        peak: (3,) what a newcomer, an arrival and a departure reached at the last session.
    """

    state: DriftState = field(default_factory=DriftState.new)
    novelty: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    arrived: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    peak: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def session(self, sight: Sight, means: Means) -> list[Drift]:
        """Take one session in; what was noticed by it.

        Args:
            sight: The session, and what was before it.
            means: When surprises are an alarm.
        """
        self.peak = np.full(3, -np.inf)
        drifts = self.state.observe(sight.seen, means.rules)
        strange = float(sight.seen.surprise[0, 3])
        byte = np.uint8(np.clip(np.rint(strange * _GRAIN + _ZERO), 0, 255))
        self.novelty = np.append(self.novelty, byte)[-RECENT:]
        if drifts:
            self._calm()
        elif self.state.n_sessions >= means.rules.min_sessions:
            drifts = self._moves(sight, means.rules)
            if strange > 0:  # a session that somebody known explains does not bring anybody new
                drifts += self._newcomer(sight, means)
        self.novelty = self.novelty[-_KEPT:]
        return drifts

    def _newcomer(self, sight: Sight, means: Means) -> list[Drift]:
        n = min(len(self.novelty), len(sight.recent))
        if n < _LEAST_RECENT:
            return []
        last = slice(len(sight.recent) - n, len(sight.recent))
        at_s = sight.recent_at_s[last]
        strange = (self.novelty[-n:].astype(np.float64) - _ZERO) / _GRAIN
        against_all = strange - np.log1p(means.guest * np.expm1(strange))
        found = follow_newcomer(sight.recent.take(last), at_s, against_all, means.habits)
        self.peak[0] = found.log_capital
        if found.log_capital < means.rules.newcomer_capital:
            return []
        self._calm()
        return [_drift("new_member", sight, int(at_s[found.first]), channel="novelty")]

    def _moves(self, sight: Sight, rules: DriftRules) -> list[Drift]:
        """Members who came or went; each is told once, until the other is told."""
        drifts: list[Drift] = []
        if not len(sight.share_at_s) or not len(sight.numbers):
            return drifts
        moves = moves_of(sight.share, sight.share_at_s)
        self.peak[1:] = moves.arrived.max(), moves.left.max()
        came = moves.arrived > np.maximum(rules.arrived, moves.left)
        went = moves.left > np.maximum(rules.left, moves.arrived)
        for place, number in enumerate(sight.numbers):
            if came[place] and number not in self.arrived:
                self.arrived.add(number)
                self.left.discard(number)
                at_s = int(moves.arrived_at_s[place])
                drifts.append(_drift("new_member", sight, at_s, person=number))
            elif went[place] and number not in self.left:
                self.left.add(number)
                self.arrived.discard(number)
                at_s = int(moves.left_at_s[place])
                drifts.append(_drift("lost_member", sight, at_s, person=number))
        return drifts

    def _calm(self) -> None:
        self.state.refitted()
        self.novelty = self.novelty[:0]

    def to_bytes(self) -> bytes:
        """Everything, in some 220 bytes."""
        return _encoder.encode(
            _Written(
                self.state.to_bytes(), self.novelty.tobytes(), sorted(self.arrived),
                sorted(self.left),
            )
        )  # fmt: skip

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """What `to_bytes` wrote; of a household that was never looked at for no bytes.

        Raises:
            Damaged: If the bytes are something else.

        >>> Watch.from_bytes(Watch().to_bytes()).to_bytes() == Watch().to_bytes()
        True
        """
        if not raw:
            return cls()
        try:
            written = _decoder.decode(raw)
        except msgspec.MsgspecError as error:
            raise Damaged(
                f"the watch of a household cannot be read: {error}; what settee wrote is expected.",
                hint="Delete households.db; it is a view and is built again.",
            ) from None
        state = DriftState.from_bytes(written.state)
        novelty = np.frombuffer(written.novelty, np.uint8).copy()
        return cls(state, novelty, set(written.arrived), set(written.left))


class _Written(msgspec.Struct, array_like=True):
    state: bytes
    novelty: bytes
    arrived: list[int]
    left: list[int]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Written)


def _drift(
    kind: DriftKind, sight: Sight, since_s: int, *, channel: str = "", person: int = 0
) -> Drift:
    at_s = int(sight.seen.at_s[0])
    return Drift(kind, at_s, min(since_s, at_s), ANSWERS[kind], channel, person)
