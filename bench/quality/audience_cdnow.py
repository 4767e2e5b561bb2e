"""Who buys again: 23,570 buyers of CDs, half of whom bought once, split by time.

What was known on 2 April 1998 foretells who buys in the 90 days after. Models are fitted, chosen
and calibrated by the days before alone. Beside them stand chance, the activity score, the classic
order by recency, frequency and value, and BG/NBD and Pareto/NBD of `lifetimes`. The split of the
literature (39 weeks known, 39 foretold) is told too; there nothing can be held back for as long a
horizon, so a model is chosen by a third of it and not calibrated for the whole. settee's figure
is what an audience asks, which knows days with an event and no amounts; a choice that knows amounts
stands beside as `with_amounts`.

Reads: a folder with cdnow/transactions.parquet; without one, made-up buyers, and says so.
"""

import os
import subprocess
from collections.abc import Callable

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.harness import ROOT, Bar, Context, Result
from bench.quality.peers import interpreter
from settee.audiences import Reach, reach_of
from settee.audiences.activity import MODELS, ActivityModel, fit_model, log_loss
from settee.audiences.activity_of_reach import (
    HeldBack,
    choose,
    purchases_of_reach,
    unit_features,
)
from settee.audiences.activity_score import ActivityScore, recency_frequency_value
from settee.audiences.bgnbd import BgNbd
from settee.audiences.curves import calibration_error, gain_curve
from settee.audiences.hazard import Hazard
from settee.audiences.logistic import Logistic
from settee.audiences.pareto_nbd import ParetoNbd
from settee.audiences.purchases import DAY_S, PurchaseLog, Purchases
from settee.events import Interactions

ID = "quality/audience-cdnow"
SUMMARY = "who buys CDs again: activity models beside chance, score, RFV and lifetimes"

_SIZE = 1_000
_HORIZON = 90.0
_PEER = {
    "lifetimes_bgnbd_expected": "bgnbd_expected",
    "lifetimes_bgnbd": "bgnbd_active",
    "lifetimes_pareto": "pareto_active",
    "lifetimes_pareto_expected": "pareto_expected",
}
Column = NDArray[np.float64]
Truth = NDArray[np.bool_]


def run(context: Context) -> Result:
    """The last 90 days, then the split of the literature."""
    log = cd_purchases(context)
    end_s = float((log.day.max() + 1) * DAY_S)
    figures, peers, bars = _last_days(context, log, end_s - _HORIZON * DAY_S)
    figures |= _literature(context, log)
    return Result(figures, bars, peers)


def cd_purchases(context: Context) -> PurchaseLog:
    """Who bought when and for how much; made up without the table."""
    path = None if context.data is None else context.data / "cdnow" / "transactions.parquet"
    if path is None or not path.is_file():
        context.log("no data folder: made-up buyers, whose figures say nothing")
        rng = np.random.default_rng(context.seed)
        unit = rng.integers(0, 3_000, 12_000)
        at = 852_076_800.0 + rng.uniform(0, 545, len(unit)) * DAY_S
        return PurchaseLog.of(unit, at, rng.gamma(2.0, 15.0, len(unit)))
    table = pq.read_table(path)
    at = table["date"].to_numpy().astype("datetime64[s]").astype(np.float64)
    unit, paid = table["customer_id"].to_numpy(), table["amount"].to_numpy()
    if context.quick:
        context.log("quick: every tenth customer")
        some = unit % 10 == 0
        unit, at, paid = unit[some], at[some], paid[some]
    return PurchaseLog.of(unit, at, paid)


