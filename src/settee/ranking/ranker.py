"""Fit the ranker with LightGBM and serve it without.

LambdaMART learns from requests: among the 300 items of one request, which came true? A swap of two
items counts as much as it would move NDCG. What is stored is LightGBM's own text; what serves is
our reading of it, equal to the last bit and several times faster for one request.

Reads: feature matrices with labels.  Writes: nothing.
Source: Burges (2010), "From RankNet to LambdaRank to LambdaMART"; Ke et al. (2017), "LightGBM".
Not here: which requests and labels (learn), the features (features).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, RankingSettings
from settee.ranking.averaged import averaged
from settee.ranking.forest import Forest, parse_forest
from settee.ranking.shap import Attribution
from settee.ranking.walk import score_rows

if TYPE_CHECKING:
    import lightgbm

_PATIENCE = 40
"""Trees without a gain before training stops; NDCG of a thousand requests is too noisy for 20."""
_JUDGED_AT = 10
_PAIRS_UP_TO = 50
"""Pairs are learnt from when one of the two stands so high; only the first 10 learn too little."""
_FEATURE_SHARE = 0.6
_REQUEST_SHARE = 0.5
"""Features and requests that each tree sees: as good as all of them, and half the time."""
_MAX_LABEL = 30
_RISING = (".score_share", ".score_z", ".reciprocal_rank")
"""Ends of the names of features of which more never makes an item worse."""


class BadTraining(BadInput):
    """Rows, labels and groups do not fit together, or there is nothing to learn."""

    code = "bad_training"


class BadRows(BadInput):
    """Rows do not have the ranker's columns."""

    code = "bad_rows"


@dataclass(frozen=True)
class Examples:
    """Requests with known outcome, one after the other.

    Args:
        rows: (n, F) float32 feature matrices below each other.
        labels: (n,) whole numbers from 0 to 30; more is better.
        group_sizes: (n_requests,) rows of each request; they sum to n.
    """

    rows: NDArray[np.float32]
    labels: NDArray[np.integer[Any]]
    group_sizes: NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Ranker:
    """An ordering learnt from requests.

    Args:
        text: LightGBM's text of the model.
        forest: The same, as it serves.
    """

    text: str
    forest: Forest

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Columns it expects, in order."""
        return self.forest.feature_names

    @classmethod
    def fit(
        cls,
        train: Examples,
        valid: Examples | None,
        feature_names: Sequence[str],
        settings: RankingSettings,
        seed: int,
    ) -> Self:
        """Learn to order the items of a request; the same input gives the same text.

        Args:
            train: What to learn from.
            valid: Later requests, on whose NDCG@10 the number of trees is chosen: training stops
                when 40 more trees do not raise it. None trains every tree.
            feature_names: F names, as features.feature_names gives them.
            settings: `trees`, `leaves`, `learning_rate`, `min_leaf`, `monotone`, `forests` (change
                results); `threads` (speed only).
            seed: Which features and requests each tree sees; further forests take the next ones.

        Raises:
            BadTraining: If shapes do not fit or no request has both a better and a worse item.
        """
        texts = [
            _one_text(train, valid, feature_names, settings, seed + number)
            for number in range(settings.forests)
        ]
        return cls.from_text(averaged(texts))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The ranker that a model text describes.

        Raises:
            RankerDamaged: If the text is cut, altered into nonsense, or uses what is not served.
        """
        return cls(text, parse_forest(text))

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Score the items of a request; only the order within one request means something.

        Args:
            rows: (m, F) float32, as features.feature_matrix gives them.

        Returns:
            (m,) float64, higher is better, equal to LightGBM's raw prediction.

        Raises:
            BadRows: If the rows have other columns than the ranker was trained on.
        """
        if rows.ndim != 2 or rows.shape[1] != self.forest.n_features:
            raise BadRows(
                f"rows have the shape {rows.shape}; the ranker needs (m, {self.forest.n_features})."
            )
        return score_rows(self.forest, rows.astype(np.float32, copy=False))

    @cached_property
    def attribution(self) -> Attribution:
        """What each feature adds to a score; made at the first use.

        Raises:
            NoCover: If the text does not name the training rows of its leaves.
        """
        return Attribution.of(self.forest)

    def importance(self) -> dict[str, int]:
        """How often each feature splits, the most used first."""
        counts = np.bincount(self.forest.feature, minlength=self.forest.n_features)
        order = np.argsort(-counts, kind="stable")
        return {self.feature_names[place]: int(counts[place]) for place in order}


def _one_text(
    train: Examples,
    valid: Examples | None,
    feature_names: Sequence[str],
    settings: RankingSettings,
    seed: int,
) -> str:
    """LightGBM's text of one forest."""
    import lightgbm  # takes longer to import than all of settee, and serving needs none

    data = _dataset(train, feature_names, None)
    callbacks: list[Callable[..., Any]] = []
    valid_sets: list[lightgbm.Dataset] = []
    if valid is not None:
        valid_sets.append(_dataset(valid, feature_names, data))
        callbacks.append(lightgbm.early_stopping(_PATIENCE, verbose=False))
    booster = lightgbm.train(
        _parameters(settings, seed) | _constraints(feature_names, settings),
        data,
        num_boost_round=settings.trees,
        valid_sets=valid_sets,
        callbacks=callbacks,
    )
    n_trees = booster.best_iteration if valid is not None else None
    text: str = booster.model_to_string(num_iteration=n_trees)
    # The list of parameters names the threads, which change nothing else.
    return text.split("\nparameters:\n")[0] + "\n"


