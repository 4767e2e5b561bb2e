"""Write out every formula of an impact with its numbers, and say what the answer is not.

    additional revenue = users x revenue a user a month x months x lift
                       = 100,000 x 15 x 12 x 0.15 = 2,700,000

Amounts stand here as people write them, in units of a hundred cents, so that whoever reads the line
can do the sum again.

Reads / Writes: nothing.
Not here: the sums themselves (measure.impact_sums).
"""

from dataclasses import dataclass

from settee.measure.impact_figures import ImpactInputs
from settee.measure.impact_sums import (
    break_even_of,
    cost_of,
    margin_of,
    payback_months_of,
    sums_of,
    through_of,
)

_NOT_REVENUE = (
    "Engagement is not revenue: people who click or watch more do not pay more by the same part, "
    "and a subscription costs the same however much is watched. Counted one to one this is an "
    "upper bound, no forecast. Give engagement_to_revenue, measured by an experiment that counts "
    "revenue or cancelled subscriptions."
)
_STATED = (
    "The lift was stated, not measured here: nothing says how sure it is. Give the two arms of an "
    "experiment for an interval."
)
_STATED_INTERVAL = "The lift and its interval were stated, not measured here."
_NO_MARGIN = "No margin was given: all revenue is counted as if it cost nothing to serve."
_NO_COST = "No cost was given, so there is no return on it, and any lift above zero pays."
_SKEWED = (
    "A few units hold much of the amounts; intervals are widened for it, and may still miss more "
    "often than they say."
)
_UNSURE = "The interval holds zero: the experiment does not show that anything changed."
_REASONS = {
    "too_few": "An arm of the experiment is too small for an interval, so no lift is told.",
    "no_variation": "All amounts of the experiment are equal, so nothing can be told of a lift.",
    "no_baseline": "Those held out did next to nothing, so no lift can be told as a part of it.",
}


@dataclass(frozen=True)
class Formula:
    """One sum, in words and in numbers.

    Args:
        name: What it gives.
        words: The formula.
        numbers: The same with the numbers of this answer.
        result: What comes out, as it is written.
    """

    name: str
    words: str
    numbers: str
    result: str


def formulas_of(asked: ImpactInputs, effect: float | None) -> tuple[Formula, ...]:
    """Every formula of an answer, in the order in which they build on one another.

    Args:
        asked: The question.
        effect: What was lifted, by how much; None leaves cost and break-even alone.
    """
    found = [_once(asked), _cost(asked)]
    if effect is not None:
        found += [*_gain(asked, effect), *_returns(asked, effect)]
    return (*found, *_break_even(asked))


def notes_of(asked: ImpactInputs, reason: str, *, is_unsure: bool, is_skewed: bool) -> list[str]:
    """What a reader has to know before believing the figures.

    Args:
        asked: The question.
        reason: Why there is no lift; empty where there is one.
        is_unsure: Does the interval hold zero?
        is_skewed: Do few units hold much?
    """
    told = [_REASONS[reason]] if reason else []
    if asked.lift_of == "engagement" and asked.engagement_to_revenue is None:
        told.append(_NOT_REVENUE)
    if asked.lift is not None:
        told.append(_STATED if asked.lift_low is None else _STATED_INTERVAL)
    conditions = (
        (is_unsure, _UNSURE), (is_skewed, _SKEWED), (asked.margin is None, _NO_MARGIN),
        (cost_of(asked).total_cents == 0, _NO_COST),
    )  # fmt: skip
    return [*told, *(words for holds, words in conditions if holds)]


def _once(asked: ImpactInputs) -> Formula:
    return _formula(
        "paid_once",
        "campaign + users x contact + setup hours x hour",
        f"{_money(asked.campaign_cents)} + {_plain(asked.users)} x {_money(asked.contact_cents)}"
        f" + {_plain(asked.setup_hours)} x {_money(asked.hour_cents)}",
        _money(cost_of(asked).once_cents),
    )


