"""Which artists does each listener of Last.fm also play? A tenth of each person's are hidden.

An artist that somebody played at all is wanted. Artists with fewer than five listeners are left
out: of 17,632 they are five in six, and each is hidden from nearly everybody who could tell.

Reads: a folder with plays.parquet, itself or its subfolder lastfm-hetrec; without one, made-up
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

ID = "quality/lastfm"
SUMMARY = "hidden artists of Last.fm listeners beside implicit, RecTools and LensKit"

_LEAST_LISTENERS = 5
_PEOPLE = 1500


def run(context: Context) -> Result:
    """One set."""
    task = hold_out(_events(context), context.seed)
    context.log(f"{len(task.train)} pairs of {task.train.n_items} artists train")
    valid, test = (drawn(one, _PEOPLE, context.seed) for one in (task.valid, task.test))
    return beside(context, replace(task, valid=valid, test=test, preset="music"))


def _events(context: Context) -> Interactions:
    for folder in () if context.data is None else (context.data, context.data / "lastfm-hetrec"):
        if (folder / "plays.parquet").is_file():
            with duckdb.connect() as connection:
                rows = connection.execute(
                    "SELECT DISTINCT user_id, artist_id FROM read_parquet(?) "
                    "WHERE NOT ? OR user_id % 4 = 0",
                    [str(folder / "plays.parquet"), context.quick],
                ).fetchnumpy()
            who, what = np.asarray(rows["user_id"]), np.asarray(rows["artist_id"])
            artists, counts = np.unique(what, return_counts=True)
            kept = np.isin(what, artists[counts >= _LEAST_LISTENERS])
            return interactions_of(who[kept], what[kept])
    context.log("no data folder with lastfm-hetrec: made-up stories, whose figures say nothing")
    made = made_up_stories(context.seed)
    return interactions_of(made.account, made.item)
