"""Every single model and the blend on MovieLens 1M, for people whom no model has met.

Ratings of 4 and more; a tenth of the accounts choose settings and a tenth judge; four fifths of
what each of these wanted is folded in; all items are ranked. EDLAE by its formula, RecTools' EASE
and implicit's ALS answer the same people in the same run. At last other fifths are hidden of the
same people, for one draw is luck.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering", section 4.3.
"""

import time
from dataclasses import replace
from functools import partial

from bench.harness import Bar, Context, Result
from bench.quality.edlae import NAME as EDLAE
from bench.quality.edlae import best_edlae
from bench.quality.judging import accuracy
from bench.quality.ml_1m import films_of
from bench.quality.peers import run_peers
from bench.quality.redrawn import over_draws
from bench.quality.strong import People, Split, split
from bench.quality.strong_models import (
    ALONE,
    Answers,
    Figures,
    answers_of,
    blended,
    fit_all,
    fused,
    judged,
    lead,
    pooled,
    serving_cost,
    told,
)
from settee.candidates import Source, Vae
from settee.core import SourceSettings
from settee.ranking import Blend

ID = "quality/ml-1m-strong"
SUMMARY = "every single model and their blend on MovieLens 1M, people unknown to training"

PLAIN_RIDGE = 700.0
"""Of EASE without dropout and weights, here and in RecTools."""

BLENDED = ("ease_tastes", "slim", "als", "graph", "vae_alone")
"""Nets without EASE, for EASE votes beside them; so chosen in thirds of the valid people."""

_TASTES = {"ease_taste_share": 0.4}
"""As in the preset `films`."""

_DRAWS = 6
"""Other fifths that are hidden of the people who judge."""

_TOWER = {
    "vae_layers": (512, 256),
    "vae_latent": 64,
    "vae_members": 1,
    "vae_linear": False,
    "vae_prior": "normal",
}
"""An encoder of 512, 256 and 64 without a linear path, as many services build it."""

_QUICK = {
    "vae_layers": (64, 64),
    "vae_latent": 32,
    "vae_members": 1,
    "vae_epochs": 4,
    "als_factors": 32,
    "als_sweeps": 3,
}


def run(context: Context) -> Result:
    """Fit, judge, compare."""
    films = films_of(context)
    parts = split(films.events, context.seed)
    context.log(
        f"{len(set(parts.train.account.tolist()))} accounts train, {parts.valid.truth.n_people} "
        f"choose, {parts.test.truth.n_people} judge"
    )
    base = SourceSettings(als_threads=1, vae_threads=1)
    base = small(base) if context.quick else base
    fitted, figures = fit_all(context, parts, films.catalogue, recipes(base))
    nets = fitted.get("vae")
    if isinstance(nets, Vae):
        context.log(f"vae: EASE counts {nets.ease_share:g}, chosen on held-out training accounts")
        fitted["vae_alone"] = replace(nets, ease=None, ease_share=0.0)
    figures["strong.n_people"] = parts.test.truth.n_people
    answers = {name: answers_of(source, parts) for name, source in fitted.items()}
    for name, one in answers.items():
        figures |= told(name, one.test, context.seed)
        figures |= serving_cost(name, [fitted[name]], parts.test)
        context.log(_line(name, one))
    best = max(answers, key=lambda name: answers[name].worth)
    blend_figures, blend = _blends(context, parts, fitted, answers[best])
    figures |= blend_figures
    theirs = _edlae(context, parts)
    figures |= lead(answers[best].test, theirs.test, "strong.best_less_edlae", context.seed)
    context.log(f"best single model on the valid people: {best}")
    figures |= _redrawn(context, parts.test, fitted, best, blend)
    peers = run_peers(context, parts, PLAIN_RIDGE)
    peers[EDLAE] = told("edlae", theirs.test, context.seed)
    return Result(figures, _bars(figures, f"strong.{best}"), peers)


def small(base: SourceSettings) -> SourceSettings:
    """Settings under which everything is fitted in seconds, and worse."""
    return base.model_copy(update=_QUICK)


