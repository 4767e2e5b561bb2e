"""Open the hot state of a home in a process of its own, fold what is missing, and say what it is.

Prints JSON: seconds of the fold, memory before and with every account's state read, and a hash over
all states, in the order of their ids.

Reads: a home folder.  Writes: its views; stdout.
"""

import gc
import json
import sys
import time
from hashlib import blake2b
from pathlib import Path

from settee.core import JournalSettings, StateSettings
from settee.store import Journal, open_state

_BATCH = 5000
_ALL = 100_000_000
_ROOM_MB = 224  # for everybody; a service keeps those it met lately (state.cache_mb)


def memory_mb() -> float:
    """Memory that this process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def fold(home: Path, url: str) -> dict[str, float | str]:
    """Bring the views up to the journal."""
    with (
        Journal(home / "journal.db", JournalSettings()) as journal,
        open_state(home, StateSettings(url=url), journal.last_offset()) as state,
    ):
        begun_s = time.perf_counter()
        while entries := journal.read(state.offset(), _BATCH):
            state.apply(entries)
        state.flush()
        return {"fold_s": time.perf_counter() - begun_s}


def read(home: Path, url: str) -> dict[str, float | str]:
    """Read everybody, as a service does that has met all of them lately."""
    digest = blake2b(digest_size=16)
    n_bytes = 0
    with open_state(home, StateSettings(url=url, cache_mb=_ROOM_MB)) as state:
        ids = state.profiles.account_ids(_ALL)
        gc.collect()
        before_mb = memory_mb()
        for account_id in ids:
            profile, shown = state.profiles.get(account_id), state.shown.get(account_id)
            said = repr(state.preferences.get(account_id)).encode()
            digest.update(
                b"|".join((account_id.encode(), profile.tobytes(), shown.tobytes(), said))
            )
            n_bytes += profile.nbytes + shown.nbytes
        gc.collect()
        told: dict[str, float | str] = {
            "accounts": len(ids),
            "memory_mb": memory_mb() - before_mb,
            "cached": len(state.profiles._cache) + len(state.shown._cache),
            "row_bytes_mb": n_bytes / 1e6,
        }
        again = ids[-20_000:]
        begun_s = time.perf_counter()
        for account_id in again:
            state.profiles.get(account_id)
        told["get_us"] = 1e6 * (time.perf_counter() - begun_s) / max(len(again), 1)
        digest.update("|".join([*state.profiles.item_ids(), *state.shown.item_ids()]).encode())
    return {**told, "hash": digest.hexdigest()}


if __name__ == "__main__":
    do = {"fold": fold, "read": read}[sys.argv[1]]
    print(json.dumps(do(Path(sys.argv[2]), sys.argv[3])))
