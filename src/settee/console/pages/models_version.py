"""Draw one version: what it was worth beside the baselines, what is in it, how it was made.

Reads: a version.  Writes: nothing.
Not here: the list of versions (console.pages.models), charts of intervals (models_charts), what
was told beside what came true (models_calibration).
"""

from collections.abc import Mapping

from nicegui import ui

from settee.client.results import SystemFigures, VersionView
from settee.console.charts import bars, draw, figures
from settee.console.commands import command
from settee.console.exports import Section, export_buttons
from settee.console.pages.models_calibration import (
    bin_rows,
    calibration,
    draw_calibration,
    measured_of,
)
from settee.console.pages.models_charts import interval_text, intervals
from settee.console.parts import empty, heading
from settee.console.view import View

METRICS = {
    "ndcg@10": "order of the first ten, 1 is perfect",
    "recall@20": "share of what was wanted among the first twenty",
    "recall@50": "share of what was wanted among the first fifty",
    "mrr@10": "how high the first hit stands",
    "hit_rate@10": "share of people with a hit among the first ten",
    "map@10": "precision at each hit, of the first ten",
    "coverage@10": "share of the catalogue that somebody is shown",
    "gini@10": "0 all titles alike, 1 one title is all that is shown",
    "novelty@10": "bits of surprise; more is rarer titles",
    "diversity@10": "how unlike the titles of a list are",
    "popularity@10": "share of people who know a shown title",
    "lift@10": "how much more popular the list is than one's past",
    "miscalibration@10": "how far tags of a list are from those of one's past",
    "ece@10": "calibration: how far told probabilities are from what came true",
}
GROUPS = {"all": "everybody", "warm": "people with a past", "cold": "newcomers"}
_TOP_FEATURES = 15


def draw_version(view: View, version: VersionView) -> None:
    """Everything about one version.

    Args:
        view: Of this tab.
        version: What the service says.
    """
    heading("What it is worth")
    ui.label(version.why)
    if version.table:
        _draw_worth(version)
    else:
        empty("It was judged on no later period. settee evaluate judges it on later events.")
    _draw_duels(version)
    _draw_again(version)
    draw_calibration(version)
    with ui.element("div").classes("sides"):
        with ui.column().classes("inside"):
            _draw_features(version.importance)
        with ui.column().classes("inside"):
            _draw_weights(version.weights)
    _draw_making(version)
    _draw_card(view, version.version)
    export_buttons(f"Model {version.version}", sections(version))


def _draw_worth(version: VersionView) -> None:
    groups = {
        name: words for name, words in GROUPS.items()
        if any(row.group == name for row in version.table)
    }  # fmt: skip
    known = [
        name for name in METRICS if any(row.metrics.get(name) is not None for row in version.table)
    ]
    with ui.element("div").classes("fields"):
        metric = ui.select(
            {name: f"{name}: {METRICS[name]}" for name in known},
            value=known[0] if known else None, label="Metric",
        ).classes("wide")  # fmt: skip
        group = ui.select(groups, value=next(iter(groups), None), label="Of whom")
    shown = ui.column().classes("inside")

    def show() -> None:
        shown.clear()
        name, whom = str(metric.value), str(group.value)
        rows = of_group(version.table, whom)
        with shown:
            draw(
                intervals(
                    [row.system for row in rows], [row.metrics.get(name) for row in rows],
                    marked=version.serving, unit=name,
                ),
                f"{name} of each system with its 95 % interval, {GROUPS[whom]}, "
                f"{rows[0].n_requests:,} in all; what serves is orange",
                [
                    {
                        "system": row.system,
                        "is": row.role,
                        name: interval_text(row.metrics.get(name)),
                    }
                    for row in rows
                ],
            )  # fmt: skip

    metric.on_value_change(show)
    group.on_value_change(show)
    if known and groups:
        show()
    with ui.expansion("Every metric of every system").classes("card"):
        figures(metric_rows(version.table), label="Every metric")


def of_group(table: list[SystemFigures], group: str) -> list[SystemFigures]:
    """The rows of one group of people, the best by ndcg@10 first."""

    def worth(row: SystemFigures) -> float:
        figure = row.metrics.get("ndcg@10")
        return 0.0 if figure is None or figure.value is None else -figure.value

    return sorted((row for row in table if row.group == group), key=worth)


def metric_rows(table: list[SystemFigures]) -> list[dict[str, object]]:
    """All figures of everybody, a row for each system."""
    measured = dict.fromkeys(name for row in table for name in row.metrics)
    names = [name for name in dict.fromkeys([*METRICS, *measured]) if name in measured]
    return [
        {"system": row.system, "is": row.role, "people": row.n_requests}
        | {name: interval_text(row.metrics.get(name)) for name in names}
        for row in of_group(table, "all")
    ]


def duel_rows(version: VersionView) -> list[dict[str, object]]:
    """What serves against its rivals, people by people."""
    return [
        {
            "metric": one.metric,
            "of whom": GROUPS.get(one.group, one.group),
            "against": one.rival,
            "difference": interval_text(one.difference),
            "won": "yes" if one.is_won else "no",
            "for sure": "yes" if one.excludes_zero else "no",
        }
        for one in version.duels
    ]


