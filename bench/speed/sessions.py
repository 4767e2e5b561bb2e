"""Cut a record into sessions and fold it into households: events a second on one core.

A simulated record of 90 days is imported once. Then: reading it account by account, cutting it in
compiled loops, gathering it event by event as a live service does, and the whole fold into the
households file, once with households that learn nothing, which is what the fold itself costs, and
once as it is. The peer is DuckDB with window functions over the same rows in one thread; it only
counts the sessions, and must find as many.

Reads / Writes: the work folder.
Not here: asking who is there (speed/who), importing (speed/etl-32m).
"""

import resource
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from bench.harness import Bar, Context, Result
from bench.quality.people_world import END_AT, N_DAYS
from settee.app import Workspace, open_workspace
from settee.core import JournalSettings, PeopleSettings, Settings, parse_event
from settee.events import Activity, Plan, activity, make_world, write_households
from settee.people import Happening, People, Sessionizer, Sources, sessions_of
from settee.people.building import events_by_account
from settee.store import Households, Record

ID = "speed/sessions"
SUMMARY = "sessions: events a second in batch, as a stream, and folded into households"

_ACCOUNTS = 100
_QUICK_ACCOUNTS = 8
_ROUNDS = 3
_LIVE_EVENTS = 40_000
_STREAMED = 50_000
_PEER = """
SELECT count(*) FILTER (is_first) FROM (
  SELECT at_us - max(end_us) OVER (PARTITION BY account_id, device_id ORDER BY at_us
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > {gap} IS NOT FALSE AS is_first
  FROM (SELECT account_id, coalesce(device_id, '') AS device_id, epoch_us("at") AS at_us,
    epoch_us("at") + (coalesce(duration_s, 0) * 1000000)::BIGINT AS end_us
    FROM read_parquet({files}) WHERE kind NOT IN ('impression', 'touch', 'convert')))
"""


@dataclass
class _Nobody:
    """A household that learns nothing and is stored in some 3 KB, as others are."""

    household: Any = None
    persons: Sequence[tuple[str, float]] = (("p_one", 0.8), ("p_two", 0.2))
    is_together: bool = False
    is_unsure: bool = False
    generations: Sequence[tuple[int, str]] = ()
    model: str = "nobody"

    def open(self, _account_id: str, _raw: bytes, _passed_us: int) -> "_Nobody":
        return self

    def who(self, _session: object, _beside: object = None, /) -> "_Nobody":
        return self

    def absorb(self, _session: object) -> Sequence[Any]:
        return ()

    def to_bytes(self) -> bytes:
        return bytes(3000)


def run(context: Context) -> Result:
    """Make a record, then cut and fold it."""
    n = _QUICK_ACCOUNTS if context.quick else _ACCOUNTS
    folder = context.work / "world"
    n_events = write_households(
        folder, Plan(make_world("default"), context.seed, n, N_DAYS, END_AT)
    )
    settings = Settings(home=context.work / "home")
    with open_workspace(settings, lambda: END_AT) as workspace:
        workspace.import_path(folder)
        context.log(f"{n} households, {n_events:,} events")
        figures = _in_batch(workspace, settings.people)
        figures |= _as_folded(workspace)
        figures["live_fold_events_per_s"] = _live(folder, context.work)
        peer = _peer(workspace, settings.people.gap_s)
    if peer["sessions"] != figures["sessions"]:
        context.log(f"DuckDB finds {peer['sessions']:.0f} sessions, we {figures['sessions']:.0f}")
    bars = {"fold_events_per_s": Bar(figures["fold_events_per_s"], 10_000, at_most=False)}
    return Result(figures, bars, {"duckdb": peer})


def _in_batch(workspace: Workspace, people: PeopleSettings) -> dict[str, float]:
    parts: list[Activity] = []
    read_s = _best(lambda: parts.extend(activity(workspace.history)), 1)
    n = sum(len(one) for one in parts)
    found = [sessions_of(one, people) for one in parts]  # compiles
    cut_s = _best(lambda: [sessions_of(one, people) for one in parts])
    some = []
    for _, events in events_by_account(parts[0]):
        some.append(events)
        if sum(map(len, some)) > _STREAMED:
            break
    stream_s = _best(lambda: _stream(some, people))
    return {
        "events": float(n),
        "sessions": float(sum(map(len, found))),
        "read_events_per_s": n / read_s,
        "batch_events_per_s": n / cut_s,
        "stream_events_per_s": sum(map(len, some)) / stream_s,
    }


def _stream(accounts: Sequence[Sequence[Happening]], people: PeopleSettings) -> None:
    for events in accounts:
        sessionizer = Sessionizer(people)
        for event in events:
            sessionizer.add(event)
            sessionizer.close()


def _as_folded(workspace: Workspace) -> dict[str, float]:
    n = sum(one.n_rows for one in workspace.history.segments())
    bare_s = _best(lambda: _fold_nobody(workspace), 1)
    workspace.learn_people()
    whole_s = _best(workspace.people.fold, 1)
    return {
        "bare_fold_events_per_s": n / bare_s,
        "fold_events_per_s": n / whole_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _live(world: Path, work: Path) -> float:
    """Events a second out of a journal into households that learn nothing."""
    records = []
    with (world / "events.jsonl").open("rb") as lines:
        for line in islice(lines, _LIVE_EVENTS):
            one = parse_event(line)
            at_us = round(one.at.timestamp() * 1_000_000)
            records.append(Record(one.event_id, one.account_id, one.kind, at_us, line))
    records.sort(key=lambda one: one.at_us)
    journal = JournalSettings(synchronous="normal")
    with open_workspace(Settings(home=work / "live", journal=journal), lambda: END_AT) as live:
        for start in range(0, len(records), 2000):
            live.journal.append(records[start : start + 2000])
        return len(records) / _best(lambda: _fold_nobody(live), 1)


def _fold_nobody(workspace: Workspace) -> None:
    nobody: Any = _Nobody()
    with Households(workspace.home / "nobody.db") as households:
        People(
            Sources(
                households,
                workspace.journal,
                workspace.history,
                workspace.settings.people,
                lambda: nobody,
            )
        ).fold()


def _peer(workspace: Workspace, gap_s: int) -> dict[str, float]:
    files = [str(path) for path in workspace.history.files()]
    sql = _PEER.format(gap=gap_s * 1_000_000, files=files)
    n = sum(one.n_rows for one in workspace.history.segments())
    with closing(duckdb.connect(config={"threads": "1"})) as con:
        found: list[float] = []
        spent_s = _best(lambda: found.append(con.execute(sql).fetchall()[0][0]))
    return {"sessions": float(found[0]), "batch_events_per_s": n / spent_s}


def _best(work: Callable[[], object], rounds: int = _ROUNDS) -> float:
    """Seconds of processor time of the best round."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)
