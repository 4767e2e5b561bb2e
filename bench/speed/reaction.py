"""Time from an event to the first answer that it changed, over HTTP, while others are answered.

Somebody is shown 20 films and dislikes one. The clock starts when the event is sent, before it is
durable, and stops when an answer has come whole in which that film is not shown any more; it is
asked for again and again. 200 other answers a second are given meanwhile. Told apart: the service
that took the event, and a second service on the same home that has to find it in the journal,
with the state in files and, where redis-server is installed, in Redis.

Reads: ratings.parquet and items.parquet of a MovieLens folder, or nothing.
Writes: the work folder; a Redis of its own.
Not here: how fast answers are (speed/answers).
"""

import http.client
import json
import shutil
import threading
import time
from contextlib import ExitStack

import numpy as np

from bench.harness import Bar, Context, Result
from bench.load import HOST, Outcome, get_request
from bench.speed.door import Door, load, running_door
from bench.speed.movies import movies
from bench.speed.shared_films import account_ids, fill_shared_home
from bench.speed.state import throwaway_redis
from settee.core import Settings, instant_text, system_clock

ID = "speed/reaction"
SUMMARY = "event to changed answer over HTTP, beside 200 answers a second"

RATE = 200.0
_TRIALS, _QUICK_TRIALS = 300, 20
_PAUSE_S = 0.002
_GIVE_UP_S = 20.0


def run(context: Context) -> Result:
    """Fill a home, serve it, and dislike films."""
    found = movies(context.data, context.seed, quick=context.quick)
    home = context.work / "home"
    fill_shared_home(home, found, Settings(), context.seed, 200 if context.quick else 1000)
    ids = account_ids(found)
    rng = np.random.default_rng(context.seed)
    n = _QUICK_TRIALS if context.quick else _TRIALS
    chosen = [ids[one] for one in rng.permutation(len(ids))[: 3 * n]]
    context.log(f"{found.origin}: {len(ids):,} accounts, {n} events each way")
    figures: dict[str, float] = {}
    with running_door(home) as door, running_door(home) as second:
        figures |= _measure("same", door, door, chosen[:n], ids, context)
        figures |= _measure("other", door, second, chosen[n : 2 * n], ids, context)
    if shutil.which("redis-server"):
        with ExitStack() as stack:
            url = f"redis://{HOST}:{stack.enter_context(throwaway_redis(context.work))}/0"
            door, second = (
                stack.enter_context(running_door(home, f"state.url={url}")) for _ in range(2)
            )
            figures |= _measure("redis_same", door, door, chosen[2 * n :], ids, context)
            figures |= _measure("redis_other", door, second, chosen[2 * n :], ids, context)
    bars = {
        "same_p50_ms": Bar(figures["same_p50_ms"], 100.0),
        "same_p99_ms": Bar(figures["same_p99_ms"], 1000.0),
        "other_p99_ms": Bar(figures["other_p99_ms"], 1000.0),
    }
    return Result(figures, bars)


def _measure(
    name: str, taker: Door, answerer: Door, chosen: list[str], ids: list[str], context: Context
) -> dict[str, float]:
    """Events to one door, answers from another, under load on the one that answers."""
    stop_s = 2.0 + len(chosen) * (0.06 if taker is answerer else 0.6)
    others = [get_request(_path(one)) for one in ids if one not in set(chosen)]
    outcomes: list[Outcome] = []
    crowd = threading.Thread(
        target=lambda: outcomes.append(
            load(answerer, others, context.work, rate=RATE, seconds=stop_s, connections=16)
        )
    )
    crowd.start()
    time.sleep(1.0)
    told = http.client.HTTPConnection(HOST, taker.port, timeout=30)
    asked = http.client.HTTPConnection(HOST, answerer.port, timeout=30)
    spent_ms, n_asked = [], 0
    for account_id in chosen:
        elapsed_ms, n = _react(told, asked, account_id)
        spent_ms.append(elapsed_ms)
        n_asked += n
    crowd.join()
    context.log(f"{name}: others were answered {outcomes[0].statuses}")
    failed = sum(outcomes[0].statuses.values()) - outcomes[0].statuses.get("200", 0)
    p50, p99 = np.quantile(spent_ms, [0.5, 0.99]).tolist()
    return {
        f"{name}_p50_ms": p50,
        f"{name}_p99_ms": p99,
        f"{name}_max_ms": max(spent_ms),
        f"{name}_answers_each": n_asked / len(chosen),
        f"{name}_crowd_per_s": outcomes[0].rate,
        f"{name}_crowd_failed": float(failed),
    }


def _react(
    told: http.client.HTTPConnection, asked: http.client.HTTPConnection, account_id: str
) -> tuple[float, int]:
    """Milliseconds until a disliked film is gone, and how many answers that took."""
    item_id = _shown(asked, account_id)[0]
    event = {
        "event_id": f"dislike-{account_id}-{item_id}",
        "account_id": account_id,
        "kind": "dislike",
        "at": instant_text(system_clock()),
        "item_id": item_id,
    }
    begun_s = time.perf_counter()
    told.request("POST", "/v1/events", json.dumps(event), {"content-type": "application/json"})
    response = told.getresponse()
    if json.loads(response.read()).get("accepted") != 1:
        raise RuntimeError("the event was not taken")
    for n in range(1, 1_000_000):
        is_gone = item_id not in _shown(asked, account_id)
        elapsed_s = time.perf_counter() - begun_s
        if is_gone:
            return 1000 * elapsed_s, n
        if elapsed_s > _GIVE_UP_S:
            break
        time.sleep(_PAUSE_S)
    raise RuntimeError(f"{item_id} was still shown to {account_id} after {_GIVE_UP_S:g} s")


def _shown(asked: http.client.HTTPConnection, account_id: str) -> list[str]:
    asked.request("GET", _path(account_id))
    answer = json.loads(asked.getresponse().read())
    return [item["item_id"] for item in answer["items"]]


def _path(account_id: str) -> str:
    return f"/v1/recommendations?account_id={account_id}&k=20&explain=false"
