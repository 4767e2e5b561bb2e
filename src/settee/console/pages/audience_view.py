"""Draw one audience: how many, what they bring, who was left out and why; and let it out.

Reads: GET /v1/audiences/log, GET /v1/campaigns/{campaign}.
Writes: a download, which counts as an export.
Not here: the question (console.pages.audiences), campaigns (console.pages.campaign_view).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import AudienceView
from settee.console.audience_question import Amounts, gained
from settee.console.charts import draw, figures, lines, short
from settee.console.exports import Section, export_buttons
from settee.console.pages.campaign_view import draw_campaign
from settee.console.parts import heading
from settee.console.refusals import Tried, must_have, refusal
from settee.console.view import View

_MEMBERS = 100
_WHY = {
    "child": "children, or accounts that only children use",
    "suppressed": "on the suppression list",
    "no_consent": "did not agree to be addressed",
    "capped": "were addressed too often of late",
    "quiet": "were addressed or bought only just now",
    "buyer": "bought it already",
    "unlikely": "are less likely than was asked for",
    "unmoved": "would not be moved by a contact",
    "past_profit": "would cost more than they bring",
    "past_size": "come after as many as were asked for",
    "past_budget": "come after the budget is spent",
}
_HOW = {
    "model": "by the model",
    "similar_items": "by who responded to similar titles, for this one is new",
    "content": "by what the title is about, for it is new",
    "lookalike": "by likeness",
    "uplift": "by what a contact adds",
}
_SMALL = {
    "": "As the service is set",
    "refuse": "Refuse the file",
    "leave_out": "Leave those out who would stand alone",
}


@dataclass
class AudienceCard:
    """One audience on the page.

    Args:
        view: Of this tab.
        audience: As it was told.
        amounts: What a response brings and a contact costs, as typed above.
    """

    view: View
    audience: AudienceView
    amounts: Amounts
    _small: ui.select = field(init=False)
    _said: ui.column = field(init=False)

    def draw(self) -> None:
        """All of it."""
        one = self.audience
        heading(f"Audience {one.name}")
        ui.label(headline(one)).classes("claim")
        with ui.element("div").classes("cards"):
            for name, value in cards_of(one).items():
                with ui.element("div").classes("card"):
                    ui.label(value).classes("figure")
                    ui.label(name).classes("small")
        with ui.element("div").classes("sides"):
            self._draw_curve()
            self._draw_left_out()
        self._draw_out()
        if one.campaign:
            self._draw_campaign(one.campaign)
        self._draw_members()
        export_buttons("Audience", sections_of(one, self.amounts))

    def _draw_curve(self) -> None:
        points = gained(self.audience.members, self.amounts)
        if not points:
            return
        is_money = self.amounts.margin_cents is not None
        what = "expected profit" if is_money else "expected responses"
        with ui.column().classes("inside"):
            draw(
                lines(
                    [n for n, _ in points], {what: [value for _, value in points]},
                    x="people contacted", y=what,
                ),
                f"{what.capitalize()} of contacting the first so many",
                [{"people": n, what: value} for n, value in points],
            )  # fmt: skip
            if is_money:
                best = max(points, key=lambda point: point[1])
                ui.label(
                    f"Most is left at {best[0]:,} people: {best[1]:,.2f}, with the amounts typed "
                    "above."
                ).classes("small")
            else:
                ui.label("Type what a response brings to see the profit.").classes("small")

    def _draw_left_out(self) -> None:
        with ui.column().classes("inside"):
            ui.label("Who was left out, and why").classes("caption")
            rows = left_out_rows(self.audience.left_out, "when it was made")
            rows += left_out_rows(self.audience.left_out_since, "since then")
            if rows:
                figures(rows, label="Who was left out")
            else:
                ui.label("Nobody.").classes("small")

    def _draw_out(self) -> None:
        heading("Let it out")
        ui.label(
            "A file counts as an export: whoever may not be addressed now or is held out is not in "
            "it, and it stands in the log."
        ).classes("note")
        may = self.view.may("audiences.export")
        with ui.element("div").classes("fields"):
            self._small = ui.select(_SMALL, value="", label="Parts that are too small")
            for kind in ("csv", "parquet"):
                button = ui.button(
                    f"Download {kind.upper()}", on_click=lambda k=kind: self._save(k)
                )
                if kind == "csv" or may:
                    must_have(button, "audiences.export", is_held=may)
                else:
                    button.disable()
        self._said = ui.column().classes("inside").props('role="status"')

    async def _save(self, kind: str) -> None:
        name, small = self.audience.audience_id, str(self._small.value) or None
        found = await self.view.get(
            "Making the file",
            Tried(lambda: self.view.ask.download_audience(name, format=kind, small_parts=small)),
        )
        self._said.clear()
        if isinstance(found, Refused):
            with self._said:
                refusal(found)
        elif found is not None:
            media = "text/csv" if kind == "csv" else "application/vnd.apache.parquet"
            ui.download.content(found, f"{name}.{kind}", media)
            log = await self.view.get(
                "Looking what left", self.view.ask.audience_log(limit=1, audience_id=name)
            )
            n = log.rows[0].figures.get("n") if log is not None and log.rows else None
            with self._said:
                ui.label(
                    exported(n, self.audience.n_chosen) if isinstance(n, int) else "The file left."
                )

    def _draw_members(self) -> None:
        heading("Who is in it")
        if not self.audience.members:
            ui.label("Nobody of it may be addressed now.").classes("small")
            return
        figures(member_rows(self.audience)[:_MEMBERS], label="Members")
        if len(self.audience.members) > _MEMBERS:
            ui.label(f"The first {_MEMBERS}; a file has all.").classes("small")

    def _draw_campaign(self, campaign: str) -> None:
        if not self.view.may("measure.read"):
            return
        said = ui.column().classes("inside")

        async def read() -> None:
            found = await self.view.get(
                "Reading the campaign", Tried(lambda: self.view.ask.campaign(campaign))
            )
            said.clear()
            with said:
                if isinstance(found, Refused):
                    refusal(found)
                elif found is not None:
                    draw_campaign(found)

        with ui.element("div").classes("fields"):
            ui.button("What the campaign changed", on_click=read).props("flat")


def sections_of(one: AudienceView, amounts: Amounts) -> list[Section]:
    """An audience as a report that names nobody in it.

    Args:
        one: As it was told.
        amounts: What a response brings and a contact costs.
    """
    figures_of = [{"figure": name, "value": value} for name, value in cards_of(one).items()]
    left = left_out_rows(one.left_out, "when it was made")
    left += left_out_rows(one.left_out_since, "since then")
    what = "responses" if amounts.margin_cents is None else "profit"
    sizes = [{"people": str(n), what: value} for n, value in gained(one.members, amounts)[::6]]
    return [
        Section(f"Audience {one.name}", figures_of, note=headline(one)),
        Section(f"Expected {what} of the first so many", sizes, chart=what),
        Section("Who was left out, and why", left, chart="people" if left else ""),
    ]


def headline(one: AudienceView) -> str:
    """An audience in a sentence.

    Args:
        one: As it was told.
    """
    how = _HOW.get(one.how, one.how)
    return (
        f"{one.n_reachable:,} people may be addressed now, of {one.n_chosen:,} who were chosen "
        f"{how} from {one.n_eligible:,}; some {one.expected_responses:,.1f} of them will respond."
    )


def cards_of(one: AudienceView) -> dict[str, str]:
    """Figures by name.

    Args:
        one: As it was told.
    """
    found = {
        "may be addressed now": f"{one.n_reachable:,}",
        "chosen": f"{one.n_chosen:,}",
        "held out by chance": f"{one.n_held_out:,}",
        "expected responses": str(short(one.expected_responses)),
    }
    if one.expected_profit_cents is not None:
        found["expected profit"] = f"{one.expected_profit_cents / 100:,.2f}"
    return found


def left_out_rows(counts: Mapping[str, int], when: str) -> list[dict[str, Any]]:
    """Rows of a table: how many were left out, and why in words."""
    return [
        {"because they": _WHY.get(reason, reason), "people": n, "when": when}
        for reason, n in sorted(counts.items(), key=lambda pair: -pair[1])
        if n
    ]


def member_rows(one: AudienceView) -> list[dict[str, Any]]:
    """Rows of a table of members."""
    has_uplift = any(member.uplift is not None for member in one.members)
    return [
        {
            "rank": member.rank, "account": member.account_id,
            "person": member.person_id or "the account", "probability": member.probability,
        }
        | ({"adds": member.uplift} if has_uplift else {})
        | {"held out": "yes" if member.held_out else ""}
        for member in one.members
    ]  # fmt: skip


def exported(n: int, n_chosen: int) -> str:
    """What left, in a sentence.

    Args:
        n: People in the file.
        n_chosen: People in the audience.

    >>> exported(178, 200)
    '178 people left. The other 22 are held out by chance, or may not be addressed now.'
    """
    stayed = f" The other {n_chosen - n:,} are held out by chance, or may not be addressed now."
    return f"{n:,} people left." + (stayed if n < n_chosen else "")
