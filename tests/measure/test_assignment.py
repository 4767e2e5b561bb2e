import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from settee.measure.assignment import N_BUCKETS, BadSalt, BadShare, bucket_of, in_holdout

KEYS = [f"account-{n}" for n in range(20_000)]


def test_a_key_is_in_the_bucket_it_was_always_in():
    # These bits are promised for ever: whoever was held out last year must be held out this year.
    assert bucket_of(["a1", "a2", "", "ü"], "spring").tolist() == [
        3900490815, 994870494, 573460888, 1020321425,
    ]  # fmt: skip
    assert bucket_of(["a1"], "s").tolist() == [360126868]


def test_buckets_are_uniform():
    counts = np.bincount((bucket_of(KEYS, "spring") >> 26).astype(np.int64), minlength=64)
    assert stats.chisquare(counts).pvalue > 0.001


def test_another_salt_draws_everybody_anew():
    first, second = (in_holdout(KEYS, salt, 0.5) for salt in ("spring", "summer"))
    table = np.array([[np.sum((first == a) & (second == b)) for a in (0, 1)] for b in (0, 1)])
    assert stats.chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_that_was_asked_is_held_out(share):
    n = int(in_holdout(KEYS, "spring", share).sum())
    assert stats.binomtest(n, len(KEYS), share).pvalue > 0.001


@given(st.lists(st.text(max_size=9), max_size=30), st.text(min_size=1, max_size=9), st.data())
def test_a_larger_share_only_adds_people(keys, salt, data):
    low, high = sorted(data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
    assert not np.any(in_holdout(keys, salt, low) & ~in_holdout(keys, salt, high))


def test_a_share_of_nothing_holds_out_nobody_and_of_one_everybody():
    assert not in_holdout(KEYS, "spring", 0.0).any()
    assert in_holdout(KEYS, "spring", 1.0).all()
    assert in_holdout([], "spring", 0.5).shape == (0,)


def test_a_key_is_drawn_alone_whoever_stands_beside_it():
    assert bucket_of(KEYS[:10], "s")[3] == bucket_of([KEYS[3]], "s")[0]


def test_salt_and_key_are_not_run_together():
    assert bucket_of(["c"], "ab")[0] != bucket_of(["bc"], "a")[0]
    assert bucket_of(["a1"], "s")[0] < N_BUCKETS


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(BadShare, match="from 0 to 1"):
        in_holdout(["a"], "spring", share)


@pytest.mark.parametrize("salt", ["", "x" * 1025])
def test_a_salt_that_is_none_is_refused(salt):
    with pytest.raises(BadSalt, match="accepted are 1 to"):
        in_holdout(["a"], salt, 0.1)