def _last_days(
    context: Context, log: PurchaseLog, cut: float
) -> tuple[dict[str, float], dict[str, dict[str, float]], dict[str, Bar]]:
    past = log.until(cut)
    truth = log.bought(past.unit, cut, cut + _HORIZON * DAY_S)
    losses, chosen = _knowing_amounts(log, cut)
    context.log(
        f"{past.n:,} customers, {int(truth.sum()):,} bought; with amounts on the 90 days before: "
        + ", ".join(f"{kind} {loss:.5f}" for kind, loss in losses.items())
    )
    p = _by_audience(log, past, cut)
    scores = {
        "settee": p,
        "with_amounts": chosen.p_active(past, _HORIZON),
        "hazard": Hazard.fit(log, cut).p_active(past, _HORIZON),
        "bgnbd": BgNbd.fit(past).p_active(past, _HORIZON),
        "pareto_nbd": ParetoNbd.fit(past).p_active(past, _HORIZON),
        **_plain(past, context.seed),
    }
    theirs = _lifetimes(context, past, _HORIZON)
    everybody = {**scores, **theirs}
    figures = _judge(everybody, truth, context)
    told = calibration_error(p, truth, seed=context.seed)
    figures |= {"settee.calibration_error": round(told.error, 4)}
    beside = calibration_error(scores["with_amounts"], truth, seed=context.seed)
    figures |= {"with_amounts.calibration_error": round(beside.error, 4)}
    figures |= {f"{name}.log_loss": _loss(truth, one) for name, one in scores.items() if name in
                ("settee", "with_amounts", "hazard", "bgnbd", "pareto_nbd")}  # fmt: skip
    gain = gain_curve(p, truth)
    figures["settee.gain@10%"] = round(float(np.interp(0.1, gain.share, gain.gain)), 4)
    own = ("settee", "with_amounts", "hazard", "bgnbd", "pareto_nbd")
    others = [name for name in everybody if name not in own]
    best = max(others, key=lambda name: figures[f"{name}.precision@1000"])
    low = figures[f"settee - {best}.precision@1000.low"]
    bars = {
        f"precision@1000 over the best of the others, {best}": Bar(
            figures["settee.precision@1000"], figures[f"{best}.precision@1000"], at_most=False
        ),
        "the same, by the low end of the interval of the difference": Bar(low, 0.0, at_most=False),
        "calibration error": Bar(figures["settee.calibration_error"], 0.03),
    }
    peers = {name: {"settee.precision@1000": figures[f"{name}.precision@1000"]} for name in theirs}
    return figures, peers, bars


def _knowing_amounts(log: PurchaseLog, cut: float) -> tuple[dict[str, float], ActivityModel]:
    """Log losses of models that know amounts on the horizon before a cut; the best, fitted."""
    earlier = cut - _HORIZON * DAY_S
    past = log.until(earlier)
    came = log.bought(past.unit, earlier, cut)
    losses = {
        kind: log_loss(came, fit_model(kind, log, earlier).p_active(past, _HORIZON))
        for kind in MODELS
    }
    return losses, fit_model(min(losses, key=lambda kind: losses[kind]), log, cut)


def _by_audience(log: PurchaseLog, past: Purchases, cut: float) -> Column:
    """P(active) as `settee audience train` chooses it and audiences ask it; (n,) as in `past`."""
    horizon_s, end_s = int(_HORIZON * DAY_S), int(cut)
    account = log.row.astype(np.int32)
    at_s = (log.day * DAY_S).astype(np.int64)
    order = np.lexsort((at_s, account))
    events = Interactions(
        tuple(map(str, log.unit.tolist())), 1, account[order], np.zeros(len(order), np.int32),
        at_s[order], np.ones(len(order), np.bool_),
    ).where(at_s[order] < end_s)  # fmt: skip
    latest, came = _who_came(events, end_s - horizon_s, horizon_s)
    earlier, had_come = _who_came(events, end_s - 2 * horizon_s, horizon_s)
    x, before = unit_features(latest), unit_features(earlier)
    held = HeldBack(
        events, end_s, end_s - horizon_s, _HORIZON, purchases_of_reach(latest), came,
        Logistic.fit(before, had_come).probability(x),
    )  # fmt: skip
    plain = Logistic.fit(np.vstack([x, before]), np.concatenate([came, had_come]))
    now = reach_of(events, end_s)
    told = dict(
        zip(now.units.account_ids, choose(held, plain, "auto")[0].probability(now), strict=True)
    )
    return np.array([told[str(unit)] for unit in past.unit.tolist()])


def _who_came(events: Interactions, cut_s: int, horizon_s: int) -> tuple[Reach, Truth]:
    reach = reach_of(events.where(events.at_s < cut_s), cut_s)
    behind = (events.at_s >= cut_s) & (events.at_s < cut_s + horizon_s)
    came = {events.account_ids[one] for one in np.unique(events.account[behind]).tolist()}
    return reach, np.array([one in came for one in reach.units.account_ids], np.bool_)


