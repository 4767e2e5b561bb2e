"""Show the versions of the model: which is in use, what each was worth, and what is in one.

Releasing asks a gate that judges on the record, which takes its time and a shell: the page shows
the command and does not move the pointer itself.

Reads: GET /v1/models, /v1/models/{version}.  Writes: what the session remembers.
Not here: the parts of one version (console.pages.models_version).
"""

from nicegui import ui

from settee.client.results import ReleaseLine, VersionLine, VersionList
from settee.console.charts import draw, figures
from settee.console.commands import command
from settee.console.exports import Section, export_buttons
from settee.console.pages.models_charts import (
    interval_text,
    intervals,
    over_time,
    told_over_time,
)
from settee.console.pages.models_version import draw_version
from settee.console.parts import empty, heading
from settee.console.view import View

_KEPT = "version"
_METRIC = "ndcg@10"


async def draw_models(view: View) -> None:
    """The page."""
    whole = ui.column().classes("inside")
    one = ui.column().classes("inside")

    async def load() -> None:
        listed = await view.get("Reading the versions", view.ask.model_versions())
        if listed is None:
            return
        with whole:
            if not listed.versions:
                empty(
                    "No version was trained yet. settee train makes one out of the record, and "
                    "settee release puts it to use."
                )
                return
            _draw_list(listed)
            names = {line.version: name_of(line) for line in listed.versions}
            kept = view.session.kept.get(_KEPT, "")
            first = kept if kept in names else listed.in_use or listed.versions[0].version
            chosen = ui.select(
                names, value=first if first in names else None, label="Version to look at"
            ).classes("wide")
            chosen.on_value_change(lambda change: show(str(change.value)))
        if chosen.value:
            await show(str(chosen.value))

    async def show(version: str) -> None:
        view.session.kept[_KEPT] = version
        found = await view.get("Opening the version", view.ask.model_version(version))
        if found is not None:
            one.clear()
            with one:
                draw_version(view, found)

    ui.timer(0, load, once=True)


def _draw_list(listed: VersionList) -> None:
    heading("Versions")
    ui.label(in_use(listed))
    rows = version_rows(listed.versions)
    judged = [line for line in listed.versions if line.figures.get(_METRIC)]
    if judged:
        draw(
            intervals(
                [line.version for line in judged],
                [line.figures[_METRIC] for line in judged],
                marked=listed.in_use or "",
                unit=_METRIC,
            ),
            f"{_METRIC} of each version with its 95 % interval; the one in use is orange",
            rows,
        )
    if len(told_over_time(listed, _METRIC)) > 1:
        draw(
            over_time(listed, _METRIC),
            f"{_METRIC} of each version by when it was trained; lines mark releases. Each was "
            "judged on the latest events of its day, so the days differ too; the gate compares "
            "versions on the same requests",
            rows,
        )
    figures(rows, label="Versions")
    with ui.expansion(f"Releases: {len(listed.releases)}").classes("card"):
        if listed.releases:
            figures(release_rows(listed.releases), label="Releases").classes("wraps")
        ui.label("To put a version to use, or to go back to the one before:").classes("small")
        command("settee release VERSION\nsettee release --rollback")
        ui.label("The gate refuses a version that is worse than the one in use.").classes("small")
    export_buttons(
        "Models",
        [
            Section("Versions", rows, note=in_use(listed)),
            Section("Releases", release_rows(listed.releases)),
        ],
    )


def in_use(listed: VersionList) -> str:
    """Which version answers, and why it does."""
    if listed.in_use is None:
        return "None is in use: answers come from what is popular until settee release."
    release = listed.releases[0]
    return f"{release.version} is in use since {release.at:%d %B %Y, %H:%M} UTC: {release.reason}"


def name_of(line: VersionLine) -> str:
    """A version as it is picked."""
    when = "" if line.trained_at is None else f", trained {line.trained_at:%d %b %Y %H:%M}"
    return f"{line.version}{when}{', in use' if line.is_in_use else ''}"


def version_rows(versions: list[VersionLine]) -> list[dict[str, object]]:
    """Versions as rows; what no report says is a dash."""
    return [
        {
            "version": one.version,
            "in use": "yes" if one.is_in_use else "",
            "trained": None if one.trained_at is None else f"{one.trained_at:%Y-%m-%d %H:%M}",
            "answers": one.serving or None,
            _METRIC: interval_text(one.figures.get(_METRIC)),
            "most popular": interval_text(one.popular.get(_METRIC)),
            "events": one.data.get("n_events"),
            "titles": one.data.get("n_items"),
            "accounts": one.data.get("n_accounts"),
        }
        for one in versions
    ]


def release_rows(releases: list[ReleaseLine]) -> list[dict[str, object]]:
    """Releases as rows, newest first."""
    return [
        {"at": f"{one.at:%Y-%m-%d %H:%M}", "version": one.version, "why": one.reason}
        for one in releases
    ]
