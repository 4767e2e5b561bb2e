"""Write the record as split Parquet files, for whoever trains elsewhere.

Reads: history.  Writes: ``train.parquet``, ``valid.parquet`` and ``test.parquet`` in a folder.
Not here: where time is cut (events.splitting), what a file holds (core.HISTORY_COLUMNS).
"""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from settee.core import Columns
from settee.events.splitting import CannotSplit, check_shares, split_by_time
from settee.store import Cut, History, Progress, export_split, no_progress

_MICROS = 1_000_000


def write_splits(
    history: History,
    folder: Path,
    how: Literal["time", "account"],
    valid_share: float,
    test_share: float,
    progress: Progress = no_progress,
) -> dict[str, int]:
    """Cut every event of the history into train, valid or test, and write them as Parquet.

    Args:
        history: What to cut; its segments stay as they are.
        folder: Where the files go; those of an earlier split are replaced.
        how: time: everybody at the same two instants; account: each account's newest events.
        valid_share: Share of the events, 0 to 1.
        test_share: Share of the events, 0 to 1.
        progress: Told how far each file is.

    Returns:
        Rows of each file by name: train, valid, test.

    Raises:
        CannotSplit: If there is no event, or the shares leave nothing to train on.
        SetteeError: If the disk is full, or a segment is damaged.
    """
    check_shares(valid_share, test_share)
    if how == "time":
        progress("cut", 0, 0)
        bounds = split_by_time(_seconds(history), valid_share, test_share)
        cut = Cut(bounds.train_end_s, bounds.valid_end_s)
    elif history.files():
        cut = Cut(valid_share=valid_share, test_share=test_share, is_by_time=False)
    else:
        raise CannotSplit("there is no event to split.", hint="settee import PATH brings events.")
    return export_split(history, folder, cut, progress)


def write_silos(
    history: History, folder: Path, n_silos: int, progress: Progress = no_progress
) -> dict[str, int]:
    """Part every event of the history by its account, and write a Parquet file for each part.

    Args:
        history: What to part; its segments stay as they are.
        folder: Where ``silo-1.parquet`` and so on go.
        n_silos: How many parts; an account is whole in one of them.
        progress: Told how far each file is.

    Returns:
        Rows of each file by name.

    Raises:
        CannotSplit: If there is no event.
        SetteeError: If the disk is full, or a segment is damaged.
    """
    if not history.files():
        raise CannotSplit("there is no event to split.", hint="settee import PATH brings events.")
    return export_split(history, folder, Cut(n_silos=n_silos), progress)


def _seconds(history: History) -> NDArray[np.int64]:
    parts = [np.empty(0, np.int64)]
    for group in history.row_groups([Columns.at]):
        micros = np.asarray(group.column(Columns.at).cast("int64"))
        parts.append(micros // _MICROS)
    return np.concatenate(parts)
