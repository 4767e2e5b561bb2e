"""Read what a campaign is asked about: whom it reaches, what was measured, what it costs.

    {"users": 100000, "revenue_user_month_cents": 1500, "lift": 0.15, "lift_of": "engagement"}

Amounts are cents of one currency. The lift is stated, or the two arms of an experiment are given
and it is measured. A figure that a sum needs and that is absent is refused, never made up.

Reads / Writes: nothing.
Not here: the sums (measure.impact_sums), the answer (measure.returns).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from settee.core import BadInput
from settee.measure.effects import MIN_CLUSTERS
from settee.measure.outcomes import Outcomes

Count = Annotated[int, Meta(ge=0, le=10**12)]
Cents = Annotated[float, Meta(ge=0, le=1e15)]
Hours = Annotated[float, Meta(ge=0, le=1e9)]
Share = Annotated[float, Meta(ge=0, le=1)]
Relative = Annotated[float, Meta(ge=-1, le=1000)]
LiftOf = Literal["engagement", "revenue", "conversions"]


class BadImpact(BadInput):
    """A question about impact lacks a figure, or has one that cannot be."""

    code = "bad_impact"


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one arm of an experiment did: counted, or as a mean in any unit that both share.

    Args:
        n: People.
        conversions: How many of them converted.
        mean: Of what each did (cents, hours), in place of conversions.
        sd: Standard deviation of it.
    """

    n: Count
    conversions: Count | None = None
    mean: Annotated[float, Meta(ge=-1e15, le=1e15)] | None = None
    sd: Cents | None = None


class ImpactInputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked; docs/impact.md says what each figure does.

    Args:
        users: People (or accounts) whom the change reaches.
        lift_of: What was lifted: revenue, conversions, or only engagement.
        lift: Stated lift, .15 for 15 % more; None where the arms are given.
        lift_low: Lower end of the stated lift's interval.
        lift_high: Upper end.
        treated: What those did who were meant to be reached.
        held_out: What those did who were held out by chance.
        base_rate: Conversions per user without the campaign, for a stated lift of conversions.
        revenue_user_month_cents: Revenue of a user a month, before the change.
        conversion_value_cents: Revenue of one conversion.
        engagement_to_revenue: Part of an engagement lift that becomes revenue; None is not known.
        engagement_to_revenue_low: Lower end of it; *changes the draws alone*.
        engagement_to_revenue_high: Upper end of it; likewise.
        months: How long revenue is counted and running costs are paid.
        margin: Part of revenue that is left after what it costs to serve; None counts all of it.
        campaign_cents: Paid once.
        contact_cents: Paid once for each user.
        setup_hours: Hours of people, once.
        infrastructure_month_cents: Paid each month.
        people_hours_month: Hours of people each month.
        hour_cents: What an hour costs.
        confidence: Of all intervals.
        swing: By how much each input is moved, up and down, to see what the answer hangs on.
        draws: Draws over the lift's interval; 0 makes none.
        seed: Of the draws.
    """

    users: Annotated[int, Meta(ge=1, le=10**12)]
    lift_of: LiftOf
    lift: Relative | None = None
    lift_low: Relative | None = None
    lift_high: Relative | None = None
    treated: Arm | None = None
    held_out: Arm | None = None
    base_rate: Share | None = None
    revenue_user_month_cents: Cents | None = None
    conversion_value_cents: Cents | None = None
    engagement_to_revenue: Share | None = None
    engagement_to_revenue_low: Share | None = None
    engagement_to_revenue_high: Share | None = None
    months: Annotated[float, Meta(gt=0, le=1200)] = 12.0
    margin: Share | None = None
    campaign_cents: Cents = 0.0
    contact_cents: Cents = 0.0
    setup_hours: Hours = 0.0
    infrastructure_month_cents: Cents = 0.0
    people_hours_month: Hours = 0.0
    hour_cents: Cents = 0.0
    confidence: Annotated[float, Meta(ge=0.5, le=0.9999)] = 0.95
    swing: Annotated[float, Meta(gt=0, lt=1)] = 0.2
    draws: Annotated[int, Meta(ge=0, le=1_000_000)] = 10_000
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0

    @property
    def is_once(self) -> bool:
        """Is the gain earned once, in place of every month?"""
        return self.lift_of == "conversions"


def impact_inputs(given: Mapping[str, Any] | bytes) -> ImpactInputs:
    """Read a question.

    Args:
        given: A mapping, or a JSON object as bytes.

    Raises:
        BadImpact: If a field is missing, unknown, mistyped or out of range, or two contradict.

    >>> asked = {"users": 10, "lift_of": "revenue", "lift": 0.1, "revenue_user_month_cents": 900}
    >>> impact_inputs(asked).months
    12.0
    """
    try:
        if isinstance(given, bytes):
            asked = msgspec.json.decode(given, type=ImpactInputs)
        else:
            asked = msgspec.convert(given, ImpactInputs)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$")
        raise BadImpact(f"{words}.", place=path.strip("`.")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadImpact(f"The question is not JSON: {error}.") from None
    _check_lift(asked)
    _check_worth(asked)
    _check_order(asked)
    return asked


def outcomes_of(arm: Arm, name: str) -> Outcomes:
    """The sums of an arm.

    Raises:
        BadImpact: If it names neither conversions nor a mean with its standard deviation.
        BadOutcomes: If there are more conversions than people.
    """
    has_amounts = arm.mean is not None and arm.sd is not None
    if arm.conversions is not None and arm.mean is None and arm.sd is None:
        return Outcomes.counted(arm.n, arm.conversions)
    if arm.conversions is None and has_amounts:
        return Outcomes.moments(arm.n, arm.mean or 0.0, arm.sd or 0.0)
    raise BadImpact(
        "an arm gives conversions, or mean with sd; not both, and not half of it.",
        place=name,
    )


def _check_lift(asked: ImpactInputs) -> None:
    """Stated or measured, one of the two, and whole."""
    has_arms = asked.treated is not None or asked.held_out is not None
    if has_arms == (asked.lift is not None):
        raise BadImpact(
            "the lift is given twice or not at all; send lift, or treated and held_out.",
            hint=f"An experiment needs {MIN_CLUSTERS} units or more in each arm.",
            place="lift",
        )
    if (asked.treated is None) != (asked.held_out is None):
        raise BadImpact(
            "one arm alone says nothing of a change; send treated and held_out.",
            place="held_out" if asked.held_out is None else "treated",
        )
    if has_arms and (asked.lift_low is not None or asked.lift_high is not None):
        raise BadImpact("the arms give their own interval; leave out lift_low and lift_high.")


def _check_worth(asked: ImpactInputs) -> None:
    """What one unit of lift is worth has to be known."""
    needed = {
        "engagement": ["revenue_user_month_cents"],
        "revenue": ["revenue_user_month_cents"],
        "conversions": ["conversion_value_cents"],
    }[asked.lift_of]
    if asked.lift_of == "conversions" and asked.lift is not None:
        needed.append("base_rate")
    for name in needed:
        if getattr(asked, name) is None:
            raise BadImpact(
                f"a lift of {asked.lift_of} has no worth without {name}.",
                hint=f"Send {name}.",
                place=name,
            )
    if asked.lift_of == "conversions" and asked.treated is not None and asked.held_out is not None:
        for name, arm in (("treated", asked.treated), ("held_out", asked.held_out)):
            if arm.conversions is None:
                raise BadImpact("a lift of conversions needs conversions counted.", place=name)


def _check_order(asked: ImpactInputs) -> None:
    """Low, middle and high stand in that order, all three or none."""
    for name in ("lift", "engagement_to_revenue"):
        low, middle, high = (getattr(asked, name + end) for end in ("_low", "", "_high"))
        if low is None and high is None:
            continue
        if low is None or middle is None or high is None or not low <= middle <= high:
            raise BadImpact(
                f"{name} {middle} with ends {low} and {high}; send both ends around the middle.",
                place=f"{name}_low",
            )
    if asked.lift_of != "engagement" and asked.engagement_to_revenue is not None:
        raise BadImpact(
            f"a lift of {asked.lift_of} needs no engagement_to_revenue; leave it out.",
            place="engagement_to_revenue",
        )
