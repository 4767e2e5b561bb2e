"""Say on one page what a version is, what it learnt from, what it was worth and what it cost.

A card is read before a version serves: which record, cut where, every system beside random and
popular lists with intervals, how large, how long it took. "ndcg@10 .120 (.110 to .131) beside .064
of most_popular on 1,204 accounts" is a line of it.

The page in the bundle holds no clock and no duration, so that the same training gives the same
version on any day; `settee card` adds when it was trained and what that cost, from the reports.

Reads: a model, the report of its training.  Writes: nothing.
Source: Mitchell et al. (2019), "Model Cards for Model Reporting".
Not here: the figures (learn.table), where the page is kept (ranking.model, app.models).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from settee.core import Settings
from settee.learn.live import LIVE, ONLINE
from settee.ranking import Model

CARD_PAGE, CARD_FACTS = "model-card.md", "model-card.json"
"""Names of the card in a bundle."""
_SHOWN = (
    "recall@20",
    "ndcg@10",
    "mrr@10",
    "coverage@10",
    "novelty@10",
    "diversity@10",
    "popularity@10",
    "lift@10",
    "miscalibration@10",
)
_FOR = (
    "Ordering items for the accounts, persons and sessions of the service whose record it learnt "
    "from, and choosing whom a campaign may reach.",
)
_NOT_FOR = (
    "Accounts or items of another service: numbers and tastes are those of this record.",
    "Decisions about a person beyond what to show: no figure here says that it would be fair.",
    "Reading figures as the lift of a live test: they come from what people chose before this "
    "version showed them anything, so what was shown then is favoured.",
)
Facts = dict[str, Any]


@dataclass(frozen=True)
class Card:
    """What is to be said of a version.

    Args:
        facts: In JSON; see `facts_of`.
        version: Its name; "" inside the bundle, whose name hangs on the page.
        cost: When it was trained and what that took, in JSON; empty where no report says so.
    """

    facts: Facts
    version: str = ""
    cost: Facts | None = None

    def as_dict(self) -> Facts:
        """All of it as JSON."""
        told: Facts = {"version": self.version} if self.version else {}
        return told | self.facts | ({"cost": self.cost} if self.cost is not None else {})

    def as_markdown(self) -> str:
        """The page."""
        facts = self.facts
        parts = [
            f"# Model card{' ' + self.version if self.version else ''}",
            _model(facts),
            "## What it is for\n\n" + _list(facts["for"]),
            "## What it is not for\n\n" + _list(facts["not_for"]),
            "## Data\n\n" + _pairs(facts["data"]),
            _split(facts["protocol"]),
            _metrics(facts["table"], facts["serving"]),
            *_reliability(facts.get("reliability", []), facts["serving"]),
            "## Sizes\n\n" + _pairs({k: f"{v:,} bytes" for k, v in facts["sizes"].items()}),
        ]
        if self.cost is not None:
            parts.append("## Training\n\n" + _pairs(self.cost))
        changed = facts["settings_changed"]
        parts.append("## Settings\n\n" + (_pairs(changed) if changed else "All at their defaults."))
        return "\n\n".join(parts) + "\n"


def facts_of(model: Model) -> Facts:
    """What a model says of itself, in JSON; no clock, no duration, no version.

    Args:
        model: Saved or not; its manifest is that of learn.training or learn.federated.
    """
    told = model.manifest
    judged = told.get("judged", {})
    bins = judged.get("reliability", [])
    facts = {
        "sources": list(model.sources),
        "has_ranker": model.ranker is not None,
        "serving": judged.get("serving", "fusion"),
        "why": judged.get("promotion", {}).get("reason", "it was judged on no later period."),
        "seed": told.get("seed"),
        "federation": told.get("federation"),
        "for": list(_FOR),
        "not_for": list(_NOT_FOR),
        "data": dict(told.get("data", {})),
        "protocol": dict(judged.get("protocol", {})),
        "table": list(judged.get("table", [])),
        "sizes": sizes_of(model),
        "settings_changed": changed_settings(told.get("settings", {})),
        "packages": dict(told.get("packages", {})),
    }
    return facts | ({"reliability": bins} if bins else {})


def card_texts(model: Model) -> dict[str, str]:
    """The card as texts of a bundle, by their names there."""
    card = Card(facts_of(model))
    facts = json.dumps(card.as_dict(), indent=1, sort_keys=True) + "\n"
    return {CARD_PAGE: card.as_markdown(), CARD_FACTS: facts}


def sizes_of(model: Model) -> dict[str, int]:
    """Bytes of each part of a model, as they lie in a bundle but for padding."""
    sizes = {
        name: sum(array.nbytes for array in source.to_arrays().values())
        for name, source in model.sources.items()
    }
    if model.ranker is not None:
        sizes["ranker"] = len(model.ranker.text.encode())
    if model.blend is not None:
        sizes["blend"] = sum(array.nbytes for array in model.blend.to_arrays().values())
    sizes["timeline"] = sum(array.nbytes for array in model.timeline.to_arrays().values())
    for name in (LIVE, ONLINE):
        if name in model.moving:
            sizes[name] = sum(array.nbytes for array in model.moving[name].values())
    return sizes


def changed_settings(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Settings of a recipe that are not at their defaults.

    >>> changed_settings({"train": {"seed": 7, "slices": 2}, "gone": {"x": 1}})
    {'train.slices': 2, 'gone.x': 1}
    """
    usual = Settings().model_dump(mode="json")
    return {
        f"{section}.{name}": value
        for section, values in told.items()
        for name, value in values.items()
        if usual.get(section, {}).get(name, _MISSING) != value
    }


