"""Draw one audience: how many, what they bring, who was left out and why.

One that was tried and not kept has no id: it is shown alike, and nothing of it can be let out.

Reads: GET /v1/campaigns/{campaign}.  Writes: nothing.
Not here: the question (console.pages.audiences), letting it out (console.pages.audience_out),
campaigns (console.pages.campaign_view).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import AudienceView
from settee.console.audience_gain import Amounts, brings_money, gained
from settee.console.charts import GREY, draw, figures, lines, short
from settee.console.exports import Section, export_buttons
from settee.console.pages.audience_out import Out
from settee.console.pages.campaign_view import draw_campaign
from settee.console.parts import heading
from settee.console.refusals import Tried, refusal
from settee.console.view import View

_MEMBERS = 100
_WHY = {
    "child": "children, or accounts that only children use",
    "suppressed": "on the suppression list",
    "no_consent": "did not agree to be addressed",
    "capped": "were addressed too often of late",
    "quiet": "were addressed or bought only just now",
    "bought": "bought it already",
    "not_looked_at": "are not among those to look at",
    "seed": "are those whom others should be like",
    "unlike": "are like none of them",
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
_COUNTED = {"lookalike": "people who come at all", "uplift": "added responses"}


@dataclass
class AudienceCard:
    """One audience on the page.

    Args:
        view: Of this tab.
        audience: As it was told.
        amounts: What a response brings and a contact costs, as typed above.
        further: The same with those whom money left out, for the curve; None where it left none.
    """

    view: View
    audience: AudienceView
    amounts: Amounts
    further: AudienceView | None = None

    def draw(self) -> None:
        """All of it."""
        one = self.audience
        heading(title_of(one))
        ui.label(headline(one)).classes("claim")
        with ui.element("div").classes("cards"):
            for name, value in cards_of(one).items():
                with ui.element("div").classes("card"):
                    ui.label(value).classes("figure")
                    ui.label(name).classes("small")
        with ui.element("div").classes("sides"):
            self._draw_curve()
            self._draw_left_out()
        if one.n_chosen:
            ui.label(holdout_words(one)).classes("note")
        if one.audience_id:
            Out(self.view, one).draw()
        if one.audience_id and one.campaign:
            self._draw_campaign(one.campaign)
        self._draw_members()
        export_buttons("Audience", sections_of(one, self.amounts))

    def _draw_curve(self) -> None:
        points = gained((self.further or self.audience).members, self.amounts)
        if not points:
            return
        is_money = brings_money(self.audience.members, self.amounts)
        what = "expected profit" if is_money else f"expected {counted(self.audience)}"
        with ui.column().classes("inside"):
            draw(
                curve(points, what, None if self.further is None else n_contacted(self.audience)),
                f"{what.capitalize()} of contacting the first so many",
                [{"people": n, what: value} for n, value in points],
            )
            if is_money:
                ui.label(best_words(points)).classes("small")
            elif self.audience.how == "lookalike":
                ui.label("Likeness is no probability of a response, so no money follows.").classes(
                    "small"
                )
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

    def _draw_members(self) -> None:
        heading("Who is in it")
        if not self.audience.members:
            ui.label("Nobody of it may be addressed now.").classes("small")
            return
        figures(member_rows(self.audience)[:_MEMBERS], label="Members")
        if len(self.audience.members) > _MEMBERS:
            ui.label(f"The first {_MEMBERS} of {self.audience.n_chosen:,}.").classes("small")

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


def n_contacted(one: AudienceView) -> int:
    """How many would be contacted.

    Args:
        one: As it was told.
    """
    return one.n_chosen - one.n_held_out


def curve(points: Sequence[tuple[int, float]], what: str, n_chosen: int | None) -> dict[str, Any]:
    """Options of what the first n bring, with a mark where choosing ended.

    Args:
        points: From `gained`.
        what: What is summed.
        n_chosen: Where to mark; None where the curve ends there itself.
    """
    options = lines(
        [n for n, _ in points], {what: [value for _, value in points]},
        x="people contacted", y=what,
    )  # fmt: skip
    if n_chosen is not None:
        options["series"][0]["markLine"] = {
            "symbol": "none", "silent": True, "data": [{"xAxis": n_chosen}],
            "label": {"formatter": f"chosen: {n_chosen:,}", "color": GREY, "textBorderWidth": 0},
        }  # fmt: skip
    return options


def best_words(points: Sequence[tuple[int, float]]) -> str:
    """Where most is left, in a sentence.

    Args:
        points: Profit by people, from `gained`; one at least.

    >>> best_words([(1, 1.4), (2, 1.2)])
    'Most is left at 1 people: 1.40, by the amounts above.'
    """
    n, most = max(points, key=lambda point: point[1])
    if most <= 0:
        return "By the amounts above no contact brings what it costs, not even the first."
    return f"Most is left at {n:,} people: {most:,.2f}, by the amounts above."


def sections_of(one: AudienceView, amounts: Amounts) -> list[Section]:
    """An audience as a report that names nobody in it.

    Args:
        one: As it was told.
        amounts: What a response brings and a contact costs.
    """
    figures_of = [{"figure": name, "value": value} for name, value in cards_of(one).items()]
    left = left_out_rows(one.left_out, "when it was made")
    left += left_out_rows(one.left_out_since, "since then")
    what = "profit" if brings_money(one.members, amounts) else counted(one)
    sizes = [{"people": str(n), what: value} for n, value in gained(one.members, amounts)[::6]]
    return [
        Section(title_of(one), figures_of, note=f"{headline(one)} {holdout_words(one)}"),
        Section(f"Expected {what} of the first so many", sizes, chart=what),
        Section("Who was left out, and why", left, chart="people" if left else ""),
    ]


def title_of(one: AudienceView) -> str:
    """What an audience is called.

    Args:
        one: As it was told.
    """
    return f"Audience {one.name}" if one.audience_id else "An audience that is tried, and not kept"


def headline(one: AudienceView) -> str:
    """An audience in a sentence.

    Args:
        one: As it was told.
    """
    how = _HOW.get(one.how, one.how)
    if one.how == "uplift" and one.learnt_from:
        how += f" (learnt from {one.learnt_from})"
    were = "were" if one.audience_id else "would be"
    return (
        f"{one.n_reachable:,} people may be addressed now, of {one.n_chosen:,} who {were} chosen "
        f"{how} from {one.n_eligible:,}; some {one.expected_responses:,.1f} {counted(one)} are "
        "expected."
    )


def counted(one: AudienceView) -> str:
    """What is expected of those who are addressed.

    Args:
        one: As it was told.
    """
    return _COUNTED.get(one.how, "responses")


def holdout_words(one: AudienceView) -> str:
    """What the holdout is for, in a sentence.

    Args:
        one: As it was told.
    """
    if not one.n_held_out:
        return (
            "Nobody is held out, so nobody will be able to say what a campaign changed: those "
            "addressed have nobody to be compared with."
        )
    by = f"under the name {one.campaign}" if one.campaign else "for this audience alone"
    return (
        f"{one.n_held_out:,} are held out: drawn by chance {by}, chosen and not addressed, so that "
        "what contacts changed can be told from what would have come anyway."
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
        f"expected {counted(one)}": str(short(one.expected_responses)),
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
