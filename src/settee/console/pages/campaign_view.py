"""Draw what a campaign changed: those who were chosen against those held out by chance.

Reads / Writes: nothing.
Source: docs/campaigns.md for each figure.
Not here: the audience it was for (console.pages.audience_view).
"""

from typing import Any

from nicegui import ui

from settee.client.results import CampaignReading, Lift
from settee.console.charts import figures

_CAUTIONS = {
    "held_out_contacted": "Some of those held out were contacted all the same: the effect is read "
    "too small.",
    "few_contacted": "Fewer than half of those chosen were contacted: this is what choosing them "
    "did, not what a contact does.",
    "no_holdout": "Nobody was held out, so nothing can be said of what it changed.",
}
_REASONS = {
    "too_few": "too few accounts are on one side; twenty at least are needed",
    "no_variation": "all amounts are equal",
    "no_baseline": "those held out may as well have done nothing",
}


def draw_campaign(found: CampaignReading) -> None:
    """What a campaign changed.

    Args:
        found: As it was read.
    """
    effect = found.effect
    over = "over" if found.is_over else "not over yet"
    ui.label(
        f"{found.n_accounts:,} accounts from {found.from_at:%Y-%m-%d} to {found.until_at:%Y-%m-%d},"
        f" {over}; {effect.n_contacted:,} were contacted."
    )
    rows = campaign_rows(found)
    if rows:
        figures(rows, label="What the campaign changed")
    for reason in {lift.reason for lift in (effect.conversion, effect.revenue) if lift.reason}:
        ui.label(f"Without an answer: {_REASONS.get(reason, reason)}.").classes("small")
    for caution in effect.cautions:
        ui.label(_CAUTIONS.get(caution, caution)).classes("note")


def campaign_rows(found: CampaignReading) -> list[dict[str, Any]]:
    """Each outcome with its interval; one without an answer is left out.

    Args:
        found: As it was read.
    """
    effect = found.effect
    outcomes = {
        "converted": effect.conversion, "responded": effect.response,
        "revenue, cents": effect.revenue,
    }  # fmt: skip
    rows = [_row(name, lift) for name, lift in outcomes.items() if lift is not None]
    return [row for row in rows if row is not None]


def _row(name: str, lift: Lift) -> dict[str, Any] | None:
    if lift.difference is None:
        return None
    return {
        "what": name, "chosen": lift.treated, "held out": lift.held_out,
        "difference": lift.difference.value, "at least": lift.difference.low,
        "at most": lift.difference.high,
    }  # fmt: skip