def _dataset(
    examples: Examples, names: Sequence[str], reference: "lightgbm.Dataset | None"
) -> "lightgbm.Dataset":
    import lightgbm

    rows, labels, sizes = examples.rows, examples.labels, examples.group_sizes
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise BadTraining(f"rows have the shape {rows.shape}; (n, {len(names)}) is expected.")
    if labels.shape != (len(rows),) or int(sizes.sum()) != len(rows) or bool(np.any(sizes < 1)):
        raise BadTraining(
            f"{len(rows)} rows came with {len(labels)} labels in groups of {int(sizes.sum())}; "
            "all three must agree and no group may be empty."
        )
    if len(labels) == 0 or int(labels.min()) < 0 or int(labels.max()) > _MAX_LABEL:
        raise BadTraining(f"labels must be whole numbers from 0 to {_MAX_LABEL}, at least one.")
    starts = np.cumsum(sizes) - sizes
    if not bool(np.any(np.maximum.reduceat(labels, starts) > np.minimum.reduceat(labels, starts))):
        raise BadTraining(
            "no request has an item that is better than another; there is nothing to learn.",
            hint="Train on a longer window.",
        )
    return lightgbm.Dataset(
        rows,
        labels,
        group=sizes,
        feature_name=list(names),
        categorical_feature=[],
        reference=reference,
        params={"verbosity": -1, "feature_pre_filter": False},
    )


def _constraints(names: Sequence[str], settings: RankingSettings) -> dict[str, Any]:
    """What a source says for an item never speaks against it, however few requests say so."""
    if not settings.monotone:
        return {}
    rises = [int(name == "fused_share" or name.endswith(_RISING)) for name in names]
    return {"monotone_constraints": rises} if any(rises) else {}


def _parameters(settings: RankingSettings, seed: int) -> dict[str, Any]:
    return {
        "objective": "lambdarank",
        "metric": "ndcg",
        "eval_at": [_JUDGED_AT],
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_leaf,
        "feature_pre_filter": False,
        "lambdarank_truncation_level": _PAIRS_UP_TO,
        "feature_fraction": _FEATURE_SHARE,
        "bagging_fraction": _REQUEST_SHARE,
        "bagging_freq": 1,
        "bagging_by_query": True,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,  # by rows, the threads would change the order of sums
        "num_threads": settings.threads,
        "verbosity": -1,
    }
