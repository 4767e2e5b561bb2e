"""Which games does each player of Steam also own? A tenth of each library is hidden.

A game is wanted when it was bought, played or not. Players with fewer than five games only train.

Reads: a folder with library.parquet, itself or its subfolder steam-200k; without one, made-up
stories, and says so.
Not here: the cut (held_out), systems and peers (beside).
"""

from dataclasses import replace

import duckdb
import numpy as np

from bench.harness import Context, Result
from bench.quality.beside import beside, drawn
from bench.quality.held_out import hold_out, interactions_of
from bench.quality.made_up import made_up_stories
from settee.events import Interactions

ID = "quality/steam"
SUMMARY = "hidden games of Steam players beside implicit, RecTools and LensKit"

_PEOPLE = 1500


def run(context: Context) -> Result:
    """One set."""
    task = hold_out(_events(context), context.seed)
    context.log(f"{len(task.train)} pairs of {task.train.n_items} games train")
    valid, test = (drawn(one, _PEOPLE, context.seed) for one in (task.valid, task.test))
    return beside(context, replace(task, valid=valid, test=test, preset="games"))


def _events(context: Context) -> Interactions:
    for folder in () if context.data is None else (context.data, context.data / "steam-200k"):
        if (folder / "library.parquet").is_file():
            with duckdb.connect() as connection:
                rows = connection.execute(
                    "SELECT DISTINCT user_id, item_id FROM read_parquet(?) "
                    "WHERE NOT ? OR user_id % 8 = 0",
                    [str(folder / "library.parquet"), context.quick],
                ).fetchnumpy()
            return interactions_of(np.asarray(rows["user_id"]), np.asarray(rows["item_id"]))
    context.log("no data folder with steam-200k: made-up stories, whose figures say nothing")
    made = made_up_stories(context.seed)
    return interactions_of(made.account, made.item)
