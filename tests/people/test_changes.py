import msgspec
import numpy as np

from settee.people.changes import Told

TWO = Told(labels={"e1": (1,), "e2": (), "e3": (1, 2)}, next_number=3)


def test_a_told_session_allows_only_who_was_there() -> None:
    clamps = TWO.clamps(["e0", "e1", "e2", "e3"], [2, 1])
    assert clamps.row.tolist() == [1, 2, 3]
    assert clamps.allowed.tolist() == [[False, True], [False, False], [True, True]]
    assert clamps.share.tolist() == [[0, 1], [0, 0], [0.5, 0.5]]
    assert clamps.n_persons.tolist() == [1, 0, 2]
    assert clamps.missing == ()


def test_a_told_person_without_a_component_is_missing() -> None:
    clamps = TWO.clamps(["e1", "e3"], [2])
    assert clamps.missing == (1,)
    assert clamps.share.tolist() == [[0], [1]]


def test_a_merged_person_is_both_components() -> None:
    merged = Told(labels=TWO.labels, part_of={2: 1}, next_number=3)
    clamps = merged.clamps(["e1", "e3"], [1, 2])
    assert clamps.allowed.all()
    assert clamps.share.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert clamps.n_persons.tolist() == [1, 1]


def test_nothing_told_holds_nothing_fast() -> None:
    clamps = Told().clamps(["e1"], [])
    assert clamps.row.shape == (0,)
    assert clamps.allowed.shape == clamps.share.shape == (0, 0)
    assert clamps.share.dtype == np.float32


def test_a_fit_must_find_everybody_who_was_told() -> None:
    assert TWO.n_least == 2
    assert Told(labels=TWO.labels, part_of={2: 1}).n_least == 1
    assert Told().n_least == 0


def test_a_chain_of_merges_leads_to_one_person() -> None:
    told = Told(part_of={3: 2, 2: 1})
    assert told.roots([1, 2, 3, 4]) == (1, 1, 1, 4)


def test_labels_of_sessions_that_are_gone_are_dropped() -> None:
    assert set(TWO.within(["e3", "e9"]).labels) == {"e3"}
    assert TWO.within(["e1", "e2", "e3"]) is TWO


def test_what_was_told_survives_being_written() -> None:
    told = Told(TWO.labels, {2: 1}, {1: "Ann"}, {"d": 0}, {"p": (1, False)}, frozenset({5}), 6)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Told) == told
