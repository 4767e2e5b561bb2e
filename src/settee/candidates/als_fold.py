"""Find the vector of a live history among item vectors that are held still.

A person who did not exist at training is one more row: her items pull her vector towards theirs,
everything else a little towards 0. That is one ridge problem of d unknowns, solved to the last
digit of float32 by some dozen steps over the vectors of her items alone, for the basis is that in
which all other items are a weight per coordinate.

Reads / Writes: nothing.
Source: Hu, Koren, Volinsky (2008), section 5 (a score as a sum over the history).
Not here: the steps (candidates.als_sweep), the training (candidates.als_train).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.candidates.als_sweep import descend_rows
from settee.candidates.histories import Checked, read_only

_MOST_STEPS = 200
_TOLERANCE = np.float32(1e-6)


@dataclass(frozen=True)
class Still:
    """Item vectors and what the ridge of a person is made of.

    Args:
        vectors: (m, d) float32, read only, in the basis in which their Gram matrix is diagonal.
        unseen: (d,) float32, read only: that diagonal times the weight of what nobody did.
        l2: Ridge at size 1.
        power: Of the size.
        offset: What everything unseen adds to the size of a history.
    """

    vectors: NDArray[np.float32]
    unseen: NDArray[np.float32]
    l2: float
    power: float
    offset: float

    def own(self, size: NDArray[np.float64]) -> NDArray[np.float32]:
        """Ridge of histories of that much weight: (n,) float32."""
        ridge: NDArray[np.float64] = self.l2 * (size + self.offset) ** self.power
        return ridge.astype(np.float32)


def people_vectors(still: Still, given: Checked, place: NDArray[np.int32]) -> NDArray[np.float32]:
    """The vector of each person: (n_people, d); 0 for a person without a known item.

    Args:
        still: What is held still.
        given: Histories.
        place: (n,) int32 row of each item of the histories among the vectors, -1 where it has none.
    """
    known = place >= 0
    weight = np.where(known, given.weight, 0.0)
    indptr = given.indptr
    if not known.all():
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(known)])[indptr]
        place = place[known]
    size = np.add.reduceat(np.append(weight, 0.0), given.indptr[:-1])
    size[np.diff(given.indptr) == 0] = 0.0
    out = np.zeros((len(indptr) - 1, len(still.unseen)), np.float32)
    descend_rows(
        read_only(indptr),
        read_only(place),
        read_only(weight[known].astype(np.float32)),
        still.vectors,
        still.unseen,
        still.own(size),
        out,
        _MOST_STEPS,
        _TOLERANCE,
    )
    return out


def parts(
    still: Still, history: NDArray[np.int32], targets: NDArray[np.int32]
) -> NDArray[np.float64]:
    """What each row of a history adds to the product with each target: (n_targets, n_history).

    With B the ridge, V the history and t a target the product is t' (V'V + B)^-1 V' 1, which is
    t' B^-1 V' (V B^-1 V' + 1)^-1 1: one column of the latter for each of the history.
    """
    v = still.vectors[history].astype(np.float64)  # (n, d)
    own = still.own(np.array([float(len(history))]))
    damped = v / (still.unseen + own)  # (n, d)
    core = v @ damped.T + np.eye(len(v))  # (n, n), symmetric
    reached = still.vectors[targets] @ damped.T  # (n_targets, n)
    return np.asarray(np.linalg.solve(core, reached.T).T, np.float64)
