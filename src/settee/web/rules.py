"""Serve the rules: read them, put others, see what was, go back, and try before.

    PUT /v1/rules?why=Christmas   [[rules]] …   → {"version": 8, "conflicts": []}

A body is TOML where its content type says so, else JSON; both say the same. Who changed what is
written down under the name of the key.

Reads: requests.  Writes: versions of the rules, through the engine.
Not here: what a rule may say (rules), when others see it (respond).
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from msgspec import Meta

from settee.core import to_json
from settee.rules import (
    Conflict,
    Put,
    Rule,
    RuleSet,
    RuleVersion,
    parse_rules,
    to_toml,
)
from settee.web.body import header, read_body
from settee.web.engine import Engine
from settee.web.errors import BadRequest
from settee.web.guard import caller_of

RULES = "/v1/rules"
_JSON, _TOML = "application/json", "application/toml"
_MAX_VERSIONS = 1000
_MOST_REQUESTS = 2000
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Why = Annotated[str, Query(max_length=500, description="Why, for whoever reads the history.")]
After = Annotated[
    int | None,
    Query(ge=0, le=2**31 - 1, description="Refuse unless this version is in force; 0 is none."),
]
Slot = Annotated[str | None, Query(min_length=1, max_length=128, description="Only this slot.")]
At = Annotated[
    str | None,
    Query(max_length=40, description="Answer as if it were this instant (RFC 3339)."),
]


class RuleDocument(msgspec.Struct, frozen=True):
    """Rules as they are sent; which fields a kind takes is said in docs/rules.md."""

    rules: list[Rule]


class RulesInForce(msgspec.Struct, frozen=True):
    """The rules of one version; `version` is 0 before the first."""

    version: int
    rules: list[Rule]


class RulesPut(msgspec.Struct, frozen=True):
    """What was put in force, and what is odd about it; `restored` is the version it came from."""

    version: int
    n_rules: int
    restored: int | None
    conflicts: list[Conflict]


class RulesChecked(msgspec.Struct, frozen=True):
    """Rules as they were read, and what is odd about them over the catalogue as it is."""

    n_rules: int
    conflicts: list[Conflict]
    rules: list[Rule]


class RulesVersion(msgspec.Struct, frozen=True):
    """One version of the rules: who made it, when and why, and a seal over it and all before."""

    version: int
    at: datetime
    who: str
    why: str
    restored: int | None
    seal: str


class RulesHistory(msgspec.Struct, frozen=True):
    """Versions of the rules, newest first; the first is in force."""

    versions: list[RulesVersion]


class AskedRollback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Go back to a version, by default the one before the rules in force."""

    to: Number | None = None
    why: Annotated[str, Meta(max_length=500)] = ""
    after: Number | None = None


_rollback = msgspec.json.Decoder(AskedRollback)


def add_rules(router: APIRouter, engine: Engine) -> None:
    """Add the routes.

    Args:
        router: Where to.
        engine: What stands behind the door.
    """
    _add_reading(router, engine)
    _add_trying(router, engine)

    @router.put(RULES, summary="Put rules", tags=["rules"])
    async def put_rules(
        request: Request,
        why: Why = "",
        after: After = None,
        force: Annotated[bool, Query(description="Take contradictions too.")] = False,
    ) -> Response:
        """Put a whole set of rules in force: here at once, on every worker within two seconds.

        The set that was in force stays in the history. Rules that contradict one another are
        refused unless `force`; what is merely odd is told.
        """
        rules = await _rules(request, engine)
        who = caller_of(request.scope).name

        def put() -> Put:
            return engine.put_rules(rules, who, why, after=after, force=force)

        return _reply(_told(await run_in_threadpool(put)))

    @router.post(f"{RULES}/rollback", summary="Go back", tags=["rules"])
    async def rollback(request: Request) -> Response:
        """Put the rules of an earlier version in force again, as a new version."""
        asked = _asked_rollback(await _body(request, engine))
        who = caller_of(request.scope).name

        def back() -> Put:
            return engine.rollback_rules(who, asked.why, to=asked.to, after=asked.after)

        return _reply(_told(await run_in_threadpool(back)))


def _add_reading(router: APIRouter, engine: Engine) -> None:
    @router.get(RULES, summary="Rules", tags=["rules"])
    def rules(
        request: Request,
        version: Annotated[
            int | None, Query(ge=1, le=2**31 - 1, description="A version of the history.")
        ] = None,
    ) -> Response:
        """The rules in force, or those of a version; as TOML where that is accepted first."""
        found = engine.rules(version)
        if header(request.scope, b"accept").startswith(_TOML.encode()):
            return Response(to_toml(found), media_type=_TOML)
        return _reply(RulesInForce(found.version, list(found.rules)))

    @router.get(f"{RULES}/history", summary="Versions", tags=["rules"])
    def history(
        limit: Annotated[int, Query(ge=1, le=_MAX_VERSIONS, description="Most versions.")] = 20,
    ) -> Response:
        """Who put which version when and why, newest first."""
        return _reply(RulesHistory([_version(one) for one in engine.rules_history(limit)]))


def _add_trying(router: APIRouter, engine: Engine) -> None:
    @router.post(f"{RULES}/check", summary="Check rules", tags=["rules"])
    async def check(request: Request) -> Response:
        """Read rules, give them back as read, and look for conflicts; nothing is put in force."""
        rules = await _rules(request, engine)
        conflicts = await run_in_threadpool(engine.check_rules, rules)
        return _reply(RulesChecked(len(rules), list(conflicts), list(rules.rules)))

    @router.post(f"{RULES}/dry-run", summary="Try rules", tags=["rules"])
    async def dry_run(
        request: Request,
        n: Annotated[int, Query(ge=1, le=_MOST_REQUESTS, description="Most requests.")] = 200,
        slot: Slot = None,
        at: At = None,
    ) -> Response:
        """Answer the latest recorded requests under these rules, and tell what would change."""
        rules = await _rules(request, engine)
        instant = None if at is None else _instant(at)

        def run() -> object:
            return engine.dry_run_rules(rules, n, slot=slot, at=instant)

        return _reply(await run_in_threadpool(run))


async def _body(request: Request, engine: Engine) -> bytes:
    return await read_body(request.scope, request.receive, engine.settings.serve.max_body_bytes)


async def _rules(request: Request, engine: Engine) -> RuleSet:
    """The rules that a body holds.

    Raises:
        BadRule: If they cannot be read.
    """
    body = await _body(request, engine)
    is_toml = header(request.scope, b"content-type").startswith(_TOML.encode())
    return await run_in_threadpool(parse_rules, body, "toml" if is_toml else "json")


def _asked_rollback(body: bytes) -> AskedRollback:
    if not body:
        return AskedRollback()
    try:
        return _rollback.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(
            f"the body is no rollback: {error}.",
            hint='Send {"to": 3, "why": "too bold"}, or nothing.',
            place="body",
        ) from None


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1971 <= at.year <= 9998:
        raise BadRequest(
            f'at is "{text}"; an instant with its zone is accepted.',
            hint="Write 2026-12-24T12:00:00Z.",
            place="at",
        )
    return at


def _told(put: Put) -> RulesPut:
    version = put.version
    return RulesPut(version.number, len(put.rules), version.restored, list(put.conflicts))


def _version(one: RuleVersion) -> RulesVersion:
    return RulesVersion(one.number, one.at, one.who, one.why, one.restored, one.seal)


def _reply(value: Any) -> Response:  # noqa: ANN401 -- whatever a route tells
    return Response(to_json(value), media_type=_JSON)
