"""Do the sums of an impact: from a lift to conversions, revenue, margin, net and return.

100,000 users at 15 a month, 15 % more over twelve months, is 100,000 x 15 x 12 x .15 = 2,700,000 of
revenue. All of it is one product, so it grows in step with the lift, and the lift at which nothing
is won or lost is the cost over everything else in that product.

Reads / Writes: nothing.
Not here: the lift (measure.effects), the words beside it (measure.impact_words).
"""

from dataclasses import dataclass

from settee.measure.impact_figures import ImpactInputs


@dataclass(frozen=True)
class Cost:
    """What it costs, in cents.

    Args:
        once_cents: Campaign, contacts and the hours to set it up.
        month_cents: Infrastructure and hours, each month.
        total_cents: Both, over all months.
    """

    once_cents: float
    month_cents: float
    total_cents: float


@dataclass(frozen=True)
class Sums:
    """What an effect comes to, in cents unless it says otherwise.

    Args:
        conversions: Additional conversions; 0 where conversions were not lifted.
        revenue: Additional revenue.
        margin: What is left of it.
        net: Margin less cost.
    """

    conversions: float
    revenue: float
    margin: float
    net: float


def cost_of(asked: ImpactInputs) -> Cost:
    """What it costs.

    >>> from settee.measure.impact_figures import impact_inputs
    >>> asked = impact_inputs({
    ...     "users": 1, "lift_of": "revenue", "lift": 0.1, "revenue_user_month_cents": 100,
    ...     "campaign_cents": 50, "people_hours_month": 2, "hour_cents": 30,
    ... })
    >>> cost_of(asked).total_cents
    770.0
    """
    once = (
        asked.campaign_cents + asked.contact_cents * asked.users
        + asked.setup_hours * asked.hour_cents
    )  # fmt: skip
    month = asked.infrastructure_month_cents + asked.people_hours_month * asked.hour_cents
    return Cost(once, month, once + month * asked.months)


def through_of(asked: ImpactInputs) -> float:
    """Part of the lift that becomes revenue: all of it where nobody said less."""
    return 1.0 if asked.engagement_to_revenue is None else asked.engagement_to_revenue


def margin_of(asked: ImpactInputs) -> float:
    """Part of the revenue that is left: all of it where nobody said less."""
    return 1.0 if asked.margin is None else asked.margin


def revenue_per_effect(asked: ImpactInputs) -> float:
    """Revenue of an effect of one: a lift by 100 %, or one more conversion of each user."""
    if asked.is_once:
        return asked.users * (asked.conversion_value_cents or 0.0)
    return asked.users * (asked.revenue_user_month_cents or 0.0) * asked.months * through_of(asked)


def sums_of(asked: ImpactInputs, effect: float) -> Sums:
    """What an effect comes to.

    Args:
        asked: The question.
        effect: Relative lift; where conversions are lifted, more conversions per user.
    """
    revenue = revenue_per_effect(asked) * effect
    margin = revenue * margin_of(asked)
    conversions = asked.users * effect if asked.is_once else 0.0
    return Sums(conversions, revenue, margin, margin - cost_of(asked).total_cents)


def break_even_of(asked: ImpactInputs) -> float | None:
    """The effect at which nothing is won or lost; None where no lift can earn anything."""
    earned = revenue_per_effect(asked) * margin_of(asked)
    return cost_of(asked).total_cents / earned if earned > 0 else None


def payback_months_of(asked: ImpactInputs, effect: float) -> float | None:
    """Months until what was paid once has come back; None where it never does.

    What is left of a month must be a cent, and a ten-thousandth of what came in: less is nothing
    that a forecast could tell, and would make months of any length.
    """
    cost = cost_of(asked)
    gain = sums_of(asked, effect).margin / asked.months
    left = gain - cost.month_cents
    return cost.once_cents / left if left > max(1.0, 1e-4 * gain) else None
