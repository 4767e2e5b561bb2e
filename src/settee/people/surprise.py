"""Say how surprising a session is for a household, channel by channel.

Each channel is foretold by who was probably there as the other channels tell it. A surprise is how
much less likely what came was than what was expected on average, in standard deviations: on Ann's
telephone, amid Ann's series, seven in the morning has 3 even if somebody else is always up at
seven; another evening has -0.5.

Reads: counts of a household, a session.  Writes: nothing.
Source: Shannon (1948) for surprisal; its mean is the entropy; Bayarri & Berger (2000), partial
posterior predictive checks, for leaving one channel out.
Not here: what surprises mean in a row (people.drift).
"""

import numpy as np
from numpy.typing import NDArray

from settee.people.channels import OFFSETS, SIGNALS, TASTE_AT
from settee.people.channels import Symbols as _Symbols
from settee.people.drift import Evidence
from settee.people.posterior import Answering
from settee.people.rows import Rows

Floats = NDArray[np.float64]
_WATCHED = (("hour",), ("device", "device_type"))  # the type where the device is unknown
_LEAST_SPREAD = 0.05


def surprises(answering: Answering, rows: Rows, symbols: _Symbols, posterior: Floats) -> Evidence:
    """Evidence of one session for the detectors of drift.

    Args:
        answering: The household as it was before.
        rows: The session.
        symbols: The session.
        posterior: (1, K + 1) who it was, the guest last.
    """
    table = answering.table[:-1]
    found = np.full((1, 4), np.nan)
    for column, names in enumerate(_WATCHED):
        channels = [SIGNALS.index(name) for name in names]
        shown = [one for one in channels if symbols.symbol[0, one] >= 0]
        if shown:
            first, last = int(OFFSETS[shown[0]]), int(OFFSETS[shown[0] + 1])
            there = _others(answering, symbols, shown[0])
            mean, spread, log = _expected(there @ np.exp(table[:, first:last]))
            symbol = int(symbols.symbol[0, shown[0]])
            found[0, column] = (mean - log[symbol - first]) / spread
    known = symbols.topic[0] >= 0
    if known.any():
        there = _others(answering, symbols, len(SIGNALS) - 1)
        mean, spread, log = _expected(there @ np.exp(table[:, TASTE_AT:]))
        amount = symbols.weight[0][known].astype(np.float64)
        got = float(log[symbols.topic[0][known] - TASTE_AT] @ amount)
        total = float(amount.sum())
        found[0, 2] = (total * mean - got) / (spread * np.sqrt(max(total, 0.3)))
    guest = float(posterior[0, -1])
    share = answering.mixture.guest
    found[0, 3] = np.log(max(guest, 1e-9) / max(1 - guest, 1e-9)) - np.log(share / (1 - share))
    return Evidence(
        at_s=rows.end_s,
        surprise=found,
        hour=rows.hour.astype(np.float64),
        device=rows.device.astype(np.int64),
    )


def _others(answering: Answering, symbols: _Symbols, channel: int) -> Floats:
    """(K,) who was there, as all channels but one tell it."""
    weights = answering.mixture.channel_weights()
    weights[channel] = 0.0
    joint = answering.mixture.joint(answering.table, symbols, weights)[:, :-1]
    joint = joint + np.log(answering.mix[:-1])
    raised = np.exp(joint - joint.max(axis=1, keepdims=True))
    there: Floats = (raised / raised.sum(axis=1, keepdims=True))[0]
    return there


def _expected(chance: Floats) -> tuple[float, float, Floats]:
    """Mean and spread of the log probability, and the log probability of each symbol."""
    chance = chance / chance.sum()
    log = np.log(np.maximum(chance, 1e-12))
    mean = float(chance @ log)
    spread = float(np.sqrt(float(chance @ (log - mean) ** 2)))
    return mean, max(spread, _LEAST_SPREAD), log
