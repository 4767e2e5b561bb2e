import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.people.changes import Told
from settee.people.channels import Symbols
from settee.people.errors import HouseholdDamaged
from settee.people.memory import _MOST_ROWS, _TOPICS, Memory, key_of
from settee.people.rows import Places, Rows
from tests.people.homes import ANN, BOB, home, known


def some(n_days: int = 5) -> tuple[Rows, Symbols, tuple[str, ...]]:
    sessions, _ = home([ANN, BOB], n_days)
    rows = known().encode(sessions, Places())
    return rows, known().symbols(rows), sessions.last_event_id


def remembered(n_days: int = 5, posterior: NDArray[np.float64] | None = None) -> Memory:
    rows, symbols, ids = some(n_days)
    memory = Memory.new()
    memory.add(rows, symbols, np.tile([0.75, 0.25], (len(rows), 1))
               if posterior is None else posterior, ids)  # fmt: skip
    return memory


def test_symbols_are_remembered_as_they_were() -> None:
    _, symbols, _ = some()
    kept = remembered().symbols()
    assert np.array_equal(kept.symbol, symbols.symbol)
    assert np.array_equal(kept.topic[:, :_TOPICS], symbols.topic[:, :_TOPICS])
    assert kept.weight[:, :_TOPICS] == pytest.approx(symbols.weight[:, :_TOPICS], abs=1 / 48)


def test_a_session_is_found_by_the_id_of_its_last_event() -> None:
    ids = some()[2]
    assert remembered().places_of([ids[3], "elsewhere", ids[0]]).tolist() == [3, -1, 0]
    assert key_of("e1") == key_of("e1") != key_of("e2")


def test_the_oldest_are_forgotten_when_there_are_too_many() -> None:
    rows, symbols, ids = some(_MOST_ROWS // 2 + 5)
    memory = remembered(_MOST_ROWS // 2 + 5)
    assert len(memory.rows) == len(memory.share) == _MOST_ROWS
    assert memory.n_seen == len(rows) == _MOST_ROWS + 10
    assert memory.places_of([ids[9], ids[10]]).tolist() == [-1, 0]
    assert len(symbols) == len(rows)


def test_shares_are_the_same_before_and_after_writing() -> None:
    memory = remembered()
    again = Memory.from_bytes(memory.to_bytes())
    assert np.array_equal(again.share, memory.share)
    assert again.to_bytes() == memory.to_bytes()


def test_bytes_hold_everything() -> None:
    memory = remembered()
    memory.told = Told(labels={"e1": (1, 2)}, names={1: "Ann"}, forgotten=frozenset({3}))
    memory.resting, memory.drift, memory.forgets_faster = [4], b"d", True
    memory.places.profile.append("kids")
    again = Memory.from_bytes(memory.to_bytes())
    assert again.told == memory.told
    assert (again.resting, again.drift, again.forgets_faster) == ([4], b"d", True)
    assert again.places == memory.places
    assert (again.n_seen, again.next_fit, again.next_number) == (10, 1, 2)


@given(st.binary(max_size=60))
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(HouseholdDamaged, match="cannot be read"):
        Memory.from_bytes(raw)


def test_bytes_of_another_shape_are_refused() -> None:
    raw = remembered().to_bytes()
    with pytest.raises(HouseholdDamaged):
        Memory.from_bytes(raw.replace(b"\xc4\xa0"[:1], b"\xc5", 1)[:-3])


def test_a_session_takes_less_than_forty_bytes() -> None:
    assert (len(remembered(100).to_bytes()) - len(remembered(50).to_bytes())) / 100 < 40


def test_what_was_told_is_given_by_row_and_by_root() -> None:
    memory, ids = remembered(), some()[2]
    memory.told = Told(labels={ids[2]: (3,), ids[4]: (), "gone": (1,)}, part_of={3: 1})
    assert memory.told_rows() == {2: (1,), 4: ()}
    assert memory.roots() == {3: 1}


def test_shares_of_a_dozen_persons_fit_in() -> None:
    rows = some()[0]
    posterior = np.random.default_rng(0).dirichlet(np.ones(21), len(rows))
    memory = Memory.new()
    memory.numbers = list(range(1, 21))
    memory.part = np.zeros((0, 21), np.uint8)
    memory.add(*some()[:2], posterior, some()[2])
    assert memory.share == pytest.approx(posterior, abs=1 / 500)
    assert np.array_equal(Memory.from_bytes(memory.to_bytes()).share, memory.share)
