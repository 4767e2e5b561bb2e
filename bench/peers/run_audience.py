"""Score every person for some items by ALS of `implicit`; runs in the interpreter of the peers.

Usage: run_audience.py TASK.npz ANSWER.npz. The factors are chosen on the validation period.
"""

import sys

import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix


def scores(rows, asked, starts, factors, alpha):  # noqa: ANN001, ANN201 -- a script of its own
    """(n_asked, n_people) products of the factors, summed over the items of each campaign."""
    model = AlternatingLeastSquares(
        factors=factors, regularization=0.05, iterations=15, alpha=alpha, random_state=7,
        num_threads=1,
    )  # fmt: skip
    model.fit(rows, show_progress=False)
    wanted = np.add.reduceat(model.item_factors[asked], starts, axis=0)
    return (wanted @ model.user_factors.T).astype(np.float32)


def main() -> None:
    """Fit on each period, answer for its items."""
    with np.load(sys.argv[1]) as task:
        given = dict(task)
    out = {}
    for part in sorted({name.rpartition("_")[0] for name in given if name.endswith("_indptr")}):
        rows = csr_matrix(
            (given[f"{part}_count"], given[f"{part}_item"], given[f"{part}_indptr"]),
            shape=(len(given[f"{part}_indptr"]) - 1, int(given["n_items"])),
        )
        for factors, alpha in ((8, 1.0), (16, 1.0), (32, 1.0), (64, 1.0), (32, 10.0)):
            found = scores(rows, given[f"{part}_asked"], given[f"{part}_starts"], factors, alpha)
            out[f"{part}|factors {factors}, alpha {alpha:g}"] = found
    np.savez(sys.argv[2], **out)


if __name__ == "__main__":
    main()
