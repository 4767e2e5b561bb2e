import numpy as np
import pytest

from settee.measure import BadHoldout, Span, read_holdout
from tests.measure.worlds import contacts_of

IDS = [f"a{number:03d}" for number in range(200)]
HELD_OUT = np.arange(200) < 100


def rows(n_added: int) -> list[tuple[object, ...]]:
    """One conversion in five accounts everywhere, and some more among those not held out."""
    found: list[tuple[object, ...]] = [(IDS[n], 5, "buy", 1.0) for n in range(0, 200, 5)]
    found += [(IDS[100 + n], 6, "buy", 1.0) for n in range(n_added)]
    return [*found, (IDS[150], 1, "touch", "m")]


def test_what_was_added_is_the_difference_times_those_who_might_be_contacted() -> None:
    found = read_holdout(contacts_of(rows(30)), IDS, HELD_OUT)
    assert found.added is not None
    assert found.added.value == pytest.approx(30)
    assert found.added.low < 30 < found.added.high
    scale = found.factor(60.0)
    assert scale is not None
    assert scale.value == pytest.approx(0.5)
    assert found.factor(0.0) is None


def test_contacts_that_did_nothing_added_nothing() -> None:
    found = read_holdout(contacts_of(rows(0)), IDS, HELD_OUT)
    assert found.added is not None
    assert found.added.value == pytest.approx(0)


def test_only_conversions_of_the_span_count() -> None:
    found = read_holdout(contacts_of(rows(30)), IDS, HELD_OUT, Span(5_500_000, 7_000_000))
    assert found.lift.held_out == 0
    assert found.lift.treated == pytest.approx(0.3)


def test_held_out_accounts_that_were_contacted_are_counted() -> None:
    more = [*rows(0), (IDS[3], 1, "touch", "m"), (IDS[3], 2, "touch", "m")]
    assert read_holdout(contacts_of(more), IDS, HELD_OUT).n_leaked == 1


def test_a_holdout_of_nobody_is_refused() -> None:
    with pytest.raises(BadHoldout, match="0 of 200"):
        read_holdout(contacts_of(rows(0)), IDS, np.zeros(200, np.bool_))


def test_too_few_are_a_reason_and_no_number() -> None:
    found = read_holdout(contacts_of(rows(0)), IDS[:12], np.arange(12) < 6)
    assert (found.added, found.lift.reason) == (None, "too_few")
    assert found.factor(1.0) is None
