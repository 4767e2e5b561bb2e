"""Notice that a household is no longer as it was, say how, and what to do about it.

Each closed session brings how surprising its hour, device and taste were and how far nobody known
explains it. Calm households startle too: one session in a hundred is a one-in-a-hundred session.
So surprises are bets whose capital grows on average only when something changed, and an alarm needs
so much of it that, of 1,000 calm households, 10 at most get one in 90 days.

Reads: surprises of sessions.  Writes: nothing.
Source: Shin, Ramdas & Rinaldo (2023), "E-detectors: a nonparametric framework for sequential change
detection"; Gama et al. (2014), "A survey on concept drift adaptation" (the kinds of drift).
Not here: the loops (people.drift_loops), shifts of everybody at once (people.drift_features).
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from settee.core import BadInput, Damaged, PeopleSettings
from settee.people import drift_loops as loops

CHANNELS = ("hour", "device", "taste", "novelty")
"""What is watched, in the order of the columns of `Evidence.surprise`."""

HORIZON_DAYS = 90.0
"""Days within which the share of false alarms is meant."""

DriftKind = Literal[
    "gradual", "sudden", "recurring", "concept", "new_member", "lost_member", "feature"
]  # fmt: skip
KINDS: tuple[DriftKind, ...] = (
    "gradual", "sudden", "recurring", "concept", "new_member", "lost_member",
)  # fmt: skip
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

_LOG_P = np.log(np.array([1, 0.9, 0.75, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3,
                          3e-4, 1e-4]))  # fmt: skip
_SHARES = {"slow": 0.1, "fast": 0.3, "new": 0.4, "lost": 0.2}
_MIN_CALM = 1000
_HEAD = loops.SIGNATURE
_BYTES = 4 * _HEAD + 2 * 3 * loops.N_BINS


class BadSurprises(BadInput):
    """Surprises cannot be used to learn what is usual."""

    code = "bad_surprises"


@dataclass(frozen=True)
class Evidence:
    """Closed sessions of one household, each as it looked before it was learnt from.

    Args:
        at_s: (n,) int64 ends of the sessions, epoch seconds, ascending.
        surprise: (n, 4) float64, a column each of `CHANNELS`: (expected log-likelihood under the
            mixture of persons - log-likelihood) / its standard deviation for hour, device, taste;
            log p(session | guest) - log p(session | persons) for novelty. NaN is not looked at.
        hour: (n,) float64, 0 to 24.
        device: (n,) int64, household's own number, -1 unknown.
        person: (n,) int64, number of the person it was, 0 where that is not sure.
    """

    at_s: NDArray[np.int64]
    surprise: NDArray[np.float64]
    hour: NDArray[np.float64]
    device: NDArray[np.int64]
    person: NDArray[np.int64]


@dataclass(frozen=True)
class Drift:
    """Something changed.

    Args:
        kind: What.
        at_s: When it was noticed, epoch seconds.
        since_s: Since when, as far as can be told; the same as `at_s` for a lost member.
        answer: What to do, of `ANSWERS`.
        channel: What showed it, of `CHANNELS`; "" for a lost member.
        person: Number of the member who is lost; 0 otherwise.
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
        knots: (4, 15) float64, how surprising calm sessions are: for each channel the surprise that
            the shares `exp(log_p)` of them exceed, ascending.
        min_sessions: Sessions of a household before which nothing is an alarm.
    """

    false_alarms: float
    knots: NDArray[np.float64]
    min_sessions: int = 20

    @classmethod
    def of(cls, settings: PeopleSettings, knots: NDArray[np.float64] | None = None) -> Self:
        """The rules under the settings.

        Args:
            settings: Of which `drift_false_alarms` is used.
            knots: From `learn_calm`; without them surprises are taken for standard normal.
        """
        usual = np.tile(ndtri(1 - np.exp(_LOG_P)), (len(CHANNELS), 1))
        usual[:, 0] = -8.0
        return cls(settings.drift_false_alarms, usual if knots is None else knots)

    def numbers(self) -> NDArray[np.float64]:
        """The rules as the loops need them: three channels share what slow and fast may cost."""
        rules = np.zeros(loops.N_RULES)
        rules[loops.HORIZON_DAYS] = HORIZON_DAYS
        for place, name, n in (
            (loops.LOG_SLOW, "slow", 3),
            (loops.LOG_FAST, "fast", 3),
            (loops.LOG_NEW, "new", 1),
            (loops.LOG_LOST, "lost", 2),
        ):
            rules[place] = -np.log(self.false_alarms * _SHARES[name] / n)
        rules[loops.MIN_SESSIONS] = self.min_sessions
        return rules


def learn_calm(surprise: NDArray[np.float64]) -> NDArray[np.float64]:
    """How surprising sessions usually are, channel by channel.

    Args:
        surprise: (n, 4) as in `Evidence`, of many households; NaN is left out.

    Returns:
        (4, 15) knots for `DriftRules`.

    Raises:
        BadSurprises: If a channel has fewer than 1,000 numbers, or one that is infinite.
    """
    knots = np.empty((len(CHANNELS), len(_LOG_P)))
    for channel, name in enumerate(CHANNELS):
        known = surprise[:, channel]
        known = known[~np.isnan(known)]
        if len(known) < _MIN_CALM or not np.isfinite(known).all():
            raise BadSurprises(
                f"{len(known)} surprises of {name}, all to be finite; at least {_MIN_CALM} are "
                "needed to know what is usual.",
                hint="Learn from a longer past.",
            )
        knots[channel] = np.quantile(known, 1 - np.exp(_LOG_P))
    return knots


@dataclass
class DriftState:
    """What is remembered of one household between sessions: 284 bytes.

    Args:
        numbers: (N_STATE,) float32, laid out as `people.drift_loops` says.
    """

    numbers: NDArray[np.float32]

    @classmethod
    def new(cls) -> Self:
        """Of a household that was never looked at."""
        state = np.zeros(loops.N_STATE, dtype=np.float32)
        loops.calm(state, moved=False)
        return cls(state)

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
            sessions.person, rules.knots, _LOG_P, rules.numbers(), kind, what, since,
        )  # fmt: skip
        return [
            self._drift(int(kind[row]), int(what[row]), float(since[row]), sessions, row)
            for row in np.flatnonzero(kind).tolist()
        ]

    def _drift(self, kind: int, what: int, since: float, sessions: Evidence, row: int) -> Drift:
        name, at_s = KINDS[kind - 1], int(sessions.at_s[row])
        is_lost = kind == loops.LOST_MEMBER
        return Drift(
            kind=name,
            at_s=at_s,
            since_s=at_s if is_lost else min(int(since * 86_400), at_s),
            answer=ANSWERS[name],
            channel="" if is_lost else CHANNELS[what],
            person=what if is_lost else 0,
            row=row,
        )

    def forget(self, person: int) -> None:
        """Stop waiting for a person who was merged, retired or forgotten."""
        loops.forget_member(self.numbers, person)

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
        (284, np.True_)
        """
        if len(raw) != _BYTES:
            raise Damaged(
                f"a drift state has {len(raw)} bytes; {_BYTES} are expected.",
                hint="Delete the view of households; it is folded again.",
            )
        state = np.empty(loops.N_STATE, dtype=np.float32)
        state[:_HEAD] = np.frombuffer(raw, "<f4", _HEAD)
        state[_HEAD:] = np.frombuffer(raw, "<u2", offset=4 * _HEAD) / np.float32(loops.GRAIN)
        return cls(state)
