"""What new things will each customer of a gift shop put into the next basket?

Of each customer with three baskets or more the last judges and the one before it chooses settings;
what the customer bought before is not asked for again, so these are discoveries alone. Everything
before those two baskets trains. Cancelled invoices, returns and sales without a customer are left
out.

Reads: a folder with lines.parquet, itself or its subfolder online-retail; without one, made-up
stories, and says so.
Not here: systems and peers (beside).
"""

from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from bench.harness import Context, Result
from bench.quality.beside import Asked, Task, beside, drawn
from bench.quality.judging import Truth
from bench.quality.made_up import made_up_stories
from settee.events import Histories, Interactions

ID = "quality/retail"
SUMMARY = "new things in the next basket of a gift shop beside implicit, RecTools and LensKit"

_PEOPLE = 1500


def run(context: Context) -> Result:
    """One shop."""
    events, basket = _record(context)
    last = _baskets_from_the_end(events.account, basket)
    train = events.where((last >= 2) | _has_few(events.account, last))
    context.log(f"{len(train)} lines train")
    task = Task(
        train=train,
        valid=drawn(_asked(events, last, 1), _PEOPLE, context.seed),
        test=drawn(_asked(events, last, 0), _PEOPLE, context.seed),
        updates={"next_ridge_max_items": 1500, "slim_nearby": 150},
        preset="gifts",
    )
    return beside(context, task)


def _record(context: Context) -> tuple[Interactions, NDArray[np.int64]]:
    """Events and the basket of each, numbered in order of time within an account."""
    for folder in () if context.data is None else (context.data, context.data / "online-retail"):
        if (folder / "lines.parquet").is_file():
            return _read(folder / "lines.parquet", context.quick)
    context.log("no data folder with online-retail: made-up stories, whose figures say nothing")
    events = made_up_stories(context.seed)
    return events, events.at_s // 180  # three minutes of a story are a basket


def _read(file: Path, quick: bool) -> tuple[Interactions, NDArray[np.int64]]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT customer_id AS who, stock_code AS what, epoch(min(ts))::BIGINT AS at_s, "
            "min(min(ts)) OVER (PARTITION BY customer_id, invoice) AS begun, invoice "
            "FROM read_parquet(?) WHERE customer_id IS NOT NULL AND quantity > 0 "
            "AND left(invoice, 1) <> 'C' AND (NOT ? OR customer_id % 8 = 0) "
            "GROUP BY customer_id, stock_code, invoice ORDER BY who, begun, invoice, what",
            [str(file), quick],
        ).fetchnumpy()
    users, account = np.unique(np.asarray(rows["who"]), return_inverse=True)
    items, item = np.unique(np.asarray(rows["what"]).astype(str), return_inverse=True)
    _, basket = np.unique(np.asarray(rows["invoice"]).astype(str), return_inverse=True)
    begins = np.ones(len(account), np.bool_)
    begins[1:] = (np.diff(account) != 0) | (np.diff(basket) != 0)
    events = Interactions(
        tuple(f"c{user}" for user in users), len(items), account.astype(np.int32),
        item.astype(np.int32), np.asarray(rows["at_s"], np.int64), np.ones(len(item), np.bool_),
    )  # fmt: skip
    return events, np.cumsum(begins).astype(np.int64)


def _baskets_from_the_end(
    account: NDArray[np.int32], basket: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n,) how many baskets of the account came after that of each event."""
    begins = np.ones(len(account), np.bool_)
    begins[1:] = (np.diff(account) != 0) | (np.diff(basket) != 0)
    number = np.cumsum(begins)
    end = np.searchsorted(account, account, side="right") - 1
    return (number[end] - number).astype(np.int64)


def _has_few(account: NDArray[np.int32], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Events of accounts with fewer than three baskets, which only train."""
    most = np.zeros(int(account.max(initial=0)) + 1, np.int64)
    np.maximum.at(most, account, last)
    return most[account] < 2


def _asked(events: Interactions, last: NDArray[np.int64], basket: int) -> Asked:
    """People before that basket from the end, and what was new in it."""
    few = _has_few(events.account, last)
    histories: list[NDArray[np.int64]] = []
    wanted: list[NDArray[np.int32]] = []
    people = []
    for who in np.unique(events.account[~few]):
        start, end = np.searchsorted(events.account, [who, who + 1])
        rows = np.arange(start, end)
        before = rows[last[rows] > basket]
        new = np.unique(events.item[rows[last[rows] == basket]])
        new = new[~np.isin(new, events.item[before])]
        if not len(new):
            continue
        _, newest = np.unique(events.item[before][::-1], return_index=True)
        histories.append(before[np.sort(len(before) - 1 - newest)])
        wanted.append(new.astype(np.int32))
        people.append(who)
    place = np.concatenate([np.empty(0, np.int64), *histories])
    return Asked(
        Histories(_ends(histories), events.item[place], events.at_s[place]),
        Truth(_ends(wanted), np.concatenate([np.empty(0, np.int32), *wanted]), events.n_items),
        np.array(people, np.int64),
    )


def _ends(parts: list[NDArray[np.int64]] | list[NDArray[np.int32]]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)
