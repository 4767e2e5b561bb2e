"""Whom an e-mail brings to the shop: 32,000 customers who were sent one, or none, at random.

Three trials: the women's e-mail, the men's, and either, each against none; the outcome is a visit
within two weeks. Every customer is scored by models that were learnt and chosen on the other two
thirds, so nobody is judged by what was learnt from him; that is done for five ways to draw the
thirds, and areas are averaged, because one way alone moves them by a visit in a thousand.

What settee takes is uplift and response added up, unless cross-validated Qini within those two
thirds says that one alone is clearly better; which it took is told. Beside it stand uplift alone, a
model of response among those addressed, chance, and the order by recency, frequency and value. With
`--test FILE` (a table of the same columns) all 32,000 are learnt from and that file alone judges.

Reads: a folder with hillstrom-email/customers_half.parquet; without one, a made-up trial, and says
so.
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from settee.audiences import learn_moved
from settee.audiences.uplift import Trial
from settee.audiences.uplift_curves import qini, uplift_by_part

ID = "quality/audience-hillstrom"
SUMMARY = "whom an e-mail moves: uplift by tenths and Qini on a randomised trial"

_NONE = "No E-Mail"
_ARMS = {"womens": "Womens E-Mail", "mens": "Mens E-Mail", "either": ""}
_PARTS = 3
_WAYS = 5
Column = NDArray[np.float64]
Table = dict[str, NDArray[np.generic]]


def run(context: Context) -> Result:
    """Each trial in turn, each with its bars."""
    known = _table(context)
    test = None if context.test is None else _columns(pq.read_table(context.test))
    figures: dict[str, float] = {}
    for arm, segment in _ARMS.items():
        trial, plain = _trial(known, segment)
        if test is None:
            scores = _crossed(context, arm, trial, context.seed)
            judged = trial
        else:
            judged, plain = _trial(test, segment)
            scores = _scores(context, arm, trial, judged.x)
        rng = np.random.default_rng(context.seed)
        scores |= {"recency_frequency_value": plain, "chance": rng.random(len(plain))}
        figures |= _judge(context, arm, scores, judged)
    bars: dict[str, Bar] = {}
    for arm in _ARMS:
        bars |= _bars(arm, figures)
    return Result(figures, bars)


def _bars(arm: str, figures: dict[str, float]) -> dict[str, Bar]:
    names = ("response", "recency_frequency_value", "chance")
    best = max(names, key=lambda name: figures[f"{arm}.{name}.qini"])
    low = min(figures[f"{arm}.settee - {name}.qini.low"] for name in names)
    return {
        f"{arm}: Qini over the best of the others, {best}": Bar(
            figures[f"{arm}.settee.qini"], figures[f"{arm}.{best}.qini"], at_most=False
        ),
        f"{arm}: the low end of the least difference": Bar(low, 0.0, at_most=False),
    }


def _columns(table: pa.Table) -> Table:
    return {name: table[name].to_numpy() for name in table.column_names}


def _table(context: Context) -> Table:
    data = context.data
    path = None if data is None else data / "hillstrom-email" / "customers_half.parquet"
    if path is not None and path.is_file():
        found = _columns(pq.read_table(path))
        if context.quick:
            found = {name: column[:6_000] for name, column in found.items()}
        return found
    context.log("no data folder: a made-up trial, whose figures say nothing")
    rng, n = np.random.default_rng(context.seed), 6_000
    segment = rng.choice(["Mens E-Mail", "Womens E-Mail", _NONE], n)
    womens = rng.integers(0, 2, n)
    p = 0.1 + 0.1 * womens * (segment == "Womens E-Mail")
    return {
        "history": rng.gamma(1.0, 200.0, n), "recency": rng.integers(1, 13, n),
        "womens": womens, "mens": 1 - womens, "newbie": rng.integers(0, 2, n),
        "zip_code": rng.choice(["Urban", "Rural"], n), "channel": rng.choice(["Web", "Phone"], n),
        "segment": segment, "visit": (rng.random(n) < p).astype(np.int64),
    }  # fmt: skip


def _trial(table: Table, segment: str) -> tuple[Trial, Column]:
    """The trial of one e-mail against none, and the classic order of its customers."""
    rows = np.isin(table["segment"], (segment, _NONE)) if segment else slice(None)
    one = {name: column[rows] for name, column in table.items()}
    number = {
        name: one[name].astype(np.float64)
        for name in ("history", "recency", "mens", "womens", "newbie", "visit")
    }
    paid, silent = np.log1p(number["history"]), number["recency"]
    mens, womens, newbie = number["mens"], number["womens"], number["newbie"]
    columns = [
        paid, silent, np.log(silent), mens, womens, newbie, mens * womens,
        one["zip_code"] == "Urban", one["zip_code"] == "Rural",
        one["channel"] == "Web", one["channel"] == "Phone",
        womens * paid, mens * paid, womens * silent, womens * newbie, newbie * silent,
    ]  # fmt: skip
    x = np.stack([np.asarray(column, np.float64) for column in columns], axis=1)
    plain = 100.0 * _fifths(-silent) + 10.0 * (mens + womens) + _fifths(number["history"])
    return Trial(x, one["segment"] != _NONE, number["visit"]), plain


def _fifths(values: Column) -> Column:
    place = np.searchsorted(np.sort(values), values, side="right") / len(values)
    return np.ceil(5.0 * place)


def _scores(context: Context, arm: str, learn: Trial, x: Column) -> dict[str, Column]:
    chosen = learn_moved(learn, seed=context.seed)
    alike = " (all alike)" if chosen.is_alike else ""
    context.log(f"{arm}: {chosen.order} is taken{alike}, uplift by {chosen.parts.uplift.kind}")
    parts = chosen.parts.scores(x)
    return {
        "settee": parts[chosen.order], "uplift": parts["uplift"], "response": parts["response"],
    }  # fmt: skip


def _crossed(context: Context, arm: str, trial: Trial, seed: int) -> dict[str, Column]:
    """(ways, n) scores of each order."""
    n, ways = len(trial.treated), 1 if context.quick else _WAYS
    told: dict[str, Column] = {}
    for way in range(ways):
        part = np.random.default_rng(seed + way).permutation(n) % _PARTS
        for one in range(_PARTS):
            inside = part == one
            scores = _scores(context, arm, trial.where(~inside), trial.x[inside])
            for name, score in scores.items():
                told.setdefault(name, np.zeros((ways, n)))[way, inside] = score
    return told


def _judge(context: Context, arm: str, scores: dict[str, Column], trial: Trial) -> dict[str, float]:
    t, y = trial.treated, trial.outcome
    figures = {
        f"{arm}.n": float(len(y)),
        f"{arm}.uplift_of_all": round(float(y[t].mean() - y[~t].mean()), 5),
    }
    draws = 50 if context.quick else 300
    for name, found in qini(scores, trial, draws, context.seed).items():
        figures[f"{arm}.{name}.qini"] = round(found.value, 6)
        figures[f"{arm}.{name}.qini.low"] = round(found.low, 6)
        figures[f"{arm}.{name}.qini.high"] = round(found.high, 6)
    first = np.atleast_2d(scores["settee"])[0]
    for place, one in enumerate(uplift_by_part(first, trial), start=1):
        if one.uplift is not None and one.low is not None and one.high is not None:
            figures[f"{arm}.tenth_{place:02}"] = round(one.uplift, 4)
            figures[f"{arm}.tenth_{place:02}.low"] = round(one.low, 4)
            figures[f"{arm}.tenth_{place:02}.high"] = round(one.high, 4)
    return figures
