"""Say who is there: one question at a time, a whole record at once, and how much a household takes.

Households have lived 90 simulated days, in a home folder as every other. One question is an
account, a device and a clock before the first click, or a session that goes on, through the same
door that the service uses: version of the state, running session, posterior, bits. A whole record
is all sessions of all households against what is known of each, numbers alone, in one thread. What
finding the persons cost is told apart: it is done once a session, some of them with a fit of the
whole household.

Reads / Writes: the work folder.
Not here: how right the answers are (quality/people), HTTP (speed/respond).
"""

import gc
import time
from collections.abc import Sequence

import numpy as np

from bench.harness import Bar, Context, Result
from bench.quality.people_world import END_AT, N_DAYS
from settee.app import Workspace, open_workspace
from settee.core import DEVICE_TYPES, Settings
from settee.events import Plan, make_world, write_households
from settee.people import Moment, Sessions, read_sessions

ID = "speed/who"
SUMMARY = "who is there: microseconds a question, sessions a second in batch, bytes a household"

_ACCOUNTS = 60
_QUICK_ACCOUNTS = 8
_QUESTIONS = 10_000
_ROUNDS = 5
_MICROS = 1_000_000


def run(context: Context) -> Result:
    """Make a home, then ask."""
    n = _QUICK_ACCOUNTS if context.quick else _ACCOUNTS
    folder = context.work / "world"
    plan = Plan(make_world("default"), context.seed, n, N_DAYS, END_AT)
    n_events = write_households(folder, plan)
    settings = Settings(home=context.work / "home")
    with open_workspace(settings, lambda: END_AT) as workspace:
        workspace.import_path(folder)
        begun = time.perf_counter()
        workspace.fold()
        lived_s = time.perf_counter() - begun
        sessions = read_sessions(workspace.history, settings.people)
        context.log(
            f"{n} households, {n_events:,} events, {len(sessions):,} sessions; "
            f"lived in {lived_s:.1f} s"
        )
        figures = {
            "sessions": float(len(sessions)),
            "lived_sessions_per_s": len(sessions) / lived_s,
            **_memory(workspace, sessions.account_ids),
            **_one_by_one(workspace, sessions, 200 if context.quick else _QUESTIONS, context.seed),
            **_at_once(workspace, sessions),
        }
    bars = {
        "cpu_p99_ms": Bar(figures["cpu_p99_ms"], 2.0),
        "batch_sessions_per_s": Bar(figures["batch_sessions_per_s"], 50_000, at_most=False),
        "bytes_per_household": Bar(figures["bytes_per_household"], 4096),
    }
    return Result(figures, bars)


def _memory(workspace: Workspace, account_ids: Sequence[str]) -> dict[str, float]:
    """Bytes that are stored of each household."""
    size = np.array([len(workspace.people.household(one).to_bytes()) for one in account_ids])
    return {
        "bytes_per_household": float(size.mean()),
        "bytes_per_household_p95": float(np.quantile(size, 0.95)),
    }


def _one_by_one(
    workspace: Workspace, sessions: Sessions, n_questions: int, seed: int
) -> dict[str, float]:
    """Latency of single questions, and the work in each, which other jobs on the machine do not
    touch; each household is asked before, so that none is read from disk
    while the clock runs, as in a service that has been up for a while."""
    rng = np.random.default_rng(seed)
    people = workspace.people
    for one in sessions.account_ids:
        people.who(Moment(one, int(END_AT.timestamp()) * _MICROS))
    spent, worked = [], []
    gc.collect()
    gc.freeze()
    for place in rng.integers(0, len(sessions), n_questions).tolist():
        moment = _moment(sessions, place)
        begun, cpu = time.perf_counter(), time.thread_time()
        people.who(moment)
        worked.append(time.thread_time() - cpu)
        spent.append(time.perf_counter() - begun)
    gc.unfreeze()
    figures = {}
    for name, seconds in (("", spent), ("cpu_", worked)):
        p50, p99, p999 = np.quantile(np.array(seconds) * 1000, [0.5, 0.99, 0.999]).tolist()
        figures |= {f"{name}p50_ms": p50, f"{name}p99_ms": p99, f"{name}p999_ms": p999}
    return figures


def _moment(sessions: Sessions, place: int) -> Moment:
    """Somebody sits down, the day after the record ends, as in one of the sessions."""
    device, kind = int(sessions.device[place]), int(sessions.device_type[place])
    in_day = int(sessions.start_us[place]) % (86_400 * _MICROS)
    return Moment(
        sessions.account_ids[int(sessions.account[place])],
        int(END_AT.timestamp()) * _MICROS + in_day,
        sessions.device_ids[device] if device >= 0 else None,
        DEVICE_TYPES[kind] if kind >= 0 else None,
    )


def _at_once(workspace: Workspace, sessions: Sessions) -> dict[str, float]:
    """All sessions against what is known of their households, the best of some rounds."""
    homes = [workspace.people.household(one) for one in sessions.account_ids]
    parts = [sessions.of_account(place) for place in range(len(homes))]
    rounds = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for home, part in zip(homes, parts, strict=True):
            home.posteriors(part)
        rounds.append(time.perf_counter() - begun)
    return {"batch_sessions_per_s": len(sessions) / min(rounds)}
