"""Let the ranker serve only where it earned it.

On a period later than anything that it learnt from, the ranker must have a higher NDCG at 1, 5 and
10 than the best single source *and* than the fusion of all sources, by ranks and by the blend, for
all people and for those with a history. One loss, or a tie, and what orders pools serves. The bar
is the difference of the means; whether its interval excludes zero is said beside it, for a small
lead may be luck.

Reads: a table.  Writes: nothing.
Source: the rule is the product's; paired bootstrap after Efron and Tibshirani (1993).
Not here: the table (learn.table), the comparison of versions (learn.gate).
"""

from dataclasses import dataclass
from typing import Any

from settee.learn.intervals import Figure
from settee.learn.lists import BLEND, FUSION, RANKER
from settee.learn.table import Group, Table

METRICS = ("ndcg@1", "ndcg@5", "ndcg@10")
GROUPS: tuple[Group, ...] = ("all", "warm")


@dataclass(frozen=True)
class Comparison:
    """The ranker against one rival.

    Args:
        metric: What is compared.
        group: For whom.
        rival: Name of the rival.
        difference: Ranker less rival, with its interval.
    """

    metric: str
    group: Group
    rival: str
    difference: Figure

    @property
    def is_won(self) -> bool:
        """Is the ranker ahead?"""
        return self.difference.value > 0

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON."""
        return {
            "metric": self.metric,
            "group": self.group,
            "rival": self.rival,
            "difference": self.difference.as_dict(),
            "is_won": self.is_won,
            "excludes_zero": self.difference.excludes_zero,
        }


@dataclass(frozen=True)
class Promotion:
    """Whether the ranker serves, and why.

    Args:
        is_promoted: True: the ranker orders answers; False: what orders pools does.
        code: Stable reason: ``promoted``, ``not_better``, or why there is no ranker.
        reason: The same for people.
        comparisons: What was compared; empty when there was nothing to compare.
        otherwise: The system that orders pools, and serves without the ranker: fusion or blend.
    """

    is_promoted: bool
    code: str
    reason: str
    comparisons: tuple[Comparison, ...] = ()
    otherwise: str = FUSION

    @property
    def serving(self) -> str:
        """Name of the system that answers."""
        return RANKER if self.is_promoted else self.otherwise

    def as_dict(self) -> dict[str, Any]:
        """The decision as JSON."""
        return {
            "is_promoted": self.is_promoted,
            "code": self.code,
            "reason": self.reason,
            "comparisons": [comparison.as_dict() for comparison in self.comparisons],
            "otherwise": self.otherwise,
        }


def decide(table: Table, n_resamples: int, seed: int, otherwise: str = FUSION) -> Promotion:
    """Compare the ranker with the best source, with the fusion and with the blend.

    Args:
        table: Fresh from `judge`, with a ranker, at least one source and a request.
        n_resamples: Resamples behind each interval.
        seed: Seed of the resamples.
        otherwise: What serves where the ranker does not.
    """
    comparisons = []
    fused = [name for name in (FUSION, BLEND) if table.row(name) is not None]
    for group in GROUPS:
        for metric in METRICS:
            for rival in (best_source(table, metric, group), *fused):
                gap = table.difference(RANKER, rival, metric, group, n_resamples, seed)
                if gap is not None:  # None: nobody is in the group
                    comparisons.append(Comparison(metric, group, rival, gap))
    lost = [one for one in comparisons if not one.is_won]
    if lost:
        worst = min(lost, key=lambda one: one.difference.value)
        return Promotion(
            False,
            "not_better",
            f"the {otherwise} serves: of {len(comparisons)} comparisons on the later period the "
            f"ranker lost {len(lost)}, most clearly {worst.metric} of {worst.group} people against "
            f"{worst.rival} by {-worst.difference.value:.4f}.",
            tuple(comparisons),
            otherwise,
        )
    sure = sum(one.difference.excludes_zero for one in comparisons)
    return Promotion(
        True,
        "promoted",
        f"the ranker serves: on the later period it beat the best source and the fusion in all "
        f"{len(comparisons)} comparisons; {sure} of the intervals exclude zero.",
        tuple(comparisons),
        otherwise,
    )


def best_source(table: Table, metric: str, group: Group) -> str:
    """The source with the highest value, the first of equals."""
    sources = table.systems("source")
    return max(sources, key=lambda name: table.value(name, metric, group) or 0.0)
