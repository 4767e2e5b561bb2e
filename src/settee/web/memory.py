"""Tell how much memory a process holds, without asking the system each time.

What is shared with other workers is counted for a part, for which the system walks through every
page of the process: some 7 ms for a gigabyte, in which nothing else gets on. So it is asked once a
minute, however many look.

Reads: /proc of this process.  Writes: nothing.
Source: proc_pid_smaps(5).
Not here: what else a worker says of itself (web.stats).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_ROLLUP = Path("/proc/self/smaps_rollup")
_KB_PER_MB = 1024
_HOLDS_S = 60.0


@dataclass(frozen=True)
class Held:
    """Memory in MB; None where the system does not tell.

    Args:
        rss_mb: All that the process sees.
        pss_mb: Its share of it: a page that n processes share counts for a n-th.
    """

    rss_mb: float | None
    pss_mb: float | None


class Memory:
    """Memory of this process, at most a minute old.

    Args:
        monotonic: Tells seconds.
        rollup: Where the system tells it.
    """

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, rollup: Path = _ROLLUP
    ) -> None:
        self._monotonic = monotonic
        self._rollup = rollup
        self._kept: tuple[float, Held] | None = None

    def held(self) -> Held:
        """What it holds."""
        now_s, kept = self._monotonic(), self._kept
        if kept is not None and now_s - kept[0] < _HOLDS_S:
            return kept[1]
        found = _read(self._rollup)
        self._kept = (now_s, found)
        return found


def _read(rollup: Path) -> Held:
    try:
        lines = rollup.read_text(encoding="ascii").splitlines()
    except OSError:
        return Held(None, None)
    sizes = {name: text for name, _, text in (line.partition(":") for line in lines[1:])}
    rss, pss = (int(sizes[name].split()[0]) / _KB_PER_MB for name in ("Rss", "Pss"))
    return Held(round(rss, 1), round(pss, 1))
