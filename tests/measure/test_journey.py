"""One journey step by step: every method sums to the conversion, rules are what they say."""

from dataclasses import replace

import numpy as np
import pytest

from settee.core import AttributionSettings
from settee.measure import NoJourney, attribute, explain_journey, paths_of
from tests.measure.test_attribution import shop

QUICK = AttributionSettings(bootstrap=0, order=1, min_people=1)


@pytest.mark.parametrize("worth", ["empirical", "reachable", "learned"])
def test_each_method_shares_out_one_conversion(worth: str) -> None:
    paths = shop()
    report = attribute(paths, QUICK.model_copy(update={"worth": worth}))
    journey = explain_journey(paths, report, 3)
    assert set(journey.credit) == {one.method for one in report.methods}
    for credit in journey.credit.values():
        assert credit.sum() == pytest.approx(1, abs=1e-9)
        assert len(credit) == len(journey.steps)
    assert "not causal" in journey.to_dict()["caution"]


def test_rules_do_with_one_journey_what_they_say() -> None:
    paths = paths_of([["mail", "web", "direct"]], converted=[1], nulls=[1])
    paths = replace(paths, before_s=np.array([14.0, 7.0, 0.0]) * 86_400)
    credit = explain_journey(paths, attribute(paths, QUICK), 0).credit
    assert credit["first"].tolist() == [1, 0, 0]
    assert credit["last"].tolist() == [0, 0, 1]
    assert credit["last_non_direct"].tolist() == [0, 1, 0]
    assert credit["position"] == pytest.approx([0.4, 0.2, 0.4])
    assert credit["time_decay"] == pytest.approx(np.array([1, 2, 4]) / 7)


def test_direct_alone_keeps_its_conversion() -> None:
    paths = paths_of([["direct", "direct"]])
    credit = explain_journey(paths, attribute(paths, QUICK), 0).credit
    assert credit["last_non_direct"].tolist() == [0, 1]


def test_credits_of_all_journeys_sum_to_the_report() -> None:
    paths = shop(n=80)
    report = attribute(paths, QUICK)
    for method in ("linear", "shapley", "last"):
        total = np.zeros(paths.n_channels)
        for path in np.flatnonzero(paths.converted):
            steps = paths.step[paths.indptr[path] : paths.indptr[path + 1]]
            np.add.at(total, steps, explain_journey(paths, report, int(path)).credit[method])
        assert total == pytest.approx(report.credit(method).conversions, abs=1e-9)


def test_small_channels_are_not_named_in_a_journey() -> None:
    paths = paths_of([["big"], ["big", "tiny"]], converted=[90, 3], nulls=[9, 9])
    report = attribute(paths, QUICK.model_copy(update={"min_people": 50}))
    assert "tiny" not in explain_journey(paths, report, 1).steps


def test_a_path_that_is_not_there_and_other_channels_are_refused() -> None:
    paths = shop()
    report = attribute(paths, QUICK)
    with pytest.raises(NoJourney):
        explain_journey(paths, report, paths.n_paths)
    with pytest.raises(NoJourney):
        explain_journey(paths_of([["other"]]), report, 0)


def test_a_journey_longer_than_the_model_takes_gives_a_reason() -> None:
    names = [f"c{number:02}" for number in range(16)]
    short = paths_of([[name] for name in names], converted=[2] * 16, nulls=[3] * 16)
    report = attribute(short, QUICK)
    journey = explain_journey(paths_of([names]), report, 0)
    assert journey.absent.get("ordered") == "contacts_add_nothing"
