"""Judge lists that differ only in whose past they listen to.

A question is one person who went on to want something. The same model answers it several times:
from the whole account's past, from the person's own, from a past shared out wrongly. What was
wanted, what may be shown and who is asked stay the same, so the difference is paired.

Reads / Writes: nothing.
Not here: the worlds (bench.quality.people_lists), how the product weighs a past (settee.respond).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.candidates import Source
from settee.core import RankingSettings, RespondSettings
from settee.events import Histories
from settee.features import Pool
from settee.ranking import Ordered, Ranked, make_pool, suit_all

K = 10
LEAST = RespondSettings().together_least
_CHUNK = 256
_RESAMPLES = 2000


@dataclass(frozen=True)
class Question:
    """One person who went on to want something.

    Args:
        household: Number of the household; resampling draws households.
        item: (n,) int32 distinct items of the account's past, oldest first.
        at_s: (n,) int64 when.
        weights: By the name of the variant, (m, n) float32: how much each item counts for each of
            the m who are listened to; usually one.
        hidden: By the name of the variant, positions that are not shown.
        wanted: Positions that the person went on to want, one at least.
    """

    household: int
    item: NDArray[np.int32]
    at_s: NDArray[np.int64]
    weights: Mapping[str, NDArray[np.float32]]
    hidden: Mapping[str, NDArray[np.int32]]
    wanted: NDArray[np.int32]


def judged(
    sources: Sequence[Source],
    n_items: int,
    questions: Sequence[Question],
    variant: str,
    ranking: RankingSettings,
) -> NDArray[np.float64]:
    """NDCG@10 of every question, by the fusion of the sources.

    Args:
        sources: Fitted; one alone is that source's own list.
        n_items: Size of the item space.
        questions: Who is asked.
        variant: Whose past is listened to.
        ranking: As the product pools.
    """
    lists = np.full((len(questions), K), -1, np.int32)
    for start in range(0, len(questions), _CHUNK):
        part = questions[start : start + _CHUNK]
        scores = [source.score(_histories(part, variant)) for source in sources]
        row = 0
        for place, question in enumerate(part, start=start):
            allowed = np.ones(n_items, np.bool_)
            allowed[question.hidden[variant]] = False
            n_listeners = len(question.weights[variant])
            each = [
                _in_order(make_pool([score[one] for score in scores], allowed, ranking))
                for one in range(row, row + n_listeners)
            ]
            row += n_listeners
            chosen = each[0] if n_listeners == 1 else suit_all(each, LEAST, ranking.rrf_constant)
            items = chosen.pool.items[chosen.ranked.places][:K]
            lists[place, : len(items)] = items
    hits = np.stack(
        [np.isin(row, question.wanted) for row, question in zip(lists, questions, strict=True)]
    )
    discount = 1.0 / np.log2(np.arange(2, K + 2))
    best = np.concatenate([[0.0], np.cumsum(discount)])
    n_wanted = np.array([len(question.wanted) for question in questions])
    found: NDArray[np.float64] = hits @ discount / best[np.minimum(K, n_wanted)]
    return found


def _in_order(pool: Pool) -> Ordered:
    return Ordered(pool, Ranked(np.arange(len(pool)), pool.fused.astype(np.float64), "fusion"))


def _histories(part: Sequence[Question], variant: str) -> Histories:
    items, instants, weights = [], [], []
    for question in part:
        for weight in question.weights[variant]:
            keep = weight > 0
            items.append(question.item[keep])
            instants.append(question.at_s[keep])
            weights.append(weight[keep])
    sizes = np.cumsum([0, *(len(one) for one in items)], dtype=np.int64)
    return Histories(
        sizes, np.concatenate(items), np.concatenate(instants), np.concatenate(weights)
    )


def compared(
    values: Mapping[str, NDArray[np.float64]],
    questions: Sequence[Question],
    baseline: str,
    seed: int,
) -> dict[str, float]:
    """Means of all variants, and the paired difference of each from the baseline.

    Args:
        values: NDCG of every question by variant.
        questions: Their households are drawn again and again, all questions of one together.
        baseline: Whom the others are held against.
        seed: Of the draws.

    Returns:
        ``<variant>``, ``<variant>.gain``, ``<variant>.gain_low`` and ``gain_high`` (95 %).
    """
    household = np.array([one.household for one in questions])
    _, number = np.unique(household, return_inverse=True)
    n = int(number.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = np.stack(
        [np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(_RESAMPLES)]
    ).astype(np.float64)  # (resamples, households)
    size = drawn @ np.bincount(number, minlength=n)
    figures: dict[str, float] = {}
    for name, value in values.items():
        figures[name] = round(float(value.mean()), 5)
        if name == baseline:
            continue
        gain = value - values[baseline]
        means = drawn @ np.bincount(number, gain, minlength=n) / size
        low, high = np.quantile(means, [0.025, 0.975])
        figures |= {
            f"{name}.gain": round(float(gain.mean()), 5),
            f"{name}.gain_low": round(float(low), 5),
            f"{name}.gain_high": round(float(high), 5),
        }
    return figures
