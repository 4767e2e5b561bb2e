"""Hold what people met on the way to a conversion: paths of channels, as columns.

A path is the channels of its touches, oldest first, and how often it ended in a conversion and how
often in nothing. Three people who met e-mail and then search, of whom one bought for 20.00, are one
path of 2 steps with 1 conversion, 2 nulls and 2,000 cents. Weights may be fractions: half a person
on a shared account is half a path.

Reads / Writes: nothing.
Not here: making paths of touches (measure.gather), credit (measure.heuristics, measure.chains).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.measure.collapsing import chosen, first_of_each

Scalar = TypeVar("Scalar", bound=np.generic)


class BadPaths(BadInput):
    """Columns of paths do not fit each other, or a path is none."""

    code = "bad_paths"


def _read_only(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """A contiguous view that cannot be written through, so that each kernel is compiled once."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _check_weights(name: str, values: NDArray[np.float64], n_paths: int) -> None:
    if values.shape != (n_paths,):
        raise BadPaths(f"{name} has shape {values.shape}; {n_paths} paths need ({n_paths},).")
    if len(values) and not (np.isfinite(values).all() and values.min() >= 0):
        bad = values[~(np.isfinite(values) & (values >= 0))][0]
        raise BadPaths(f"{name} holds {bad}; weights and values are finite and 0 or more.")


@dataclass(frozen=True)
class Paths:
    """Paths of channels and what they ended in.

    Args:
        channels: (C,) names, sorted, each once.
        indptr: (P + 1,) path p has the steps `indptr[p]` to `indptr[p + 1]`, at least one.
        step: (S,) positions in `channels`, oldest first.
        converted: (P,) conversions the path ended in; fractions are allowed.
        nulls: (P,) times the same path ended without one.
        value: (P,) revenue of those conversions, cents.
        group: (P,) what is drawn as one when intervals are made (a person or an account, by
            number), or None: each unit of weight is its own.
        before_s: (S,) seconds from the step to the end of its path, or None where not known.

    Raises:
        BadPaths: Shapes do not fit, a position lies outside the channels, a path has no step, or a
            weight is negative or no number.
    """

    channels: tuple[str, ...]
    indptr: NDArray[np.int64]
    step: NDArray[np.int32]
    converted: NDArray[np.float64]
    nulls: NDArray[np.float64]
    value: NDArray[np.float64]
    group: NDArray[np.int64] | None = None
    before_s: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        self._set("indptr", np.int64)
        self._set("step", np.int32)
        for name in ("converted", "nulls", "value", "before_s"):
            self._set(name, np.float64)
        self._set("group", np.int64)
        self._check_steps()
        for name in ("converted", "nulls", "value"):
            _check_weights(name, getattr(self, name), self.n_paths)
        if self.group is not None and self.group.shape != (self.n_paths,):
            raise BadPaths(f"group has shape {self.group.shape}; there are {self.n_paths} paths.")
        if self.before_s is not None:
            _check_weights("before_s", self.before_s, len(self.step))

    def _set(self, name: str, kind: type[np.generic]) -> None:
        given = getattr(self, name)
        if given is not None:
            object.__setattr__(self, name, _read_only(np.asarray(given, kind)))

    def _check_steps(self) -> None:
        if list(self.channels) != sorted(set(self.channels)):
            raise BadPaths("channels are not sorted, or one is named twice; sort them.")
        ends = self.indptr
        if not len(ends) or ends[0] != 0 or ends[-1] != len(self.step):
            raise BadPaths(f"indptr must run from 0 to the number of steps, {len(self.step)}.")
        if self.n_paths and int(np.diff(ends).min()) < 1:
            place = int(np.argmax(np.diff(ends) < 1))
            raise BadPaths(
                f"path {place} has no step; a path has at least one touch.",
                hint="Leave conversions that no touch came before out of the paths.",
            )
        if len(self.step) and int(self.step.view(np.uint32).max()) >= len(self.channels):
            bad = self.step[(self.step < 0) | (self.step >= len(self.channels))][0]
            raise BadPaths(f"step {bad} names no channel; there are {len(self.channels)}.")

    @property
    def n_paths(self) -> int:
        """Number of rows, whatever they weigh."""
        return len(self.indptr) - 1

    @property
    def n_channels(self) -> int:
        """Number of channels, met or not."""
        return len(self.channels)

    @property
    def n_conversions(self) -> float:
        """All conversions."""
        return float(self.converted.sum())

    @property
    def total_value(self) -> float:
        """All revenue, cents."""
        return float(self.value.sum())

    def collapse(self) -> "Paths":
        """The same with each sequence of steps once, its weights summed, in order of appearance.

        Groups and the seconds before the end are dropped, for they differ within a sequence.

        >>> paths = paths_of([["mail"], ["mail", "web"], ["mail"]], converted=[1, 0, 2])
        >>> paths.collapse().converted.tolist()
        [3.0, 0.0]
        """
        row, first = first_of_each(self.indptr, self.step)
        indptr, step = chosen(self.indptr, self.step, first)

        def summed(weights: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(np.bincount(row, weights, len(first)), np.float64)

        return Paths(
            self.channels,
            indptr,
            step,
            summed(self.converted),
            summed(self.nulls),
            summed(self.value),
        )

    def weighted(self, weight: NDArray[np.float64]) -> "Paths":
        """The same paths, each counted so many times.

        Args:
            weight: (P,) 0 or more; 0 leaves a path in with no weight.

        Raises:
            BadPaths: Not one weight for each path, or a weight that is negative or no number.
        """
        _check_weights("weight", weight, self.n_paths)
        return replace(
            self,
            converted=self.converted * weight,
            nulls=self.nulls * weight,
            value=self.value * weight,
        )


@dataclass(frozen=True)
class Credit:
    """What each channel is given of the conversions and of the revenue; both sum to the totals.

    Args:
        method: Name of the rule that shared it out.
        conversions: (C,) in the order of the paths' channels.
        value: (C,) cents.
    """

    method: str
    conversions: NDArray[np.float64]
    value: NDArray[np.float64]


def paths_of(
    sequences: Sequence[Sequence[str]],
    *,
    converted: Sequence[float] | None = None,
    nulls: Sequence[float] | None = None,
    value: Sequence[float] | None = None,
) -> Paths:
    """Paths of names.

    Args:
        sequences: Names of channels of each path, oldest first; none empty.
        converted: Conversions of each; one each where not given.
        nulls: Times each ended without; none where not given.
        value: Cents of each; none where not given.

    Raises:
        BadPaths: A path is empty, or a column does not fit.

    >>> paths = paths_of([["web", "mail"], ["web"]], nulls=[0, 3])
    >>> paths.channels, paths.step.tolist(), paths.n_conversions
    (('mail', 'web'), [1, 0, 1], 2.0)
    """
    channels = tuple(sorted({name for names in sequences for name in names}))
    place = {name: number for number, name in enumerate(channels)}
    n = len(sequences)
    return Paths(
        channels,
        np.cumsum([0, *(len(names) for names in sequences)]),
        np.array([place[name] for names in sequences for name in names], np.int32),
        np.ones(n) if converted is None else np.asarray(converted, np.float64),
        np.zeros(n) if nulls is None else np.asarray(nulls, np.float64),
        np.zeros(n) if value is None else np.asarray(value, np.float64),
    )