def _cost(asked: ImpactInputs) -> Formula:
    return _formula(
        "cost",
        "paid once + months x (infrastructure a month + hours a month x hour)",
        f"{_money(cost_of(asked).once_cents)} + {_plain(asked.months)}"
        f" x ({_money(asked.infrastructure_month_cents)}"
        f" + {_plain(asked.people_hours_month)} x {_money(asked.hour_cents)})",
        _money(cost_of(asked).total_cents),
    )


def _gain(asked: ImpactInputs, effect: float) -> list[Formula]:
    """Conversions, revenue and margin."""
    sums = sums_of(asked, effect)
    if asked.is_once:
        told = [
            _formula(
                "additional_conversions",
                "users x additional conversions a user",
                f"{_plain(asked.users)} x {_plain(effect)}",
                _plain(sums.conversions),
            ),
            _formula(
                "additional_revenue",
                "additional conversions x value of a conversion",
                f"{_plain(sums.conversions)} x {_money(asked.conversion_value_cents or 0.0)}",
                _money(sums.revenue),
            ),
        ]
    else:
        words = "users x revenue a user a month x months x lift"
        numbers = (
            f"{_plain(asked.users)} x {_money(asked.revenue_user_month_cents or 0.0)}"
            f" x {_plain(asked.months)} x {_plain(effect)}"
        )
        if asked.engagement_to_revenue is not None:
            words += " x part of engagement that becomes revenue"
            numbers += f" x {_plain(through_of(asked))}"
        told = [_formula("additional_revenue", words, numbers, _money(sums.revenue))]
    numbers = f"{_money(sums.revenue)} x {_plain(margin_of(asked))}"
    margin = _formula(
        "additional_margin", "additional revenue x margin", numbers, _money(sums.margin)
    )
    return [*told, margin]


def _returns(asked: ImpactInputs, effect: float) -> list[Formula]:
    """Net, return and payback."""
    cost, sums = cost_of(asked), sums_of(asked, effect)
    told = [
        _formula(
            "net",
            "additional margin - cost",
            f"{_money(sums.margin)} - {_money(cost.total_cents)}",
            _money(sums.net),
        )
    ]
    if cost.total_cents > 0:
        numbers = f"{_money(sums.net)} / {_money(cost.total_cents)}"
        result = _plain(sums.net / cost.total_cents)
        told.append(_formula("return_on_investment", "net / cost", numbers, result))
    months = None if asked.is_once else payback_months_of(asked, effect)
    if months is not None:
        told.append(
            _formula(
                "payback_months",
                "paid once / (additional margin / months - cost a month)",
                f"{_money(cost.once_cents)} / ({_money(sums.margin)} / {_plain(asked.months)}"
                f" - {_money(cost.month_cents)})",
                _plain(months),
            )
        )
    return told


def _break_even(asked: ImpactInputs) -> list[Formula]:
    """The lift at which nothing is won or lost."""
    effect = break_even_of(asked)
    if effect is None:
        return []
    cost, margin = _money(cost_of(asked).total_cents), _plain(margin_of(asked))
    if asked.is_once:
        words = "cost / (users x value of a conversion x margin)"
        value = _money(asked.conversion_value_cents or 0.0)
        numbers = f"{cost} / ({_plain(asked.users)} x {value} x {margin})"
    else:
        words = (
            "cost / (users x revenue a user a month x months x part that becomes revenue x margin)"
        )
        value = _money(asked.revenue_user_month_cents or 0.0)
        numbers = (
            f"{cost} / ({_plain(asked.users)} x {value} x {_plain(asked.months)}"
            f" x {_plain(through_of(asked))} x {margin})"
        )
    return [_formula("break_even_lift", words, numbers, _plain(effect))]


def _formula(name: str, words: str, numbers: str, result: str) -> Formula:
    return Formula(name, words, numbers, result)


def _plain(value: float) -> str:
    """A number to eight figures, with commas between thousands."""
    rounded = float(f"{value:.8g}")
    return f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.12g}"


def _money(cents: float) -> str:
    """Cents as people write an amount; a part of a cent stays.

    >>> _money(1500), _money(27e7), _money(0.5)
    ('15.00', '2,700,000.00', '0.005')
    """
    units = cents / 100
    return f"{units:,.2f}" if round(units, 2) == round(units, 8) else f"{units:,.8g}"
