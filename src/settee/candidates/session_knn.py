"""Score what sessions like this one went on with.

The sessions that share most with a history, its latest items first, each put forward what they
hold, most of all what came soon after the last item in common. With a fade of .8, sharing the last
two items is worth 1.8 and sharing the one ten back .1. Nothing is learnt but an index, so that the
clicks of this morning speak as soon as it is built again.

Reads: interest events, in order.  Writes: nothing.
Source: Ludewig and Jannach (2018), "Evaluation of Session-based Recommendation Algorithms"; Garg et
al. (2019), "Sequence and Time Aware Neighborhood for Session-based Recommendations".
Not here: the compiled loops (candidates.session_knn_loops), live co-clicks (candidates.live).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.histories import check_positions, checked, read_only
from settee.candidates.matrix import wanted_in_order
from settee.candidates.session_knn_loops import Index, Pace, score_sessions, share_sessions
from settee.candidates.source import Arrays
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress

_DAY_S = 86_400.0


@dataclass(frozen=True)
class SessionKnn:
    """Sessions of all accounts, and the latest ones of each item.

    Args:
        index: The sessions.
        pace: What counts how much.
    """

    name: ClassVar[str] = "session_knn"
    needs_history: ClassVar[bool] = True

    index: Index
    pace: Pace

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Cut what accounts did into sessions and note which of them hold an item."""
        del progress
        cells, at_s = wanted_in_order(interactions, settings.max_history)
        n_items = catalogue.n_items
        start = _session_starts(cells.indptr, at_s, settings.session_knn_gap_s)
        sizes = np.diff(np.append(start, len(cells.index)))
        kept = sizes > 1  # a session of one item leads nowhere
        item = cells.index[np.repeat(kept, sizes)]
        ends = np.append(start[1:], len(cells.index))[kept]
        sizes = sizes[kept]
        ended_s = at_s[ends - 1] if len(ends) else np.empty(0, np.int64)
        age_days = (ended_s.max(initial=0) - ended_s) / _DAY_S
        worth = 0.5 ** (age_days / settings.session_knn_half_life_days)
        worth = worth / np.maximum(sizes, 1) ** settings.session_knn_length_power
        n_sessions = np.bincount(item, minlength=n_items)
        rarity = np.log((len(sizes) + 1.0) / np.maximum(n_sessions, 1))
        of_item_start, of_item = _latest_sessions(
            item, sizes, ended_s, n_items, settings.session_knn_recent
        )
        index = Index(
            read_only(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)),
            read_only(item),
            read_only(worth.astype(np.float32)),
            read_only(of_item_start),
            read_only(of_item),
            read_only((rarity**settings.session_knn_rarity).astype(np.float32)),
        )
        pace = Pace(
            settings.session_knn_sessions,
            settings.session_knn_fade,
            settings.session_knn_distance,
            settings.session_knn_before,
        )
        return cls(index, pace)

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return len(self.index.rarity)

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """What alike sessions hold besides: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        score_sessions(self.index, self.pace, given.indptr, given.item, given.weight, out)
        return out

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> NDArray[np.float32]:
        """What each item of the history, oldest first, has in it: (n, n_history).

        Which sessions are the most alike is taken as given.
        """
        history, items = np.asarray(history, np.int32), np.asarray(items, np.int32)
        check_positions(history, self.n_items)
        check_positions(items, self.n_items)
        parts = np.zeros((len(history), self.n_items), np.float64)
        share_sessions(self.index, self.pace, read_only(history), parts)
        return parts[:, items].T.astype(np.float32)

    def to_arrays(self) -> Arrays:
        """The sessions, the latest ones of each item, and what counts how much."""
        pace = np.array(self.pace, np.float64)
        return {**self.index._asdict(), "pace": read_only(pace)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        most, fade, distance, before = arrays["pace"].astype(np.float64).tolist()
        columns = (
            read_only(arrays["start"].astype(np.int64, copy=False)),
            read_only(arrays["item"].astype(np.int32, copy=False)),
            read_only(arrays["worth"].astype(np.float32, copy=False)),
            read_only(arrays["of_item_start"].astype(np.int64, copy=False)),
            read_only(arrays["of_item"].astype(np.int32, copy=False)),
            read_only(arrays["rarity"].astype(np.float32, copy=False)),
        )
        return cls(Index(*columns), Pace(int(most), fade, distance, before))


def _session_starts(
    indptr: NDArray[np.int64], at_s: NDArray[np.int64], gap_s: int
) -> NDArray[np.int64]:
    """Cells at which a session begins: those of another account, and those after a silence."""
    begins = np.zeros(len(at_s), np.bool_)
    begins[1:] = np.diff(at_s) > gap_s
    begins[indptr[:-1][np.diff(indptr) > 0]] = True
    return np.flatnonzero(begins).astype(np.int64)


def _latest_sessions(
    item: NDArray[np.int32],
    sizes: NDArray[np.int64],
    ended_s: NDArray[np.int64],
    n_items: int,
    n_most: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """By item the sessions that hold it, the latest first; of equals the lower ones stay."""
    session = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    order = np.lexsort((session, -ended_s[session], item))
    count = np.bincount(item, minlength=n_items)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    start = np.concatenate([[0], np.cumsum(np.minimum(count, n_most))]).astype(np.int64)
    return start, session[order[rank < n_most]]
