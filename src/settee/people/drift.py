"""Notice that a household is no longer as it was, say how, and what to do about it.

Each closed session brings how surprising its hour, device and taste were and how far nobody known
explains it. Calm households startle too: one session in a hundred is a one-in-a-hundred session.
So surprises are bets whose capital grows on average only when something changed, and an alarm needs
so much of it that, of 1,000 calm households, 10 get one in 90 days (`people.drift_false_alarms`).

Reads: surprises of sessions.  Writes: nothing.
Source: Shin, Ramdas & Rinaldo (2023), "E-detectors: a nonparametric framework for sequential change
detection"; Gama et al. (2014), "A survey on concept drift adaptation" (the kinds of drift).
Not here: the loops (people.drift_loops), what is usual (people.drift_calm), shifts of everybody at
once (people.drift_features).
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from settee.core import Damaged, PeopleSettings
from settee.people import drift_loops as loops
from settee.people.drift_calm import ARRIVED, CHANNELS, LEFT, LOG_P, NEWCOMER, Calm, Evidence

__all__ = [
    "ANSWERS",
    "CHANNELS",
    "KINDS",
    "STATE_BYTES",
    "Calm",
    "Drift",
    "DriftKind",
    "DriftRules",
    "DriftState",
    "Evidence",
]

DriftKind = Literal[
    "gradual", "sudden", "recurring", "concept", "new_member", "lost_member", "feature"
]  # fmt: skip
KINDS: tuple[DriftKind, ...] = ("gradual", "sudden", "recurring", "concept", "new_member")
ANSWERS: dict[DriftKind, str] = {
    "gradual": "forget_faster",
    "sudden": "refit_recent",
    "recurring": "bring_back",
    "concept": "refit_recent",
    "new_member": "add_person",
    "lost_member": "retire_person",
    "feature": "relearn_emissions",
}
"""What is to be done about each kind."""

_SHARES = {"slow": 0.05, "fast": 0.2, "newcomer": 0.3, "arrived": 0.2, "left": 0.25}
"""How the false alarms are shared out among the statistics."""
_HEAD = loops.SIGNATURE
STATE_BYTES = 4 * _HEAD + 2 * 3 * loops.N_BINS
"""Bytes of a `DriftState`."""


@dataclass(frozen=True)
class Drift:
    """Something changed.

    Args:
        kind: What.
        at_s: When it was noticed, epoch seconds.
        since_s: Since when, as far as can be told.
        answer: What to do, of `ANSWERS`.
        channel: What showed it, of `CHANNELS`; "" where it is whose the sessions are.
        person: Number of the member who came or went; 0 for nobody who has a number.
        row: Which of the sessions given it was noticed at.
    """

    kind: DriftKind
    at_s: int
    since_s: int
    answer: str
    channel: str = ""
    person: int = 0
    row: int = 0


@dataclass(frozen=True)
class DriftRules:
    """When surprises are an alarm.

    Args:
        false_alarms: Share of calm households that may be alarmed in 90 days, over 0 to 1.
        calm: How calm households look.
        min_sessions: Sessions of a household before which nothing is an alarm.
    """

    false_alarms: float
    calm: Calm
    min_sessions: int = 60

    @classmethod
    def of(cls, settings: PeopleSettings, calm: NDArray[np.float64] | None = None) -> Self:
        """The rules under the settings.

        Args:
            settings: Of which `drift_false_alarms` is used.
            calm: `Calm.to_array` of what was learnt; without it surprises are taken for normal.
        """
        return cls(settings.drift_false_alarms, Calm.from_array(calm))

    @property
    def newcomer_capital(self) -> float:
        """Logarithm of the capital from which on somebody new is there (`people.newcomer`)."""
        return self.calm.limit(NEWCOMER, self.false_alarms * _SHARES["newcomer"])

    @property
    def arrived(self) -> float:
        """Nats from which on a member has come (`people.members`)."""
        return self.calm.limit(ARRIVED, self.false_alarms * _SHARES["arrived"])

    @property
    def left(self) -> float:
        """Nats from which on a member has gone (`people.members`)."""
        return self.calm.limit(LEFT, self.false_alarms * _SHARES["left"])

    def numbers(self) -> NDArray[np.float64]:
        """The rules as the loops need them."""
        rules = np.zeros(loops.N_RULES)
        rules[loops.MIN_SESSIONS] = self.min_sessions
        for habit in range(loops.N_HABITS):
            for place, first, name in (
                (loops.SLOW_LIMIT, 0, "slow"),
                (loops.FAST_LIMIT, loops.N_HABITS, "fast"),
            ):
                share = self.false_alarms * _SHARES[name] / loops.N_HABITS
                rules[place + habit] = self.calm.limit(first + habit, share)
        return rules


@dataclass
class DriftState:
    """What is remembered of one household between sessions: 152 bytes.

    Args:
        numbers: (N_STATE,) float32, laid out as `people.drift_loops` says.
    """

    numbers: NDArray[np.float32]

    @classmethod
    def new(cls) -> Self:
        """Of a household that was never looked at."""
        return cls(loops.fresh())

    @property
    def n_sessions(self) -> int:
        """Sessions that were taken in."""
        return int(self.numbers[loops.COUNT])

    def observe(self, sessions: Evidence, rules: DriftRules) -> list[Drift]:
        """Take sessions in, a constant time each; what was noticed on the way.

        Args:
            sessions: Newer than all before.
            rules: When surprises are an alarm.
        """
        n = len(sessions.at_s)
        kind, what = np.zeros(n, dtype=np.int8), np.zeros(n, dtype=np.int32)
        since = np.zeros(n)
        loops.observe_many(
            self.numbers, sessions.at_s / 86_400, sessions.surprise, sessions.hour, sessions.device,
            rules.calm.knots, LOG_P, rules.numbers(), kind, what, since,
        )  # fmt: skip
        return [
            self._drift(int(kind[row]), int(what[row]), float(since[row]), sessions, row)
            for row in np.flatnonzero(kind).tolist()
        ]

    def _drift(self, kind: int, what: int, since: float, sessions: Evidence, row: int) -> Drift:
        name, at_s = KINDS[kind - 1], int(sessions.at_s[row])
        return Drift(
            kind=name,
            at_s=at_s,
            since_s=min(int(since * 86_400), at_s),
            answer=ANSWERS[name],
            channel=CHANNELS[what],
            row=row,
        )

    def refitted(self) -> None:
        """Start watching afresh, for the model was fitted anew; habits remembered stay."""
        loops.calm(self.numbers, moved=False)

    def to_bytes(self) -> bytes:
        """The state in little-endian bytes; `from_bytes` gives the very same back."""
        grains = np.rint(self.numbers[_HEAD:] * loops.GRAIN)
        head: bytes = self.numbers[:_HEAD].astype("<f4").tobytes()
        signatures: bytes = grains.astype("<u2").tobytes()
        return head + signatures

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The state that was written.

        Raises:
            Damaged: If the length is wrong.

        >>> state = DriftState.new()
        >>> len(state.to_bytes()), (DriftState.from_bytes(state.to_bytes()).numbers ==
        ...                         state.numbers).all()
        (152, np.True_)
        """
        if len(raw) != STATE_BYTES:
            raise Damaged(
                f"a drift state has {len(raw)} bytes; {STATE_BYTES} are expected.",
                hint="Delete the view of households; it is folded again.",
            )
        state = np.empty(loops.N_STATE, dtype=np.float32)
        state[:_HEAD] = np.frombuffer(raw, "<f4", _HEAD)
        state[_HEAD:] = np.frombuffer(raw, "<u2", offset=4 * _HEAD) / np.float32(loops.GRAIN)
        return cls(state)
