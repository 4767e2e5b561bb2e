import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.measure import BadImpact, BadOutcomes, impact, impact_inputs
from settee.measure.returns import Impact

FOUNDING = {
    "users": 100_000, "revenue_user_month_cents": 1500, "lift": 0.15, "lift_of": "engagement",
}  # fmt: skip
ARMS = {"treated": {"n": 9000, "conversions": 540}, "held_out": {"n": 1000, "conversions": 40}}
CAMPAIGN = {
    "users": 9000, "lift_of": "conversions", "conversion_value_cents": 4000, **ARMS,
    "contact_cents": 10, "campaign_cents": 50_000, "margin": 0.4,
}  # fmt: skip


def of(given: dict[str, object], **more: object) -> Impact:
    return impact(impact_inputs({**given, **more}))


def test_the_founding_figures_give_2_7_million_a_year_and_not_the_270_thousand_printed():
    found = of(FOUNDING)
    assert found.revenue_cents is not None
    assert found.revenue_cents.value == pytest.approx(100_000 * 15 * 12 * 0.15 * 100)
    revenue = next(one for one in found.formulas if one.name == "additional_revenue")
    assert revenue.numbers == "100,000 x 15.00 x 12 x 0.15"
    assert revenue.result == "2,700,000.00"


def test_engagement_is_an_upper_bound_until_it_is_said_what_becomes_revenue():
    found = of(FOUNDING)
    assert (found.claim, found.evidence) == ("upper_bound", "stated")
    assert "Engagement is not revenue" in found.notes[0]
    told = of(FOUNDING, engagement_to_revenue=0.2)
    assert told.claim == "assumption"
    assert told.revenue_cents is not None
    assert told.revenue_cents.value == pytest.approx(54_000_000)
    assert not any("Engagement" in note for note in told.notes)


def test_a_measured_lift_is_told_with_its_interval_and_is_a_forecast():
    found = of(CAMPAIGN)
    assert (found.claim, found.evidence, found.reason) == ("forecast", "measured", "")
    assert found.lift is not None
    assert found.lift.difference is not None
    assert found.conversions is not None
    assert found.conversions.value == pytest.approx(9000 * (0.06 - 0.04))
    assert found.conversions.low == pytest.approx(9000 * found.lift.difference.low)
    assert found.net_cents is not None
    assert found.net_cents.value == pytest.approx(180 * 4000 * 0.4 - 140_000)
    assert found.return_on_investment is not None
    assert found.return_on_investment.value == pytest.approx((288_000 - 140_000) / 140_000)
    assert found.payback_months is None


def test_too_small_an_experiment_tells_cost_and_break_even_and_no_lift():
    small = {"treated": {"n": 19, "conversions": 9}, "held_out": {"n": 19, "conversions": 1}}
    found = of(CAMPAIGN, **small)
    assert (found.claim, found.reason) == ("none", "too_few")
    assert (found.effect, found.net_cents, found.drawn, found.sensitivity) == (None, None, None, ())
    assert found.cost.total_cents == 140_000
    assert found.break_even_lift == pytest.approx(140_000 / (9000 * 4000 * 0.4))
    assert "too small" in found.notes[0]
    relative = of(FOUNDING, lift=None, treated={"n": 50, "conversions": 5}, held_out={
        "n": 50, "conversions": 0})  # fmt: skip
    assert relative.reason == "no_baseline"


def test_at_the_break_even_lift_nothing_is_won_or_lost():
    costs = {"campaign_cents": 1e6, "infrastructure_month_cents": 2e5, "margin": 0.3}
    edge = of(FOUNDING, **costs).break_even_lift
    assert edge is not None
    net = of(FOUNDING, **costs, lift=edge).net_cents
    assert net is not None
    assert net.value == pytest.approx(0, abs=1e-3)


def test_what_was_paid_once_comes_back_after_the_payback_and_never_where_running_costs_eat_it():
    costs = {"campaign_cents": 45_000_000, "infrastructure_month_cents": 0}
    # 22,500,000 a month comes in, so two months pay 45,000,000.
    assert of(FOUNDING, **costs).payback_months == pytest.approx(2)
    assert of(FOUNDING, campaign_cents=1, infrastructure_month_cents=3e7).payback_months is None


def test_hours_of_people_and_contacts_are_costs():
    found = of(
        FOUNDING, setup_hours=3, hour_cents=100, contact_cents=2, people_hours_month=5,
        infrastructure_month_cents=7, campaign_cents=11, months=2,
    )  # fmt: skip
    assert found.cost.once_cents == 11 + 2 * 100_000 + 3 * 100
    assert found.cost.month_cents == 7 + 5 * 100
    assert found.cost.total_cents == found.cost.once_cents + 2 * found.cost.month_cents


