"""Put together what the persons of a household are found anew from: its sessions and what was told.

Sessions are put in order of their start. Once anything was told, everybody begins a fit as they
were, told sessions apart: one evening that was Bob's after all does not make all that is like it
Bob's, and nobody's id moves to somebody else.

Reads: the memory of a household.  Writes: nothing.
Not here: the fit (people.mixture), who is who after it (people.identity).
"""

import numpy as np
from numpy.typing import NDArray

from settee.people.channels import Symbols
from settee.people.memory import Memory, key_of
from settee.people.mixture import Evidence, Held, Mixture
from settee.people.population import Population

_FORBIDDEN = -1e4
_TOLD = 3.0  # sessions that one counts as that was told


def evidence_of_memory(
    memory: Memory, importance: NDArray[np.float64], mixture: Mixture, population: Population
) -> tuple[Evidence, NDArray[np.int64], int]:
    """What a fit looks at.

    Args:
        memory: Of a household.
        importance: (n,) how much each session counts.
        mixture: The model.
        population: What is known across households.

    Returns:
        The evidence, (n,) the row of each of its sessions, and the fewest persons that were told.
    """
    order = np.argsort(memory.rows["start_s"], kind="stable")
    symbols, log = memory.symbols().take(order), memory.rows[order]
    start_s, end_s = (log[name].astype(np.int64) for name in ("start_s", "end_s"))
    held, n_least = _held(memory, symbols, order, mixture, population)
    device = log["symbol"][:, 3].astype(np.int16)
    return Evidence.of(symbols, importance[order], start_s, end_s, device, held), order, n_least


def _held(
    memory: Memory,
    symbols: Symbols,
    order: NDArray[np.int64],
    mixture: Mixture,
    population: Population,
) -> tuple[Held | None, int]:
    """What was told of the sessions of a fit, and fewest persons by it."""
    by_key = {key_of(name): memory.told.persons(name) for name in memory.told.labels}
    keys = memory.rows["key"][order].tolist()
    told = [(row, who) for row, key in enumerate(keys) if (who := by_key.get(key)) is not None]
    if not told:
        return None, 1
    people = sorted({one for _, who in told for one in who})
    penalty = np.zeros((len(keys), len(people) + 2))
    roots = memory.told.roots(memory.numbers)
    everybody = [*people, *(one for one in dict.fromkeys(roots) if one not in people)]
    share = np.zeros((len(keys), len(everybody) + 1))
    for place, root in enumerate(roots):
        share[:, everybody.index(root)] += memory.share[order, place]
    for row, who in told:
        share[row] = 0.0
        penalty[row] = _FORBIDDEN
        for one in who:
            penalty[row, people.index(one)] = 0.0
            share[row, people.index(one)] = _TOLD / len(who)
        if not who:
            penalty[row, -1] = 0.0
    return Held(mixture.counts(symbols, share, population), penalty), len(people)
