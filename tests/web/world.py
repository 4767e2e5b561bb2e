"""A door with a small world behind it, and a client that speaks ASGI without a socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from settee.app.rules import RulesWork
from settee.audiences import News, ReadyAudiences
from settee.core import Settings
from settee.govern import Keys, Limits, Tenants
from settee.people.corrections import NoSuchPerson
from settee.respond import Corrected, Lists, Responder
from settee.rules import Rulebook
from settee.store import RuleTable
from settee.web import create_app
from tests.respond.people import People
from tests.respond.world import World, small_model


class Watch:
    """Who may be shown: everybody but those who took their word back."""

    def __init__(self):
        self.refused: set[str] = set()

    def news(self, _since, /):
        return News((len(self.refused),), frozenset(self.refused))

    def may_show(self, units, /):
        return np.array([account_id not in self.refused for account_id, _ in units], bool)


class Engine:
    """What `create_app` needs, around a world."""

    def __init__(
        self,
        home: Path,
        settings: Settings | None = None,
        *,
        with_model: bool = True,
        people: People | None = None,
    ):
        self.world = World.at(home, settings)
        self.settings = self.world.settings
        self.journal, self.tables = self.world.journal, self.world.tables
        self.limits = Limits(home / "limits.bin", self.settings.access.max_failures)
        self.tenant_id = "default"
        self.keys = Keys(self.tables, self.limits)
        self.tenants = Tenants(home, self.tables)
        self.clock = self.world.clock
        self.refused: list[Any] = []
        self.corrected: list[Any] = []
        self.world.put_titles()
        if with_model:
            self.world.release(small_model(self.settings))
        self.people = people or People()
        self.rulebook = Rulebook(RuleTable(self.tables.database))
        self._responder = self.world.responder(people=self.people, rules=self.rulebook.current)
        self.watch = Watch()
        self.audiences_ahead = ReadyAudiences(home / "reach", self.watch, 1e12)
        self.lists = Lists(home / "lists", self._responder, self.settings.lists)

    rules = RulesWork.rules
    check_rules = RulesWork.check_rules
    put_rules = RulesWork.put_rules
    rollback_rules = RulesWork.rollback_rules
    rules_history = RulesWork.rules_history
    dry_run_rules = RulesWork.dry_run_rules
    _facts, _follow_rules = RulesWork._facts, RulesWork._follow_rules

    def refuse(self, rejected) -> None:
        self.refused += rejected

    def correct(self, account_id, correction, event_id=None):
        if account_id == "nobody":
            raise NoSuchPerson("there is none")
        self.corrected.append((account_id, correction, event_id))
        return Corrected(event_id or "made-up", is_new=len(self.corrected) == 1)

    def responder(self) -> Responder:
        return self._responder

    def close(self) -> None:
        self._responder.stop()
        self.world.close()


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]


@dataclass
class Client:
    """Calls an application as a server would."""

    app: Any
    host: str = "127.0.0.1:8321"
    messages: list[Any] = field(default_factory=list)

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | list[bytes] = b"",
        *,
        query: bytes = b"",
        gone: bool = False,
        **headers: str,
    ) -> Response:
        return asyncio.run(self._call(method, path, body, query, headers, gone=gone))

    async def _call(self, method, path, body, query, headers, *, gone):
        chunks = [body] if isinstance(body, bytes) else body
        more = [
            {"type": "http.request", "body": chunk, "more_body": gone or place < len(chunks) - 1}
            for place, chunk in enumerate(chunks)
        ]
        inbox = [*more, {"type": "http.disconnect"}]
        named = {"host": self.host} | {k.replace("_", "-"): v for k, v in headers.items()}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("utf-8", "surrogatepass"),
            "query_string": query,
            "root_path": "",
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in named.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8321),
        }
        sent: list[Any] = []

        async def receive():
            if not inbox:
                await asyncio.sleep(3600)
            return inbox.pop(0)

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        if not sent:
            return Response(0, {}, b"")
        starts = [one for one in sent if one["type"] == "http.response.start"]
        assert len(starts) == 1, "exactly one response leaves"
        head = {k.decode().lower(): v.decode() for k, v in starts[0]["headers"]}
        whole = b"".join(one.get("body", b"") for one in sent if one is not starts[0])
        return Response(starts[0]["status"], head, whole)


def open_door(home: Path, settings: Settings | None = None, **options) -> tuple[Client, Engine]:
    engine = Engine(home, settings, **options)
    return Client(create_app(engine)), engine
