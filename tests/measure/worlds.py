"""Small records of contacts with a known past."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from settee.events import CONVERSION, SHOWN, TOUCH, Contacts
from settee.measure import Gathered

DAY = 86_400
_KIND = {"shown": SHOWN, "touch": TOUCH, "buy": CONVERSION}


def contacts_of(rows: Sequence[tuple[Any, ...]]) -> Contacts:
    """Contacts out of (account, seconds, what, channel or cents, device)."""
    full = [(*row, *(None,) * (5 - len(row))) for row in rows]
    ordered = sorted(full, key=lambda row: (row[0], row[1], _KIND[row[2]]))
    accounts = tuple(sorted({row[0] for row in full}))
    channels = tuple(sorted({row[3] for row in full if row[2] != "buy"}))
    devices = tuple(sorted({row[4] for row in full if row[4]}))
    n = len(full)
    channel = [-1 if row[2] == "buy" else channels.index(row[3]) for row in ordered]
    return Contacts(
        account_ids=accounts,
        channels=channels,
        campaigns=tuple(f"c-{name}" for name in channels),
        device_ids=devices,
        platforms=(),
        account=np.array([accounts.index(row[0]) for row in ordered], np.int32),
        kind=np.array([_KIND[row[2]] for row in ordered], np.int8),
        at_us=np.array([round(row[1] * 1e6) for row in ordered], np.int64),
        channel=np.array(channel, np.int32),
        campaign=np.array(channel, np.int32),
        device=np.array([devices.index(row[4]) if row[4] else -1 for row in ordered], np.int32),
        device_type=np.full(n, -1, np.int8),
        platform=np.full(n, -1, np.int32),
        cents=np.array([row[3] or 0.0 if row[2] == "buy" else 0.0 for row in ordered], np.float64),
        event_id=tuple(f"e{number}" for number in range(n)),
        currency="EUR",
    )


def spelled(gathered: Gathered) -> list[tuple[str, float, float]]:
    """Each path as text, its conversions and its value, in order."""
    paths = gathered.paths
    names = [paths.channels[one] for one in paths.step.tolist()]
    bounds = paths.indptr.tolist()
    texts = [">".join(names[a:b]) for a, b in itertools.pairwise(bounds)]
    return sorted(zip(texts, paths.converted.tolist(), paths.value.tolist(), strict=True))
