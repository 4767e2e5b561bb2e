"""Take one session after another into the drift state of a household, in a handful of loops.

State is one row of float32. Each channel holds two Shiryaev-Roberts statistics as logarithms: a
session multiplies 1 + R by its bet, so a calm session of bet 0.5 takes R = 3 to 2, and a startling
one of bet 20 takes it to 80. A bet has mean 1 while nothing changes, whatever came before, so the
chance that R ever passes c within n sessions is at most n / c.

Reads / Writes: arrays given.
Source: Shiryaev (1963); Roberts (1966); Shin, Ramdas & Rinaldo (2023), "E-detectors"; Vovk & Wang
(2021), "E-values: Calibration, combination and applications" (the bet k v^(k-1)).
Not here: what the numbers mean for people (people.drift).
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_CHANNELS = 4
N_HOURS = 6
N_DEVICES = 6
N_BINS = N_HOURS + N_DEVICES

# places in a state: head, then channels, then three signatures
COUNT, LAST_DAY, TODAY, ALARM_DAY = range(4)
CHANNEL = 4
SLOW, FAST, SINCE, TILT = range(4)
PER_CHANNEL = 4
SIGNATURE = CHANNEL + PER_CHANNEL * N_CHANNELS
RECENT, CURRENT, REMEMBERED = range(3)
N_STATE = SIGNATURE + 3 * N_BINS

# places in the rules
N_HABITS = 3
MIN_SESSIONS = 0
SLOW_LIMIT, FAST_LIMIT = 1, 1 + N_HABITS  # one a channel of habits
N_RULES = 1 + 2 * N_HABITS

NONE, GRADUAL, SUDDEN, RECURRING, CONCEPT, NEW_MEMBER = range(6)
HOUR, DEVICE, TASTE, NOVELTY = range(N_CHANNELS)

_SLOW_POWER = 0.7
_FAST_POWER = 0.25
_FAST_SHARE = 0.5
_NEW_POWER = 0.15
_NEW_SHARE = 0.2
_TILT_PRIOR = 30.0
_TILT_MOST = 300.0
_TILT_CAP = 4.0
_RECENT_RATE = 1 / 15
_CURRENT_RATE = 1 / 100
GRAIN = 8192.0
_CLOSER = 0.15
_SETTLING_DAYS = 14.0
_REMEMBER_DAYS = 30.0


@njit(cache=True)
def p_value(z: float, knots: NDArray[np.float64], log_p: NDArray[np.float64]) -> float:
    """How often a calm session is at least this surprising: straight lines between the knots."""
    log = log_p[0] if z <= knots[0] else log_p[-1]
    for i in range(1, len(knots)):
        if knots[i - 1] < z <= knots[i]:
            part = (z - knots[i - 1]) / (knots[i] - knots[i - 1])
            log = log_p[i - 1] + part * (log_p[i] - log_p[i - 1])
    return math.exp(log)


@njit(cache=True)
def _tilted(state: NDArray[np.float32], place: int, p: float) -> float:
    """The p-value after what is usual in this household, whose own surprises lean by a power."""
    n = min(state[COUNT] - 1, _TILT_MOST)
    power = (_TILT_PRIOR + n) / (_TILT_PRIOR + state[place + TILT])
    _lean(state, place, min(-math.log(p), _TILT_CAP) / (1 - math.exp(-_TILT_CAP)))
    return math.exp(max(math.log(p) * min(max(power, 0.3), 2.0), -14.0))


@njit(cache=True)
def _lean(state: NDArray[np.float32], place: int, surprise: float) -> None:
    """Remember how surprising sessions are here; 1 is usual, and stands for one not looked at."""
    keep = 1.0 if state[COUNT] <= _TILT_MOST else 1 - 1 / _TILT_MOST
    state[place + TILT] = state[place + TILT] * keep + surprise


@njit(cache=True)
def _log_bet(v: float, power: float, share: float) -> float:
    return math.log(1 - share + share * power * v ** (power - 1))


@njit(cache=True)
def _raised(log_r: float, log_bet: float) -> float:
    """Logarithm of (1 + R) times the bet."""
    grown = log_r + math.log1p(math.exp(-log_r)) if log_r > 0 else math.log1p(math.exp(log_r))
    return min(max(grown + log_bet, -30.0), 80.0)


@njit(cache=True)
def _bets(
    state: NDArray[np.float32], channel: int, p: float, day: float, weight: float
) -> None:  # fmt: skip
    place = CHANNEL + PER_CHANNEL * channel
    v = _tilted(state, place, p)
    is_new = channel == NOVELTY
    power, share = (_NEW_POWER, _NEW_SHARE) if is_new else (_FAST_POWER, _FAST_SHARE)
    before = state[place + FAST]
    state[place + SLOW] = _raised(state[place + SLOW], weight * _log_bet(v, _SLOW_POWER, 1.0))
    state[place + FAST] = _raised(before, weight * _log_bet(v, power, share))
    # R is a sum over the days on which the change may have begun; this is its mean day
    begins_now = 1 / (1 + math.exp(before))
    state[place + SINCE] += begins_now * (day - state[place + SINCE])


@njit(cache=True)
def _blend(state: NDArray[np.float32], which: int, bin_at: int, first: int, n: int) -> None:
    is_settling = state[LAST_DAY] - state[ALARM_DAY] < _SETTLING_DAYS
    rate = _RECENT_RATE if which == RECENT or is_settling else _CURRENT_RATE
    rate = max(rate, 1 / (1 + state[COUNT]))
    start = SIGNATURE + which * N_BINS + first
    for i in range(n):
        value = state[start + i] * (1 - rate) + (rate if i == bin_at else 0.0)
        state[start + i] = np.rint(value * GRAIN) / GRAIN


@njit(cache=True)
def _sign(state: NDArray[np.float32], hour: float, device: int) -> None:
    for which in (RECENT, CURRENT):
        _blend(state, which, int(hour * N_HOURS / 24) % N_HOURS, 0, N_HOURS)
        if device >= 0:
            _blend(state, which, min(device, N_DEVICES - 1), N_HOURS, N_DEVICES)


@njit(cache=True)
def _distance(state: NDArray[np.float32], a: int, b: int) -> float:
    total = 0.0
    for i in range(N_BINS):
        total += abs(state[SIGNATURE + a * N_BINS + i] - state[SIGNATURE + b * N_BINS + i])
    return total / 4  # two distributions, half of the absolute difference each


def fresh() -> NDArray[np.float32]:
    """The state of a household that was never looked at."""
    state = np.zeros(N_STATE, dtype=np.float32)
    calm(state, False)
    return state


@njit(cache=True)
def calm(state: NDArray[np.float32], moved: bool) -> None:
    """Start watching afresh; when habits moved, the old ones are remembered."""
    for channel in range(N_CHANNELS):
        place = CHANNEL + PER_CHANNEL * channel
        state[place + SLOW] = -30
        state[place + FAST] = -30
    if moved:
        is_settled = state[LAST_DAY] - state[ALARM_DAY] > _REMEMBER_DAYS
        for i in range(N_BINS):
            at = SIGNATURE + i
            if is_settled:
                state[at + REMEMBERED * N_BINS] = state[at + CURRENT * N_BINS]
            state[at + CURRENT * N_BINS] = state[at + RECENT * N_BINS]
        state[ALARM_DAY] = state[LAST_DAY]


@njit(cache=True)
def _furthest(
    state: NDArray[np.float32], rules: NDArray[np.float64], which: int, limit: int
) -> tuple[int, float]:  # fmt: skip
    """The habit whose bets are furthest over their limit, and by how much."""
    channel, most = 0, -np.inf
    for c in range(N_HABITS):
        over = state[CHANNEL + PER_CHANNEL * c + which] - rules[limit + c]
        if over > most:
            channel, most = c, over
    return channel, most


@njit(cache=True)
def _judge(state: NDArray[np.float32], rules: NDArray[np.float64]) -> tuple[int, int]:
    """What has happened, and the channel that says so; NONE while nothing has."""
    novelty = CHANNEL + PER_CHANNEL * NOVELTY
    channel, over = _furthest(state, rules, FAST, FAST_LIMIT)
    is_fast = over > 0
    if not is_fast:
        channel, over = _furthest(state, rules, SLOW, SLOW_LIMIT)
        if not over > 0:
            return NONE, 0
    remembered, is_remembered = SIGNATURE + REMEMBERED * N_BINS, False
    for i in range(N_HOURS):
        is_remembered |= state[remembered + i] > 0
    if is_remembered:
        to_old, to_now = _distance(state, RECENT, REMEMBERED), _distance(state, RECENT, CURRENT)
        if to_old + _CLOSER < to_now:
            return RECURRING, channel
    if is_fast and state[novelty + FAST] > 0.5 * rules[FAST_LIMIT]:
        return NEW_MEMBER, NOVELTY
    mine = state[CHANNEL + PER_CHANNEL * DEVICE + FAST]
    other = max(state[CHANNEL + FAST], state[CHANNEL + PER_CHANNEL * TASTE + FAST])
    if channel == DEVICE and other < 0.5 * mine:
        return CONCEPT, DEVICE
    return (SUDDEN if is_fast else GRADUAL), channel


@njit(cache=True)
def observe(
    state: NDArray[np.float32], day: float, z: NDArray[np.float64], hour: float, device: int,
    knots: NDArray[np.float64], log_p: NDArray[np.float64], rules: NDArray[np.float64],
) -> tuple[int, int, float]:  # fmt: skip
    """Take one session in: what it shows, by which channel, and since which day.

    z holds one surprise a channel, NaN where it is not to be looked at.
    """
    if math.floor(day) != math.floor(state[LAST_DAY]):
        state[TODAY] = 0
    state[LAST_DAY] = day
    state[TODAY] += 1
    state[COUNT] += 1
    _sign(state, hour, device)
    for channel in range(N_CHANNELS):
        if not math.isnan(z[channel]):
            p = p_value(z[channel], knots[channel], log_p)
            _bets(state, channel, p, day, 1 / state[TODAY])
        else:
            _lean(state, CHANNEL + PER_CHANNEL * channel, 1.0)
    if state[COUNT] < rules[MIN_SESSIONS]:
        return NONE, 0, 0.0
    kind, channel = _judge(state, rules)
    if kind == NONE:
        return NONE, 0, 0.0
    since = state[CHANNEL + PER_CHANNEL * channel + SINCE]
    calm(state, kind in (SUDDEN, RECURRING, CONCEPT))
    return kind, channel, since


@njit(cache=True)
def observe_many(
    state: NDArray[np.float32], day: NDArray[np.float64], z: NDArray[np.float64],
    hour: NDArray[np.float64], device: NDArray[np.int64], knots: NDArray[np.float64],
    log_p: NDArray[np.float64], rules: NDArray[np.float64],
    out_kind: NDArray[np.int8], out_what: NDArray[np.int32], out_since: NDArray[np.float64],
) -> None:  # fmt: skip
    """`observe` for all sessions of one household, oldest first."""
    for i in range(len(day)):
        out_kind[i], out_what[i], out_since[i] = observe(
            state, day[i], z[i], hour[i], device[i], knots, log_p, rules
        )


@njit(cache=True)
def peaks(
    state: NDArray[np.float32], day: NDArray[np.float64], z: NDArray[np.float64],
    hour: NDArray[np.float64], device: NDArray[np.int64], knots: NDArray[np.float64],
    log_p: NDArray[np.float64], rules: NDArray[np.float64], first: int,
) -> NDArray[np.float64]:  # fmt: skip
    """(2, N_HABITS) highest logarithms of slow and fast bets from a session on, without alarms."""
    highest = np.full((2, N_HABITS), -np.inf)
    for i in range(len(day)):
        observe(state, day[i], z[i], hour[i], device[i], knots, log_p, rules)
        if i >= first:
            for c in range(N_HABITS):
                place = CHANNEL + PER_CHANNEL * c
                highest[0, c] = max(highest[0, c], state[place + SLOW])
                highest[1, c] = max(highest[1, c], state[place + FAST])
    return highest
