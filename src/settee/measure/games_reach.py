"""Let a set of channels be worth what the chain still reaches with only them.

Journeys walk a Markov chain of order 1; a step to a channel outside the set ends in nothing. If 100
journeys start at mail, half go on to web, and web converts 1 in 5, then {mail, web} is worth 10 and
{mail} 0, so the chain gives each 5.

Reads / Writes: nothing.
Source: Anderl et al. (2016), "Mapping the customer journey", for the chain; Shapley (1953).
Not here: the chain (measure.chains), credit by removal effects (measure.chains_removal).
"""

import numpy as np
from numpy.typing import NDArray

from settee.measure.chains import fit_chain
from settee.measure.games import Floats, Worth
from settee.measure.paths import Paths

_CELLS = 1 << 22  # of the matrices solved at once; only memory hangs on it


def reachable_worth(paths: Paths) -> Worth:
    """Conversions that the chain of order 1 reaches with only the channels of a set.

    Args:
        paths: What was met, and what came of it.

    Returns:
        A function of (m, n_channels) bool; of all channels it gives all conversions, of none 0.

    >>> from settee.measure.paths import paths_of
    >>> paths = paths_of([["mail", "web"], ["mail"]], converted=[10, 0], nulls=[40, 50])
    >>> worth = reachable_worth(paths)
    >>> worth(np.array([[True, True], [True, False], [False, True]])).round(6).tolist()
    [10.0, 0.0, 0.0]
    """
    chain = fit_chain(paths, 1)
    channel = chain.gram[:, 0]
    move, n = chain.move.toarray(), chain.n_states
    journeys = float(paths.converted.sum() + paths.nulls.sum())
    at_once = max(1, _CELLS // max(1, n * n))

    def worth(sets: NDArray[np.bool_]) -> Floats:
        out = np.empty(len(sets), np.float64)
        for begin in range(0, len(sets), at_once):
            inside = sets[begin : begin + at_once][:, channel]  # (m, n)
            system = np.eye(n) - inside[:, :, None] * move
            reached = np.linalg.solve(system, (inside * chain.convert)[:, :, None])[:, :, 0]
            out[begin : begin + at_once] = journeys * (reached @ chain.start)
        return out

    return worth
