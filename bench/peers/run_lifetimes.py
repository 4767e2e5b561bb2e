"""Foretell purchases by BG/NBD and Pareto/NBD of `lifetimes`; runs in the peers' interpreter.

Usage: run_lifetimes.py TASK.npz ANSWER.npz. The task holds frequency, recency and age of every
customer and the horizon; the answer the expected purchases and the probability of one or more.
"""

import sys
import warnings

import numpy as np
from lifetimes import BetaGeoFitter, ParetoNBDFitter


def main() -> None:
    """Fit both on all customers."""
    warnings.simplefilter("ignore")  # of its own dependencies; it is no part of the product
    with np.load(sys.argv[1]) as task:
        x, t_x, age = (task[name] for name in ("frequency", "recency", "age"))
        horizon = float(task["horizon"])
    np.random.seed(7)  # noqa: NPY002 -- the fit of lifetimes draws its start from here
    bg, pareto = BetaGeoFitter(), ParetoNBDFitter()
    bg.fit(x, t_x, age)
    pareto.fit(x, t_x, age)
    r, alpha = bg.params_["r"], bg.params_["alpha"]
    none = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
    zero = pareto.conditional_probability_of_n_purchases_up_to_time(0, horizon, x, t_x, age)
    np.savez(
        sys.argv[2],
        bgnbd_expected=bg.conditional_expected_number_of_purchases_up_to_time(horizon, x, t_x, age),
        bgnbd_active=bg.conditional_probability_alive(x, t_x, age) * (1 - none),
        pareto_expected=pareto.conditional_expected_number_of_purchases_up_to_time(
            horizon, x, t_x, age
        ),
        pareto_active=1 - np.asarray(zero),
    )


main()