def again_rows(version: VersionView) -> list[dict[str, object]]:
    """Evaluations after the training, newest first."""
    return [
        {
            "at": f"{one.at:%Y-%m-%d %H:%M}",
            "on": one.how.replace("_", " "),
            "ndcg@10": next(
                (
                    interval_text(row.metrics.get("ndcg@10"))
                    for row in one.table
                    if (row.system, row.group) == (version.serving, "all")
                ),
                None,
            ),
        }
        for one in version.evaluations
    ]


def _draw_duels(version: VersionView) -> None:
    if version.duels:
        n_won = sum(one.is_won for one in version.duels)
        title = f"Compared person by person: {n_won} of {len(version.duels)} won"
        with ui.expansion(title).classes("card"):
            figures(duel_rows(version), label="Comparisons")


def _draw_again(version: VersionView) -> None:
    with ui.expansion(f"Judged again: {len(version.evaluations)}").classes("card"):
        if version.evaluations:
            figures(again_rows(version), label="Later evaluations")
        else:
            ui.label("Not since its training. This judges it on what happened since:")
            command(f"settee evaluate {version.version}")


def _draw_features(importance: Mapping[str, int]) -> None:
    heading("What the ranker looks at")
    used = {name: n for name, n in importance.items() if n}
    if not used:
        empty("It has no ranker: sources alone order its lists.")
        return
    top = list(used.items())[:_TOP_FEATURES]
    draw(
        bars([name for name, _ in top], {"splits": [n for _, n in top]}, flat=True),
        f"How often each of {len(used)} features that are used splits, of {len(importance)}",
        [{"feature": name, "splits": n} for name, n in importance.items()],
    )


def _draw_weights(weights: Mapping[str, list[float]]) -> None:
    heading("How the sources are blended")
    if not weights:
        empty("No weights were learnt: the ranks of its sources are fused as equals.")
        return
    names = list(weights)
    draw(
        bars(
            names,
            {"short histories": [weights[one][0] for one in names],
             "long histories": [weights[one][-1] for one in names]},
            flat=True,
        ),
        "Weight of each source for people with short and with long histories",
        [{"source": one, "short": weights[one][0], "long": weights[one][-1]} for one in names],
    )  # fmt: skip


def _draw_making(version: VersionView) -> None:
    heading("How it was made")
    with ui.element("div").classes("sides"):
        figures(fact_rows(version), label="How it was made").classes("wraps")
        if version.seconds:
            draw(
                bars(list(version.seconds), {"seconds": list(version.seconds.values())}, flat=True),
                "Seconds that each stage of the training took",
                [{"stage": name, "seconds": n} for name, n in version.seconds.items()],
            )


def _draw_card(view: View, name: str) -> None:
    """What else stands on its card, read when somebody asks: every byte of it is checked then."""
    shown = ui.column().classes("inside")

    async def show() -> None:
        card = await view.get("Reading the card", view.ask.model_card(name))
        if card is None:
            return
        shown.clear()
        with shown:
            heading("Model card")
            for title, words in (("It is for", card.uses), ("It is not for", card.not_for)):
                ui.label(f"{title}: {' '.join(words)}")
            with ui.element("div").classes("sides"):
                figures(card_rows(card.settings_changed, "setting"), label="Changed settings")
                figures(card_rows(card.sizes, "part, bytes"), label="Sizes")
                figures(card_rows(card.packages, "package"), label="Packages")
            command(f"settee card {name}")

    ui.button("Show the model card", on_click=show).props("flat")


def card_rows(told: Mapping[str, object], what: str) -> list[dict[str, object]]:
    """A part of a card as rows, one where there is nothing.

    >>> card_rows({"a": 1}, "part")
    [{'part': 'a', 'value': '1'}]
    >>> card_rows({}, "setting")
    [{'setting': 'none', 'value': '-'}]
    """
    return [{what: name, "value": _value(value)} for name, value in told.items()] or [
        {what: "none", "value": "-"}
    ]


def fact_rows(version: VersionView) -> list[dict[str, object]]:
    """What it learnt from and how it was judged, as rows."""
    told = {"sources": ", ".join(version.sources)} | version.data | version.protocol
    return [
        {"what": name.removeprefix("n_").replace("_", " "), "value": _value(value)}
        for name, value in told.items()
        if not name.endswith("_s") and value not in (None, "", [])
    ]


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def sections(version: VersionView) -> list[Section]:
    """The same as a report."""
    return [
        Section("What it is worth", metric_rows(version.table), note=version.why),
        Section("Comparisons", duel_rows(version)),
        Section("Later evaluations", again_rows(version)),
        Section("Calibration", bin_rows(measured_of(version)), note=calibration(version)),
        Section(
            "What the ranker looks at",
            [{"feature": name, "splits": n} for name, n in version.importance.items() if n],
            "splits",
        ),
        Section("How it was made", fact_rows(version)),
    ]
