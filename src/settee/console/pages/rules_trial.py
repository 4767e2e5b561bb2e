"""Try rules before they are put: the latest requests answered twice, before and after.

Reads: POST /v1/rules/dry-run, titles of items.  Writes: nothing; nothing of a trial is shown.
Not here: the editor (console.pages.rules).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import Difference, DryRun, ListChange
from settee.console.charts import AXIS, bars, draw, figures
from settee.console.exports import Section, export_buttons
from settee.console.parts import empty, heading
from settee.console.refusals import Tried, refusal
from settee.console.titles import titles_of
from settee.console.view import View

_MOST = 1000
_PASSED = {
    "repeat": "were answers that had been given before",
    "old": "are too old to say what was asked",
}


def draw_trial(view: View, text: Callable[[], str]) -> None:
    """The part of the page that tries rules.

    Args:
        view: Of this tab.
        text: Gives the rules as they stand in the editor.
    """
    heading("Dry run")
    ui.label(
        "Answers the latest requests under the rules in force and under those of the editor. "
        "Nobody is shown anything of it."
    ).classes("note")
    with ui.element("div").classes("fields"):
        n = ui.number("Requests", value=100, min=1, max=_MOST, precision=0)
        slot = ui.input("Only of the slot")
        at = ui.input("As if it were (UTC)").props('placeholder="2026-12-24 20:00"')
        go = ui.button("Dry run")
    shown = ui.column().classes("inside")

    async def run() -> None:
        shown.clear()
        try:
            moment = moment_of(at.value or "")
        except ValueError:
            with shown:
                ui.label(
                    f'"{at.value}" is no day or instant; write 2026-12-24 or 2026-12-24 20:00.'
                ).classes("wrong").props('role="alert"')
            return
        place = slot.value.strip() or None
        found = await view.get(
            "Answering the latest requests twice",
            Tried(lambda: view.ask.try_rules(text(), n=int(n.value or 100), slot=place, at=moment)),
        )
        names = await titles_of(view, named_in(found)) if isinstance(found, DryRun) else {}
        with shown:
            if isinstance(found, DryRun):
                draw_run(found, names)
            elif isinstance(found, Refused):
                refusal(found)

    go.on_click(run)


def moment_of(words: str) -> datetime | None:
    """An instant in UTC; None for no words.

    Raises:
        ValueError: If it is none.

    >>> moment_of("2026-12-24 20:00").isoformat(), moment_of(" ")
    ('2026-12-24T20:00:00+00:00', None)
    """
    if not words.strip():
        return None
    read = datetime.fromisoformat(words.strip())
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def named_in(run: DryRun) -> list[str]:
    """Items whose titles are worth knowing, those that change most first."""
    found = [one.item_id for one in run.difference.items]
    found += [item for one in run.difference.lists[:1] for item in (*one.before, *one.after)]
    return list(dict.fromkeys(found))


def draw_run(run: DryRun, names: Mapping[str, str]) -> None:
    """What would change.

    Args:
        run: What came back.
        names: Titles of items, as far as they are known.
    """
    for reason, n in run.passed_over.items():
        ui.label(f"{n} requests {_PASSED.get(reason, reason)} and were passed over.").classes(
            "small"
        )
    if not run.n_asked:
        empty("No list was asked for yet. Open Watch, ask for a few, and try again.")
        return
    change = run.difference
    ui.label(sum_of(change))
    if not change.n_changed:
        return
    with ui.element("div").classes("sides"):
        _draw_items(change, names)
        _draw_rules(change)
    export_buttons("Dry run", sections(change, names))
    heading("Before and after")
    for place, one in enumerate(change.lists):
        _draw_list(one, names, is_open=place == 0)


def sum_of(change: Difference) -> str:
    """What changes, in a sentence.

    Args:
        change: Between the lists before and after.
    """
    if not change.n_changed:
        return f"None of {change.n_lists} lists changes."
    kept = "" if change.kept is None else f"; {change.kept:.0%} of the titles stay"
    return (
        f"{change.n_changed} of {change.n_lists} lists change ({change.n_reordered} only in order)"
        f"{kept}. {change.n_shorter} become shorter, {change.n_empty} empty."
    )


def sections(change: Difference, names: Mapping[str, str]) -> list[Section]:
    """The same as a report, which names no account.

    Args:
        change: Between the lists before and after.
        names: Titles of items, as far as they are known.
    """
    return [
        Section("Titles that come in or leave", item_rows(change, names), note=sum_of(change)),
        Section("In how many lists each rule did something", rule_rows(change)),
    ]


def item_rows(change: Difference, names: Mapping[str, str]) -> list[dict[str, object]]:
    """Titles that come in or leave, those that change most first."""
    return [
        {
            "title": names.get(one.item_id, one.item_id), "id": one.item_id,
            "comes in": one.n_in, "leaves": one.n_out,
        }
        for one in change.items
    ]  # fmt: skip


def rule_rows(change: Difference) -> list[dict[str, object]]:
    """What each rule did."""
    return [
        {
            "rule": one.rule, "removed": one.n_removed, "lifted": one.n_lifted,
            "moved": one.n_moved, "could not": one.n_unmet,
        }
        for one in change.rules
    ]  # fmt: skip


def _draw_items(change: Difference, names: Mapping[str, str]) -> None:
    if not change.items:
        return
    labels = [names.get(one.item_id, one.item_id) for one in change.items]
    options = bars(
        labels,
        {
            "comes in": [one.n_in for one in change.items],
            "leaves": [-one.n_out for one in change.items],
        },
        flat=True,
    )
    options["xAxis"] |= {"minInterval": 1, "axisLabel": AXIS["axisLabel"] | {"hideOverlap": True}}
    for series in options["series"]:
        series["stack"] = "both"
    chart = draw(
        options,
        "In how many lists a title comes in, and out of how many it leaves",
        item_rows(change, names),
    )
    chart.style(f"height: {90 + 22 * len(labels)}px")


def _draw_rules(change: Difference) -> None:
    with ui.column():
        ui.label("In how many lists each rule did something").classes("caption")
        if not change.rules:
            ui.label("No rule did anything in these lists.").classes("small")
            return
        figures(rule_rows(change), label="What each rule did")


def _draw_list(one: ListChange, names: Mapping[str, str], *, is_open: bool) -> None:
    where = f" in {one.slot}" if one.slot else ""
    title = f"Account {one.account_id}{where}: {one.overlap:.0%} alike"
    with (
        ui.expansion(title, value=is_open).classes("card"),
        ui.element("div").classes("sides"),
    ):
        _draw_side("Before", one.before, set(one.left), "leaves", names)
        _draw_side("After", one.after, set(one.came_in), "new", names)


def _draw_side(
    head: str, items: list[str], marked: set[str], mark: str, names: Mapping[str, str]
) -> None:
    with ui.column().classes("listed"):
        ui.label(head).classes("small")
        with ui.element("ol").props(f'aria-label="{head}"'):
            for item in items:
                with ui.element("li"):
                    ui.label(names.get(item, item))
                    if item in marked:
                        ui.label(mark).classes("mark")
        if not items:
            ui.label("Nothing is left to show.").classes("small")
