"""What is learnt of who responds, what each setting does to it, and how it is kept."""

from pathlib import Path

import numpy as np
import pytest

from settee.audiences import (
    NoResponses,
    Ready,
    ResponseModel,
    TooShort,
    load_responses,
    reach_of,
    response_signals,
    save_responses,
    train_responses,
)
from settee.audiences.history import DAY_S
from settee.audiences.learnt import ResponsesDamaged
from settee.core import ResponseSettings, Settings
from settee.store import write_bundle

from .world import CUT_S, SETTINGS, shop

CATALOGUE, RECORD = shop()
PAST = RECORD.where(RECORD.at_s < CUT_S)


def _bytes(model: ResponseModel) -> bytes:
    return b"".join(part.tobytes() for part in model.to_arrays().values())


def _with(**changes: float) -> Settings:
    response = ResponseSettings(**(SETTINGS.response.model_dump() | changes))
    return SETTINGS.model_copy(update={"response": response})


def test_the_same_record_and_seed_give_the_same_model(ready: Ready) -> None:
    assert _bytes(train_responses(PAST, CATALOGUE, SETTINGS)) == _bytes(ready.model)


@pytest.mark.parametrize(
    ("name", "value"),
    [("horizon_days", 20), ("cuts", 1), ("targets", 10), ("pairs", 1500), ("recent_days", 5),
     ("ridge", 500)],
)  # fmt: skip
def test_each_setting_of_learning_changes_what_is_learnt(
    ready: Ready, name: str, value: float
) -> None:
    assert _bytes(train_responses(PAST, CATALOGUE, _with(**{name: value}))) != _bytes(ready.model)


def test_a_larger_ridge_makes_smaller_weights(ready: Ready) -> None:
    damped = train_responses(PAST, CATALOGUE, _with(ridge=5000))
    assert np.abs(damped.wants.weight).sum() < np.abs(ready.model.wants.weight).sum()


def test_only_what_counts_as_a_response_is_learnt_as_one(ready: Ready) -> None:
    few = RECORD.is_interest & (np.arange(len(RECORD)) % 4 == 0)
    rare = type(RECORD)(
        RECORD.account_ids, RECORD.n_items, RECORD.account, RECORD.item, RECORD.at_s, few
    ).where(RECORD.at_s < CUT_S)
    learnt = train_responses(PAST, CATALOGUE, SETTINGS, responses=rare)
    assert learnt.wants.constant < ready.model.wants.constant
    assert _bytes(learnt) != _bytes(ready.model)
    bought = response_signals(_with_kinds("purchase"))
    assert bought.kinds == ("purchase",)
    assert response_signals(SETTINGS) == SETTINGS.signals


def _with_kinds(*kinds: str) -> Settings:
    response = SETTINGS.response.model_copy(update={"kinds": kinds})
    return SETTINGS.model_copy(update={"response": response})


def test_the_keen_are_likelier_to_come_than_the_rare(ready: Ready) -> None:
    keen = [int(one[1:]) % 3 == 0 for one in ready.reach.units.account_ids]
    p = ready.model.p_active(ready.reach)
    assert p[keen].mean() > 2 * p[np.logical_not(keen)].mean()
    later = RECORD.where(RECORD.at_s >= CUT_S)
    came = len(np.unique(later.account)) / ready.reach.n_units
    assert p.mean() == pytest.approx(came, abs=0.07)


def test_where_everybody_comes_each_surely_will_and_items_are_still_told_apart() -> None:
    keen = RECORD.where(np.isin(RECORD.account, np.flatnonzero(np.arange(300) % 3 == 0)))
    model = train_responses(keen, CATALOGUE, SETTINGS)
    reach = reach_of(keen, CUT_S + 30 * DAY_S, recent_days=SETTINGS.response.recent_days)
    p = model.p_active(reach)
    assert p.min() > 0.95
    assert model.wants.weight.any()


def test_later_events_do_not_change_what_an_earlier_record_teaches(ready: Ready) -> None:
    again = train_responses(PAST, CATALOGUE, SETTINGS)
    assert _bytes(again) == _bytes(ready.model)
    assert _bytes(train_responses(RECORD, CATALOGUE, SETTINGS)) != _bytes(ready.model)


def test_a_record_of_a_week_is_too_short_and_says_so() -> None:
    first = int(RECORD.at_s.min())
    week = RECORD.where(RECORD.at_s < first + 7 * DAY_S)
    with pytest.raises(TooShort) as told:
        train_responses(week, CATALOGUE, SETTINGS)
    assert told.value.code == "too_short"
    with pytest.raises(TooShort):
        train_responses(RECORD.where(RECORD.at_s < 0), CATALOGUE, SETTINGS)


def test_a_model_kept_and_opened_is_the_same(ready: Ready, tmp_path: Path) -> None:
    version = save_responses(tmp_path, ready.model, {"seed": 7})
    assert version == save_responses(tmp_path, ready.model, {"seed": 7})
    assert _bytes(load_responses(tmp_path, version)) == _bytes(ready.model)


def test_what_is_not_there_or_something_else_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(NoResponses) as told:
        load_responses(tmp_path, "0" * 16)
    assert told.value.code == "no_responses"
    other = write_bundle(tmp_path, {}, {"other": {"a": np.zeros(1)}}, {})
    with pytest.raises(ResponsesDamaged):
        load_responses(tmp_path, other)


def test_p_active_is_of_units_and_not_of_the_item(ready: Ready) -> None:
    reach = reach_of(PAST, CUT_S)
    assert ready.model.p_active(reach).shape == (reach.n_units,)
    assert ready.p_active == pytest.approx(ready.model.p_active(reach), abs=1e-6)
