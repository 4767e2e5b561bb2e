"""Live through a day of news sessions again, through the running service: every click an event,
every next click a question.

The service trains on the days before, is released, and then lives through the judged day with its
own clock moved along: each click is stored as an event in its turn, and at a click that has one
before it in its session the service is asked, just before it is told, for the 20 articles it would
show. Nothing of the day is known before it happens. Beside it two co-click tables answer the same
questions: one that stood still at midnight, one read anew each minute. Questions are drawn at
random where fewer than all are asked, and the run says how many; events are all sent.

Settings were chosen on days before 12 October. Only these differ from a default home: the model's
own sources are popular and knn (EASE over 20,000 articles of which two in five are a day old takes
minutes and says little), clicked articles are not shown again, and persons are not looked for, for
a portal of strangers has no households.

Reads: clicks_until_oct12.parquet of a folder, itself or its subfolder globo-news, or nothing: then
a made-up portal, whose figures say nothing.
Not here: the day and the tables (globo_day), the service and its clock (clocked_door).
"""

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.clocked_door import ClockedDoor, clocked_door
from bench.quality.globo_day import Clicks, invent_clicks, read_clicks, table_ranks
from settee.app import open_workspace
from settee.core import Settings, from_epoch_s, load_settings

ID = "quality/globo-live"
SUMMARY = "a day of Globo news sessions lived through again over HTTP, beside co-click tables"

_K = 20
_DAYS = 4
"""Days of record that the service trains on: news of last week are no news."""
_QUESTIONS, _QUICK_QUESTIONS = 20_000, 200
_MOST_EVENTS = 2_000
_RESAMPLES = 1000
_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 5.0)
_SETTINGS = """\
[checks]
max_unknown_item_share = 1.0
[sources]
enabled = ["popular", "knn"]
popular_half_life_days = 1.0
[rules]
exclude_seen = ["click"]
[people]
enabled = false
[respond]
source_budget_ms = 5000.0
total_budget_ms = 5000.0
[train]
ranker_requests = 3000
max_requests = 5000
[serve]
port = 0
"""


def run(context: Context) -> Result:
    """Train, serve, live through the day."""
    clicks = _clicks(context)
    asked = _drawn(clicks, context)
    share = len(asked) / max(len(clicks.questions), 1)
    context.log(
        f"{clicks.origin}: {len(clicks.at_ms):,} clicks; the day from "
        f"{from_epoch_s(clicks.midnight_ms // 1000):%d %B %Y} judges; {len(asked):,} of its "
        f"{len(clicks.questions):,} questions are asked, all of its clicks are sent"
    )
    settings = _home(context)
    begun_s = time.perf_counter()
    acts, told = _train(settings, clicks)
    figures = {"train_s": round(time.perf_counter() - begun_s, 1), "questions": float(len(asked))}
    figures |= {"questions_share": round(share, 4), "layer.acts_from_the_start": float(acts)} | told
    lived = _live(context, settings, clicks, asked)
    figures |= lived.figures()
    ranks = {
        "service": lived.ranks,
        "co_click_frozen": table_ranks(clicks, asked, frozen=True),
        "co_click_60s": table_ranks(clicks, asked, frozen=False),
    }
    sessions = clicks.session[asked]
    for name, one in ranks.items():
        hit, reciprocal = one <= _K, np.where(one <= _K, 1.0 / one, 0.0)
        figures |= _with_interval(f"{name}.hr@20", hit.astype(np.float64), sessions, context.seed)
        figures |= _with_interval(f"{name}.mrr@20", reciprocal, sessions, context.seed)
    bars = {
        "hr@20": Bar(figures["service.hr@20"], 0.66, at_most=False),
        "mrr@20": Bar(figures["service.mrr@20"], 0.265, at_most=False),
        "hr@20 above the table of 60 s": Bar(
            figures["service.hr@20"], figures["co_click_60s.hr@20"], at_most=False
        ),
        "mrr@20 above the table of 60 s": Bar(
            figures["service.mrr@20"], figures["co_click_60s.mrr@20"], at_most=False
        ),
    }
    return Result(figures, bars)


def _clicks(context: Context) -> Clicks:
    name = "clicks_until_oct12.parquet"
    for folder in () if context.data is None else (context.data, context.data / "globo-news"):
        files = [folder / name, *sorted(folder.glob("clicks*.parquet"))]
        for file in files:
            if file.is_file():
                return read_clicks(file)
    context.log("no data folder with globo-news: a made-up portal, whose figures say nothing")
    return invent_clicks(context.seed)


def _drawn(clicks: Clicks, context: Context) -> NDArray[np.int64]:
    most = _QUICK_QUESTIONS if context.quick else _QUESTIONS
    if len(clicks.questions) <= most:
        return clicks.questions
    rng = np.random.default_rng(context.seed)
    return np.sort(rng.choice(clicks.questions, most, replace=False))


def _home(context: Context) -> Settings:
    home = context.work / "home"
    home.mkdir()
    file = home / "settee.toml"
    file.write_text(f'home = "{home}"\n{_SETTINGS}', encoding="utf-8")
    return load_settings(file)


