"""Which film does each person of MovieLens 1M rate next? Leave one out, all films ranked.

Every rating counts as interest here, as in the literature; rows of one second stay in the order of
the published file. Sources that know the order, and some that do not, are fitted on all but
the last two ratings of each person. Half-life and weights of the blend are chosen on the rating
before the last, which judges nothing; the last one judges. The blend sums what the sources say, as
standard deviations above their mean over a person's unseen items.

Published, on the same protocol: SASRec with 3,000 negatives HR@10 .316 and NDCG@10 .186, eSASRec
.313/.177, FuXi-alpha .316/.181.

Reads: a folder with ratings.parquet, itself or its subfolder ml-1m; without one, made-up ratings,
and says so. SETTEE_BENCH_PRESET names a preset (docs/settings.md) in place of films-next;
SETTEE_BENCH_MINUTES ends the training of the sequence model after that many minutes;
SETTEE_BENCH_TRAINED names a folder where it is kept, to be read again for the same record and
settings.
Not here: the protocol (quality.next_item).
"""

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.judging import with_intervals
from bench.quality.next_item import (
    Asked,
    NextItem,
    lead,
    leave_one_out,
    next_accuracy,
    ranks_in,
)
from bench.speed.movies import movies
from settee.candidates import SOURCES, Source
from settee.core import SourceSettings, load_settings
from settee.events import Catalogue, Histories, Interactions

ID = "quality/ml-1m-next"
SUMMARY = "the next film of each person of MovieLens 1M: sequence sources and their blend"

_PRESET = "films-next"
_RECIPES: dict[str, tuple[str, dict[str, int]]] = {
    "popular": ("popular", {}),
    "knn": ("knn", {}),
    "ease": ("ease", {}),
    "als": ("als", {}),
    "session_knn": ("session_knn", {}),
    "next_ridge": ("next_ridge", {}),
    "sasrec": ("sasrec", {}),
    "sasrec_again": ("sasrec", {"sasrec_seed": 8}),
}
"""Name in the table: which source, and what is set otherwise than by the preset."""
_BASELINE = "popular"
_QUICK_ITEMS, _QUICK_ACCOUNTS = 250, 150
_QUICK = {
    "sasrec_factors": 16,
    "sasrec_epochs": 1,
    "sasrec_window": 32,
    "popular_half_life_days": 36_500.0,
}
_CHOOSERS = 2000
_WEIGHTS = (0.0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)
_TIMED = 200
_NOT_HOW = ("sasrec_minutes", "sasrec_device")
_BLOCK = 500


@dataclass(frozen=True)
class Films:
    """The record of one run."""

    catalogue: Catalogue
    events: Interactions


def run(context: Context) -> Result:
    """Fit, choose, judge."""
    films = films_of(context)
    cut = leave_one_out(films.events)
    settings = _settings(context)
    context.log(f"{len(cut.test.wanted)} people, {len(cut.train)} ratings train")
    figures: dict[str, float] = {"n_people": len(cut.test.wanted)}
    values: dict[str, dict[str, NDArray[np.float64]]] = {}
    fitted: dict[str, Source] = {}
    for name, (kind, changed) in _RECIPES.items():
        told = settings.model_copy(update=changed)
        source, figures[f"{name}.fit_s"] = _fit(context, name, kind, films, (cut, told))
        fitted[name] = source
        figures[f"{name}.us_per_person"] = round(_us_per_person(source, cut.test), 1)
        values[name] = _judge(context, {name: 1.0}, fitted, cut.test)
        figures |= with_intervals(values[name], name, context.seed)
        context.log(_line(name, values[name]))
    figures |= _curve(fitted)
    singles = [name for name in values if name != _BASELINE]
    weights, best = _weights(fitted, singles, cut)
    context.log(f"blend, chosen on the rating before the last: {weights}")
    values["blend"] = _judge(context, weights, fitted, cut.test)
    figures |= with_intervals(values["blend"], "blend", context.seed)
    context.log(_line("blend", values["blend"]))
    for other in ("ease", "next_ridge"):
        if other in values and other != best:
            figures |= _leads(f"best_less_{other}", values[best], values[other], context.seed)
    figures |= _leads("blend_less_best", values["blend"], values[best], context.seed)
    context.log(f"best single source on the rating before the last: {best}")
    return Result(figures, _bars(values, best))