def _plain(past: Purchases, seed: int) -> dict[str, Column]:
    return {
        "chance": np.random.default_rng(seed).random(past.n),
        "frequency": past.frequency - 1e-6 * past.silent_days,
        "recency": -past.silent_days,
        "activity_score": ActivityScore().score(past),
        "recency_frequency_value": recency_frequency_value(past),
    }


def _judge(scores: dict[str, Column], truth: Truth, context: Context) -> dict[str, float]:
    """Precision and recall at 1,000 and the area under the gain, drawn again over people."""
    rng = np.random.default_rng(context.seed)
    weight = np.ones((101 if context.quick else 301, len(truth)))
    weight[1:] = rng.poisson(1.0, weight[1:].shape)
    tie = rng.random(len(truth))
    values, figures = {}, {}
    for name, score in scores.items():
        order = np.lexsort((tie, -score))
        values[name] = np.array([_precision(order, truth, row) for row in weight])
        figures |= _with_interval(f"{name}.precision@1000", values[name])
        first = order[:_SIZE]
        figures[f"{name}.recall@1000"] = round(float(truth[first].sum() / truth.sum()), 4)
        gain = gain_curve(score, truth)
        figures[f"{name}.area_under_gain"] = round(float(np.trapezoid(gain.gain, gain.share)), 4)
        if name != "settee":
            figures |= _with_interval(
                f"settee - {name}.precision@1000", values["settee"] - values[name]
            )
    return figures


def _precision(order: NDArray[np.int64], truth: Truth, weight: Column) -> float:
    """Of the first thousand of people who are there as often as `weight` says."""
    w = weight[order]
    before = np.cumsum(w) - w
    taken = np.clip(_SIZE - before, 0.0, w)
    return float(taken @ truth[order] / taken.sum())


def _with_interval(name: str, values: Column) -> dict[str, float]:
    low, high = np.quantile(values[1:], (0.025, 0.975))
    found = {name: values[0], f"{name}.low": low, f"{name}.high": high}
    return {key: round(float(value), 4) for key, value in found.items()}


def _loss(truth: Truth, p: Column) -> float:
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    return round(float(-np.where(truth, np.log(clipped), np.log1p(-clipped)).mean()), 5)


def _lifetimes(context: Context, past: Purchases, horizon: float) -> dict[str, Column]:
    python = interpreter()
    if python is None:
        context.log("no peers: name an interpreter with lifetimes by SETTEE_PEERS_PYTHON")
        return {}
    task, answer = context.work / "task.npz", context.work / "answer.npz"
    np.savez(
        task,
        allow_pickle=False,
        frequency=past.frequency,
        recency=past.recency_days,
        age=past.age_days,
        horizon=np.array(horizon),
    )
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    script = str(ROOT / "bench" / "peers" / "run_lifetimes.py")
    subprocess.run(
        [str(python), script, str(task), str(answer)], check=True, env={**os.environ, **one_thread}
    )
    with np.load(answer) as found:
        return {name: found[column] for name, column in _PEER.items()}


def _literature(context: Context, log: PurchaseLog) -> dict[str, float]:
    """39 weeks known, 39 weeks foretold."""
    cut, horizon = float((log.day.min() + 39 * 7) * DAY_S), 39 * 7.0
    past = log.until(cut)
    truth = log.bought(past.unit, cut, cut + horizon * DAY_S)
    losses, chosen = _knowing_amounts(log, cut)
    fits: dict[str, Callable[[], Column]] = {
        "settee": lambda: chosen.p_active(past, horizon),
        "bgnbd": lambda: BgNbd.fit(past).p_active(past, horizon),
        "activity_score": lambda: ActivityScore().score(past),
        "recency_frequency_value": lambda: recency_frequency_value(past),
    }
    told = {name: fit() for name, fit in fits.items()}
    found = _judge(told, truth, context)
    found["settee.calibration_error"] = round(
        calibration_error(told["settee"], truth, seed=context.seed).error, 4
    )
    context.log(f"39 weeks: {int(truth.sum()):,} of {past.n:,} bought; losses: {losses}")
    wanted = ("precision@1000", "recall@1000", "area_under_gain", "calibration_error")
    return {f"39_weeks.{name}": value for name, value in found.items() if name.endswith(wanted)}
