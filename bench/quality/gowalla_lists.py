"""Lists of 20 for everybody in a catalogue of 41,000, and how many hidden places they find.

People are scored in blocks, for all of them at once would be 5 GB. Several sources are added up as
the product blends them: each as standard deviations above its mean over the places of a person.

Source: the recall and NDCG of He et al. (2020), "LightGCN", as its code computes them; Krichene and
Rendle (2020) on why all places are ranked.
Not here: which sources, under which settings (quality.gowalla).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.candidates import Source, top_k
from settee.events import Histories, Interactions

K = 20
_BLOCK = 256

Weighted = Sequence[tuple[Source, float]]
"""Sources and what each counts in the sum."""


@dataclass(frozen=True)
class Visits:
    """Who visited what: person p the places ``item[indptr[p]:indptr[p + 1]]``, ascending."""

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    n_items: int

    @classmethod
    def of(
        cls,
        person: NDArray[np.integer],
        item: NDArray[np.integer],
        n_people: int,
        n_items: int,
    ) -> "Visits":
        """Distinct pairs, sorted."""
        key = np.unique(person.astype(np.int64) * n_items + item)
        counts = np.bincount(key // n_items, minlength=n_people)
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        return cls(indptr, (key % n_items).astype(np.int32), n_items)

    @property
    def n_people(self) -> int:
        return len(self.indptr) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(n_people,): how many places each visited."""
        return np.diff(self.indptr)

    @property
    def audience(self) -> NDArray[np.float64]:
        """(n_items,): by how many people each place was visited, 1 at least."""
        return np.maximum(np.bincount(self.item, minlength=self.n_items), 1.0)

    def person(self) -> NDArray[np.int64]:
        """(n_visits,): whose visit it is."""
        return np.repeat(np.arange(self.n_people), self.sizes)

    def of_people(self, people: NDArray[np.int64]) -> "Visits":
        """The visits of those people, renumbered from 0."""
        parts = [self.item[self.indptr[p] : self.indptr[p + 1]] for p in people]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.sizes[people])])
        item = np.concatenate([np.empty(0, np.int32), *parts])
        return Visits(indptr.astype(np.int64), item, self.n_items)

    def events(self) -> Interactions:
        """One event of interest per pair, all at one instant: the benchmark has no times."""
        n = len(self.item)
        return Interactions(
            tuple(f"u{p}" for p in range(self.n_people)),
            self.n_items,
            self.person().astype(np.int32),
            self.item,
            np.zeros(n, np.int64),
            np.ones(n, np.bool_),
        )


def _one_scale(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each person's scores as standard deviations above their mean; 0 where all are equal."""
    spread = scores.std(axis=1, keepdims=True)
    out: NDArray[np.float32] = scores - scores.mean(axis=1, keepdims=True)
    spread[spread == 0] = 1.0
    out /= spread
    return out


def lists_of(
    recipes: Mapping[str, Weighted], known: Visits, people: NDArray[np.int64]
) -> dict[str, NDArray[np.int32]]:
    """Of each recipe the 20 best places per person, without those known; (n_people, 20)."""
    sources = {id(one): one for recipe in recipes.values() for one, _ in recipe}
    out = {name: np.empty((len(people), K), np.int32) for name in recipes}
    for first in range(0, len(people), _BLOCK):
        past = known.of_people(people[first : first + _BLOCK])
        asked = Histories(past.indptr, past.item, np.zeros(len(past.item), np.int64))
        exclude = np.zeros((past.n_people, past.n_items), np.bool_)
        exclude[past.person(), past.item] = True
        scaled = {key: _one_scale(source.score(asked)) for key, source in sources.items()}
        for name, recipe in recipes.items():
            total = sum(np.float32(weight) * scaled[id(one)] for one, weight in recipe)
            out[name][first : first + _BLOCK] = top_k(np.asarray(total), K, exclude)[0]
    return out


def found(
    lists: NDArray[np.int32], hidden: Visits, worth: NDArray[np.float64] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Recall@20 and NDCG@20 per person; everybody has something hidden.

    Args:
        lists: (n_people, 20), best first.
        hidden: What was to be found.
        worth: (n_items,) what each hidden place counts, against the mean of all that is hidden; a
            person whose places count more counts more. None is 1 for all.
    """
    worth = np.ones(hidden.n_items) if worth is None else worth
    rows = hidden.person()
    per_person = np.bincount(rows, worth[hidden.item], minlength=len(lists)) / hidden.sizes
    worth = worth / per_person.mean()
    keys = np.sort(rows * hidden.n_items + hidden.item)
    asked = np.arange(len(lists))[:, None] * hidden.n_items + lists
    gain = np.where(np.isin(asked, keys), worth[lists], 0.0)
    discount = 1.0 / np.log2(np.arange(2, K + 2))
    best = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(hidden.sizes, K)]
    return {"recall@20": gain.sum(axis=1) / hidden.sizes, "ndcg@20": gain @ discount / best}
