"""Share out conversions by rules of thumb: first, last, last non-direct, linear, position, decay.

A conversion after mail, web, web is given to mail by "first", to web by "last", a third to mail and
two thirds to web by "linear". They ask nobody and compare nothing: they are the baselines that
other credit stands beside, and each sums to what was there to share.

Reads / Writes: nothing.
Source: the definitions of web analytics; linear as in the package ChannelAttribution.
Not here: credit by what a channel's absence would cost (measure.chains_removal).
"""

from typing import Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput
from settee.measure.paths import Credit, Paths

Heuristic = Literal["first", "last", "last_non_direct", "linear", "position", "time_decay"]
HEURISTICS: tuple[str, ...] = get_args(Heuristic)
_DAY_S = 86_400.0


class BadHeuristic(BadInput):
    """No rule of thumb has that name, or its setting makes no sense."""

    code = "bad_heuristic"


@njit(cache=True, nogil=True)
def _shared(
    indptr: NDArray[np.int64],
    step: NDArray[np.int32],
    part: NDArray[np.float64],
    converted: NDArray[np.float64],
    value: NDArray[np.float64],
    n_channels: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each path's conversions and value to its steps, in proportion to the parts."""
    conversions, cents = np.zeros(n_channels), np.zeros(n_channels)
    for path in range(len(indptr) - 1):
        if converted[path] <= 0.0 and value[path] <= 0.0:
            continue
        total = 0.0
        for place in range(indptr[path], indptr[path + 1]):
            total += part[place]
        for place in range(indptr[path], indptr[path + 1]):
            share = part[place] / total
            conversions[step[place]] += share * converted[path]
            cents[step[place]] += share * value[path]
    return conversions, cents


def _one(places: NDArray[np.int64], n_steps: int) -> NDArray[np.float64]:
    part = np.zeros(n_steps)
    part[places] = 1.0
    return part


def _last_non_direct(paths: Paths, direct: str) -> NDArray[np.float64]:
    """The last step that is not direct; the last of all where every step is."""
    place = np.arange(len(paths.step))
    if direct in paths.channels:
        place = np.where(paths.step == paths.channels.index(direct), -1, place)
    last = np.maximum.reduceat(place, paths.indptr[:-1])
    return _one(np.where(last < 0, paths.indptr[1:] - 1, last), len(place))


def _position(paths: Paths, ends: float) -> NDArray[np.float64]:
    """`ends` to the first and to the last, the rest to those between; halves where there are two.

    A single step has everything. With `ends` at 1/2 the steps between get nothing.
    """
    size = np.diff(paths.indptr)
    between = np.maximum(size - 2, 1)
    part = np.repeat((1.0 - 2.0 * ends) / between, size)
    at_ends = np.where(size > 2, ends, 1.0)  # of 1 or 2 steps each is an end, and parts are ratios
    part[paths.indptr[:-1]] = at_ends
    part[paths.indptr[1:] - 1] = at_ends
    return part


def _time_decay(paths: Paths, half_life_s: float) -> NDArray[np.float64]:
    """Half as much for each half-life before the end, counted from the path's last step.

    From the last step, because a share hangs on differences alone and 0.5 ** 5,000 is no number.
    """
    if paths.before_s is None:
        raise BadHeuristic(
            "these paths do not say when their steps were; time_decay needs it.",
            hint="Ask for it before paths are collapsed, or choose position.",
        )
    least = np.minimum.reduceat(paths.before_s, paths.indptr[:-1])
    since = paths.before_s - np.repeat(least, np.diff(paths.indptr))
    return np.asarray(np.exp2(-since / half_life_s), np.float64)


def heuristic(
    paths: Paths,
    method: Heuristic,
    *,
    direct: str = "direct",
    ends: float = 0.4,
    half_life_s: float = 7 * _DAY_S,
) -> Credit:
    """Credit by a rule of thumb.

    Args:
        paths: What was met, and what came of it.
        method: Which rule.
        direct: Name of the channel of people who came by themselves; *changes* last_non_direct,
            which gives the last step that is another one, or the last where all are direct.
        ends: Share of the first and of the last step each, 0 to 1/2; *changes* position.
        half_life_s: Seconds after which a step is worth half, above 0; *changes* time_decay.

    Raises:
        BadHeuristic: There is no such rule, its setting is out of bounds, or time_decay is asked of
            paths that do not say when their steps were.

    >>> from settee.measure.paths import paths_of
    >>> one = paths_of([["mail", "web", "web"]])
    >>> heuristic(one, "first").conversions.tolist()
    [1.0, 0.0]
    >>> heuristic(one, "position").conversions.round(2).tolist()
    [0.4, 0.6]
    """
    if method not in HEURISTICS:
        raise BadHeuristic(f'no rule is called "{method}"; there are {", ".join(HEURISTICS)}.')
    if not 0.0 <= ends <= 0.5:
        raise BadHeuristic(f"ends is {ends}; each end has between 0 and 0.5 of the credit.")
    if not 0.0 < half_life_s < np.inf:
        raise BadHeuristic(f"half_life_s is {half_life_s}; it must be above 0.")
    conversions, value = _shared(
        paths.indptr,
        paths.step,
        _parts(paths, method, direct, ends, half_life_s),
        paths.converted,
        paths.value,
        paths.n_channels,
    )
    return Credit(method, conversions, value)


def _parts(
    paths: Paths, method: Heuristic, direct: str, ends: float, half_life_s: float
) -> NDArray[np.float64]:
    """(S,) what each step gets of its path, up to a factor."""
    if not paths.n_paths:
        return np.zeros(0)
    match method:
        case "first":
            return _one(paths.indptr[:-1], len(paths.step))
        case "last":
            return _one(paths.indptr[1:] - 1, len(paths.step))
        case "last_non_direct":
            return _last_non_direct(paths, direct)
        case "position":
            return _position(paths, ends)
        case "time_decay":
            return _time_decay(paths, half_life_s)
        case _:
            return np.ones(len(paths.step))