def films_of(context: Context) -> Films:
    """MovieLens 1M in the order of its file within a second, or made-up ratings."""
    data = context.data
    if data is not None and not (data / "ratings.parquet").is_file():
        data = data / "ml-1m"
    if data is None or not (data / "ratings.parquet").is_file():
        context.log("no data folder: made-up ratings, whose figures say nothing")
        made = movies(None, context.seed, quick=True)
        films = Films(made.catalogue, made.events)
    else:
        films = Films(movies(data, context.seed, quick=False).catalogue, _read(data))
    events = films.events
    if context.quick:
        context.log("quick: few people and films, one round of training; figures say nothing")
        most = np.argsort(-np.bincount(events.item, minlength=events.n_items), kind="stable")
        few = np.isin(events.item, most[:_QUICK_ITEMS]) & (events.account < _QUICK_ACCOUNTS)
        events = events.where(few)
    wanted = np.ones(len(events), np.bool_)
    return Films(
        films.catalogue,
        Interactions(
            events.account_ids, events.n_items, events.account, events.item, events.at_s, wanted
        ),
    )


def _read(data: Path) -> Interactions:
    """The ratings, those of one second as in the file."""
    rows = duckdb.sql(
        f"SELECT user_id, item_id, ts FROM '{data / 'ratings.parquet'}'"  # noqa: S608 -- a path
    ).fetchnumpy()
    ids = duckdb.sql(
        f"SELECT item_id FROM '{data / 'items.parquet'}' ORDER BY item_id"  # noqa: S608 -- a path
    ).fetchnumpy()["item_id"]
    users, account = np.unique(rows["user_id"], return_inverse=True)
    at_s = rows["ts"].astype(np.int64)
    order = np.lexsort((np.arange(len(at_s)), at_s, account))
    return Interactions(
        tuple(f"u{user}" for user in users),
        len(ids),
        account[order].astype(np.int32),
        np.searchsorted(ids, rows["item_id"][order]).astype(np.int32),
        at_s[order],
        np.ones(len(order), np.bool_),
    )


def _settings(context: Context) -> SourceSettings:
    preset = os.environ.get("SETTEE_BENCH_PRESET", _PRESET)
    settings = load_settings(flags=[f"preset={preset}"]).sources
    minutes = os.environ.get("SETTEE_BENCH_MINUTES")
    changed = dict(_QUICK) if context.quick else {}
    if minutes:
        changed["sasrec_minutes"] = float(minutes)
        context.log(f"the sequence model is trained for at most {float(minutes):g} minutes")
    return settings.model_copy(update=changed)


def _fit(
    context: Context, name: str, kind: str, films: Films, on: tuple[NextItem, SourceSettings]
) -> tuple[Source, float]:
    """A source and the seconds its fit took, from the file that keeps it where there is one."""
    cut, settings = on
    folder = os.environ.get("SETTEE_BENCH_TRAINED") if kind == "sasrec" else None
    kept = Path(folder) / f"{name}.npz" if folder else None
    if kept is not None and kept.is_file():
        with np.load(kept) as found:
            arrays = dict(found)
        if str(arrays.pop("_of")) == _print_of(cut, settings):
            seconds = float(arrays.pop("_seconds"))
            context.log(f"{name}: trained before, in {seconds:.0f} s, and read again")
            return SOURCES[kind].from_arrays(arrays), round(seconds, 1)
        context.log(f"{name}: {kept.name} is of another record or settings; trained anew")
    start = time.perf_counter()
    source = SOURCES[kind].fit(cut.train, films.catalogue, settings, _telling(context))
    seconds = time.perf_counter() - start
    if kept is not None:
        of = np.array(_print_of(cut, settings))
        np.savez(kept, _of=of, _seconds=np.array(seconds), **source.to_arrays())
    return source, round(seconds, 1)


def _print_of(cut: NextItem, settings: SourceSettings) -> str:
    """One word for what the sequence model is trained on and how, wherever and however long."""
    told = settings.model_dump()
    how = {
        name: told[name]
        for name in sorted(told)
        if name.startswith(("sasrec_", "next_ridge_", "max_history")) and name not in _NOT_HOW
    }
    digest = hashlib.sha256(repr(how).encode())
    for column in (cut.train.account, cut.train.item, cut.train.at_s):
        digest.update(column.tobytes())
    return digest.hexdigest()


def _telling(context: Context) -> "_Telling":
    return _Telling(context, time.perf_counter())


@dataclass(frozen=True)
class _Telling:
    """Tells people how far a long fit is."""

    context: Context
    start: float

    def __call__(self, stage: str, done: int, total: int) -> None:
        if total > 1:
            gone = time.perf_counter() - self.start
            self.context.log(f"{stage}: {done} of {total} after {gone:.0f} s")


def _us_per_person(source: Source, asked: Asked) -> float:
    """Microseconds to score one person alone, the whole history given; median over people."""
    story = asked.histories
    taken = []
    for person in range(min(_TIMED, story.n_people)):
        rows = slice(story.indptr[person], story.indptr[person + 1])
        one = Histories.of_one(story.item[rows], story.at_s[rows])
        start = time.perf_counter()
        source.score(one)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1e6


