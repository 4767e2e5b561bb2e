"""The linear models of items on MovieLens 1M, and what broad tastes add to the best of them.

One table of weights serves each. EDLAE, the rival, is EASE with dropout and weights of accounts;
its ridge, dropout and power, and how tastes are damped, are chosen on valid people; the test people
of quality/ml-1m-strong judge, with the paired interval of every lead.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
Not here: other kinds of models, other libraries (quality/ml-1m-strong).
"""

import time
from collections.abc import Sequence
from itertools import product

from bench.harness import Bar, Context, Result
from bench.quality.judging import accuracy, with_intervals
from bench.quality.ml_1m import films_of
from bench.quality.strong import Split, lists_of, split
from bench.quality.strong_models import PerPerson, lead
from settee.candidates import SOURCES, Source
from settee.core import SourceSettings
from settee.events import Catalogue

ID = "quality/linear"
SUMMARY = "EASE, EDLAE, EASE with broad tastes, and SLIM on MovieLens 1M, unknown people"

Changes = dict[str, object]

_PLAIN: Changes = {"ease_dropout": 0.0, "ease_account_power": 0.0, "max_history": 100_000}
_EDLAE: Sequence[Changes] = tuple(
    _PLAIN | {"ease_l2": l2, "ease_dropout": dropout, "ease_account_power": power}
    for l2, dropout, power in product((200.0, 300.0), (0.2, 0.5), (0.0, 0.5))
)
_TASTES: Sequence[Changes] = tuple(
    {"ease_taste_share": share, "ease_taste_power": power}
    for share, power in product((0.4,), (0.3, 0.4))
)
_SLIM: Sequence[Changes] = ({},)
_TRIED: dict[str, tuple[str, Sequence[Changes]]] = {
    "popular": ("popular", ({"popular_half_life_days": 36_500.0},)),
    "ease_plain": ("ease", (_PLAIN | {"ease_l2": 700.0},)),
    "edlae": ("ease", _EDLAE),
    "ease": ("ease", ({},)),
    "ease_tastes": ("ease", _TASTES),
    "ease_tastes_edlae": ("ease", ()),
    "slim": ("slim", _SLIM),
}
"""Lines of the table: which source, and what was tried; `ease_tastes_edlae` is filled in later."""


def run(context: Context) -> Result:
    """Choose each line on valid people, then judge."""
    films = films_of(context)
    parts = split(films.events, context.seed)
    figures: dict[str, float] = {"n_people": float(parts.test.truth.n_people)}
    judged: dict[str, PerPerson] = {}
    chosen: dict[str, Changes] = {}
    worth: dict[str, float] = {}
    for name, (kind, tried) in _TRIED.items():
        if name == "ease_tastes_edlae":
            tried = [chosen["edlae"] | chosen["ease_tastes"]]
        few = tried[:1] if context.quick else tried
        start = time.perf_counter()
        source, chosen[name], worth[name] = _best(parts, films.catalogue, kind, few)
        seconds = round((time.perf_counter() - start) / len(few), 2)
        judged[name] = accuracy(lists_of(source, parts.test), parts.test.truth)
        figures |= with_intervals(judged[name], name, context.seed) | {f"{name}.fit_s": seconds}
        context.log(
            f"{name}: {chosen[name] or 'as by default'}, valid NDCG@100 {worth[name]:.4f}, test "
            + ", ".join(f"{metric} {value.mean():.4f}" for metric, value in judged[name].items())
        )
    best = max(worth, key=lambda name: worth[name])
    context.log(f"best on the valid people: {best}")
    for name in judged:
        figures |= lead(judged[name], judged["edlae"], f"{name}_less_edlae", context.seed)
    low = figures[f"{best}_less_edlae.ndcg@100.low"]
    bar = Bar(low, 1e-5, at_most=False)
    return Result(figures, {f"{best} over EDLAE, NDCG@100, low end of the interval": bar})


def _best(
    parts: Split, catalogue: Catalogue, kind: str, tried: Sequence[Changes]
) -> tuple[Source, Changes, float]:
    """The source whose settings answer the valid people best, those, and how well."""
    found: list[tuple[Source, Changes, float]] = []
    for changes in tried:
        settings = SourceSettings(slim_threads=1).model_copy(update=changes)
        source = SOURCES[kind].fit(parts.train, catalogue, settings)
        lists = lists_of(source, parts.valid)
        worth = float(accuracy(lists, parts.valid.truth)["ndcg@100"].mean())
        if not found or worth > found[0][2]:
            found = [(source, changes, worth)]
    return found[0]
