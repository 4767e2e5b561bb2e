import subprocess
import sys

import numpy as np
import pytest

from bench.harness import Context
from bench.speed import train, train_child
from bench.speed.train import Task, circles, watched


def small(tmp_path):
    """A task of 300 accounts, as both kinds of children read it."""
    made = train._large(Context(None, True, tmp_path))  # the shapes of a quick run
    few = {name: made.arrays[name] for name in ("n_items", "als_reg", "als_alpha", "l2")}
    indptr = made.arrays["train_indptr"][:301]
    few |= {"train_indptr": indptr, "train_index": made.arrays["train_index"][: indptr[-1]]}
    people = made.arrays["people_indptr"]
    few |= {"people_indptr": people, "people_index": made.arrays["people_index"]}
    return Task("small", few | {"factors": np.array(8)}, made.truth)


def test_the_made_up_matrix_has_distinct_items_circles_and_a_long_tail():
    indptr, index = circles(np.random.default_rng(1), 500, 3_000, 10_000)
    rows = np.repeat(np.arange(500), np.diff(indptr))
    assert len(np.unique(rows * 3_000 + index)) == len(index)
    assert 8_000 < len(index) < 13_000
    audience = np.sort(np.bincount(index, minlength=3_000))
    assert audience[-300:].sum() > 4 * audience[:300].sum()
    again = circles(np.random.default_rng(1), 500, 3_000, 10_000)
    assert again[1].tobytes() == index.tobytes()


@pytest.mark.parametrize("system", ["als", "ease", "knn"])
def test_a_child_fits_lists_and_beats_the_most_popular(system, tmp_path):
    task = small(tmp_path)
    np.savez(tmp_path / "task.npz", **task.arrays)
    train_child._main(str(tmp_path / "task.npz"), str(tmp_path / "answer.npz"), system, 1)
    with np.load(tmp_path / "answer.npz") as found:
        answer = dict(found)
    figures = train._figures(task, system, answer)
    assert figures[f"small.{system}.fit_s"] > 0
    popular = np.bincount(task.arrays["train_index"], minlength=2_000)
    most = np.argsort(-popular, kind="stable")[:100].astype(np.int32)
    lists = np.tile(most, (task.truth.n_people, 1))
    baseline = train._figures(task, "popular", answer | {"lists": lists})
    assert figures[f"small.{system}.ndcg@100"] > 1.2 * baseline["small.popular.ndcg@100"]
    people, ends = task.arrays["people_index"], task.arrays["people_indptr"]
    assert not set(answer["lists"][0].tolist()) & set(people[ends[0] : ends[1]].tolist())


def test_memory_of_a_child_and_of_its_child_is_watched_and_a_slow_one_is_ended():
    grown = "import time; x = bytearray(60_000_000); time.sleep(0.3)"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grown!r}])"
    plain, both = (
        watched(subprocess.Popen([sys.executable, "-c", program]), 60.0)
        for program in ("import time; time.sleep(0.3)", nested)
    )
    assert both > plain + 50_000_000
    slow = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    watched(slow, 0.1)
    assert slow.returncode != 0


def test_a_model_that_fails_gives_no_figure_and_says_so(tmp_path, monkeypatch):
    said = []
    context = Context(None, True, tmp_path, say=said.append)
    monkeypatch.setattr(train.sys, "executable", "false")  # a program that ends with 1
    path = tmp_path / "task.npz"
    assert train._measured(context, small(tmp_path), path, "als", is_ours=True) == {}
    assert "ended with 1" in said[0]


def test_bars_hold_seconds_lists_and_worth_against_each_peer():
    figures = {"fit_cpu_s": 2.0, "lists_per_cpu_s": 50.0, "ndcg@100": 0.42, "peak_gb": 1.0}
    ours = {f"large.als.{name}": value for name, value in figures.items()}
    ours["large.ease.fit_s"] = 130.0
    peers = {
        "implicit ALS": {f"large.als.{k}": v for k, v in (figures | {"fit_cpu_s": 3.0}).items()}
    }
    bars = train._bars(ours, peers, quick=False)
    assert bars["large: als beside implicit ALS, seconds of the processor"].holds
    assert bars["large: als beside implicit ALS, NDCG@100"].holds
    assert bars["large: most memory of ours, GB"].holds
    assert not bars["large: EASE in two minutes"].holds
    assert "large: EASE in two minutes" not in train._bars(ours, {}, quick=True)
