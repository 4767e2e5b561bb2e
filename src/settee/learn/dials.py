"""Say which settings of each source are worth searching, and between which bounds.

A dial is one setting of `SourceSettings` with a range narrower than what it accepts: a ridge of 1e9
is allowed, and nobody needs to try it. Ridges and counts are searched by their logarithm, for 20
and 40 differ as much as 200 and 400.

Reads / Writes: nothing.
Not here: the search (learn.tuning), what a setting means (core.sections).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = float | int | str | bool


@dataclass(frozen=True)
class Dial:
    """A setting and where its best value is looked for.

    Args:
        name: Field of `SourceSettings`.
        low: Least value; not looked at where there are `choices`.
        high: Greatest value.
        by_log: Search its logarithm.
        is_whole: Only whole numbers.
        choices: All values there are, where it is not a range.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    by_log: bool = False
    is_whole: bool = False
    choices: tuple[Value, ...] = ()

    def distribution(self) -> "BaseDistribution":
        """The same as the search library says it."""
        from optuna import distributions as known  # a second to import, and only a search needs it

        if self.choices:
            return known.CategoricalDistribution(list(self.choices))
        if self.is_whole:
            return known.IntDistribution(int(self.low), int(self.high), log=self.by_log)
        return known.FloatDistribution(self.low, self.high, log=self.by_log)

    def holds(self, value: Value) -> bool:
        """Does the value lie where it is looked for?

        >>> Dial("knn_neighbours", 20, 500, by_log=True, is_whole=True).holds(700)
        False
        """
        return value in self.choices if self.choices else self.low <= float(value) <= self.high


def _counted(name: str, low: int, high: int) -> Dial:
    return Dial(name, low, high, by_log=True, is_whole=True)


def _by_log(name: str, low: float, high: float) -> Dial:
    return Dial(name, low, high, by_log=True)


DIALS: Final[dict[str, tuple[Dial, ...]]] = {
    "popular": (_by_log("popular_half_life_days", 1.0, 40_000.0),),
    "content": (
        _counted("content_neighbours", 20, 500),
        Dial("content_text_weight", 0.0, 4.0),
        Dial("content_popularity_power", 0.0, 1.5),
    ),
    "embedding": (
        _counted("embedding_topics", 16, 512),
        _counted("embedding_neighbours", 20, 500),
        Dial("embedding_popularity_power", 0.0, 1.5),
    ),
    "content_map": (_by_log("content_map_l2", 0.1, 100.0),),
    "knn": (
        _counted("knn_neighbours", 20, 1000),
        _by_log("knn_shrinkage", 0.1, 1000.0),
        Dial("knn_account_power", 0.0, 1.5),
        Dial("knn_history_power", 0.2, 1.0),
        Dial("knn_target_power", 0.0, 0.8),
    ),
    "ease": (
        _by_log("ease_l2", 5.0, 5000.0),
        Dial("ease_dropout", 0.0, 0.8),
        Dial("ease_account_power", 0.0, 1.0),
        Dial("ease_taste_share", 0.0, 0.8),
        _counted("ease_tastes", 20, 400),
        Dial("ease_taste_power", 0.0, 0.6),
    ),
    "als": (
        _by_log("als_l2", 0.001, 100.0),
        _by_log("als_unobserved", 0.001, 2.0),
        Dial("als_l2_power", 0.0, 1.0),
        _counted("als_factors", 32, 512),
        _counted("als_sweeps", 3, 30),
    ),
    "graph": (
        Dial("graph_history_power", 0.0, 1.0),
        Dial("graph_target_power", 0.0, 1.0),
        Dial("graph_account_power", 0.0, 1.0),
        _by_log("graph_ridge", 0.001, 1.0),
        Dial("graph_tail", 0.0, 1.0),
        _counted("graph_patterns", 32, 1024),
    ),
    "slim": (
        _by_log("slim_l2", 1.0, 5000.0),
        _by_log("slim_l1", 0.01, 50.0),
        Dial("slim_dropout", 0.0, 0.8),
        Dial("slim_account_power", 0.0, 1.0),
        _counted("slim_nearby", 50, 1000),
        Dial("slim_negative", choices=(True, False)),
    ),
    "next_ridge": (
        _by_log("next_ridge_l2", 1.0, 5000.0),
        Dial("next_ridge_fast", 0.0, 0.97),
        Dial("next_ridge_slow", 0.9, 1.0),
        Dial("next_ridge_counts", 0.0, 1.0),
        Dial("next_ridge_account_power", 0.0, 1.0),
    ),
    "session_knn": (
        _counted("session_knn_sessions", 30, 2000),
        Dial("session_knn_fade", 0.3, 1.0),
        Dial("session_knn_distance", 0.3, 1.0),
        Dial("session_knn_before", 0.0, 1.0),
        Dial("session_knn_length_power", 0.0, 1.0),
        Dial("session_knn_rarity", 0.0, 2.0),
        _by_log("session_knn_half_life_days", 0.5, 3650.0),
    ),
    "vae": (
        _by_log("vae_beta", 0.0001, 0.05),
        Dial("vae_dropout", 0.2, 0.8),
        Dial("vae_account_power", 0.0, 1.0),
        _by_log("vae_learning_rate", 0.0003, 0.01),
    ),
    "sasrec": (
        Dial("sasrec_dropout", 0.0, 0.5),
        _by_log("sasrec_learning_rate", 0.0003, 0.01),
        Dial("sasrec_factors", choices=(32, 64, 96, 128)),
    ),
}
"""The dials of each source, the ones that matter most first."""
