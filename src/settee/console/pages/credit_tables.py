"""Draw the credit of channels: methods side by side, one with intervals, persons beside accounts.

Reads / Writes: nothing.
Source: docs/attribution.md for each figure.
Not here: what is asked (console.pages.attribution).
"""

from typing import Any

import msgspec
from nicegui import ui

from settee.client.results import ChannelCredit, CreditReport, HoldoutSays, MethodTable
from settee.console.charts import PALETTE, bars, draw
from settee.console.parts import heading

_BEST_FIRST = ("shapley", "ordered", "markov", "hybrid", "linear", "last")
_WORDS = {
    "first": "first contact", "last": "last contact", "last_non_direct": "last that is not direct",
    "linear": "all alike", "position": "first and last more", "time_decay": "late ones more",
    "markov": "markov (what the chain loses)", "shapley": "shapley (what it adds to a set)",
    "hybrid": "markov and shapley", "ordered": "ordered (what it adds to the chance)",
}  # fmt: skip
_ABSENT = {
    "no_times": "the paths have no instants",
    "contacts_add_nothing": "by its model contacts add nothing to the chance of a conversion",
    "cannot_learn": "its model could not be learnt from these paths",
    "needs_paths_without_conversion": "it needs paths of people who did not convert, and of some "
    "who did",
    "too_many_channels_to_learn": "there are more channels than its model takes",
}
_REASONS = {
    "too_few": "fewer than twenty accounts are on one side",
    "no_variation": "all amounts are equal",
}


def chosen_method(found: CreditReport) -> MethodTable:
    """The method that is shown first: Shapley where it has an answer.

    Args:
        found: With one method at least.
    """
    by_name = {one.method: one for one in found.methods}
    return next((by_name[name] for name in _BEST_FIRST if name in by_name), found.methods[0])


def headline(found: CreditReport) -> str:
    """Who earned most, in a sentence.

    Args:
        found: With one method at least.
    """
    table = chosen_method(found)
    best = max(table.channels, key=lambda one: one.share)
    ends = ""
    if best.share_low is not None and best.share_high is not None:
        ends = f" ({best.share_low:.0%} to {best.share_high:.0%})"
    leaders = {max(one.channels, key=lambda row: row.share).channel for one in found.methods}
    agree = (
        "All methods agree on that."
        if leaders == {best.channel}
        else f"Methods disagree: {', '.join(sorted(leaders))} lead by one or another."
    )
    return (
        f"By {table.method}, {best.channel} earned most: {best.share:.0%}{ends} of "
        f"{found.n_credited:,.0f} conversions that a contact came before. {agree}"
    )


def draw_credit(found: CreditReport) -> None:
    """All methods side by side, and any one with its intervals.

    Args:
        found: From the service.
    """
    heading("Methods side by side")
    chart = draw(
        methods_chart(found),
        "What part of the conversions each method gives each channel, in percent",
        [
            {"method": _WORDS.get(one.method, one.method)}
            | {row.channel: 100 * row.share for row in one.channels}
            for one in found.methods
        ],
    )
    chart.style(f"height: {90 + 30 * len(found.methods)}px")
    for words in absent_words(found):
        ui.label(words).classes("small")
    _draw_channel(found)
    heading("One method, with intervals")
    tables = {one.method: one for one in found.methods}
    first = chosen_method(found).method
    chooser = ui.select(
        {name: _WORDS.get(name, name) for name in tables}, value=first, label="Method"
    ).classes("wide")
    shown = ui.column().classes("inside")

    def show() -> None:
        shown.clear()
        with shown:
            _draw_method(found, tables[str(chooser.value)])

    chooser.on_value_change(show)
    show()
    ui.label(facts_of(found)).classes("small")


def absent_words(found: CreditReport) -> list[str]:
    """Which methods have no answer, and why, a sentence each.

    Args:
        found: From the service.
    """
    return [
        f"{method} has no answer here: {_ABSENT.get(why, why)}."
        for method, why in found.absent.items()
    ]


def methods_chart(found: CreditReport) -> dict[str, Any]:
    """Options of a chart with a bar of 100 % for each method, cut into channels.

    Args:
        found: With one method at least.
    """
    names = [one.channel for one in found.methods[0].channels]
    shares = {
        name: [100 * one.channels[row].share for one in found.methods]
        for row, name in enumerate(names)
    }
    options = bars([one.method for one in found.methods], shares, flat=True)
    for series in options["series"]:
        series["stack"] = "all"
    if min(min(each) for each in shares.values()) >= 0:  # a learned model may take credit away
        options["xAxis"]["max"] = 100
    return options


def _draw_channel(found: CreditReport) -> None:
    """What every method gives one channel, side by side with its interval."""
    names = [one.channel for one in chosen_method(found).channels]
    best = max(chosen_method(found).channels, key=lambda one: one.share).channel
    chooser = ui.select(names, value=best, label="One channel by every method").classes("wide")
    shown = ui.column().classes("inside")

    def show() -> None:
        shown.clear()
        name = str(chooser.value)
        rows = of_channel(found, name)
        with shown:
            chart = draw(
                interval_chart(rows),
                f"Percent of conversions that each method gives {name}, with 95 % intervals",
                [
                    {"method": _WORDS.get(one.channel, one.channel), "share": one.share,
                     "at least": one.share_low, "at most": one.share_high,
                     "conversions": one.conversions}
                    for one in rows
                ],
            )  # fmt: skip
            chart.style(f"height: {80 + 30 * len(rows)}px")

    chooser.on_value_change(show)
    show()