def _train(settings: Settings, clicks: Clicks) -> tuple[bool, dict[str, float]]:
    """Import the days before, train and release, all as of midnight."""
    until, since = clicks.midnight_ms, clicks.midnight_ms - _DAYS * 86_400_000
    rows = np.flatnonzero((clicks.at_ms >= since) & (clicks.at_ms < until))
    file = settings.home / "before.parquet"
    table = {
        "user": clicks.user[rows], "item": clicks.item[rows].astype(np.int64),
        "at": clicks.at_ms[rows] // 1000, "device": clicks.device[rows],
    }  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("clicks", table)
        connection.sql(
            "SELECT 'u' || \"user\" AS account_id, 'n' || item AS item_id, 'click' AS kind, "
            "\"at\", 'd' || device AS device_id FROM clicks"
        ).write_parquet(str(file))
    with open_workspace(settings, lambda: from_epoch_s(until // 1000)) as workspace:
        workspace.import_path(file)
        trained = workspace.train()
        workspace.release(trained.version)
    standing = trained.online["standing"]
    shared = standing["shared"]
    told = {f"layer.replay_{name}": float(shared[name]) for name in ("n", "gain", "low", "high")}
    return bool(shared["acts"]), told


@dataclass
class _Lived:
    """What came of the day."""

    ranks: NDArray[np.int64]
    seconds: float = 0.0
    n_events: int = 0
    n_again: int = 0
    answer_ms: list[float] = field(default_factory=list)
    rungs: dict[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """Times and rungs."""
        ordered = sorted(self.answer_ms) or [0.0]
        n = len(ordered)
        return {
            "live_s": round(self.seconds, 1),
            "events": float(self.n_events),
            "asked_again": float(self.n_again),
            "answer_p50_ms": round(ordered[n // 2], 2),
            "answer_p99_ms": round(ordered[min(n - 1, int(0.99 * n))], 2),
        } | {f"rung.{name}": float(count) for name, count in sorted(self.rungs.items())}


def _live(context: Context, settings: Settings, clicks: Clicks, asked: NDArray[np.int64]) -> _Lived:
    """Send the day's clicks in their order, and ask before those that are questions."""
    lived = _Lived(np.full(len(asked), clicks.n_items, np.int64))
    start = int(np.searchsorted(clicks.at_ms, clicks.midnight_ms))
    begun_s = time.perf_counter()
    hands = context.work / "clock"
    with clocked_door(settings.home, hands, clicks.midnight_ms * 1000) as door:
        caller = _Caller(door)
        for number, click in enumerate(asked):
            for first, end in _batches(start, int(click)):
                caller.tell(clicks, first, end)
                lived.n_events += end - first
            start = int(click)
            before_s = time.perf_counter()
            answer = caller.ask(clicks, start)
            lived.answer_ms.append(1000 * (time.perf_counter() - before_s))
            lived.rungs[answer["rung"]] = lived.rungs.get(answer["rung"], 0) + 1
            items = [one["item_id"] for one in answer["items"]]
            right = f"n{clicks.item[start]}"
            if right in items:
                lived.ranks[number] = items.index(right) + 1
        lived.n_again = caller.n_again
        caller.close()
    lived.seconds = time.perf_counter() - begun_s
    return lived


def _batches(start: int, end: int) -> Iterator[tuple[int, int]]:
    for first in range(start, end, _MOST_EVENTS):
        yield first, min(first + _MOST_EVENTS, end)


class _Caller:
    """One connection to the service, kept open."""

    def __init__(self, door: ClockedDoor) -> None:
        self._hands = door.hands
        self._connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=60)
        self.n_again = 0

    def tell(self, clicks: Clicks, first: int, end: int) -> None:
        """Store clicks as events."""
        events = [
            {
                "event_id": f"c{click}",
                "account_id": f"u{clicks.user[click]}",
                "device_id": f"d{clicks.device[click]}",
                "item_id": f"n{clicks.item[click]}",
                "kind": "click",
                "at": _text(int(clicks.at_ms[click])),
            }
            for click in range(first, end)
        ]
        self._hands.put(int(clicks.at_ms[end - 1]) * 1000)
        taken = self._call("POST", "/v1/events", json.dumps(events).encode())
        if taken["accepted"] != end - first:
            raise RuntimeError(f"events were refused: {taken}")

    def ask(self, clicks: Clicks, click: int) -> dict[str, Any]:
        """The list for whoever is about to click."""
        self._hands.put(int(clicks.at_ms[click]) * 1000)
        return self._call(
            "GET",
            f"/v1/recommendations?account_id=u{clicks.user[click]}&k={_K}"
            f"&device_id=d{clicks.device[click]}",
        )

    def _call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        for pause_s in _PAUSES_S:
            status, content = self._once(method, path, body)
            if status == HTTPStatus.OK:
                found: dict[str, Any] = json.loads(content)
                return found
            if status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise RuntimeError(f"{method} {path[:80]}: {status} {content[:300]!r}")
            self.n_again += 1  # as a client does that was told to come again
            time.sleep(pause_s)
        raise RuntimeError(f"{method} {path[:80]}: too busy for {sum(_PAUSES_S):g} s")

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {} if body is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def _text(at_ms: int) -> str:
    return f"{from_epoch_s(at_ms // 1000):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _with_interval(
    name: str, values: NDArray[np.float64], sessions: NDArray[np.int64], seed: int
) -> dict[str, float]:
    """A mean over questions and its 95 % interval, sessions drawn again."""
    _, group = np.unique(sessions, return_inverse=True)
    total = np.bincount(group, values)
    size = np.bincount(group)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(size), size=(_RESAMPLES, len(size)))
    means = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        name: round(float(values.mean()), 4),
        f"{name}.low": round(float(low), 4),
        f"{name}.high": round(float(high), 4),
    }
