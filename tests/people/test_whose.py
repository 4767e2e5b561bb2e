import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.people.whose import Whose

USUAL = np.array([0.6, 0.3], np.float32)


def sessions(*rows) -> Whose:
    """(start, end, share of Ann) each."""
    start, end, ann = (np.array(column) for column in zip(*rows, strict=True))
    share = np.stack([ann, 1 - ann], axis=1).astype(np.float32)
    return Whose.of(start.astype(np.int64), end.astype(np.int64), share, USUAL)


def at(whose: Whose, *instants: int) -> list[float]:
    return whose.at(np.array(instants, np.int64))[:, 0].round(3).tolist()


def test_an_instant_is_whose_the_session_was():
    whose = sessions((100, 200, 0.0), (0, 50, 1.0))
    assert at(whose, 0, 50, 100, 150, 200) == [1.0, 1.0, 0.0, 0.0, 0.0]


def test_outside_all_sessions_it_is_anybodys():
    assert at(sessions((100, 200, 1.0)), 99, 201) == pytest.approx([0.6, 0.6])


def test_two_screens_at_once_share_an_instant():
    assert at(sessions((0, 100, 1.0), (50, 100, 0.0)), 25, 75) == [1.0, 0.5]


def test_nobody_is_known_without_sessions():
    nobody = Whose.of(
        np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 2), np.float32), USUAL
    )
    assert at(nobody, 5) == pytest.approx([0.6])
    assert nobody.at(np.empty(0, np.int64)).shape == (0, 2)


@given(
    rows=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9), st.floats(0, 1)), min_size=1),
    instants=st.lists(st.integers(-5, 120)),
)
def test_shares_are_shares(rows, instants):
    whose = sessions(*((start, start + length, ann) for start, length, ann in rows))
    found = whose.at(np.array(instants, np.int64))
    assert np.all((found >= 0) & (found <= 1 + 1e-6))
    assert np.all(found.sum(axis=1) <= 1 + 1e-5)