def of_channel(found: CreditReport, channel: str) -> list[ChannelCredit]:
    """What every method gives one channel; each row is named by its method.

    Args:
        found: From the service.
        channel: Which.
    """
    return [
        msgspec.structs.replace(row, channel=one.method)
        for one in found.methods
        for row in one.channels
        if row.channel == channel
    ]


def _draw_method(found: CreditReport, table: MethodTable) -> None:
    beside = next((one for one in found.account_methods if one.method == table.method), None)
    with ui.element("div").classes("sides"):
        draw(
            interval_chart(table.channels),
            f"Percent of conversions by {table.method}, with 95 % intervals",
            credit_rows(table),
        )
        if beside is not None:
            names = [one.channel for one in table.channels]
            alike = {one.channel: one for one in beside.channels}
            draw(
                bars(
                    names,
                    {
                        "persons": [100 * one.share for one in table.channels],
                        "whole accounts": [
                            100 * alike[name].share if name in alike else 0.0 for name in names
                        ],
                    },
                    flat=True,
                ),
                "The same by persons and by whole accounts, in percent",
                [
                    {
                        "channel": one.channel, "persons, %": 100 * one.share,
                        "accounts, %": 100 * alike[one.channel].share
                        if one.channel in alike else None,
                    }
                    for one in table.channels
                ],
            )  # fmt: skip
    if table.widening is not None:
        ui.label(f"{table.widening:.0%} of what is unsure about shares is who was there.").classes(
            "small"
        )


def interval_chart(rows: list[ChannelCredit]) -> dict[str, Any]:
    """Options of a chart with a bar for each channel and a line over its interval.

    Args:
        rows: Credit of channels by one method.
    """
    names = [one.channel for one in rows]
    options = bars(names, {"share": [100 * one.share for one in rows]}, flat=True)
    ends = [
        [[100 * one.share_low, one.channel], [100 * one.share_high, one.channel]]
        for one in rows
        if one.share_low is not None and one.share_high is not None
    ]
    options["series"] += [
        {
            "type": "line", "name": "interval", "data": pair, "symbol": "rect",
            "symbolSize": [2, 10], "color": PALETTE[5], "lineStyle": {"width": 2},
            "tooltip": {"show": False},
        }
        for pair in ends
    ]  # fmt: skip
    return options


def credit_rows(table: MethodTable) -> list[dict[str, Any]]:
    """Credit by one method as rows of a table.

    Args:
        table: The method.
    """
    has_added = any(one.added is not None for one in table.channels)
    return [
        {
            "channel": one.channel, "share": one.share, "at least": one.share_low,
            "at most": one.share_high, "conversions": one.conversions,
            "value": one.value_cents / 100,
        }
        | ({"really added": one.added} if has_added else {})
        for one in table.channels
    ]  # fmt: skip


def side_rows(found: CreditReport) -> list[dict[str, Any]]:
    """Shares of all methods side by side, a row each channel, with people and money.

    Args:
        found: From the service.
    """
    shares = {one.method: {row.channel: row.share for row in one.channels} for one in found.methods}
    has_spent = any(one.spent_cents is not None for one in found.channels)
    return [
        {"channel": one.channel, "accounts": one.n_people}
        | ({"spent": _units(one.spent_cents)} if has_spent else {})
        | {method: share.get(one.channel) for method, share in shares.items()}
        for one in found.channels
    ]


def _units(cents: float | None) -> float | None:
    return None if cents is None else cents / 100


def facts_of(found: CreditReport) -> str:
    """What lies behind the figures, in a sentence or two.

    Args:
        found: From the service.
    """
    said = (
        f"{found.n_paths:,} paths, {found.n_conversions:,.0f} conversions, of which "
        f"{found.n_unmet:,.0f} came without a contact before them and belong to no channel."
    )
    if found.n_suppressed_channels:
        said += f" {found.n_suppressed_channels} channels that too few people met are one row."
    if found.n_other_currency:
        said += f" {found.n_other_currency:,} in another currency than {found.currency} count "
        said += "without their amount."
    return said


def draw_holdout(found: CreditReport) -> None:
    """What a holdout says contacts really added, where one was named.

    Args:
        found: From the service.
    """
    if found.holdout is None:
        ui.label(
            "No holdout is named: how many of these conversions would have come anyway is not "
            "known. Choose a campaign with a holdout above where there is one."
        ).classes("note")
        return
    heading("What the holdout says")
    ui.label(holdout_words(found.holdout, found.n_credited))


def holdout_rows(said: HoldoutSays) -> list[dict[str, Any]]:
    """What a holdout measured, as a row of a table.

    Args:
        said: By the holdout.
    """
    return [
        {
            "added": said.added, "at least": said.added_low, "at most": said.added_high,
            "might be contacted": said.n_contactable, "held out": said.n_held_out,
            "conversions of each": said.per_contactable, "of each held out": said.per_held_out,
        }
    ]  # fmt: skip


def holdout_words(said: HoldoutSays, n_credited: float) -> str:
    """What a holdout measured, in a sentence.

    Args:
        said: By the holdout.
        n_credited: Conversions that all credit sums to.
    """
    if said.added is None:
        return f"The holdout has no answer: {_REASONS.get(said.reason, said.reason)}."
    ends = ""
    if said.added_low is not None and said.added_high is not None:
        ends = f" ({said.added_low:,.0f} to {said.added_high:,.0f})"
    words = f"Contacts added {said.added:,.0f} conversions{ends}; credited are {n_credited:,.0f}"
    if said.credited_over_added is not None:
        words += f", {said.credited_over_added:.1f} times as many"
    if said.n_held_out_contacted:
        words += f". {said.n_held_out_contacted:,} of those held out were contacted all the same"
    return f"{words}."
