"""What the next order brings: 23,570 buyers of CDs, what they paid before foretells what they pay.

Everything is learnt up to 2 April 1998, the choice between Gamma-Gamma and the plain mean on the 90
days before; the mean amount of a day in the 90 days after judges, over whoever bought then. Beside
what is taken stand the mean of all, and the mean of each customer's own days. Judged by the
deviance of gamma, under which being a tenth off counts the same of 10 as of 100, and by the mean
absolute error. Intervals draw customers again.

Reads: a folder with cdnow/transactions.parquet; without one, made-up buyers, and says so.
"""

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.audience_cdnow import cd_purchases
from settee.audiences import OrderValue, PurchaseLog
from settee.audiences.purchases import DAY_S

ID = "quality/order-value"
SUMMARY = "what the next order brings: Gamma-Gamma beside the mean of all and the own mean"

_HORIZON = 90.0
Column = NDArray[np.float64]


def run(context: Context) -> Result:
    """Learn before the last 90 days, judge on them."""
    log = _paid(cd_purchases(context))
    cut = float((log.day.max() + 1) * DAY_S) - _HORIZON * DAY_S
    model = OrderValue.fit(log, cut, _HORIZON)
    context.log(f"taken: {model.valued_by} {model.reason}, on the 90 days before: {model.deviance}")
    past = log.until(cut)
    truth, came = _truth(log, past.unit, cut)
    told = {
        "settee": model.of(log, past.unit, cut)[came],
        "mean_of_all": np.full(int(came.sum()), model.mean),
        "own_mean": past.mean_value[came],
    }
    figures = {"n": float(came.sum())}
    rng = np.random.default_rng(context.seed)
    n_draws = 50 if context.quick else 500
    weight = np.vstack([np.ones(len(truth)), rng.poisson(1.0, (n_draws, len(truth)))])
    for name, loss in (("deviance", _deviance), ("absolute", _absolute)):
        losses = {who: loss(truth, one) for who, one in told.items()}
        for who, one in losses.items():
            _note(figures, f"{who}.{name}", weight @ one / weight.sum(axis=1))
            if who != "settee":
                ahead = weight @ (one - losses["settee"]) / weight.sum(axis=1)
                _note(figures, f"{who} less settee.{name}", ahead)
    best = min(("mean_of_all", "own_mean"), key=lambda who: figures[f"{who}.deviance"])
    low = figures[f"{best} less settee.deviance.low"]
    return Result(figures, {f"deviance under {best}, low end": Bar(low, 0.0, at_most=False)})


def _paid(log: PurchaseLog) -> PurchaseLog:
    """The days on which something was paid."""
    keep = log.value > 0
    return PurchaseLog.of(log.unit[log.row[keep]], log.day[keep] * DAY_S, log.value[keep])


def _truth(
    log: PurchaseLog, units: NDArray[np.int64], cut: float
) -> tuple[Column, NDArray[np.bool_]]:
    """Mean amount of a day behind the cut of those who came, and (n_units,) who they are."""
    behind = (log.day + 1) * DAY_S > cut
    n = np.bincount(log.row[behind], minlength=log.n)
    paid = np.bincount(log.row[behind], log.value[behind], log.n)
    place = np.searchsorted(log.unit, units)
    came = n[place] > 0
    return paid[place[came]] / n[place[came]], came


def _deviance(truth: Column, told: Column) -> Column:
    ratio = truth / told
    return 2.0 * (ratio - 1.0 - np.log(ratio))


def _absolute(truth: Column, told: Column) -> Column:
    return np.abs(truth - told)


def _note(figures: dict[str, float], name: str, values: Column) -> None:
    low, high = np.quantile(values[1:], (0.025, 0.975))
    figures[name] = round(float(values[0]), 5)
    figures[f"{name}.low"], figures[f"{name}.high"] = round(float(low), 5), round(float(high), 5)
