"""Name every input of the impact calculator and what it means, and make a question of them.

People type 15.00 a month and 15 %; the question says 1500 cents and .15. A blank is not asked, so
that the service says what it does without it instead of a number made up here.

Reads / Writes: nothing.
Source: docs/impact.md, "From an experiment".
Not here: the sums (POST /v1/impact).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

_CENTS = 100
_PERCENT = 0.01


@dataclass(frozen=True)
class Input:
    """One figure that is asked for.

    Args:
        name: In the question; `treated.n` stands within `treated`.
        label: Above the box.
        means: What it is, in a sentence.
        value: To begin with; None is blank.
        scale: What is typed times this is what is sent.
        is_whole: Sent as a whole number.
        is_needed: Refused when it is blank.
    """

    name: str
    label: str
    means: str
    value: float | None = None
    scale: float = 1.0
    is_whole: bool = False
    is_needed: bool = False


WHOM = (
    Input("users", "Users reached", "People or accounts whom the change reaches.", 100_000,
          is_whole=True, is_needed=True),
)  # fmt: skip
STATED = (
    Input("lift", "Lift, %", "How much more than without the change; 15 is 15 % more.", 3,
          _PERCENT, is_needed=True),
    Input("lift_low", "Lift at least, %", "Lower end of its interval; blank where none is known.",
          1, _PERCENT),
    Input("lift_high", "Lift at most, %", "Upper end of its interval.", 5, _PERCENT),
)  # fmt: skip
FROM_ARMS = (
    Input("treated.n", "Reached: people", "Who was meant to be reached in the experiment.",
          is_whole=True, is_needed=True),
    Input("treated.conversions", "Reached: conversions",
          "How many of them converted; blank where a mean is known.", is_whole=True),
    Input("treated.mean", "Reached: mean", "Mean of what each did, in place of conversions."),
    Input("treated.sd", "Reached: deviation", "Standard deviation of it."),
    Input("held_out.n", "Held out: people", "Who was held out by chance.", is_whole=True,
          is_needed=True),
    Input("held_out.conversions", "Held out: conversions", "How many of them converted.",
          is_whole=True),
    Input("held_out.mean", "Held out: mean", "Mean of what each did."),
    Input("held_out.sd", "Held out: deviation", "Standard deviation of it."),
)  # fmt: skip
EARNED_MONTHLY = (
    Input("revenue_user_month_cents", "Revenue of a user a month",
          "Before the change, in units of your currency.", 15, _CENTS, is_needed=True),
    Input("months", "Months", "How long revenue is counted and running costs are paid.", 12),
)  # fmt: skip
ENGAGED = (
    Input("engagement_to_revenue", "Part of engagement that becomes revenue, %",
          "Of a lift of engagement alone; blank is not known, and the answer an upper bound.", None,
          _PERCENT),
    Input("engagement_to_revenue_low", "That part at least, %", "Its lower end.", None, _PERCENT),
    Input("engagement_to_revenue_high", "That part at most, %", "Its upper end.", None, _PERCENT),
)  # fmt: skip
EARNED_ONCE = (
    Input("conversion_value_cents", "Revenue of a conversion", "Earned once for each.", 40, _CENTS,
          is_needed=True),
)  # fmt: skip
BASE = (
    Input("base_rate", "Conversions without the campaign, %",
          "Of 100 users; needed where the lift is stated.", 4, _PERCENT),
)  # fmt: skip
PAID = (
    Input("margin", "Margin, %", "Part of revenue left after what it costs to serve.", 40,
          _PERCENT),
    Input("campaign_cents", "Campaign", "Paid once.", 20_000, _CENTS),
    Input("contact_cents", "One contact", "Paid once for each user.", 0.1, _CENTS),
    Input("setup_hours", "Hours to set up", "Of people, once.", 0),
    Input("infrastructure_month_cents", "Infrastructure a month", "Paid each month.", 500, _CENTS),
    Input("people_hours_month", "Hours a month", "Of people, each month.", 0),
    Input("hour_cents", "An hour", "What an hour of people costs.", 0, _CENTS),
)  # fmt: skip
DOUBT = (
    Input("confidence", "Confidence of intervals, %", "How often they hold the truth, of 100.", 95,
          _PERCENT),
    Input("swing", "Each figure moved by, %",
          "Up and down, one at a time, to see what the answer hangs on.", 20, _PERCENT),
)  # fmt: skip
NEEDED = "This figure is needed."
_WHOLE = "Write a whole number."


def inputs_for(lift_of: str, *, is_stated: bool) -> tuple[Input, ...]:
    """The inputs that count for a question.

    Args:
        lift_of: revenue, conversions or engagement.
        is_stated: Is the lift stated, in place of two arms?
    """
    if lift_of == "conversions":
        earned = EARNED_ONCE + (BASE if is_stated else ())  # two arms measure it
    else:
        earned = EARNED_MONTHLY + (ENGAGED if lift_of == "engagement" else ())
    return WHOM + (STATED if is_stated else FROM_ARMS) + earned + PAID + DOUBT


def asked_of(
    values: Mapping[str, float | None], lift_of: str, *, is_stated: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """The question that inputs make, and what is wrong with which of them.

    Args:
        values: By name of the input, as they were typed.
        lift_of: revenue, conversions or engagement.
        is_stated: Is the lift stated, in place of two arms?

    >>> asked_of({"users": 10, "lift": 15, "revenue_user_month_cents": 9}, "revenue",
    ...          is_stated=True)[0]
    {'lift_of': 'revenue', 'users': 10, 'lift': 0.15, 'revenue_user_month_cents': 900}
    """
    asked: dict[str, Any] = {"lift_of": lift_of}
    wrong: dict[str, str] = {}
    for one in inputs_for(lift_of, is_stated=is_stated):
        typed = values.get(one.name)
        if typed is None:
            if one.is_needed:
                wrong[one.name] = NEEDED
            continue
        if one.is_whole and typed != int(typed):
            wrong[one.name] = _WHOLE
            continue
        value: float = int(typed) if one.is_whole else round(typed * one.scale, 9)
        group, _, name = one.name.rpartition(".")
        (asked.setdefault(group, {}) if group else asked)[name] = value
    return asked, wrong


def box_of(place: str, names: Collection[str]) -> str:
    """Beside which input a refusal of the service belongs; "" where it is about none.

    Args:
        place: Where in the question, as the service says.
        names: Of the inputs.

    >>> box_of("lift_low", ["lift_low"]), box_of("treated", ["treated.n"]), box_of("", ["lift"])
    ('lift_low', 'treated.n', '')
    """
    return next((one for one in (place, f"{place}.n") if one in names), "")


def label_of(name: str) -> str:
    """What an input is called; its name where it is none of these."""
    return _LABELS.get(name, "Lift" if name == "lift" else name)


def shown_value(name: str, value: float) -> str:
    """A value of an input as people read it.

    >>> shown_value("revenue_user_month_cents", 1200.0), shown_value("lift", 0.05)
    ('12.00', '5 %')
    """
    scale = _SCALES.get(name, 1.0)
    if scale == _PERCENT:
        return f"{value / _PERCENT:.3g} %"
    return f"{value / scale:,.2f}" if scale == _CENTS else f"{value:,.4g}"


_ALL = WHOM + STATED + EARNED_MONTHLY + ENGAGED + EARNED_ONCE + BASE + PAID + DOUBT
_LABELS = {one.name: one.label.removesuffix(", %") for one in _ALL}
_SCALES = {one.name: one.scale for one in _ALL}
