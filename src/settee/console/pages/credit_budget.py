"""Move a budget between channels, and see what their credit would come to if it grew with spend.

Mail was credited with 40 conversions at 200.00 spent, so 5.00 each; 300.00 would be credited with
60 by the same measure. That is a what-if and no forecast: credit is not cause, and the next hundred
never works like the last. What contacts cost is taken from the record where they say so.

Reads / Writes: nothing.
Not here: credit (POST /v1/attribution), what contacts really add (a holdout).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from nicegui import ui

from settee.client.results import ChannelCredit, CreditReport
from settee.console.charts import bars
from settee.console.pages.credit_tables import chosen_method
from settee.console.parts import LiveChart

_MOST = 200
_NOTE = (
    "What follows from the credit and nothing else: each channel is taken to earn as much per unit "
    "of money as before. Credit is no cause, and more money rarely works like the first. Try a "
    "change on a holdout before money follows it."
)


@dataclass(frozen=True)
class Moved:
    """One channel with its money as it was and as it might be.

    Args:
        channel: Its name.
        spent: Money as it was, in units of the currency.
        share: Part of it that is spent then; 1 is as before.
        conversions: Credited as it was.
    """

    channel: str
    spent: float
    share: float
    conversions: float

    @property
    def spent_then(self) -> float:
        """Money as it might be."""
        return self.spent * self.share

    @property
    def conversions_then(self) -> float:
        """Credit that grows with the money; as before where nothing is known to be spent."""
        return self.conversions * self.share if self.spent else self.conversions


def draw_budget(found: CreditReport) -> None:
    """Inputs for each channel, and what would follow.

    Args:
        found: From the service.
    """
    ui.label(_NOTE).classes("note")
    channels = chosen_method(found).channels
    table = Table(channels, spent_of(found))
    ui.label(known_words(found)).classes("note")
    with ui.element("div").classes("inputs"):
        for one in channels:
            table.draw(one)
    table.said = ui.label("").classes("claim").props('role="status"')
    table.chart = LiveChart("Credited conversions as it was, and with the money moved")
    table.chart.set_visibility(False)
    table.reckon()


class Table:
    """Money of every channel.

    Args:
        channels: With their credit.
        spent: Money that is on record, in units of the currency, by channel.
    """

    said: ui.label
    chart: LiveChart

    def __init__(self, channels: list[ChannelCredit], spent: Mapping[str, float]) -> None:
        self._credit = {one.channel: one.conversions for one in channels}
        self._spent = dict(spent)
        self._share: dict[str, float] = {}

    def draw(self, one: ChannelCredit) -> None:
        """The two inputs of a channel."""
        with ui.element("div").classes("card"):
            ui.label(one.channel)
            spent = ui.number(
                "Spent on it", value=self._spent.get(one.channel), min=0, format="%.2f",
                on_change=partial(self._set_spent, one.channel),
            )  # fmt: skip
            spent.props("dense").props["aria-label"] = f"Spent on {one.channel}"
            share = ui.number(
                "Then, % of that", value=100, min=0, max=_MOST, step=10,
                on_change=partial(self._set_share, one.channel),
            )  # fmt: skip
            share.props("dense").props["aria-label"] = f"{one.channel} then, % of that"

    def reckon(self) -> None:
        """Say what follows."""
        rows = self.moved()
        self.said.set_text(summed(rows))
        self.chart.set_visibility(any(one.spent for one in rows))
        self.chart.show(
            bars(
                [one.channel for one in rows],
                {
                    "as it was": [one.conversions for one in rows],
                    "with the money moved": [one.conversions_then for one in rows],
                },
                flat=True,
            ),
            [as_row(one) for one in rows],
        )

    def moved(self) -> list[Moved]:
        """Every channel with its money."""
        return [
            Moved(name, self._spent.get(name, 0.0), self._share.get(name, 1.0), conversions)
            for name, conversions in self._credit.items()
        ]

    def _set_spent(self, channel: str, change: Any) -> None:  # noqa: ANN401 -- an event of NiceGUI
        self._spent[channel] = float(change.value or 0)
        self.reckon()

    def _set_share(self, channel: str, change: Any) -> None:  # noqa: ANN401 -- an event of NiceGUI
        self._share[channel] = float(100 if change.value is None else change.value) / 100
        self.reckon()


def spent_of(found: CreditReport) -> dict[str, float]:
    """What the contacts on record cost, in units of the currency, by channel that says so.

    Args:
        found: From the service.
    """
    return {
        one.channel: round(one.spent_cents / 100, 2)
        for one in found.channels
        if one.spent_cents is not None
    }


def known_words(found: CreditReport) -> str:
    """Where the money comes from, in a sentence.

    Args:
        found: From the service.
    """
    known = spent_of(found)
    if not known:
        return (
            "No contact on record says what it cost (cost_micros of the event), so write what was "
            "spent on each."
        )
    without = [one.channel for one in found.channels if one.channel not in known]
    rest = f" Nothing is on record for {', '.join(without)}: write it there." if without else ""
    return f"What was spent is what contacts on record cost; write over what you know better.{rest}"


def summed(rows: list[Moved]) -> str:
    """What moving the money would come to, in a sentence.

    >>> summed([Moved("mail", 200.0, 1.5, 40.0), Moved("tv", 200.0, 0.5, 10.0)])
    'Spent 400.00 as before; credited 65.0 in place of 50.0 conversions.'
    """
    before, then = sum(one.spent for one in rows), sum(one.spent_then for one in rows)
    if not before:
        return "Write what was spent on at least one channel."
    spent = f"{then:,.2f} as before" if abs(then - before) < 0.005 else (
        f"{then:,.2f} in place of {before:,.2f}"
    )  # fmt: skip
    credited = sum(one.conversions for one in rows)
    credited_then = sum(one.conversions_then for one in rows)
    return f"Spent {spent}; credited {credited_then:,.1f} in place of {credited:,.1f} conversions."


def as_row(one: Moved) -> Mapping[str, Any]:
    """A channel as a row of a table."""
    each = one.spent / one.conversions if one.spent and one.conversions > 0 else None
    return {
        "channel": one.channel, "spent": one.spent, "spent then": one.spent_then,
        "credited": one.conversions, "credited then": one.conversions_then,
        "cost of one credited": each,
    }  # fmt: skip
