"""Sources whose answers are written down, and rankers of one split."""

from typing import ClassVar

import numpy as np

from settee.core import RankingSettings
from settee.features import ItemTimeline, feature_names
from settee.ranking import Examples, Model, Ranker
from tests.features.world import HOUR, NOON, catalogue, events

HEAT, RONIN, CLUE, BLANK = range(4)


class Written:
    """A source that scores by a written table: score = sum over the history of its rows."""

    name: ClassVar[str] = "written"
    needs_history: ClassVar[bool] = True

    def __init__(self, table, has_shares=True):
        self.table = np.array(table, np.float32)
        self.has_shares = has_shares

    @classmethod
    def fit(cls, interactions, catalogue, settings):
        raise NotImplementedError

    def score(self, histories):
        rows = [
            self.table[histories.item[start:end]].sum(axis=0)
            for start, end in zip(histories.indptr[:-1], histories.indptr[1:], strict=True)
        ]
        return np.array(rows, np.float32)

    def shares(self, history, items):
        return self.table[np.ix_(history, items)].T if self.has_shares else None

    def to_arrays(self):
        return {"table": self.table}

    @classmethod
    def from_arrays(cls, arrays):
        return cls(arrays["table"])


ZEROS = np.zeros((4, 4))


def stump(sources, feature, threshold=0.5, left=0.0, right=1.0):
    """A ranker of one split: `right` where the feature is above the threshold."""
    names = feature_names(sources)
    return Ranker.from_text(
        f"tree\nversion=v4\nnum_class=1\nmax_feature_idx={len(names) - 1}\n"
        f"feature_names={' '.join(names)}\n\n"
        f"Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature={names.index(feature)}\n"
        f"threshold={threshold}\ndecision_type=10\nleft_child=-1\nright_child=-2\n"
        f"leaf_value={left} {right}\nis_linear=0\n\n\nend of trees\n"
    )


def model(sources, ranker=None, is_promoted=False, items=None, **more):
    return Model(
        catalogue=items or catalogue(),
        sources=sources,
        timeline=ItemTimeline.from_interactions(events([(HEAT, NOON - HOUR)])),
        ranker=ranker,
        is_promoted=is_promoted,
        trained_until_s=NOON,
        **more,
    )


def settings(**more):
    return RankingSettings(**more)


def examples(n_requests=30, size=20, n_features=6, seed=0):
    """Requests in which the first feature decides, with some values missing."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_requests * size, n_features)).astype(np.float32)
    labels = (rows[:, 0] + 0.3 * rng.normal(size=len(rows)) > 1).astype(np.int32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[rng.random(rows.shape) < 0.1] = 0
    return Examples(rows, labels, np.full(n_requests, size))
