"""Judge every system on the same requests, and set the figures beside each other.

One row per system and group of people: all, warm (with a history) and cold (without). Every mean
over people carries its interval, and differences to another system are taken person by person.
With ndcg@10 of .30 and .28 on 1,000 people, the difference of .02 may well exclude zero although
both intervals overlap.

Reads / Writes: nothing.
Source: learn.metrics, learn.variety, learn.popularity, learn.tastes, learn.calibration and
learn.intervals name theirs.
Not here: the lists (learn.lists), what follows from the table (learn.promotion, learn.gate).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from settee.events import Catalogue, Histories
from settee.learn.calibration import Bin, RisingMap, expected_calibration_error, reliability
from settee.learn.intervals import Figure, figures
from settee.learn.itemsets import ItemSets
from settee.learn.lists import BLEND, FUSION, MOST_POPULAR, RANDOM, RANKER, Lists
from settee.learn.metrics import ACCURACY, accuracy
from settee.learn.popularity import gini_at, history_popularity, lift_over, popularity_at
from settee.learn.tastes import history_tastes, miscalibration_at, tag_shares
from settee.learn.variety import (
    coverage_at,
    diversity_at,
    novelty_at,
    self_information,
    tag_vectors,
)

if TYPE_CHECKING:
    from scipy import sparse

Role = Literal["baseline", "source", "fusion", "blend", "ranker"]
Group = Literal["all", "warm", "cold"]

GROUPS: tuple[Group, ...] = ("all", "warm", "cold")
PER_PERSON = (
    *ACCURACY,
    "novelty@10",
    "diversity@10",
    "popularity@10",
    "lift@10",
    "miscalibration@10",
)
METRICS = (*PER_PERSON, "coverage@10", "gini@10", "ece@10")
"""Every metric of a table, in its order."""
_SHOWN = 10


@dataclass(frozen=True)
class Row:
    """One system's figures for one group.

    Args:
        system: Name of the system.
        role: What it is.
        group: Whom it answered.
        n_requests: People in the group.
        figures: Per metric its figure; None where the metric has no answer there.
    """

    system: str
    role: Role
    group: Group
    n_requests: int
    figures: dict[str, Figure | None]


@dataclass(frozen=True)
class Table:
    """Every system on the same requests.

    Args:
        rows: Per group, every system.
        per_person: Per system and metric (n,) float64, for paired differences; not stored.
        is_warm: (n,) bool; not stored.
        reliability: Per system, what its scores told all people beside what came true; empty
            where that could not be measured. Stored of the system that serves.
    """

    rows: tuple[Row, ...]
    per_person: dict[str, dict[str, NDArray[np.float64]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    is_warm: NDArray[np.bool_] = field(
        default_factory=lambda: np.empty(0, np.bool_), repr=False, compare=False
    )
    reliability: Mapping[str, tuple[Bin, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def row(self, system: str, group: Group = "all") -> Row | None:
        """The row of a system, None when it is not in the table."""
        found = [row for row in self.rows if (row.system, row.group) == (system, group)]
        return found[0] if found else None

    def value(self, system: str, metric: str, group: Group = "all") -> float | None:
        """One figure's value, None where there is none."""
        row = self.row(system, group)
        figure = None if row is None else row.figures.get(metric)
        return None if figure is None else figure.value

    def systems(self, role: Role) -> tuple[str, ...]:
        """Names of the systems of a role, in order."""
        return tuple(row.system for row in self.rows if row.role == role and row.group == "all")

    def difference(
        self, system: str, other: str, metric: str, group: Group, n_resamples: int, seed: int
    ) -> Figure | None:
        """Mean paired difference of a per-person metric, with its interval.

        Args:
            system: The one from which is subtracted.
            other: The one that is subtracted.
            metric: One of ACCURACY.
            group: Whose answers count.
            n_resamples: Resamples behind the interval.
            seed: Seed of the resamples.

        Returns:
            None when nobody is in the group, or the table was read back from storage.
        """
        if system not in self.per_person or other not in self.per_person:
            return None
        gap = self.per_person[system][metric] - self.per_person[other][metric]
        values = gap[_members(self.is_warm, group)]
        return figures(values[:, None], n_resamples, np.random.default_rng(seed))[0]

    def as_dict(self) -> list[dict[str, Any]]:
        """The table as JSON."""
        return [
            {
                "system": row.system,
                "role": row.role,
                "group": row.group,
                "n_requests": row.n_requests,
                "metrics": {
                    name: None if figure is None else figure.as_dict()
                    for name, figure in row.figures.items()
                },
            }
            for row in self.rows
        ]

    @classmethod
    def from_dict(
        cls, rows: list[dict[str, Any]], reliability: Mapping[str, tuple[Bin, ...]] | None = None
    ) -> "Table":
        """The table that `as_dict` wrote, without what is per person."""
        return cls(
            reliability=reliability or {},
            rows=tuple(
                Row(
                    row["system"],
                    row["role"],
                    row["group"],
                    row["n_requests"],
                    {
                        name: None if figure is None else Figure(**figure)
                        for name, figure in row["metrics"].items()
                    },
                )
                for row in rows
            ),
        )


