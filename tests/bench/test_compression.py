"""Few made-up films: whatever is kept small answers nearly as it did, and better than popular."""

from bench.harness import Context
from bench.quality.compression import run


def test_small_forms_answer_nearly_alike_and_size_is_what_lies_on_disk(tmp_path):
    said = []
    result = run(Context(None, True, tmp_path, say=said.append))
    figures = result.figures
    whole = figures["ease.whole.float32.mb"]
    n_items = figures["n_items"]
    assert 4 * n_items**2 <= whole * 1e6 <= 4 * n_items**2 + 8 * n_items + 1000
    assert figures["ease.best50.int8.mb"] < figures["ease.whole.int8.mb"] < whole / 3.5
    assert figures["slim.int8.mb"] < figures["slim.float32.mb"]
    assert figures["ease.whole.float32.lost.ndcg@10"] == 0
    for name in ("ease.whole.float16", "ease.whole.int8", "slim.int8"):
        assert abs(figures[f"{name}.lost.ndcg@10"]) < 0.05
        assert figures[f"{name}.ndcg@100"] > figures["popular.ndcg@100"]
    assert all(name.startswith("ease.") for name in result.bars)
    assert any("us" in line for line in said)
