"""A trial out of an audience: chance drew accounts, so each is one row."""

from datetime import UTC, datetime

import numpy as np
import pytest

from settee.audiences import (
    Audience,
    AudienceQuery,
    Members,
    TooFewInTrial,
    Units,
    trial_of,
    trial_rows,
)
from settee.audiences.campaign_trial import UPLIFT_FEATURES
from settee.audiences.history import Reach


def reach(*units: tuple[str, str]) -> Reach:
    n = len(units)
    ones, days = np.ones(n, np.float32), 86_400 * np.arange(1, n + 1)
    return Reach(
        Units(*(tuple(column) for column in zip(*units, strict=True))),
        1, 86_400 * (n + 2), np.arange(n + 1), np.zeros(n, np.int32), days,
        ones, ones, ones, days, days, ones,
    )  # fmt: skip


def audience(*rows: tuple[str, str, float, bool]) -> Audience:
    accounts, persons, chances, held_out = zip(*rows, strict=True)
    members = Members(accounts, persons, np.array(chances), np.array(held_out))
    query = AudienceQuery(item_id="m", campaign="spring")
    return Audience(
        "aud", query, datetime(2026, 1, 1, tzinfo=UTC), "model", 9, 1.0, None, {}, members
    )


def test_an_account_is_one_row_by_the_person_of_it_that_stands_first() -> None:
    made = audience(
        ("a", "p2", 0.5, False), ("b", "", 0.4, True), ("a", "p1", 0.2, False),
        ("c", "", 0.1, False),
    )  # fmt: skip
    found = trial_rows(made, reach(("a", "p1"), ("a", "p2"), ("b", ""), ("c", "")), {"a", "b"})
    assert found.account_ids == ("a", "b", "c")
    assert found.treated.tolist() == [True, False, True]
    assert found.outcome.tolist() == [1.0, 1.0, 0.0]
    assert found.x.shape == (3, len(UPLIFT_FEATURES))
    assert found.x[:, 0].tolist() == pytest.approx([0.0, np.log(2 / 3), np.log(1 / 9)])


def test_who_is_not_known_now_or_was_in_an_earlier_audience_has_no_row() -> None:
    made = audience(("a", "", 0.5, False), ("gone", "", 0.4, True), ("b", "", 0.4, True))
    found = trial_rows(made, reach(("a", ""), ("b", "")), set(), known={"a"})
    assert found.account_ids == ("b",)
    nobody = trial_rows(made, reach(("z", "")), set())
    assert nobody.x.shape == (0, len(UPLIFT_FEATURES))


def test_rows_of_several_audiences_are_one_trial_if_there_are_enough() -> None:
    many = [(f"a{n}", "", 0.1, n % 2 == 0) for n in range(60)]
    rows = trial_rows(audience(*many), reach(*((one[0], "") for one in many)), {"a1"})
    with pytest.raises(TooFewInTrial, match="30 were addressed and 30 were not"):
        trial_of([rows])
    trial = trial_of([rows, rows])
    assert (trial.share, trial.outcome.sum()) == (0.5, 2.0)
