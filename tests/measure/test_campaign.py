"""What a campaign is read to have done."""

from dataclasses import replace

import numpy as np
import pytest

from settee.measure.campaign import BadCampaign, Chosen, read_campaign


def accounts(n=4000, held_out=0.25, base=0.1, added=0.05, seed=3):
    """A campaign of a known effect: `added` more of the chosen convert."""
    rng = np.random.default_rng(seed)
    is_held_out = rng.random(n) < held_out
    converted = rng.random(n) < base + added * ~is_held_out
    return Chosen(
        is_held_out,
        np.where(is_held_out, 0, 1),
        converted,
        1000.0 * converted,
        np.full(n, base + added),
    )


def test_lift_holds_the_truth_and_counting_all_conversions_does_not():
    chosen = accounts()
    effect = read_campaign(chosen, 0.0)
    truth = 0.05 * (~chosen.is_held_out).sum()
    assert effect.added_conversions.low < truth < effect.added_conversions.high
    naive = (chosen.has_converted & ~chosen.is_held_out).sum()
    assert naive > 2 * truth  # all who bought, as if nobody would have bought anyhow
    assert effect.added_cents.value == pytest.approx(1000 * effect.added_conversions.value)


def test_intervals_hold_the_truth_nineteen_times_in_twenty():
    held = 0
    for seed in range(400):
        chosen = accounts(n=1500, seed=seed)
        found = read_campaign(chosen, 0.0).conversion.difference
        held += found.low <= 0.05 <= found.high
    assert 0.925 <= held / 400 <= 0.975


def test_margin_and_spending_change_what_is_left():
    chosen = accounts()
    whole = read_campaign(chosen, 0.0).net_cents
    assert read_campaign(chosen, 500.0).net_cents.value == pytest.approx(whole.value - 500)
    assert read_campaign(chosen, 0.0, margin=0.5).net_cents.low == pytest.approx(whole.low / 2)
    with pytest.raises(BadCampaign, match=r"1\.5; accepted"):
        read_campaign(chosen, 0.0, margin=1.5)


def test_confidence_widens_the_interval():
    chosen = accounts()
    narrow, wide = (read_campaign(chosen, 0.0, confidence=one).conversion for one in (0.8, 0.99))
    assert wide.difference.low < narrow.difference.low


def test_responses_are_compared_like_conversions_and_are_what_was_promised():
    chosen = accounts()
    responded = chosen.has_converted & (np.arange(len(chosen.cents)) % 2 == 0)
    plain = read_campaign(chosen, 0.0)
    effect = read_campaign(replace(chosen, has_responded=responded), 0.0)
    assert plain.response is plain.added_responses is None
    assert effect.conversion == plain.conversion
    assert effect.added_responses.low < 0.025 * (~chosen.is_held_out).sum()
    assert effect.added_responses.high < plain.added_conversions.high
    assert effect.came == responded[~chosen.is_held_out].mean() < plain.came


def test_without_a_holdout_there_is_a_reason_and_no_number():
    effect = read_campaign(accounts(held_out=0.0), 10.0)
    assert effect.conversion.reason == "too_few"
    assert effect.added_conversions is effect.added_cents is effect.net_cents is None
    assert effect.cautions == ("no_holdout",)
    assert effect.came is not None


def test_contacted_holdouts_and_missing_contacts_are_told():
    chosen = accounts()
    leaked = Chosen(
        chosen.is_held_out,
        chosen.is_held_out.astype(np.int64),
        chosen.has_converted,
        chosen.cents,
        chosen.promised,
    )
    effect = read_campaign(leaked, 0.0)
    assert effect.n_held_out_contacted == chosen.is_held_out.sum()
    assert set(effect.cautions) == {"held_out_contacted", "few_contacted"}


def test_what_was_promised_stands_beside_what_came():
    effect = read_campaign(accounts(), 0.0)
    assert effect.promised == pytest.approx(0.15)
    assert effect.came == pytest.approx(0.15, abs=0.02)
    everybody = accounts(held_out=1.0)
    assert read_campaign(everybody, 0.0).promised is None
