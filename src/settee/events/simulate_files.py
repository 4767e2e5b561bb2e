"""Write a household world to a folder: what a service would see, and beside it the truth.

Workers take blocks of fifty households and give back finished lines, which are written in the order
of the households whoever made them; a worker holds one block and this process a few, so 50,000
households need no more memory than 500. The files are the same bytes for any number of workers.

Reads: nothing.  Writes: items, events and truth, as JSON lines.
Not here: what happens in the world (events.simulate_households).
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from settee.core import BadInput, to_json
from settee.events.simulate_households import one_household
from settee.events.simulate_lines import change_lines, effect_lines, event_lines, truth_lines
from settee.events.simulate_stage import Stage, check_sizes, make_stage
from settee.events.simulate_world import World
from settee.store import Progress, no_progress

_BLOCK = 50
_WAITING = 2  # blocks in flight for each worker
EVENTS, ITEMS = "events.jsonl", "items.jsonl"
TRUTH, TRUE_CHANGES = "truth.jsonl", "truth-changes.jsonl"
TRUE_EFFECTS = "truth-conversions.jsonl"
_MADE = (EVENTS, TRUTH, TRUE_CHANGES, TRUE_EFFECTS)


@dataclass(frozen=True)
class Plan:
    """Which world to make: the dials, the seed, and how much of it.

    Args:
        world: The dials.
        seed: Of every random choice, 0 or more.
        n_households: Accounts, at least 1.
        n_days: Days of the record, 7 to 3,660.
        end_at: Where it ends, aware.
    """

    world: World
    seed: int
    n_households: int
    n_days: int
    end_at: datetime


def write_households(
    folder: Path, plan: Plan, n_workers: int = 1, tell: Progress = no_progress
) -> int:
    """Simulate a world of households into a folder; returns the number of events.

    Args:
        folder: Made if it is not there; files of these names are replaced.
        plan: Which world.
        n_workers: Processes, at least 1 (only speed). With more than one, the calling script must
            be importable, as for every process pool.
        tell: Told how many households are written.

    Raises:
        BadInput: If a number of the plan is out of its range, or there is no worker.
    """
    if n_workers < 1:
        raise BadInput(f"workers is {n_workers}; it must be at least 1.", place="workers")
    check_sizes(plan.seed, plan.n_households, plan.n_days)
    folder.mkdir(parents=True, exist_ok=True)
    stage = _stage(plan)
    with (folder / ITEMS).open("wb") as file:
        file.writelines(to_json(item) + b"\n" for item in stage.tastes.items)
    n_events = 0
    with ExitStack() as open_files:
        files = [open_files.enter_context((folder / name).open("wb")) for name in _MADE]
        for number, (n_more, *parts) in enumerate(_blocks(plan, n_workers), start=1):
            for file, part in zip(files, parts, strict=True):
                file.write(part)
            n_events += n_more
            tell("simulate", min(number * _BLOCK, plan.n_households), plan.n_households)
    return n_events


_Block = tuple[int, bytes, bytes, bytes, bytes]


def _blocks(plan: Plan, n_workers: int) -> Iterator[_Block]:
    """Blocks in order, made here or by workers."""
    starts = range(0, plan.n_households, _BLOCK)
    if n_workers == 1 or len(starts) == 1:
        yield from (_block(plan, start) for start in starts)
        return
    with ProcessPoolExecutor(n_workers, mp_context=get_context("spawn")) as pool:
        yield from _in_order(lambda start: pool.submit(_block, plan, start), starts, n_workers)


def _in_order(
    submit: Callable[[int], Future[_Block]], starts: range, n_workers: int
) -> Iterator[_Block]:
    waiting: deque[Future[_Block]] = deque()
    for start in starts:
        waiting.append(submit(start))
        if len(waiting) > _WAITING * n_workers:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@lru_cache(maxsize=1)
def _stage(plan: Plan) -> Stage:
    """Catalogue and calendar; each process draws them once."""
    return make_stage(plan.world, plan.seed, plan.n_days, plan.end_at)


def _block(plan: Plan, start: int) -> _Block:
    """Events and lines of some households: number, events, truth, changes, effects."""
    stage = _stage(plan)
    stop = min(start + _BLOCK, plan.n_households)
    homes = [one_household(stage, number) for number in range(start, stop)]
    return (
        sum(map(len, homes)),
        b"".join(map(event_lines, homes)),
        b"".join(map(truth_lines, homes)),
        b"".join(map(change_lines, homes)),
        b"".join(map(effect_lines, homes)),
    )