def test_without_cost_there_is_no_return_on_it():
    found = of(FOUNDING)
    assert found.return_on_investment is None
    assert found.break_even_lift == 0
    assert of(FOUNDING, revenue_user_month_cents=0).break_even_lift is None


def amounts(most):
    """To a millionth, below which nobody pays."""
    return st.floats(0, most).map(lambda value: round(value, 6))


INPUTS = st.fixed_dictionaries(
    {
        "users": st.integers(1, 10**7),
        "months": st.floats(0.5, 60),
        "margin": st.floats(0.01, 1),
        "campaign_cents": amounts(1e9),
        "contact_cents": amounts(100),
        "setup_hours": amounts(1000),
        "hour_cents": amounts(20_000),
        "infrastructure_month_cents": amounts(1e7),
        "people_hours_month": amounts(1000),
    }
)


@given(INPUTS, st.floats(-0.9, 3), st.booleans())
def test_the_numbers_of_every_formula_give_its_result(inputs, lift, is_once):
    asked = {**inputs, "lift": lift, "draws": 0}
    if is_once:
        asked |= {"lift_of": "conversions", "conversion_value_cents": 999, "base_rate": 0.03}
    else:
        asked |= {"lift_of": "engagement", "revenue_user_month_cents": 1234.5}
        asked |= {"engagement_to_revenue": 0.3}
    for one in impact(impact_inputs(asked)).formulas:
        numbers = one.numbers.replace(",", "").replace(" x ", " * ")
        assert re.fullmatch(r"[0-9.e+*/() -]+", numbers)
        sizes = [abs(float(part)) for part in re.findall(r"\d[\d.]*(?:e[+-]\d+)?", numbers)]
        value = eval(numbers)  # noqa: S307 -- digits and signs alone, as just checked
        result = float(one.result.replace(",", ""))
        # Amounts are written to a cent or eight figures: differences of large ones are not exact.
        room = 0.02 + 1e-6 * abs(value) + (1e-6 * max(sizes) if one.name == "net" else 0)
        if one.name in ("return_on_investment", "payback_months", "break_even_lift"):
            room = 0.02 * abs(value) + 1e-3 if "0.00 /" not in numbers else float("inf")
        assert result == pytest.approx(value, abs=room), one


def test_the_net_is_the_figure_at_the_ends_of_the_lift():
    found = of(FOUNDING, lift_low=0.1, lift_high=0.2, campaign_cents=100)
    assert (found.evidence, found.claim) == ("stated_with_interval", "upper_bound")
    assert found.net_cents is not None
    for end, lift in ((found.net_cents.low, 0.1), (found.net_cents.high, 0.2)):
        alone = of(FOUNDING, lift=lift, campaign_cents=100).net_cents
        assert alone is not None
        assert end == pytest.approx(alone.value)
    rate = of({**CAMPAIGN, "treated": None, "held_out": None}, base_rate=0.5, lift=0.1, lift_low=0,
              lift_high=0.3)  # fmt: skip
    assert rate.effect is not None
    assert (rate.effect.value, rate.effect.low, rate.effect.high) == (0.05, 0, 0.15)


def test_the_strongest_input_is_told_first_and_an_input_of_nothing_not_at_all():
    found = of(FOUNDING, campaign_cents=1000, lift_low=0.149, lift_high=0.151)
    spans = [one.span for one in found.sensitivity]
    assert spans == sorted(spans, reverse=True)
    names = [one.name for one in found.sensitivity]
    assert names[-1] == "campaign_cents"
    assert "hour_cents" not in names
    assert names.index("users") < names.index("lift")  # the lift is known to a hundredth, users not
    by_name = {one.name: one for one in found.sensitivity}
    assert (by_name["lift"].low, by_name["lift"].high) == (0.149, 0.151)
    assert by_name["months"].high == pytest.approx(12 * 1.2)
    assert {one.name: one for one in of(FOUNDING, swing=0.5).sensitivity}["months"].high == 18
    full = of(FOUNDING, margin=0.9)
    assert {one.name: one for one in full.sensitivity}["margin"].high == 1.0


