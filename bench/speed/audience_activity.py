"""Say of a million people who comes at all, by each model, and fit each on what they did.

People are made up: each comes at a rate of their own (gamma) until a day of their own, over 600
days. Saying it is done once when a reach is prepared, before any item is asked for; fitting is what
`settee audience train` adds. CPU seconds, so that other work on the machine counts little.

Reads / Writes: nothing.
Not here: how good models are (quality/audience-cdnow), one ranking (speed/audience-ranking).
"""

import time

import numpy as np

from bench.harness import Bar, Context, Result
from settee.audiences import Reach, Units
from settee.audiences.activity import MODELS, fit_model
from settee.audiences.activity_of_reach import UnitActivity, unit_features
from settee.audiences.hazard import HazardSettings
from settee.audiences.logistic import Logistic
from settee.audiences.purchases import DAY_S, PurchaseLog

ID = "speed/audience-activity"
SUMMARY = "who comes at all, of a million people: fit and ask each model of activity"

_PEOPLE, _QUICK_PEOPLE, _DAYS = 1_000_000, 20_000, 600
_NOW = 1_700_000_000 // 86_400 * 86_400


def run(context: Context) -> Result:
    """Make people up, fit each model, ask it of everybody."""
    log = _log(_QUICK_PEOPLE if context.quick else _PEOPLE, context.seed)
    reach = _reach(log)
    context.log(f"{log.n:,} people with {len(log.day):,} days, made up; losses say nothing")
    figures = {"people": float(log.n), "days": float(len(log.day))}
    plain = Logistic(-1.0, np.full(unit_features(reach).shape[1], 0.1))
    figures["recency_frequency.ask_s"] = _ask(UnitActivity(plain), reach)
    for kind in MODELS:
        begun = time.process_time()
        model = fit_model(kind, log, float(_NOW), HazardSettings(n_fading=1))
        figures[f"{kind}.fit_s"] = time.process_time() - begun
        figures[f"{kind}.ask_s"] = _ask(UnitActivity(plain, kind, model), reach)
        context.log(f"{kind}: {figures[f'{kind}.fit_s']:.1f} s, {figures[f'{kind}.ask_s']:.1f} s")
    asked = max(figures[f"{kind}.ask_s"] for kind in MODELS)
    return Result(figures, {"asking the dearest model s": Bar(asked, 10.0)})


def _ask(active: UnitActivity, reach: Reach) -> float:
    begun = time.process_time()
    active.probability(reach)
    return time.process_time() - begun


def _log(n_people: int, seed: int) -> PurchaseLog:
    rng = np.random.default_rng(seed)
    first = rng.integers(0, _DAYS, n_people)
    stays = np.minimum(rng.exponential(300.0, n_people), _DAYS - first)
    n_more = rng.poisson(rng.gamma(0.5, 0.04, n_people) * stays)
    unit = np.concatenate([np.arange(n_people), np.repeat(np.arange(n_people), n_more)])
    more = np.repeat(first, n_more) + rng.random(n_more.sum()) * np.repeat(stays, n_more)
    day = np.concatenate([first, np.minimum(more, _DAYS - 1)])
    return PurchaseLog.of(unit, _NOW - (_DAYS - np.floor(day)) * DAY_S)


def _reach(log: PurchaseLog) -> Reach:
    """The same people; what they bought does not count here."""
    known = log.until(float(_NOW))
    last = _NOW - (known.silent_days * DAY_S).astype(np.int64)
    first = _NOW - (known.age_days * DAY_S).astype(np.int64)
    nobody, n = ("",) * known.n, known.n
    return Reach(
        Units(nobody, nobody), 1, _NOW, np.arange(n + 1), np.zeros(n, np.int32), last,
        np.ones(n, np.float32), np.ones(n, np.float32), (known.frequency + 1).astype(np.float32),
        last, first, known.fading[:, 0].astype(np.float32),
    )  # fmt: skip
