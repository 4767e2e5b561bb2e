"""Find the items of an answer on the best rung that can give one.

    ranker     the released ranker ordered the pool
    fusion     the sources' blend or ranks did: not promoted, out of time, a source left out, a bug
    popular    what many want: no history, or no source that needs one answered
    catalogue  the newest items that can be had: no model, or no source put anything forward

Each step down has a reason, and the answer carries it. Where even the catalogue is empty there is
an error and no invention.

Reads: a serving, what is known of the account.  Writes: nothing.
Not here: the first order (respond.base), rules and variety over it (respond.page).
"""

import numpy as np

from settee.core import RespondSettings
from settee.features import Pool
from settee.respond.base import Base, Wish, first_order
from settee.respond.errors import NothingToShow
from settee.respond.person import Known
from settee.respond.serving import Serving
from settee.rules import Verdict, keep

_SHELF = 300
"""Most items of the catalogue that are looked at."""
_RRF = 60.0


def climb(
    serving: Serving, known: Known, verdict: Verdict, wish: Wish, settings: RespondSettings
) -> Base:
    """The pool and its first order, from the best rung that has any item.

    Args:
        serving: What answers.
        known: History of those whom it is for, in the serving's item space.
        verdict: What the rules say of every item.
        wish: What is wanted.
        settings: Budgets (change which rung answers when time is short), `together_least`.

    Raises:
        NothingToShow: If no item is left on any rung.
    """
    stage = serving.stage
    if stage is None:
        return _catalogue(serving, verdict, wish, Base("catalogue", "no_model", *_NOTHING))
    base = first_order(stage, known, verdict, wish, settings)
    if len(base.pool) == 0:
        none = Base("catalogue", "no_candidates", *_NOTHING, left_out=base.left_out)
        return _catalogue(serving, verdict, wish, none)
    return base


def _pool_of(items: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Pool:
    n = len(items)
    fused = (1.0 / (_RRF + 1.0 + np.arange(n))).astype(np.float32)
    return Pool(items, np.empty((n, 0), np.float32), np.empty((n, 0), np.int32), fused)


_NOTHING = (_pool_of(np.empty(0, np.int32)), np.empty(0, np.float64))


def _catalogue(serving: Serving, verdict: Verdict, wish: Wish, none: Base) -> Base:
    newest = serving.offer.newest_first
    items = newest[keep(verdict, newest, max(_SHELF, wish.k))]
    if len(items) == 0:
        n_items, removed = serving.offer.n_items, verdict.counts()
        told = ", ".join(f"{n} {name}" for name, n in removed.items()) or "none removed"
        raise NothingToShow(
            f"No item can be shown: the catalogue has {n_items} ({told}).",
            hint="Import or PUT items." if n_items == 0 else "Ask with fewer excludes.",
        )
    pool = _pool_of(items)
    return Base(none.rung, none.because, pool, np.log(pool.fused.astype(np.float64)), none.left_out)
