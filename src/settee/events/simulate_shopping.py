"""Let an account shop instead of watch: pages viewed, a cart, a purchase, and mostly never again.

Nine accounts in ten buy exactly once and come three or four times around it; the others buy in
every other visit. Who lives there, and on which devices, is as in any other household.

Reads: a home, the catalogue.  Writes: nothing.
Not here: which accounts shop (events.simulate_households).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from settee.events.simulate_homes import Home
from settee.events.simulate_stage import Stage
from settee.events.simulate_visits import Bools, Visits, draw_visits, without_clashes
from settee.events.simulate_watching import KIND, Rows, blank_rows, chosen_tastes

_DAY_S = 86_400
_ONE_TIME_VISITS, _REGULAR_VISITS = 3.5, 14.0
_MOST_PAGES = 5
_PAGE_S = 90
Ints = NDArray[np.int64]


def shop(rng: np.random.Generator, stage: Stage, home: Home) -> tuple[Visits, Rows]:
    """Visits to the shop and their events, each in order of time."""
    world, calendar = stage.world, stage.calendar
    is_one_time = bool(rng.random() < world.one_time)
    n_visits = _ONE_TIME_VISITS if is_one_time else _REGULAR_VISITS
    rate = np.full(home.n, n_visits / calendar.n_days / home.n)
    calm = replace(
        stage, world=replace(world, handover=0.0), calendar=replace(calendar, live_s=_NONE)
    )
    visits = draw_visits(rng, calm, replace(home, rate=rate))
    end_s = visits.at_s + _PAGE_S * (_MOST_PAGES + 3)
    visits = visits.take(without_clashes(visits, end_s) & (end_s < calendar.end_s))
    n = len(visits.at_s)
    buys = rng.random(n) < 0.5
    if n and is_one_time:
        buys = np.arange(n) == rng.integers(n)
    elif n:
        buys[rng.permutation(n)[:2]] = True
    rows = _pages(rng, stage, home, visits, buys)
    return visits, rows[np.argsort(rows["at_s"], kind="stable")]


_NONE = np.empty(0, np.int64)


def price_cents(item: Ints) -> Ints:
    """What an item costs, from 4.99 on.

    >>> price_cents(np.array([0, 1])).tolist()
    [499, 1199]
    """
    return 499 + 700 * (item % 7)


def _pages(rng: np.random.Generator, stage: Stage, home: Home, visits: Visits, buys: Bools) -> Rows:
    """Some pages, of which the last goes into the cart and is paid for."""
    n_pages = rng.integers(1, _MOST_PAGES + 1, len(buys))
    visit = np.repeat(np.arange(len(buys)), n_pages)
    place = np.arange(len(visit)) - np.repeat(np.cumsum(n_pages) - n_pages, n_pages)
    day = (visits.at_s[visit] - stage.calendar.start_s) // _DAY_S
    taste = chosen_tastes(rng, stage, home, visits.crowd[visit], day)
    item = stage.tastes.draw(rng, day, taste, 1)[:, 0]
    at_s = visits.at_s[visit] + _PAGE_S * place + rng.integers(0, 30, len(visit))
    is_bought = (place == n_pages[visit] - 1) & buys[visit]
    parts = []
    for kind, keep, after_s in (
        ("view", np.ones(len(visit), dtype=np.bool_), 0), ("cart", is_bought, 45),
        ("purchase", is_bought, 140),
    ):  # fmt: skip
        rows = blank_rows(int(keep.sum()))
        rows["kind"], rows["at_s"] = KIND[kind], at_s[keep] + after_s
        rows["item"], rows["visit"] = item[keep], visit[keep]
        crowd = visits.crowd[visit[keep]]
        rows["persons"] = crowd[:, : home.n] @ (1 << np.arange(home.n)).astype(np.uint16)
        rows["is_guest"] = np.any(crowd[:, home.n :], axis=1)
        if kind == "view":
            rows["duration_s"] = rng.integers(5, 60, len(rows))
        if kind == "purchase":
            rows["revenue_cents"], rows["value"] = price_cents(item[keep]), 1.0
        parts.append(rows)
    return np.concatenate(parts)