def _mixed(
    weights: Mapping[str, float], fitted: Mapping[str, Source], asked: Asked
) -> NDArray[np.float32]:
    """Scores of one source as they are, of several as the weighted sum of their z-scores."""
    if len(weights) == 1:
        return fitted[next(iter(weights))].score(asked.histories)
    total = np.zeros((len(asked.wanted), 0), np.float32)
    for name, weight in weights.items():
        if weight > 0:
            part = np.float32(weight) * _standard(fitted[name], asked)
            total = part if not total.size else total + part
    return total


def _standard(source: Source, asked: Asked) -> NDArray[np.float32]:
    """Scores as standard deviations above their mean over the person's unseen items."""
    scores = source.score(asked.histories)
    met = np.repeat(np.arange(len(asked.wanted)), np.diff(asked.histories.indptr))
    seen = np.zeros(scores.shape, np.bool_)
    seen[met, asked.histories.item] = True
    centre = scores.mean(axis=1, keepdims=True, where=~seen)
    spread = scores.std(axis=1, keepdims=True, where=~seen)
    return np.asarray((scores - centre) / np.maximum(spread, 1e-9), np.float32)


def _judge(
    context: Context, weights: Mapping[str, float], fitted: Mapping[str, Source], asked: Asked
) -> dict[str, NDArray[np.float64]]:
    """Accuracy per person."""
    del context
    ranks = []
    for start in range(0, len(asked.wanted), _BLOCK):
        some = asked.of(start, start + _BLOCK)
        ranks.append(ranks_in(_mixed(weights, fitted, some), some))
    return next_accuracy(np.concatenate(ranks))


def _weights(
    fitted: Mapping[str, Source], names: Sequence[str], cut: NextItem
) -> tuple[dict[str, float], str]:
    """Weights under which the valid people are foretold best, one source moved at a time.

    And the source that foretells them best alone.
    """
    people = np.arange(len(cut.valid.wanted))
    people = people[:: max(1, len(people) // _CHOOSERS)]
    asked = cut.valid.chosen(people)
    parts = {name: _standard(fitted[name], asked) for name in names}

    def worth(weights: Mapping[str, float]) -> float:
        total = sum(np.float32(weights[name]) * parts[name] for name in names)
        ranks = ranks_in(np.asarray(total, np.float32), asked)
        return float(next_accuracy(ranks, (10,))["ndcg@10"].mean())

    alone = {name: worth({other: float(other == name) for other in names}) for name in names}
    best = max(names, key=lambda name: alone[name])
    weights = {name: float(name == best) for name in names}
    top = alone[best]
    for _ in range(2):
        for name in sorted(names, key=lambda name: -alone[name]):
            if name == best:
                continue
            for weight in _WEIGHTS:
                tried = weights | {name: weight}
                found = worth(tried)
                if found > top:
                    weights, top = tried, found
    return weights, best


def _curve(fitted: Mapping[str, Source]) -> dict[str, float]:
    """Mean loss of each round of training."""
    curve = getattr(fitted.get("sasrec"), "curve", ())
    return {f"sasrec.loss.round_{at + 1}": round(float(loss), 4) for at, loss in enumerate(curve)}


def _leads(
    prefix: str,
    ours: Mapping[str, NDArray[np.float64]],
    theirs: Mapping[str, NDArray[np.float64]],
    seed: int,
) -> dict[str, float]:
    out: dict[str, float] = {}
    for metric in ("hr@10", "ndcg@10"):
        mean, low, high = lead(ours[metric], theirs[metric], seed)
        out |= {
            f"{prefix}.{metric}": round(mean, 5),
            f"{prefix}.{metric}.low": round(low, 5),
            f"{prefix}.{metric}.high": round(high, 5),
        }
    return out


def _line(name: str, values: Mapping[str, NDArray[np.float64]]) -> str:
    return f"{name}: HR@10 {values['hr@10'].mean():.4f}, NDCG@10 {values['ndcg@10'].mean():.4f}"


def _bars(values: Mapping[str, Mapping[str, NDArray[np.float64]]], best: str) -> dict[str, Bar]:
    hits, gains = (float(values[best][metric].mean()) for metric in ("hr@10", "ndcg@10"))
    mixed = float(values["blend"]["ndcg@10"].mean())
    return {
        "best single source, HR@10": Bar(round(hits, 5), 0.32, at_most=False),
        "best single source, NDCG@10": Bar(round(gains, 5), 0.19, at_most=False),
        "blend over the best single source, NDCG@10": Bar(
            round(mixed - gains, 5), 0.0, at_most=False
        ),
    }
