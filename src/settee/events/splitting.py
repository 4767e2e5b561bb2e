"""Cut the record by time, so that nothing is learnt from what came later.

By time: one pair of instants for everybody; with shares .1 and .1 the newest tenth of all events
judges and the tenth before it tunes. By account: the newest events of each account, for records in
which accounts live at different times.

Reads / Writes: nothing.
Source: Campos et al. (2012), "Time-aware recommender systems"; Ji et al. (2023), on leakage.
Not here: writing splits as files (events.exporting).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.events.record import Interactions

TRAIN, VALID, TEST = 0, 1, 2
SPLIT_NAMES = ("train", "valid", "test")


class CannotSplit(BadInput):
    """Events or shares do not allow the split."""

    code = "cannot_split"


@dataclass(frozen=True)
class TimeSplit:
    """Two instants, epoch seconds: train < train_end_s <= valid < valid_end_s <= test."""

    train_end_s: int
    valid_end_s: int

    def label(self, at_s: NDArray[np.int64]) -> NDArray[np.int8]:
        """TRAIN, VALID or TEST for each instant, (n,) int8."""
        bounds = np.array([self.train_end_s, self.valid_end_s], dtype=np.int64)
        return np.searchsorted(bounds, at_s, side="right").astype(np.int8)


def split_by_time(at_s: NDArray[np.int64], valid_share: float, test_share: float) -> TimeSplit:
    """Instants that cut off about the newest `test_share`, and `valid_share` before it.

    Args:
        at_s: (n,) epoch seconds in any order; events of one second stay together.
        valid_share: Share of all events, 0 to 1.
        test_share: Share of all events, 0 to 1.

    Raises:
        CannotSplit: If there is no event, or the shares leave nothing to train on.

    >>> split_by_time(np.arange(10), valid_share=0.2, test_share=0.1)
    TimeSplit(train_end_s=7, valid_end_s=9)
    """
    check_shares(valid_share, test_share)
    n = len(at_s)
    if n == 0:
        raise CannotSplit("there is no event to split.", hint="settee import PATH brings events.")
    valid_end = min(n - 1, n - round(n * test_share)) if test_share else n
    train_end = min(valid_end, n - round(n * (valid_share + test_share)))
    places = sorted({min(train_end, n - 1), min(valid_end, n - 1)})
    ordered = np.partition(at_s, places)
    newest = int(at_s.max())
    return TimeSplit(
        int(ordered[train_end]) if train_end < n else newest + 1,
        int(ordered[valid_end]) if valid_end < n else newest + 1,
    )


def split_by_account(
    interactions: Interactions, valid_share: float, test_share: float
) -> NDArray[np.int8]:
    """TRAIN, VALID or TEST for each event: the newest events of each account are TEST.

    Args:
        interactions: n events, sorted by account and instant.
        valid_share: Share of each account's events, rounded to whole events.
        test_share: Likewise.

    Returns:
        (n,) int8.

    Raises:
        CannotSplit: If the shares leave nothing to train on.
    """
    check_shares(valid_share, test_share)
    size = np.bincount(interactions.account, minlength=interactions.n_accounts)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])[:-1]
    place = np.arange(len(interactions)) - start[interactions.account]
    n = size[interactions.account]
    n_test = np.rint(n * test_share)
    n_valid = np.rint(n * (valid_share + test_share)) - n_test
    labels = np.full(len(interactions), TRAIN, dtype=np.int8)
    labels[place >= n - n_test - n_valid] = VALID
    labels[place >= n - n_test] = TEST
    return labels


def check_shares(valid_share: float, test_share: float) -> None:
    """Refuse shares that leave nothing to train on.

    Raises:
        CannotSplit: If one is below 0, or their sum reaches 1.
    """
    if valid_share < 0 or test_share < 0 or valid_share + test_share >= 1:
        raise CannotSplit(
            f"valid_share {valid_share:g} and test_share {test_share:g} leave nothing to train on; "
            "both must be at least 0 and their sum below 1."
        )