def test_draws_are_the_same_for_a_seed_and_have_the_ends_of_the_interval():
    asked = {**FOUNDING, "lift_low": 0.05, "lift_high": 0.4, "campaign_cents": 1e7, "draws": 50_000}
    first, again, other = of(asked), of(asked), of(asked, seed=1)
    assert first == again
    assert first.drawn is not None
    assert other.drawn is not None
    assert first.drawn.low_cents != other.drawn.low_cents
    assert first.net_cents is not None
    assert first.drawn.low_cents == pytest.approx(first.net_cents.low, rel=0.03)
    assert first.drawn.high_cents == pytest.approx(first.net_cents.high, rel=0.03)
    assert first.drawn.median_cents == pytest.approx(first.net_cents.value, rel=0.02)
    assert of(asked, draws=0).drawn is None
    assert of(FOUNDING).drawn is None


def test_a_lift_that_is_as_likely_nothing_pays_half_the_time():
    drawn = of(FOUNDING, lift=0.0, lift_low=-0.1, lift_high=0.1).drawn
    assert drawn is not None
    assert drawn.p_profit == pytest.approx(0.5, abs=0.02)


def test_not_knowing_what_becomes_revenue_widens_the_draws():
    base = {**FOUNDING, "lift_low": 0.1, "lift_high": 0.2, "engagement_to_revenue": 0.3}
    narrow = of(base).drawn
    wide = of(base, engagement_to_revenue_low=0.0, engagement_to_revenue_high=0.6).drawn
    assert narrow is not None
    assert wide is not None
    assert wide.high_cents - wide.low_cents > 1.5 * (narrow.high_cents - narrow.low_cents)


def test_an_experiment_of_amounts_is_read_by_their_ratio():
    found = of(
        {"users": 1000, "lift_of": "revenue", "revenue_user_month_cents": 100},
        treated={"n": 5000, "mean": 110.0, "sd": 30.0},
        held_out={"n": 5000, "mean": 100.0, "sd": 30.0},
        confidence=0.8,
    )  # fmt: skip
    assert found.effect is not None
    assert found.effect.value == pytest.approx(0.1)
    assert found.lift is not None
    assert found.lift.confidence == 0.8


def test_an_interval_that_holds_zero_is_said_to_show_nothing():
    found = of(CAMPAIGN, held_out={"n": 1000, "conversions": 58})
    assert any("holds zero" in note for note in found.notes)


def test_everything_can_be_asked_for_in_json():
    assert impact_inputs(b'{"users": 1, "lift_of": "revenue", "lift": 0, '
                         b'"revenue_user_month_cents": 5}').margin is None  # fmt: skip


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"lift": None}, "lift"),
        (ARMS, "lift"),
        ({"lift": None, "treated": ARMS["treated"]}, "held_out"),
        ({"lift": None, "held_out": ARMS["held_out"]}, "treated"),
        ({"lift": None, "lift_low": 0.1, **ARMS}, ""),
        ({"lift_low": 0.2, "lift_high": 0.3}, "lift_low"),
        ({"lift_low": 0.1}, "lift_low"),
        ({"revenue_user_month_cents": None}, "revenue_user_month_cents"),
        ({"lift_of": "conversions"}, "conversion_value_cents"),
        ({"lift_of": "conversions", "conversion_value_cents": 1}, "base_rate"),
        ({"lift_of": "revenue", "engagement_to_revenue": 0.2}, "engagement_to_revenue"),
        ({"engagement_to_revenue_low": 0.2}, "engagement_to_revenue_low"),
        ({"users": 0}, "users"),
        ({"users": "many"}, "users"),
        ({"margin": 1.5}, "margin"),
        ({"lift": float("nan")}, "lift"),
        ({"unheard": 1}, ""),
        ({"lift_of": "joy"}, "lift_of"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_where_it_is_wrong(change, place):
    with pytest.raises(BadImpact) as caught:
        of({**FOUNDING, **change})
    assert caught.value.place == place


def test_an_arm_says_one_thing_and_all_of_it():
    amounts = {"n": 50, "mean": 3.0, "sd": 1.0}
    for arm in ({"n": 50}, {"n": 50, "mean": 3.0}, {**amounts, "conversions": 3}):
        with pytest.raises(BadImpact, match="an arm gives"):
            of(FOUNDING, lift=None, treated=arm, held_out=amounts)
    with pytest.raises(BadImpact, match="conversions counted"):
        of(CAMPAIGN, treated=amounts)
    with pytest.raises(BadOutcomes):
        of(CAMPAIGN, treated={"n": 50, "conversions": 51})


@given(st.binary(max_size=60))
def test_bytes_from_anywhere_are_refused_in_words(body):
    with pytest.raises(BadImpact):
        impact_inputs(body)


def test_no_figure_is_not_a_number():
    found = of(CAMPAIGN)
    figures = [found.cost.total_cents, *(one.span for one in found.sensitivity)]
    assert np.isfinite(figures).all()