_MISSING = object()


def cost_of(report: Mapping[str, Any], trained_at: str) -> Facts:
    """What the report of a training says of its cost, in JSON.

    Args:
        report: From `Training.as_dict`.
        trained_at: When, RFC 3339.
    """
    seconds = dict(report.get("seconds", {}))
    cost: Facts = {"trained_at": trained_at}
    if seconds:
        cost["total_s"] = round(sum(seconds.values()), 3)
    if "peak_mb" in report:
        cost["peak_mb"] = report["peak_mb"]
    return cost | {f"{stage}_s": value for stage, value in seconds.items()}


def _model(facts: Facts) -> str:
    ranker = "a ranker" if facts["has_ranker"] else "no ranker"
    lines = [
        f"Sources {', '.join(facts['sources'])}, {ranker}; **{facts['serving']}** answers: "
        f"{facts['why']}"
    ]
    if facts["federation"]:
        told = facts["federation"]
        noise = f"noise of deviation {told['sigma']:.3g}" if told["sigma"] else "no noise"
        lines.append(f"Its EASE was learnt with {told['n_silos']} silos, {noise}.")
    made = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    if made:
        lines.append(f"Made with {made}; seed {facts['seed']}.")
    return "\n\n".join(lines)


def _split(protocol: Facts) -> str:
    if not protocol:
        return "## How it was judged\n\nOn no later period."
    names = ("test_start", "n_requests", "n_warm", "candidates", "relevant", "frozen", "data")
    told = {name: protocol[name] for name in names if name in protocol}
    told["lesson_starts"] = ", ".join(protocol.get("lesson_starts", [])) or "none"
    return "## How it was judged\n\n" + _pairs(told)


def _metrics(table: list[Facts], serving: str) -> str:
    text = ["## What it was worth"]
    groups = list(dict.fromkeys(row["group"] for row in table))
    for group in groups:
        rows = [row for row in table if row["group"] == group]
        names = [name for name in _SHOWN if name in rows[0]["metrics"]]
        lines = [
            f"| {group}, {rows[0]['n_requests']:,} accounts | {' | '.join(names)} |",
            "|---" * (len(names) + 1) + "|",
        ]
        for row in rows:
            name = f"**{row['system']}**" if row["system"] == serving else row["system"]
            cells = " | ".join(_figure(row["metrics"].get(metric)) for metric in names)
            lines.append(f"| {name} | {cells} |")
        text.append("\n".join(lines))
    if not groups:
        text.append("Nothing was measured.")
    else:
        text.append("In brackets the 95 % bootstrap interval over accounts.")
    return "\n\n".join(text)


def _reliability(bins: list[Facts], serving: str) -> list[str]:
    """What was told beside what came true; nothing where nobody measured it."""
    if not bins:
        return []
    lines = ["| told | came true | items |", "|---|---|---|"]
    for one in bins:
        came = _figure({"value": one["true"], "low": one["low"], "high": one["high"]})
        lines.append(f"| {one['told']:.3f} | {came} | {one['n']:,} |")
    return [
        f"## Calibration\n\nMean probability that {serving} told items of its first ten, and the "
        "share of them that was wanted, by rising probability:",
        "\n".join(lines),
    ]


def _figure(figure: Mapping[str, float | None] | None) -> str:
    if figure is None or figure["value"] is None:
        return "-"
    value = f"{figure['value']:.3f}"
    low, high = figure.get("low"), figure.get("high")
    return value if low is None or high is None else f"{value} ({low:.3f} to {high:.3f})"


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _pairs(values: Mapping[str, Any]) -> str:
    """Names and values as a list; what is empty is left out."""
    shown = [(name, value) for name, value in values.items() if value not in (None, "", [], {})]
    return "\n".join(
        f"- {name}: {value:,}" if type(value) is int and name[:2] == "n_" else f"- {name}: {value}"
        for name, value in shown
    )
