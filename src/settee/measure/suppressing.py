"""Unite channels that too few people met, so that totals hold and nobody is told apart.

A channel that 12 people met says something about 12 people. It goes into one row with the other
small ones; while that row itself holds too few people, the next smallest channel joins it, for what
is missing from a total could be told from the rest.

Reads / Writes: nothing.  Not here: the floor (attribution.min_people).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.measure.games import Floats
from settee.measure.paths import Paths

SUPPRESSED = "(suppressed)"


@dataclass(frozen=True)
class Fold:
    """Which channel stands in which row.

    Args:
        names: (R,) names of rows.
        row: (C,) int64 row of each channel.
        n_people: (R,) people who met any channel of the row.
        n_folded: Channels behind the row "(suppressed)".
    """

    names: tuple[str, ...]
    row: NDArray[np.int64]
    n_people: Floats
    n_folded: int

    def sum(self, by_channel: Floats) -> Floats:
        """(R,) sums of (C,) figures."""
        return np.asarray(np.bincount(self.row, by_channel, len(self.names)), np.float64)


def fold_small(paths: Paths, min_people: int) -> Fold:
    """Fold the channels that fewer people met than the floor says.

    Args:
        paths: What people met; without groups each unit of weight is a person.
        min_people: The floor, at least 1.

    >>> from settee.measure.paths import paths_of
    >>> paths = paths_of([["mail"], ["tv"], ["web"]], converted=[3, 4, 90])
    >>> fold_small(paths, 5).names, fold_small(paths, 50).names
    (('web', '(suppressed)'), ('(suppressed)',))
    """
    everyone = np.arange(paths.n_channels)
    n_people = people_of(paths, everyone)
    order = np.argsort(n_people, kind="stable")
    n_small = int((n_people < min_people).sum())
    row = everyone
    while n_small < paths.n_channels and n_small:
        row = np.where(np.isin(everyone, order[:n_small]), 0, 1 + everyone)
        if people_of(paths, row)[0] >= min_people:
            break
        n_small += 1
    small = np.isin(everyone, order[:n_small])
    row = np.where(small, paths.n_channels - n_small, np.cumsum(~small) - 1)
    named = tuple(paths.channels[place] for place in np.flatnonzero(~small))
    names = (*named, SUPPRESSED) if n_small else named
    return Fold(names, row, people_of(paths, row), n_small)


def people_of(paths: Paths, row: NDArray[np.int64]) -> Floats:
    """People who met any channel of each row; (C,) rows of channels to (1 + highest,) float64.

    A group is a person where it has weight; without groups each unit of weight is one.
    """
    n_rows = int(row.max(initial=-1)) + 1
    path = np.repeat(np.arange(paths.n_paths), np.diff(paths.indptr))
    weight = paths.converted + paths.nulls
    unit = np.arange(paths.n_paths)
    if paths.group is not None:
        unit = np.unique(paths.group, return_inverse=True)[1]
    met = weight[path] > 0
    pairs = np.unique(unit[path][met] * n_rows + row[paths.step][met])
    counts = weight[pairs // n_rows] if paths.group is None else None
    return np.asarray(np.bincount(pairs % n_rows, counts, n_rows), np.float64)
