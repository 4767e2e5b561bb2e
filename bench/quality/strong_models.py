"""Answer one split by every source alone and by blends of them, and tell what one leads by.

What chooses (settings, which single source counts as the best, the weights of the blend) sees the
valid people alone; the test people only judge.

Not here: the split (quality.strong), the scenarios (quality.ml_1m_strong, quality.ml_20m).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.harness import Context
from bench.quality.judging import METRICS, accuracy, with_intervals
from bench.quality.strong import K, People, Split, us_per_person
from settee.candidates import SOURCES, NeedsTorch, Source, top_k
from settee.core import RankingSettings, SourceSettings
from settee.events import Catalogue
from settee.ranking import Blend, BlendLessons, fit_blend, make_pool

Figures = dict[str, float]
PerPerson = dict[str, NDArray[np.float64]]

ALONE = ("popular", "knn", "ease", "slim", "als", "graph", "vae")
"""Sources that ask who wants what; those of the order of a history are asked in quality/next."""

_TOLD_EVERY = 20
"""Rounds of a long fit after which it is told how far it is."""

_BLOCK = 500
"""People who are scored at once; bounds memory."""

_WIDE = RankingSettings(per_source=300, pool=1000)
"""Lists of 100 are judged, so more is put forward than for a page."""


@dataclass(frozen=True)
class Answers:
    """What one way of answering gave.

    Args:
        valid: Each metric of each valid person.
        test: Each metric of each test person.
    """

    valid: PerPerson
    test: PerPerson

    @property
    def worth(self) -> float:
        """NDCG@100 of the valid people."""
        return float(self.valid["ndcg@100"].mean())


def blocks(people: People) -> list[People]:
    """The same people, some hundred at a time."""
    n = people.truth.n_people
    return [people.some(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK)]


def answers_of(source: Source, split: Split) -> Answers:
    """The 100 best items of each person, judged."""
    return Answers(judged(source, split.valid), judged(source, split.test))


def judged(source: Source, people: People) -> PerPerson:
    """Each metric of each person of what one source lists."""
    parts = [
        accuracy(top_k(source.score(one.histories), K, one.exclude)[0], one.truth)
        for one in blocks(people)
    ]
    return {metric: np.concatenate([part[metric] for part in parts]) for metric in METRICS}


def fit_all(
    context: Context,
    split: Split,
    catalogue: Catalogue,
    recipes: dict[str, tuple[str, SourceSettings]],
) -> tuple[dict[str, Source], Figures]:
    """Every recipe that can be fitted, and the seconds that took.

    Args:
        context: Told what was fitted.
        split: Train.
        catalogue: The items.
        recipes: Name in the table to source and settings.
    """

    def told_now(stage: str, done: int, total: int) -> None:
        if done % _TOLD_EVERY == 0 and context.data is not None:
            context.log(f"  {stage}: {done} of {total}")

    fitted: dict[str, Source] = {}
    figures: Figures = {}
    for name, (source, settings) in recipes.items():
        if source not in SOURCES:
            context.log(f"{name}: there is no such source")
            continue
        start = time.perf_counter()
        try:
            fitted[name] = SOURCES[source].fit(split.train, catalogue, settings, told_now)
        except NeedsTorch as error:
            context.log(f"{name}: {error}")
            continue
        figures[f"strong.{name}.fit_s"] = round(time.perf_counter() - start, 2)
        context.log(f"{name} fitted in {figures[f'strong.{name}.fit_s']:g} s")
    return fitted, figures


def told(name: str, values: PerPerson, seed: int) -> Figures:
    """The metrics of one line of the table, with intervals."""
    return with_intervals(values, f"strong.{name}", seed)


def serving_cost(name: str, sources: Sequence[Source], people: People) -> Figures:
    """Microseconds to score one person at a time."""
    asked = people.some(0, min(_BLOCK, people.truth.n_people))
    return {f"strong.{name}.us_per_person": round(us_per_person(list(sources), asked), 1)}


def lead(
    ours: PerPerson, theirs: PerPerson, prefix: str, seed: int, n_resamples: int = 2000
) -> Figures:
    """By how much ours answers the same people better, with the paired bootstrap interval."""
    differences = {metric: ours[metric] - theirs[metric] for metric in METRICS}
    return with_intervals(differences, prefix, seed, n_resamples)


def blended(sources: Sequence[Source], split: Split) -> tuple[Blend, Answers]:
    """The product's blend, its weights learnt on the valid people.

    What it says of the valid people is learnt on them, and only the test people judge it.
    """
    lessons = _lessons(sources, split.valid)
    blend = fit_blend(lessons, RankingSettings().blend_l2)
    return blend, Answers(*(pooled(sources, one, blend) for one in (split.valid, split.test)))


def fused(sources: Sequence[Source], split: Split) -> Answers:
    """Reciprocal-rank fusion of the sources, as the product falls back to."""
    return Answers(*(pooled(sources, one, None) for one in (split.valid, split.test)))


def _lessons(sources: Sequence[Source], people: People) -> BlendLessons:
    exclude = people.exclude
    wanted = np.zeros_like(exclude)
    rows = np.repeat(np.arange(len(wanted)), np.diff(people.truth.indptr))
    wanted[rows, people.truth.index] = True
    scores = [source.score(people.histories) for source in sources]
    n_history = np.diff(people.histories.indptr)
    return BlendLessons.of_scores(scores, ~exclude, wanted, n_history, _WIDE)


def pooled(sources: Sequence[Source], people: People, blend: Blend | None) -> PerPerson:
    """Each metric of each person of what a blend lists, or rank fusion where there is none."""
    parts = []
    for one in blocks(people):
        scores = [source.score(one.histories) for source in sources]
        sizes = np.diff(one.histories.indptr)
        lists = np.full((one.truth.n_people, K), -1, np.int32)
        for person, excluded in enumerate(one.exclude):
            told_of = [score[person] for score in scores]
            pool = make_pool(told_of, ~excluded, _WIDE, blend, int(sizes[person]))
            n = min(K, len(pool.items))
            lists[person, :n] = pool.items[:n]
        parts.append(accuracy(lists, one.truth))
    return {metric: np.concatenate([part[metric] for part in parts]) for metric in METRICS}
