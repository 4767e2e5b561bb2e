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
    ),
}
"""The dials of each source, the ones that matter most first."""
