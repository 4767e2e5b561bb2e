"""A shop with a known answer: two tastes, the keen and the rare, and an item of each taste."""

import numpy as np

from settee.core import Item, ResponseSettings, Settings, SourceSettings
from settee.events import Catalogue, Interactions, catalogue_of

DAY_S = 86_400
N_DAYS = 150
N_ITEMS = 40
CUT_S = (1000 + N_DAYS - 30) * DAY_S
SETTINGS = Settings(
    response=ResponseSettings(horizon_days=30, cuts=2, targets=40, pairs=4000),
    sources=SourceSettings(enabled=("popular", "content", "knn", "ease"), ease_l2=20.0),
)


def shop(n_people: int = 300, seed: int = 5) -> tuple[Catalogue, Interactions]:
    """People of even number buy the first twenty items, the others the rest; one in three often."""
    rng = np.random.default_rng(seed)
    account, item, at_s = [], [], []
    for person in range(n_people):
        rate = 0.2 if person % 3 == 0 else 0.02
        days = np.flatnonzero(rng.random(N_DAYS) < rate)
        for day in [int(rng.integers(20)), *days.tolist()]:
            own = rng.random() < 0.9
            side = (person % 2) if own else 1 - person % 2
            account.append(person)
            item.append(side * 20 + int(20 * rng.random() ** 2))
            at_s.append((1000 + day) * DAY_S + int(rng.integers(DAY_S)))
    order = np.lexsort((item, at_s, account))
    record = Interactions(
        tuple(f"a{person:03d}" for person in range(n_people)),
        N_ITEMS,
        np.array(account, np.int32)[order],
        np.array(item, np.int32)[order],
        np.array(at_s, np.int64)[order],
        np.ones(len(order), np.bool_),
    )
    items = [
        Item(item_id=f"m{number:02d}", tags=("red" if number < 20 else "blue",))
        for number in range(N_ITEMS)
    ]
    return catalogue_of(items), record
