"""Which thing does each customer of a shop want next? Amazon Beauty, and Toys and Games.

Leave one out and rank all items: the last item of each customer judges, the one before it chooses
settings, of our sources and of other libraries alike. Instants are places in the sequence, for the
published sets have the order alone.

Reads: a folder with beauty.parquet and toys_and_games.parquet, itself or its subfolder
amazon-5core; without one, made-up sequences, and says so.
Not here: the protocol (next_item), systems and peers (beside).
"""

from pathlib import Path

import duckdb
import numpy as np

from bench.harness import Bar, Context, Result
from bench.quality.beside import Asked, Task, beside, drawn, next_measure
from bench.quality.judging import Truth
from bench.quality.made_up import made_up_stories
from bench.quality.next_item import Asked as NextAsked
from bench.quality.next_item import leave_one_out
from settee.events import Interactions

ID = "quality/amazon-next"
SUMMARY = "the next item of Amazon customers beside implicit, RecTools and LensKit"

_SETS = ("beauty", "toys_and_games")
_PEOPLE = 1500


def run(context: Context) -> Result:
    """Both shops, one after the other."""
    figures: dict[str, float] = {}
    bars: dict[str, Bar] = {}
    peers: dict[str, dict[str, float]] = {}
    for name, events in _records(context).items():
        cut = leave_one_out(events)
        context.log(f"{name}: {len(cut.train)} events train, {len(cut.test.wanted)} people")
        people = np.unique(cut.train.account)  # asked people keep their order
        rows = people[np.bincount(events.account, minlength=events.n_accounts)[people] >= 3]
        task = Task(
            train=cut.train,
            valid=drawn(_asked(cut.valid, rows, events.n_items), _PEOPLE, context.seed),
            test=drawn(_asked(cut.test, rows, events.n_items), _PEOPLE, context.seed),
            measure=next_measure,
            updates={"ease_max_items": 4000, "next_ridge_max_items": 0},
            leave_out=("graph", "slim"),  # they know no order, as EASE, and take the longest
            most_ease_items=4000,
            preset="shop",
        )
        one = beside(context, task, f"{name}.")
        figures |= one.figures
        bars |= one.bars
        for peer, values in one.peers.items():
            peers[peer] = peers.get(peer, {}) | values
    return Result(figures, bars, peers)


def _asked(asked: NextAsked, rows: np.ndarray, n_items: int) -> Asked:
    one_each = np.arange(len(asked.wanted) + 1, dtype=np.int64)
    return Asked(asked.histories, Truth(one_each, asked.wanted, n_items), rows.astype(np.int64))


def _records(context: Context) -> dict[str, Interactions]:
    for folder in () if context.data is None else (context.data, context.data / "amazon-5core"):
        if all((folder / f"{name}.parquet").is_file() for name in _SETS):
            sets = _SETS[:1] if context.quick else _SETS
            return {name: _read(folder / f"{name}.parquet", context.quick) for name in sets}
    context.log("no data folder with amazon-5core: made-up sequences, whose figures say nothing")
    return {"made_up": made_up_stories(context.seed)}


def _read(file: Path, quick: bool) -> Interactions:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT user_id, item_id, pos FROM read_parquet(?) ORDER BY user_id, pos", [str(file)]
        ).fetchnumpy()
    few = rows["user_id"] <= 1500 if quick else np.ones(len(rows["user_id"]), np.bool_)
    users, account = np.unique(rows["user_id"][few], return_inverse=True)
    items, item = np.unique(rows["item_id"][few], return_inverse=True)
    return Interactions(
        tuple(f"u{user}" for user in users), len(items), account.astype(np.int32),
        item.astype(np.int32), np.asarray(rows["pos"], np.int64)[few], np.ones(len(item), np.bool_),
    )  # fmt: skip