def recipes(base: SourceSettings) -> dict[str, tuple[str, SourceSettings]]:
    """Every single model as by default, and EASE with broad tastes and as first published."""
    plain = {
        "ease_dropout": 0.0,
        "ease_account_power": 0.0,
        "ease_l2": PLAIN_RIDGE,
        "max_history": 100_000,
    }
    out = {name: (name, base) for name in ALONE}
    out["ease_tastes"] = ("ease", base.model_copy(update=_TASTES))
    out["ease_plain"] = ("ease", base.model_copy(update=plain))
    out["vae_tower"] = ("vae", base.model_copy(update=_TOWER))
    return out


def _line(name: str, one: Answers) -> str:
    shown = ("recall@20", "recall@50", "ndcg@100")
    parts = (f"{metric} {one.test[metric].mean():.4f}" for metric in shown)
    return f"{name}: {', '.join(parts)}; valid ndcg@100 {one.worth:.4f}"


def _blends(
    context: Context, parts: Split, fitted: dict[str, Source], best: Answers
) -> tuple[Figures, Blend]:
    """The product's blend of all, and rank fusion of the same."""
    sources = {name: fitted[name] for name in BLENDED if name in fitted}
    blend, answered = blended(list(sources.values()), parts)
    weights = zip(sources, blend.short, blend.long, strict=True)
    context.log(
        "blend of "
        + ", ".join(f"{name} {short:.2f} to {long:.2f}" for name, short, long in weights)
        + " (short to long histories)"
    )
    context.log(_line("blend", answered))
    by_rank = fused(list(sources.values()), parts)
    figures = told("blend", answered.test, context.seed)
    figures |= told("fusion", by_rank.test, context.seed)
    figures |= serving_cost("blend", list(sources.values()), parts.test)
    return figures | lead(answered.test, best.test, "strong.blend_less_best", context.seed), blend


def _redrawn(
    context: Context, people: People, fitted: dict[str, Source], best: str, blend: Blend
) -> Figures:
    """Plain EASE, the best single model and the blend on other draws, rounded either way."""
    members = [fitted[name] for name in BLENDED if name in fitted]
    systems = {
        "ease_plain": partial(judged, fitted["ease_plain"]),
        best: partial(judged, fitted[best]),
        "blend": partial(pooled, members, blend=blend),
    }
    figures: Figures = {}
    for rule, hides_less in (("kept_down", False), ("hidden_down", True)):
        n_draws = 2 if context.quick else _DRAWS
        found = over_draws(people, systems, context.seed, n_draws, hides_less=hides_less)
        figures |= {f"strong.{rule}.{name}": value for name, value in found.items()}
        for name in systems:
            shown = (
                f"{metric} {found[f'{name}.{metric}']:.4f} (spread "
                f"{found[f'{name}.{metric}.spread']:.4f})"
                for metric in ("recall@20", "recall@50", "ndcg@100")
            )
            context.log(f"{n_draws} draws, {rule}, {name}: {', '.join(shown)}")
    return figures


def _edlae(context: Context, parts: Split) -> Answers:
    """The rival, at its best on the valid people."""
    start = time.perf_counter()
    rival = best_edlae(parts, context.quick)
    answered = Answers(
        *(accuracy(rival.lists(one), one.truth) for one in (parts.valid, parts.test))
    )
    context.log(f"{EDLAE}: {rival.setting}, chosen in {time.perf_counter() - start:.0f} s")
    context.log(_line(EDLAE, answered))
    return answered


def _bars(figures: Figures, best: str) -> dict[str, Bar]:
    less = "strong.best_less_edlae"
    bars = {
        "best single model over EDLAE, NDCG@100, low end of the interval": Bar(
            figures[f"{less}.ndcg@100.low"], 1e-5, at_most=False
        ),
        "best single model, NDCG@100": Bar(figures[f"{best}.ndcg@100"], 0.423, at_most=False),
    }
    for metric, limit in (("recall@20", 0.39), ("recall@50", 0.50), ("ndcg@100", 0.45)):
        bars[f"blend, {metric}"] = Bar(figures[f"strong.blend.{metric}"], limit, at_most=False)
    return bars
