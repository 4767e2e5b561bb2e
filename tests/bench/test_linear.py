"""Few made-up films: every line of the table is there, with its lead over the rival."""

import math

from bench.harness import Context
from bench.quality.linear import run


def test_every_linear_model_is_judged_beside_popular_and_its_rival(tmp_path):
    said = []
    figures = run(Context(None, True, tmp_path, say=said.append)).figures
    assert figures["edlae_less_edlae.ndcg@100"] == 0
    for name in ("ease_plain", "ease", "ease_tastes", "ease_tastes_edlae", "slim"):
        assert figures[f"{name}.ndcg@100"] > figures["popular.ndcg@100"]
        expected = figures[f"{name}.ndcg@100"] - figures["edlae.ndcg@100"]
        assert math.isclose(figures[f"{name}_less_edlae.ndcg@100"], expected, abs_tol=2e-5)
    assert any("best on the valid people" in line for line in said)