@dataclass(frozen=True)
class Shelf:
    """What the judging knows of the items, and of what people took, in the requests' item space.

    Args:
        n_items: Size of the catalogue.
        news: (n_items,) bits of news, from `self_information`.
        share: (n_items,) share of accounts that took each item.
        tags: (n_items, n_tags) unit rows, from `tag_vectors`.
        tag_shares: (n_items, n_tags) rows that sum to 1, from `tag_shares`.
        took: What the people of the requests took before; None: no lift, no miscalibration.
    """

    n_items: int
    news: NDArray[np.float64]
    share: NDArray[np.float64]
    tags: "sparse.csr_array"
    tag_shares: "sparse.csr_array"
    took: Histories | None = None

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        item_counts: NDArray[np.int64],
        n_accounts: int,
        took: Histories | None = None,
    ) -> "Shelf":
        """The items of a catalogue, of which `item_counts` accounts each wanted one."""
        news = self_information(item_counts, n_accounts)
        share = item_counts / max(n_accounts, 1)
        tags, shares = tag_vectors(catalogue), tag_shares(catalogue)
        return cls(catalogue.n_items, news, share, tags, shares, took)

    def per_person(self, items: NDArray[np.int32]) -> dict[str, NDArray[np.float64]]:
        """What accuracy does not see, per person: (n,) float64 of each metric, NaN for no answer.

        Args:
            items: (n, m) lists, -1 where a list is shorter.
        """
        shown = popularity_at(items, self.share, _SHOWN)
        found = {
            "novelty@10": novelty_at(items, self.news, _SHOWN),
            "diversity@10": diversity_at(items, self.tags, _SHOWN),
            "popularity@10": shown,
            "lift@10": np.full(len(items), np.nan),
            "miscalibration@10": np.full(len(items), np.nan),
        }
        if self.took is not None:
            found["lift@10"] = lift_over(shown, history_popularity(self.took, self.share))
            tastes = history_tastes(self.took, self.tag_shares)
            found["miscalibration@10"] = miscalibration_at(items, tastes, self.tag_shares, _SHOWN)
        return found


def judge(
    lists: Mapping[str, Lists], truth: ItemSets, is_warm: NDArray[np.bool_], shelf: Shelf,
    n_resamples: int, seed: int,
) -> Table:  # fmt: skip
    """The table of some systems' lists.

    Args:
        lists: Per system its lists for all n requests.
        truth: What each person went on to want.
        is_warm: (n,) bool: has the person a history?
        shelf: What is known of the items.
        n_resamples: Resamples behind each interval.
        seed: Seed of the resamples; the same draws serve every system.
    """
    per_person = {
        name: accuracy(one.items, truth) | shelf.per_person(one.items)
        for name, one in lists.items()
    }
    rows: list[Row] = []
    bins: dict[str, tuple[Bin, ...]] = {}
    for group in GROUPS:
        members = np.flatnonzero(_members(is_warm, group))
        if not len(members):
            continue
        values = np.stack(
            [per_person[name][metric][members] for name in lists for metric in PER_PERSON], axis=1
        )
        measured = figures(values, n_resamples, np.random.default_rng(seed))
        for place, (name, one) in enumerate(lists.items()):
            start = place * len(PER_PERSON)
            row = dict(zip(PER_PERSON, measured[start : start + len(PER_PERSON)], strict=True))
            row["coverage@10"] = Figure(coverage_at(one.items[members], shelf.n_items, _SHOWN))
            row["gini@10"] = Figure(gini_at(one.items[members], shelf.n_items, _SHOWN))
            told = _told(one, truth, members)
            row["ece@10"] = None if told is None else told.error
            if group == "all" and told is not None:
                bins[name] = reliability(told.probability, told.hits, told.people)
            rows.append(Row(name, role_of(name), group, len(members), row))
    return Table(tuple(rows), per_person, is_warm, bins)


def role_of(system: str) -> Role:
    """What the system of that name is."""
    if system in (RANDOM, MOST_POPULAR):
        return "baseline"
    return cast("Role", system) if system in (FUSION, BLEND, RANKER) else "source"


def _members(is_warm: NDArray[np.bool_], group: Group) -> NDArray[np.bool_]:
    match group:
        case "all":
            return np.ones_like(is_warm)
        case "warm":
            return is_warm
        case "cold":
            return ~is_warm


@dataclass(frozen=True)
class _Told:
    """What the shown scores say, item by item: (m,) probability, hit or miss, and whose list."""

    probability: NDArray[np.float64]
    hits: NDArray[np.bool_]
    people: NDArray[np.intp]

    @property
    def error(self) -> Figure:
        """How far the probabilities are off."""
        return Figure(expected_calibration_error(self.probability, self.hits))


def _told(lists: Lists, truth: ItemSets, members: NDArray[np.intp]) -> _Told | None:
    """Shown scores as probabilities; those of each half of the people by the other half's map.

    Without the halves a map would be judged on the hits that it was drawn through, which always
    looks perfect.
    """
    shown = lists.items[members, :_SHOWN]
    hits = truth.take(members).contains(shown)
    half = np.broadcast_to((np.arange(len(members)) % 2 == 0)[:, None], shown.shape)
    is_item = shown >= 0
    scores = lists.scores[members, :_SHOWN]
    told = np.zeros(shown.shape)
    for fitted, judged in ((half, ~half), (~half, half)):
        fit, use = fitted & is_item, judged & is_item
        if not fit.any() or not use.any():
            return None
        told[use] = RisingMap.fit(scores[fit], hits[fit])(scores[use])
    return _Told(told[is_item], hits[is_item], np.nonzero(is_item)[0])
