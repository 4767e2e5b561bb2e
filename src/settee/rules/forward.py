"""Name the items that rules of the page need in the pool, whether or not a source put them forward.

A pin can only be kept, and a new title only be shown, if the pool holds it. Of 500 new titles and
2 places for them, every account gets others: the account and the day choose where in their order
to begin, so that all of them are shown to somebody.

Reads / Writes: nothing.
Not here: where they come to stand (rules.page).
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from settee.rules.compiled import DAY_S, Compiled
from settee.rules.groups import least_places
from settee.rules.verdict import Verdict
from settee.rules.when import Asking

_SPARE = 2  # a cap or a most may take some of them


def put_forward(compiled: Compiled, asking: Asking, verdict: Verdict) -> NDArray[np.int32]:
    """Allowed items that the pool must hold for the rules of the page to be kept.

    Args:
        compiled: The rules over the item space.
        asking: The question.
        verdict: What may be shown.

    Returns:
        Positions, each once: pins, then for every least twice as many items as it asks for.
    """
    found: list[NDArray[np.int64]] = []
    for part in compiled.page:
        if part.rule.kind == "cap" or not part.when.holds(asking):
            continue
        if part.rule.kind == "pin":
            some = np.flatnonzero(part.mask)
            found.append(some[verdict.allowed[some]])
            continue
        least = least_places(part.rule, asking.k)
        if least:
            about = part.about(compiled.facts, asking.as_of_s) & verdict.allowed
            found.append(_some(compiled, asking, np.flatnonzero(about), _SPARE * least))
    if not found:
        return np.empty(0, np.int32)
    return np.array(list(dict.fromkeys(np.concatenate(found).tolist())), np.int32)


def _some(
    compiled: Compiled, asking: Asking, items: NDArray[np.int64], n: int
) -> NDArray[np.int64]:
    """`n` of the items, beginning where the account and the day say; the newest first."""
    if len(items) <= n:
        return items
    newest = items[np.argsort(-compiled.facts.since_s[items].astype(np.float64), kind="stable")]
    word = f"{asking.account_id}\n{asking.as_of_s // DAY_S}".encode()
    start = zlib.crc32(word) % len(items)
    return np.take(newest, np.arange(start, start + n), mode="wrap")
