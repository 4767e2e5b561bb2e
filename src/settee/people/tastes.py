"""Learn what titles have in common from who watches them, and say what a session was about.

Titles that one device of one household plays belong together more often than chance. Each title
gets a share of each of 16 topics; a title that nobody has played yet has the topics of its tags,
and one without tags says nothing. Of two titles, one all comedy and one half crime, a session's
taste is comedy 1.5 and crime 0.5 (damped, as the second title says less than the first).

Reads: sessions, tags of titles.  Writes: nothing.
Source: Hofmann (1999), "Probabilistic Latent Semantic Analysis"; tags as in Dirichlet priors over
features, Mimno & McCallum (2008).
Not here: who likes which topic (people.mixture).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from settee.events import Catalogue
from settee.people import row_loops as loops
from settee.people.sessions import Sessions

if TYPE_CHECKING:
    import scipy.sparse as sp

_ROUNDS = 30
_FURTHER_ROUNDS = 10
_TAG_STRENGTH = 1.0  # imaginary plays that the tags of a title stand for
_SMALL = 1e-3
_DAMPING = 0.7


@dataclass(frozen=True)
class Tastes:
    """Topics of titles.

    Args:
        item_ids: Titles that are known.
        topics: (n_items, n_topics) float32, rows sum to 1; a row of zeros says nothing.
    """

    item_ids: tuple[str, ...]
    topics: NDArray[np.float32]
    index: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {item_id: place for place, item_id in enumerate(self.item_ids)}
        object.__setattr__(self, "index", index)
        topics = np.ascontiguousarray(self.topics).view()
        topics.setflags(write=False)  # as those of a bundle, so that loops are compiled once
        object.__setattr__(self, "topics", topics)

    @property
    def n_topics(self) -> int:
        """Number of topics."""
        return int(self.topics.shape[1])

    def of_sessions(self, sessions: Sessions) -> NDArray[np.float32]:
        """(n, n_topics) float32 what each session was about."""
        total: NDArray[np.float32]
        total, mass = loops.add_topics(sessions.item_indptr, self._rows_of(sessions), self.topics)
        total *= np.maximum(mass, _SMALL) ** (_DAMPING - 1)
        return total

    def _rows_of(self, sessions: Sessions) -> NDArray[np.int64]:
        """Row of each item of the sessions, -1 where nothing is known of it."""
        ids, item = sessions.item_ids, sessions.item
        if len(item) == 0:
            return item.astype(np.int64)
        if len(ids) <= len(item):
            return np.array([self.index.get(one, -1) for one in ids], np.int64)[item]
        return np.array([self.index.get(ids[one], -1) for one in item.tolist()], np.int64)


def learn_tastes(
    sessions: Sessions,
    catalogue: Catalogue,
    n_topics: int,
    rng: np.random.Generator,
    before: Tastes | None = None,
) -> Tastes:
    """Topics of the catalogue's titles from who watched what on which device.

    Args:
        sessions: Of many households.
        catalogue: Titles and their tags.
        n_topics: How many topics, at least 1.
        rng: For the start.
        before: Topics of an earlier time to start from, so that a topic keeps its number and what
            was remembered under it its meaning.
    """
    tags = _tags(catalogue)
    if not tags.shape[1] and not len(sessions.item):
        return Tastes(catalogue.item_ids, np.zeros((catalogue.n_items, n_topics), np.float32))
    plays = _plays(sessions, catalogue)
    of_tag = rng.dirichlet(np.full(n_topics, 0.3), max(tags.shape[1], 1))  # (n_tags, n_topics)
    has_tags = np.asarray(tags.sum(axis=1)).ravel() > 0
    topics = np.where(
        has_tags[:, None],
        tags @ of_tag if tags.shape[1] else 0.0,
        rng.dirichlet(np.ones(n_topics), catalogue.n_items),
    )
    if before is not None:
        topics = _from_before(before, catalogue, tags, topics)
    for _ in range(_ROUNDS if before is None else _FURTHER_ROUNDS):
        count = _expect(plays, topics)
        topics = count + _SMALL / n_topics
        if tags.shape[1]:
            of_tag = _shares(tags.T @ (count + _SMALL))
            topics = topics + _TAG_STRENGTH * _shares(tags @ of_tag) * has_tags[:, None]
        topics = _shares(topics)
    is_known = has_tags | (np.bincount(plays.indices, minlength=catalogue.n_items) > 0)
    return Tastes(catalogue.item_ids, (topics * is_known[:, None]).astype(np.float32))


def _from_before(
    before: Tastes, catalogue: Catalogue, tags: "sp.csr_array", topics: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Topics of an earlier time; of new titles those of their tags, as far as any has some."""
    place = np.array([before.index.get(one, -1) for one in catalogue.item_ids], np.int64)
    known = np.zeros_like(topics)
    known[place >= 0] = before.topics[place[place >= 0]]
    by_tag = tags @ (tags.T @ known) if tags.shape[1] else np.zeros_like(topics)
    topics = np.where(by_tag.sum(axis=1, keepdims=True) > 0, _shares(by_tag), topics)
    return np.where(known.sum(axis=1, keepdims=True) > 0, known, topics)


def _tags(catalogue: Catalogue) -> "sp.csr_array":
    import scipy.sparse as sp  # loads much, and serving needs none

    ones = np.ones(len(catalogue.tag_index))
    shape = (catalogue.n_items, len(catalogue.tag_names))
    tags = sp.csr_array((ones, catalogue.tag_index, catalogue.tag_indptr), shape=shape)
    n_tags = np.maximum(np.diff(catalogue.tag_indptr), 1)
    return sp.csr_array(sp.diags_array(1.0 / n_tags) @ tags)


def _plays(sessions: Sessions, catalogue: Catalogue) -> "sp.csr_array":
    """(n_documents, n_items): a document is what one device of one account played."""
    import scipy.sparse as sp  # loads much, and serving needs none

    key = sessions.account.astype(np.int64) * (len(sessions.device_ids) + 1) + sessions.device + 1
    _, document = np.unique(key, return_inverse=True)
    item = np.array([catalogue.index.get(one, -1) for one in sessions.item_ids], np.int64)
    rows = np.repeat(document, np.diff(sessions.item_indptr))
    columns = item[sessions.item] if len(sessions.item) else np.empty(0, np.int64)
    keep = columns >= 0
    shape = (int(document.max()) + 1 if len(document) else 0, catalogue.n_items)
    ones = np.ones(int(keep.sum()))
    plays = sp.csr_array((ones, (rows[keep], columns[keep])), shape=shape)
    plays.sum_duplicates()
    return plays


def _expect(plays: "sp.csr_array", topics: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n_items, n_topics) plays shared out over topics, by what else the device plays."""
    import scipy.sparse as sp  # loads much, and serving needs none

    mix = _shares(plays @ topics + 0.5 / topics.shape[1])  # (n_documents, n_topics)
    overall = topics.sum(axis=0)
    rows, columns = plays.nonzero()
    share = mix[rows] * (topics / np.maximum(overall, _SMALL))[columns]
    share *= (plays.data / np.maximum(share.sum(axis=1), 1e-12))[:, None]
    place = sp.csr_array(
        (np.ones(len(columns)), (columns, np.arange(len(columns)))),
        shape=(plays.shape[1], len(columns)),
    )
    return np.asarray(place @ share)


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
    return shares
