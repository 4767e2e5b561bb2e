import itertools
from dataclasses import replace

import numpy as np
import pytest

from settee.core import Item
from settee.events import catalogue_of
from settee.people.channels import OFFSETS, SIGNALS, SIZES, TASTE_AT
from settee.people.population import (
    N_TOPICS,
    NobodyToLearnFrom,
    Population,
    learn_population,
    newest_before,
    nobody_known,
)
from settee.people.rows import Places
from tests.people.homes import ANN, BOB, DAY, PEOPLE, T0, home, known, titles, town


def same(one: Population, other: Population) -> bool:
    mine, theirs = one.to_arrays(), other.to_arrays()
    return mine.keys() == theirs.keys() and all(
        np.array_equal(mine[name], theirs[name]) for name in mine
    )


def test_a_population_never_sees_sessions_after_its_cutoff() -> None:
    until_s = T0 + 7 * DAY
    past = town().where(town().end_us <= (until_s - PEOPLE.gap_s) * 1_000_000)
    assert 0 < len(past) < len(town())
    whole = learn_population(town(), titles(), until_s, PEOPLE, 3)
    assert same(whole, learn_population(past, titles(), until_s, PEOPLE, 3))


def test_a_session_whose_silence_is_not_over_at_the_cutoff_is_not_seen() -> None:
    sessions, _ = home([ANN], 1)
    end_s = int(sessions.end_us[0]) // 1_000_000
    with pytest.raises(NobodyToLearnFrom, match="no session of 1"):
        learn_population(sessions, titles(), end_s + PEOPLE.gap_s - 1, PEOPLE, 3)
    assert learn_population(sessions, titles(), end_s + PEOPLE.gap_s, PEOPLE, 3).n_households == 1


def test_a_longer_silence_sees_less() -> None:
    until_s = int(np.sort(town().end_us)[100]) // 1_000_000 + 3600
    short = learn_population(town(), titles(), until_s, PEOPLE, 3)
    patient = PEOPLE.model_copy(update={"gap_s": 86_400})
    long = learn_population(town(), titles(), until_s, patient, 3)
    assert not np.array_equal(short.prior, long.prior)


def test_it_is_the_same_after_being_written() -> None:
    for one in (known(), replace(known(), calm=np.ones((4, 15))), nobody_known()):
        again = Population.from_arrays(one.to_arrays())
        assert same(one, again)
        assert again.doubt == one.doubt
        assert again.tastes.item_ids == one.tastes.item_ids


def test_every_channel_of_its_prior_sums_to_one() -> None:
    for one in (known(), nobody_known()):
        bounds = one.offsets
        for first, last in itertools.pairwise(bounds.tolist()):
            assert one.prior[first:last].sum() == pytest.approx(1.0)
        assert bounds[-1] == TASTE_AT + N_TOPICS


def test_common_hours_are_commoner_and_numbers_of_devices_are_not() -> None:
    sessions, _ = home([BOB], 20)
    prior = learn_population(sessions, titles(), T0 + 30 * DAY, PEOPLE, 3).prior
    assert prior[20] > 10 * prior[8]
    device = SIGNALS.index("device")
    part = prior[OFFSETS[device] : OFFSETS[device + 1]]
    assert part == pytest.approx(np.full(SIZES[device], 1 / SIZES[device]))


def test_before_anything_was_learnt_no_symbol_is_likelier_than_another() -> None:
    nobody = nobody_known()
    assert nobody.n_households == 0
    assert np.unique(nobody.prior[:48]).tolist() == [1 / 48]
    sessions, _ = home([ANN, BOB], 2)
    symbols = nobody.symbols(nobody.encode(sessions, Places()))
    assert (symbols.topic == -1).all()
    assert not symbols.mass.any()


def test_the_newest_generation_that_was_there_answers() -> None:
    early, late = known(7), known(14)
    assert newest_before([early, late], late.until_s) is late
    assert newest_before([early, late], late.until_s - 1) is early
    assert newest_before([early, late], early.until_s - 1).n_households == 0
    assert newest_before([], 2**40).n_households == 0


def test_of_very_many_households_some_speak_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("settee.people.population._MOST_ACCOUNTS", 5)
    some = learn_population(town(), titles(), T0 + 15 * DAY, PEOPLE, 3)
    assert some.n_households == 4
    assert len(np.unique(town().account)) == 12


def test_sessions_without_titles_can_be_learnt_from() -> None:
    sessions, _ = home([ANN, BOB], 5)
    found = learn_population(sessions, catalogue_of([Item(item_id="x")]), T0 + 9 * DAY, PEOPLE, 3)
    assert np.isfinite(found.prior).all()
