"""How small item models can be kept, and what that loses, on MovieLens 1M.

The same weights, once fitted, are kept whole or few, in 4, 2 or 1 bytes each, and answer the people
of quality/ml-1m-strong: size of the arrays on disk, accuracy with the paired interval of the loss,
microseconds for a person alone. The whole table in float32 and the most popular items stand beside.
Which form is small enough and loses least, the valid people say; the test people confirm it.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
Not here: how they are kept (candidates.compress), whether they are good (quality/ml-1m-strong).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.judging import METRICS, accuracy, with_intervals
from bench.quality.ml_1m import films_of
from bench.quality.strong import People, lists_of, split, us_per_person
from settee.candidates import SOURCES, Ease, Slim, Source
from settee.candidates.compress import Packed
from settee.core import Numbers, SourceSettings

ID = "quality/compression"
SUMMARY = "size, accuracy and cost of EASE and SLIM kept in few or small numbers"

PerPerson = dict[str, NDArray[np.float64]]

_NUMBERS: tuple[Numbers, ...] = ("float32", "float16", "int8")
_KEPT = (1000, 500, 200)
_WHOLE = "ease.whole.float32"
_TASTES = {"ease_taste_share": 0.4}
_LEAST_TIMES = 4.0
_MOST_LOSS = 0.01
_TIMED = 150
"""People whose scores are timed, one at a time."""


def forms_of_ease(ease: Ease, kept: tuple[int, ...]) -> Iterator[tuple[str, Ease]]:
    """The table as it is, then fewer weights and smaller numbers."""
    yield _WHOLE, ease
    nothing = np.empty((0, 0), np.float32)
    for keep in (0, *kept):
        for numbers in _NUMBERS:
            if (keep, numbers) != (0, "float32"):
                packed = Packed.of_table(ease.weight, keep, numbers)
                name = f"ease.{f'best{keep}' if keep else 'whole'}.{numbers}"
                yield name, replace(ease, weight=nothing, packed=packed)


def forms_of_slim(slim: Slim) -> Iterator[tuple[str, Slim]]:
    """The sparse weights in smaller numbers."""
    one = slim.weights
    cells = (one.start, one.to.astype(np.int32), one.code.astype(np.float32))
    for numbers in _NUMBERS:
        packed = Packed.of_cells(*cells, numbers)
        yield f"slim.{numbers}", replace(slim, weights=packed)


def run(context: Context) -> Result:
    """Fit once, keep in many ways, judge each."""
    films = films_of(context)
    parts = split(films.events, context.seed)
    settings = SourceSettings(**_TASTES, slim_threads=1)
    ease = Ease.fit(parts.train, films.catalogue, settings)
    slim = Slim.fit(parts.train, films.catalogue, settings)
    popular = SOURCES["popular"].fit(parts.train, films.catalogue, settings)
    figures = {"n_people": float(parts.test.truth.n_people), "n_items": float(len(ease.items))}
    kept = (50,) if context.quick else _KEPT
    forms: list[tuple[str, Source]] = [("popular", popular)]
    forms += [*forms_of_ease(ease, kept), *forms_of_slim(slim)]
    whole: dict[str, PerPerson] = {}
    worth: dict[str, float] = {}
    timed = parts.test.some(0, min(_TIMED, parts.test.truth.n_people))
    for name, source in forms:
        values = accuracy(lists_of(source, parts.test), parts.test.truth)
        chosen_by = accuracy(lists_of(source, parts.valid), parts.valid.truth)
        worth[name] = float(chosen_by["ndcg@10"].mean())
        own = whole.setdefault(name.split(".")[0], values)
        figures |= _told(context, name, source, timed)
        figures |= with_intervals(values, name, context.seed)
        lost = {metric: own[metric] - values[metric] for metric in METRICS}
        figures |= with_intervals(lost, f"{name}.lost", context.seed)
        context.log(
            f"{name}: {figures[f'{name}.mb']:g} MB, NDCG@10 {figures[f'{name}.ndcg@10']:.4f} "
            f"(lost {figures[f'{name}.lost.ndcg@10']:.5f}), NDCG@100 "
            f"{figures[f'{name}.ndcg@100']:.4f}, {figures[f'{name}.us_per_person']:g} us"
        )
    return Result(figures, _bars(context, figures, worth))


def _told(context: Context, name: str, source: Source, people: People) -> dict[str, float]:
    """Size on disk, array by array as a bundle keeps them, and the cost of one person."""
    return {
        f"{name}.mb": round(_on_disk(source, context.work) / 1e6, 4),
        f"{name}.us_per_person": round(us_per_person([source], people), 1),
    }


def _on_disk(source: Source, folder: Path) -> int:
    size = 0
    for array in source.to_arrays().values():
        np.save(folder / "array.npy", array, allow_pickle=False)
        size += (folder / "array.npy").stat().st_size
    return size


def _bars(context: Context, figures: dict[str, float], worth: dict[str, float]) -> dict[str, Bar]:
    """What the test people lose by the small form of EASE that the valid people answer best to."""
    sizes = {name[:-3]: value for name, value in figures.items() if name.endswith(".mb")}
    small = [
        name
        for name, size in sizes.items()
        if name.startswith("ease.") and sizes[_WHOLE] >= _LEAST_TIMES * size
    ]
    if not small:
        return {}
    best = max(small, key=lambda name: worth[name])
    context.log(f"chosen on the valid people: {best}, NDCG@10 {worth[best]:.4f} of them, "
                f"{worth[_WHOLE]:.4f} by {_WHOLE}")  # fmt: skip
    lost = figures[f"{best}.lost.ndcg@10"] / figures[f"{_WHOLE}.ndcg@10"]
    return {
        f"{best}: times smaller": Bar(sizes[_WHOLE] / sizes[best], _LEAST_TIMES, at_most=False),
        f"{best}: share of NDCG@10 lost": Bar(lost, _MOST_LOSS),
    }
