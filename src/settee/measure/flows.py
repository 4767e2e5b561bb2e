"""Count how people went from contact to contact, seen from the end of their paths.

Of 40 paths, 12 ended mail, search and then a conversion: 12 of the step from mail to search, and 12
of that from search to the end. Only the last steps are told apart, for far behind the end all paths
differ. Steps that too few people went stand together, as channels do that too few met.

Reads / Writes: nothing.
Source: docs/attribution.md, "Journeys of everybody".
Not here: credit (measure.attribution), the paths of one account (measure.journey).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.measure.games import Floats
from settee.measure.paths import Paths
from settee.measure.suppressing import SUPPRESSED, Fold

CONVERTED, ENDED = "(converted)", "(ended)"
_STEPS = 4
_MOST = 200
Ints = NDArray[np.int64]


class Flow(msgspec.Struct, frozen=True):
    """Paths that went from one contact to the next; `step` 1 is the last contact and the end."""

    step: int
    source: str
    target: str
    n_paths: float
    n_people: float


def flows_of(paths: Paths, fold: Fold, min_people: int) -> list[Flow]:
    """Steps of paths, those of the end first, and of these the commonest.

    Args:
        paths: What people met; without groups each unit of weight is a person.
        fold: Which channel stands in which row.
        min_people: Steps that fewer people went are told together, or not at all.

    >>> from settee.measure.paths import paths_of
    >>> from settee.measure.suppressing import fold_small
    >>> paths = paths_of([["mail", "web"], ["web"]], converted=[3, 1], nulls=[0, 2])
    >>> [(f.step, f.source, f.target, f.n_paths) for f in flows_of(paths, fold_small(paths, 1), 1)]
    [(1, 'web', '(converted)', 4.0), (1, 'web', '(ended)', 2.0), (2, 'mail', 'web', 3.0)]
    """
    row = fold.row[paths.step]
    found: list[Flow] = []
    for step in range(1, _STEPS + 1):
        for target, path, weight in _targets(paths, row, fold.names, step):
            source = row[paths.indptr[1:][path] - step]
            gone = _Gone(source, weight, None if paths.group is None else paths.group[path])
            found += [
                Flow(step, SUPPRESSED if one < 0 else fold.names[one], target, n_paths, n_people)
                for one, n_paths, n_people in gone.told(min_people)
            ]
    found.sort(key=lambda one: (one.step, -one.n_paths, one.source, one.target))
    return found[:_MOST]


def _targets(
    paths: Paths, row: Ints, names: tuple[str, ...], step: int
) -> Iterator[tuple[str, Ints, Floats]]:
    """Each place where paths went at a step, the paths that did, and what each of them counts."""
    if step == 1:
        for name, weight in ((CONVERTED, paths.converted), (ENDED, paths.nulls)):
            path = np.flatnonzero(weight > 0)
            yield name, path, weight[path]
        return
    weight = paths.converted + paths.nulls
    long = np.flatnonzero((np.diff(paths.indptr) >= step) & (weight > 0))
    target = row[paths.indptr[1:][long] - step + 1]
    for one in np.unique(target).tolist():
        path = long[target == one]
        yield names[one], path, weight[path]


@dataclass(frozen=True)
class _Gone:
    """Paths that went to one place.

    Args:
        source: (n,) row of the fold that each came from.
        weight: (n,) what it counts, more than 0.
        group: (n,) whose it is, or None where each unit of weight is a person.
    """

    source: Ints
    weight: Floats
    group: Ints | None

    def told(self, min_people: int) -> list[tuple[int, float, float]]:
        """Row, paths and people of each source that may be told; row -1 is the small ones."""
        rows, place = np.unique(self.source, return_inverse=True)
        n_paths = np.bincount(place, self.weight, len(rows))
        n_people = self._people(place, len(rows))
        order = np.argsort(n_people, kind="stable")
        n_small = int((n_people < min_people).sum())
        n_united = self._united(np.isin(place, order[:n_small]))
        while 0 < n_small < len(rows) and n_united < min_people:
            n_small += 1  # or what is missing could be told from the rest
            n_united = self._united(np.isin(place, order[:n_small]))
        told = [
            (int(rows[one]), float(n_paths[one]), float(n_people[one])) for one in order[n_small:]
        ]
        if n_small and n_united >= min_people:
            told.append((-1, float(n_paths[order[:n_small]].sum()), n_united))
        return told

    def _people(self, place: Ints, n_rows: int) -> Floats:
        """(rows,) people who came from each row."""
        if self.group is None:
            return np.bincount(place, self.weight, n_rows).astype(np.float64)
        pairs = np.unique(np.stack([place, self.group]), axis=1)
        return np.bincount(pairs[0], minlength=n_rows).astype(np.float64)

    def _united(self, is_in: NDArray[np.bool_]) -> float:
        """People who came from any of some rows."""
        if self.group is None:
            return float(self.weight[is_in].sum())
        return float(len(np.unique(self.group[is_in])))
