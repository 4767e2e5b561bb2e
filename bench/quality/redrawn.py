"""Hide another fifth of what the same people wanted, and tell how far figures move by that alone.

One draw of what is hidden is luck: over twelve draws for the same 603 people recall@20 of one model
moves by some .007, about as much as good models differ. All models are moved alike, so a difference
of two models of one draw holds where neither figure does. Rounding moves them too: who wanted 9
has 2 to be found where the share that is kept is rounded down, and 1 where the hidden one is.

Not here: the first draw, by which everything is judged (quality.strong).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bench.quality.judging import METRICS, Truth
from bench.quality.strong import People
from settee.events import Histories

PerPerson = dict[str, NDArray[np.float64]]

KEPT = 0.8


def redrawn(people: People, rng: np.random.Generator, *, hides_less: bool) -> People:
    """The same people with other items hidden; histories lose their order and times.

    Args:
        people: What they wanted is what was folded in and what was hidden.
        rng: Draws.
        hides_less: Round the hidden share down, not the kept one.
    """
    folded: list[NDArray[np.int32]] = []
    hidden: list[NDArray[np.int32]] = []
    past, truth = people.histories, people.truth
    for person in range(truth.n_people):
        seen = past.item[past.indptr[person] : past.indptr[person + 1]]
        asked = truth.index[truth.indptr[person] : truth.indptr[person + 1]]
        mixed = rng.permutation(np.sort(np.concatenate([seen, asked])))
        n_kept = len(mixed) - int((1 - KEPT) * len(mixed) + 1e-9)
        if not hides_less:
            n_kept = int(KEPT * len(mixed))
        if 0 < n_kept < len(mixed):
            folded.append(mixed[:n_kept])
            hidden.append(mixed[n_kept:])
    item, index = (np.concatenate([np.empty(0, np.int32), *part]) for part in (folded, hidden))
    return People(
        Histories(_ends(folded), item, np.zeros(len(item), np.int64)),
        Truth(_ends(hidden), index, truth.n_items),
    )


def _ends(parts: list[NDArray[np.int32]]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)


def over_draws(
    people: People,
    systems: Mapping[str, Callable[[People], PerPerson]],
    seed: int,
    n_draws: int,
    *,
    hides_less: bool,
) -> dict[str, float]:
    """Mean of each system's metrics over draws, and `.spread`, their standard deviation."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {}
    for _ in range(n_draws):
        drawn = redrawn(people, rng, hides_less=hides_less)
        for name, answer in systems.items():
            for metric, values in answer(drawn).items():
                if metric in METRICS:
                    found.setdefault(f"{name}.{metric}", []).append(float(values.mean()))
    out: dict[str, float] = {}
    for name, means in found.items():
        out[name] = round(float(np.mean(means)), 5)
        out[f"{name}.spread"] = round(float(np.std(means, ddof=1)), 5)
    return out
