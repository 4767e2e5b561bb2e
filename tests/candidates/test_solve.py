import runpy

import numpy as np
import pytest

from settee.candidates import SolveFailed, cholesky, solve


def positive(n, seed=0):
    matrix = np.random.default_rng(seed).normal(size=(n, n)).astype(np.float32)
    return matrix @ matrix.T + n * np.eye(n, dtype=np.float32)


@pytest.mark.parametrize("isolate_from", [100, 1], ids=["here", "in a child"])
def test_the_upper_triangle_becomes_that_of_the_inverse(isolate_from):
    matrix = positive(30)
    upper = np.triu(matrix)
    solve.invert(upper, isolate_from)
    assert np.allclose(np.triu(upper), np.triu(np.linalg.inv(matrix)), atol=1e-5)


def test_a_child_gives_the_same_bytes():
    here, there = np.triu(positive(40)), np.triu(positive(40))
    solve.invert(here, 100)
    solve.invert(there, 1)
    assert np.array_equal(here, there)


def test_an_empty_matrix_needs_no_work():
    solve.invert(np.empty((0, 0), np.float32))


@pytest.mark.parametrize("isolate_from", [100, 1], ids=["here", "in a child"])
def test_a_matrix_that_is_not_positive_definite_is_refused(isolate_from):
    with pytest.raises(SolveFailed, match="2 items"):
        solve.invert(np.array([[1, 2], [0, 1]], np.float32), isolate_from)


def test_the_death_of_the_child_is_an_error_here(monkeypatch, tmp_path):
    deadly = tmp_path / "deadly.py"
    deadly.write_text("import os; os.abort()")
    monkeypatch.setattr(cholesky, "__file__", str(deadly))
    with pytest.raises(SolveFailed, match="status -6") as caught:
        solve.invert(np.triu(positive(3)), 1)
    assert "ease_max_items" in caught.value.hint


@pytest.mark.parametrize(("sign", "status"), [(1, 0), (-1, 3)])
def test_the_program_says_by_its_status_how_it_went(monkeypatch, tmp_path, sign, status):
    path = tmp_path / "matrix"
    (sign * positive(3)).tofile(path)
    monkeypatch.setattr("sys.argv", ["cholesky", str(path)])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(cholesky.__file__, run_name="__main__")
    assert left.value.code == status
