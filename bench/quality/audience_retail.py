"""Who buys an item in the next 30 days: a gift shop of 4,300 customers, split by time.

Everything that is known lies before the last 30 days of the record. Items are those that at least
50 known customers bought in these days; for each, the first thousand customers of each system are
held against who bought it. Settings are the defaults, the peer's are chosen on the 30 days before.
Choosing items by what came makes them more popular than foretold; the calibration is therefore told
for them and for items chosen by the days before.

Reads: a folder with online-retail/lines.parquet; without one, a made-up shop, and says so.
Not here: judging (bench.quality.audience_judging).
"""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.harness import Context, Result
from bench.quality.audience_judging import (
    Asked,
    als_scores,
    calibration,
    judge,
    plain_orders,
    precision_of,
)
from settee.audiences import Ready, Target, prepare, probabilities, reach_of, train_responses
from settee.candidates import fit_sources
from settee.core import Item, Settings
from settee.events import Catalogue, Interactions, catalogue_of

ID = "quality/audience-retail"
SUMMARY = "who buys an item next: online-retail, against popularity, activity, RF and implicit"

_DAY_S = 86_400
_HORIZON_S = 30 * _DAY_S
_LEAST_BUYERS = 50
_PRODUCT = re.compile(r"^\d{5}")


def run(context: Context) -> Result:
    """Learn before the last 30 days, judge on them."""
    catalogue, events = _shop(context)
    end_s = int(events.at_s.max()) + 1
    least = 5 if context.quick else _LEAST_BUYERS
    valid = asked_at(events, end_s - 2 * _HORIZON_S, end_s - _HORIZON_S, least)
    test = asked_at(events, end_s - _HORIZON_S, end_s, least)
    context.log(
        f"{events.n_accounts:,} customers, {catalogue.n_items:,} items, {len(events):,} lines; "
        f"{len(test.items)} items judged among {test.reach.n_units:,} known customers"
    )
    ready = ready_at(events, catalogue, end_s - _HORIZON_S)
    p = _probabilities(ready, test.items)
    scores = {"settee": p, **plain_orders(test.reach, context.seed)}
    scores |= _als(context, valid, test)
    figures, bars = judge(context, scores, test)
    told, more = calibration(context, p, test)
    figures |= told | {"items": float(len(test.items)), "people": float(test.reach.n_units)}
    before = asked_at(events, end_s - _HORIZON_S, end_s, least, by_past=True)
    blind, _ = calibration(context, _probabilities(ready, before.items), before)
    figures |= {f"items_of_the_past.{name}": value for name, value in blind.items()}
    return Result(figures, bars | more)


def _als(context: Context, valid: Asked, test: Asked) -> dict[str, NDArray[np.float64]]:
    """The peer, its setting chosen on the earlier period."""
    parts = {
        name: (one.reach, [np.array([item]) for item in one.items])
        for name, one in (("valid", valid), ("test", test))
    }
    found = als_scores(context, parts)
    if not found:
        return {}
    best = max(found, key=lambda name: precision_of(found[name]["valid"], valid.responded))
    context.log(f"implicit ALS: {best}, chosen on the earlier period")
    return {"implicit_als": found[best]["test"]}


def asked_at(
    events: Interactions, start_s: int, end_s: int, least: int, *, by_past: bool = False
) -> Asked:
    """Items with enough buyers in a period, or in the one before it, and who bought them."""
    reach = reach_of(events, start_s)
    inside = events.where((events.at_s >= start_s) & (events.at_s < end_s))
    place = {account: unit for unit, account in enumerate(reach.units.account_ids)}
    unit_of = np.array([place.get(one, -1) for one in events.account_ids])
    unit = unit_of[inside.account]
    came = np.zeros((events.n_items, reach.n_units), np.bool_)
    came[inside.item[unit >= 0], unit[unit >= 0]] = True
    n = came.sum(axis=1)
    if by_past:
        recent = reach.at_s >= start_s - (end_s - start_s)
        n = np.bincount(reach.item[recent], minlength=events.n_items)
    items = np.flatnonzero(n >= least).astype(np.int32)
    return Asked(reach, items, came[items])


def ready_at(events: Interactions, catalogue: Catalogue, cut_s: int) -> Ready:
    """What is known before an instant, learnt by the defaults."""
    settings = Settings()
    past = events.where(events.at_s < cut_s)
    model = train_responses(past, catalogue, settings)
    sources = fit_sources(past, catalogue, settings.sources)
    return prepare(reach_of(past, cut_s), model, sources, catalogue, settings.response)


def _probabilities(ready: Ready, items: NDArray[np.int32]) -> NDArray[np.float64]:
    one = [probabilities(ready, Target(np.array([item], np.int32)))[0] for item in items]
    return np.array(one)


def _shop(context: Context) -> tuple[Catalogue, Interactions]:
    folder = None if context.data is None else context.data / "online-retail"
    if folder is not None and (folder / "lines.parquet").is_file():
        return _online_retail(folder)
    context.log("no online-retail in the data folder: a made-up shop, whose figures say nothing")
    return _made_up(context.seed)


def _online_retail(folder: Path) -> tuple[Catalogue, Interactions]:
    """Sold lines of known customers; postage, samples and the like are no items."""
    import pyarrow.parquet as pq

    lines = pq.read_table(folder / "lines.parquet")
    codes = lines["stock_code"].to_pylist()
    keep = np.asarray(lines["customer_id"].is_valid())
    keep &= (np.asarray(lines["quantity"]) > 0) & (np.asarray(lines["unit_price"]) > 0)
    keep &= np.array([_PRODUCT.match(code) is not None for code in codes])
    known = pq.read_table(folder / "items.parquet")
    titles = dict(
        zip(known["stock_code"].to_pylist(), known["description"].to_pylist(), strict=True)
    )
    ids, item = np.unique(np.array(codes)[keep].astype(str), return_inverse=True)
    customer = lines["customer_id"].fill_null(0).to_numpy()[keep]
    names, account = np.unique(customer, return_inverse=True)
    at_s = np.asarray(lines["ts"].cast("timestamp[s]").cast("int64"))[keep]
    items = [Item(item_id=str(one), title=titles.get(str(one)) or "") for one in ids]
    return catalogue_of(items), sorted_events(
        tuple(map(str, names)), account, item, at_s, len(items)
    )


def _made_up(seed: int) -> tuple[Catalogue, Interactions]:
    rng = np.random.default_rng(seed)
    account = rng.integers(0, 400, 6000)
    item = (20 * rng.random(6000) ** 2).astype(np.int64) + 20 * (account % 2)
    at_s = 1_700_000_000 + rng.integers(0, 180 * _DAY_S, 6000)
    items = [Item(item_id=f"m{n}", tags=(f"t{n // 20}",)) for n in range(40)]
    return catalogue_of(items), sorted_events(
        tuple(f"a{n:03d}" for n in range(400)), account, item, at_s, 40
    )


def sorted_events(
    names: tuple[str, ...], account: NDArray[np.integer], item: NDArray[np.integer],
    at_s: NDArray[np.integer], n_items: int,
) -> Interactions:  # fmt: skip
    """Events of interest, sorted as a record is."""
    order = np.lexsort((item, at_s, account))
    return Interactions(
        names,
        n_items,
        account[order].astype(np.int32),
        item[order].astype(np.int32),
        at_s[order].astype(np.int64),
        np.ones(len(order), np.bool_),
    )
