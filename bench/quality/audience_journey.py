"""Who buys what a campaign is about: 27 real campaigns of a grocer, each asked at its start.

A campaign's products are those of its coupons, and a response is buying any of them in its first 30
days. Campaigns of the second half of the year are judged, those of the three months before choose
the peer's setting. The model and the item models are learnt once, before the first judged campaign;
what households did is read up to each campaign's start. The record is a sample of one line in
twenty, so most of what was bought is not seen, by any system.

Reads: a folder with complete-journey/*.parquet; without one the scenario has nothing to say.
Not here: judging (bench.quality.audience_judging).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from bench.quality.audience_retail import sorted_events
from settee.audiences import Reach, Target, prepare, probabilities, reach_of, train_responses
from settee.candidates import fit_sources
from settee.core import Item, Settings, SourceSettings
from settee.events import Catalogue, Interactions, catalogue_of

ID = "quality/audience-journey"
SUMMARY = "who buys a campaign's products: complete-journey, 27 real campaigns"

_DAY_S = 86_400
_HORIZON_S = 30 * _DAY_S
_VALID_FROM, _TEST_FROM = "2017-04-01", "2017-07-01"
SETTINGS = Settings(sources=SourceSettings(ease_max_items=4000))
"""The defaults, but for a dense model of 4,000 products, which spares a gigabyte."""


@dataclass(frozen=True)
class Campaign:
    """What was advertised, from when, and who redeemed a coupon."""

    name: str
    start_s: int
    items: NDArray[np.int32]
    redeemed: frozenset[str]


def run(context: Context) -> Result:
    """Learn before July, judge the campaigns that follow."""
    folder = None if context.data is None else context.data / "complete-journey"
    if folder is None or not (folder / "campaigns.parquet").is_file():
        context.log("no complete-journey in the data folder: nothing is measured")
        return Result({})
    catalogue, events = _groceries(folder)
    campaigns = _campaigns(folder, catalogue, int(events.at_s.max()))
    valid = [
        one for one in campaigns if _instant(_VALID_FROM) <= one.start_s < _instant(_TEST_FROM)
    ]
    test = [one for one in campaigns if one.start_s >= _instant(_TEST_FROM)]
    if context.quick:
        test = test[:2]
    cut_s = min(one.start_s for one in test)
    past = events.where(events.at_s < cut_s)
    base = reach_of(past, cut_s)
    asked = _asked(events, test, base)
    model = train_responses(past, catalogue, SETTINGS)
    sources = fit_sources(past, catalogue, SETTINGS.sources)
    p = []
    orders: dict[str, list[NDArray[np.float64]]] = {}
    for one in test:
        reach = reach_of(events, one.start_s)
        ready = prepare(reach, model, sources, catalogue, SETTINGS.response)
        places = _places(reach, base)
        p.append(probabilities(ready, Target(one.items))[0][places])
        for name, score in plain_orders(reach, context.seed + one.start_s).items():
            orders.setdefault(name, []).append(score[places])
    scores = {"settee": np.array(p)} | {name: np.array(each) for name, each in orders.items()}
    scores |= _als(context, events, valid, test, base)
    context.log(
        f"{events.n_accounts:,} households, {catalogue.n_items:,} products, {len(test)} campaigns "
        f"judged among {base.n_units:,} households"
    )
    figures, bars = judge(context, scores, asked)
    told, more = calibration(context, np.array(p), asked)
    redeemed = Asked(base, asked.items, _redeemed(test, base))
    if redeemed.responded.any(axis=1).all():
        again, _ = judge(context, scores, redeemed)
        figures |= {f"redeemed.{name}": value for name, value in again.items()}
    return Result(figures | told | {"campaigns": float(len(test))}, bars | more)


def _als(
    context: Context, events: Interactions, valid: list[Campaign], test: list[Campaign], base: Reach
) -> dict[str, NDArray[np.float64]]:
    reaches = {f"c{n:02d}": reach_of(events, one.start_s) for n, one in enumerate([*valid, *test])}
    parts = {
        name: (reaches[name], [one.items])
        for name, one in zip(reaches, [*valid, *test], strict=True)
    }
    found = als_scores(context, parts)
    if not found:
        return {}

    def worth(setting: str) -> float:
        return sum(
            precision_of(found[setting][name], _asked(events, [one], reaches[name]).responded)
            for name, one in zip(reaches, valid, strict=False)
        )

    best = max(found, key=worth)
    context.log(f"implicit ALS: {best}, chosen on {len(valid)} earlier campaigns")
    of_test = list(reaches)[len(valid) :]
    rows = [found[best][name][0][_places(reaches[name], base)] for name in of_test]
    return {"implicit_als": np.array(rows)}


def _places(reach: Reach, base: Reach) -> NDArray[np.int64]:
    """Where the households of `base` stand in a later reach."""
    place = {account: unit for unit, account in enumerate(reach.units.account_ids)}
    return np.array([place[one] for one in base.units.account_ids])


def _asked(events: Interactions, campaigns: list[Campaign], base: Reach) -> Asked:
    place = {account: unit for unit, account in enumerate(base.units.account_ids)}
    unit_of = np.array([place.get(one, -1) for one in events.account_ids])
    rows = []
    for one in campaigns:
        keep = (events.at_s >= one.start_s) & (events.at_s < one.start_s + _HORIZON_S)
        keep &= np.isin(events.item, one.items) & (unit_of[events.account] >= 0)
        came = np.zeros(base.n_units, np.bool_)
        came[unit_of[events.account[keep]]] = True
        rows.append(came)
    return Asked(base, np.array([one.items[0] for one in campaigns]), np.array(rows))


def _redeemed(campaigns: list[Campaign], base: Reach) -> NDArray[np.bool_]:
    return np.array(
        [[account in one.redeemed for account in base.units.account_ids] for one in campaigns]
    )


def _instant(day: Any) -> int:  # noqa: ANN401 -- a date or its text
    return int(np.datetime64(day, "s").astype(np.int64))


def _groceries(folder: Path) -> tuple[Catalogue, Interactions]:
    """Products that were bought in the sample, and who bought them."""
    import pyarrow.parquet as pq

    lines = pq.read_table(folder / "transactions_sample.parquet")
    ids, item = np.unique(np.asarray(lines["product_id"]), return_inverse=True)
    names, account = np.unique(np.asarray(lines["household_id"]), return_inverse=True)
    at_s = np.asarray(lines["transaction_timestamp"].cast("timestamp[us]").cast("int64")) // 10**6
    known = {
        row["product_id"]: row for row in pq.read_table(folder / "products.parquet").to_pylist()
    }
    items = []
    for one in ids.tolist():
        row = known.get(one, {})
        fields = ("department", "product_category", "product_type")
        tags = dict.fromkeys(str(row[name]) for name in fields if row.get(name))
        items.append(Item(item_id=str(one), tags=tuple(tags)))
    accounts = tuple(f"{one:06d}" for one in names.tolist())
    return catalogue_of(items), sorted_events(accounts, account, item, at_s, len(items))


def _campaigns(folder: Path, catalogue: Catalogue, end_s: int) -> list[Campaign]:
    """Campaigns whose first 30 days lie within the record."""
    import pyarrow.parquet as pq

    coupons = pq.read_table(folder / "coupons.parquet").to_pydict()
    redeemed = pq.read_table(folder / "coupon_redemptions.parquet").to_pydict()
    items: dict[int, set[int]] = {}
    for campaign, product in zip(coupons["campaign_id"], coupons["product_id"], strict=True):
        if str(product) in catalogue.index:
            items.setdefault(campaign, set()).add(catalogue.index[str(product)])
    who: dict[int, set[str]] = {}
    for campaign, household in zip(redeemed["campaign_id"], redeemed["household_id"], strict=True):
        who.setdefault(campaign, set()).add(f"{household:06d}")
    found = []
    for row in pq.read_table(folder / "campaign_descriptions.parquet").to_pylist():
        name, start_s = row["campaign_id"], _instant(row["start_date"])
        if name in items and start_s + _HORIZON_S <= end_s + _DAY_S:
            those = np.array(sorted(items[name]), np.int32)
            found.append(Campaign(str(name), start_s, those, frozenset(who.get(name, set()))))
    return sorted(found, key=lambda one: one.start_s)
