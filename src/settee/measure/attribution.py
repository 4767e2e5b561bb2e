"""Share conversions among channels by every method side by side, with intervals and a caution.

No method knows what would have happened without a contact; they differ in what they take for
granted. So a report shows them all: 100 conversions of which "last" gives mail 60, the chain 41
and Shapley 38 say that mail ends paths more often than it makes them. Channels that too few people
met are one row, so that totals hold and nobody is told apart.

Reads / Writes: nothing.
Source: Dalessandro et al. (2012), "Causally Motivated Attribution for Online Advertising", for
what path credit cannot say.
Not here: the methods (heuristics, chains, games_paths, learned), one path (measure.journey).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from settee.core import AttributionSettings, BadInput
from settee.measure.crediting import Crediting, prepare
from settee.measure.games import Floats
from settee.measure.paths import Credit, Paths
from settee.measure.resampling import interval, resampled
from settee.measure.suppressing import Fold, fold_small

CAUTION = (
    "Credit along paths is not causal: it shares out conversions among the contacts that came "
    "before them, and cannot say which would have come anyway. People who were contacted differ "
    "from people who were not. Hold it against the lift of a holdout before money follows it."
)


class NothingToCredit(BadInput):
    """No path ended in a conversion."""

    code = "nothing_to_credit"


@dataclass(frozen=True)
class MethodCredit:
    """What one method gives each row; intervals are NaN where there are none.

    Args:
        method: Its name.
        conversions: (R,) float64; they sum to all conversions.
        value: (R,) float64 cents; they sum to all revenue.
        share: (R,) float64 of the conversions.
        conversions_error: (R,) standard error over people drawn anew.
        share_error: (R,) likewise.
        conversions_low: (R,) lower end of the 95 % interval, as are the next three.
        conversions_high: (R,).
        share_low: (R,).
        share_high: (R,).
    """

    method: str
    conversions: Floats
    value: Floats
    share: Floats
    conversions_error: Floats
    share_error: Floats
    conversions_low: Floats
    conversions_high: Floats
    share_low: Floats
    share_high: Floats


@dataclass(frozen=True)
class Attribution:
    """Credit of channels by every method.

    Args:
        channels: (R,) names of rows; the last is "(suppressed)" where some were folded.
        n_people: (R,) people who met the channel; weight of its paths where people are not known.
        n_folded: Channels behind the row "(suppressed)".
        n_conversions: All conversions.
        total_value: All revenue, cents.
        methods: One for each method that has an answer.
        absent: Reason code of each method that has none.
        order: Contacts that the chain remembers.
        uncontacted: Conversions that the learned model expects of the same people without any
            contact, None where it has no answer. Credit shares them out in proportion.
        bootstrap: Resamples behind the intervals.
        seed: Seed of every draw.
        all_channels: (C,) names before any were folded.
        by_channel: (C,) conversions by each method before any were folded; not part of the report.
        crediting: What was fitted, for `explain_journey`.
        fold: Which channel stands in which row.
    """

    channels: tuple[str, ...]
    n_people: Floats
    n_folded: int
    n_conversions: float
    total_value: float
    methods: tuple[MethodCredit, ...]
    absent: Mapping[str, str]
    order: int | None
    uncontacted: float | None
    bootstrap: int
    seed: int
    all_channels: tuple[str, ...]
    by_channel: Mapping[str, Floats]
    crediting: Crediting
    fold: Fold

    @property
    def caution(self) -> str:
        """What every report must say."""
        return CAUTION

    def credit(self, method: str) -> MethodCredit:
        """Credit by one method.

        Raises:
            NothingToCredit: It has no answer here, or there is no such method.
        """
        for one in self.methods:
            if one.method == method:
                return one
        known = ", ".join(one.method for one in self.methods)
        raise NothingToCredit(
            f'"{method}" has no answer here ({self.absent.get(method, "unknown_method")}); '
            f"there are {known}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; None where there is no number."""
        return {
            "caution": self.caution,
            "n_conversions": self.n_conversions,
            "value_cents": self.total_value,
            "order": self.order,
            "uncontacted_conversions": self.uncontacted,
            "bootstrap": self.bootstrap,
            "seed": self.seed,
            "n_suppressed_channels": self.n_folded,
            "channels": [
                {"channel": name, "n_people": float(n)}
                for name, n in zip(self.channels, self.n_people, strict=True)
            ],
            "methods": {one.method: self._rows(one) for one in self.methods},
            "absent": dict(sorted(self.absent.items())),
        }

    def _rows(self, one: MethodCredit) -> list[dict[str, Any]]:
        return [
            {
                "channel": name,
                "conversions": float(one.conversions[row]),
                "conversions_95": _pair(one.conversions_low[row], one.conversions_high[row]),
                "share": float(one.share[row]),
                "share_95": _pair(one.share_low[row], one.share_high[row]),
                "value_cents": float(one.value[row]),
            }
            for row, name in enumerate(self.channels)
        ]

    def to_json(self) -> bytes:
        """The same as bytes; equal for equal paths, settings and seed."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False).encode()


def _pair(low: float, high: float) -> list[float] | None:
    return [float(low), float(high)] if np.isfinite(low) and np.isfinite(high) else None


def attribute(paths: Paths, settings: AttributionSettings, seed: int | None = None) -> Attribution:
    """Credit by every method, with intervals.

    Args:
        paths: What people met and what came of it; groups say which paths are one person's.
        settings: Every one changes results.
        seed: Of all draws; that of the settings where None.

    Raises:
        NothingToCredit: No path ended in a conversion.

    >>> from settee.measure.paths import paths_of
    >>> paths = paths_of([["mail"], ["mail", "web"]], converted=[60, 80], nulls=[900, 800])
    >>> found = attribute(paths, AttributionSettings(bootstrap=0))
    >>> found.credit("last").conversions.tolist(), found.credit("shapley").conversions.tolist()
    ([60.0, 80.0], [100.0, 40.0])
    """
    if not paths.n_conversions > 0:
        raise NothingToCredit(
            f"none of the {paths.n_paths} paths ended in a conversion; credit needs at least one.",
            hint="Widen attribution.lookback_days, or ask for a longer time.",
        )
    seed = settings.seed if seed is None else seed
    distinct = paths.collapse()
    crediting = prepare(paths, distinct, settings, seed)
    fold = fold_small(paths, settings.min_people)
    credits = crediting.credits(distinct, paths)
    drawn = _drawn(crediting, paths, settings.bootstrap, seed, fold)
    methods = tuple(
        _method(one, drawn.get(one.method), fold, crediting.may_be_negative(one.method))
        for one in credits
    )
    return Attribution(
        fold.names,
        fold.n_people,
        fold.n_folded,
        paths.n_conversions,
        paths.total_value,
        methods,
        crediting.absent,
        crediting.order,
        crediting.uncontacted(distinct),
        settings.bootstrap,
        seed,
        paths.channels,
        {one.method: one.conversions for one in credits},
        crediting,
        fold,
    )


def _drawn(crediting: Crediting, paths: Paths, n: int, seed: int, fold: Fold) -> dict[str, Floats]:
    """(n, R) conversions of each method by people drawn anew."""
    out: dict[str, list[Floats]] = {}
    for distinct, times in resampled(paths, n, seed):
        whole = paths if times is None else paths.weighted(times)
        for one in crediting.credits(distinct, whole, drawn=True):
            out.setdefault(one.method, []).append(fold.sum(one.conversions))
    return {method: np.stack(rows) for method, rows in out.items() if len(rows) == n > 1}


def _method(
    credit: Credit, drawn: Floats | None, fold: Fold, may_be_negative: bool
) -> MethodCredit:
    conversions, value = fold.sum(credit.conversions), fold.sum(credit.value)
    share = conversions / conversions.sum()
    none = np.full(len(conversions), np.nan)
    if drawn is None:
        return MethodCredit(credit.method, conversions, value, share, *(none for _ in range(6)))
    shares = drawn / drawn.sum(axis=1, keepdims=True)
    counted = interval(conversions, drawn, "plain" if may_be_negative else "log")
    shared = interval(share, shares, "plain" if may_be_negative else "logit")
    return MethodCredit(
        credit.method, conversions, value, share,
        drawn.std(axis=0, ddof=1), shares.std(axis=0, ddof=1),
        counted.low, counted.high, shared.low, shared.high,
    )  # fmt: skip
