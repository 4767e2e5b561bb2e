"""Read, put, check and try the rules of the business, and go back to earlier ones.

Rules are given as text in TOML, or as `results.Rule` structs and mappings, which go as JSON.

Reads / Writes: nothing.
Source: docs/rules.md for each kind and each field.
Not here: what rules did to one answer (client.results.rules).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from settee.client.results import (
    DryRun,
    Rule,
    RulesChecked,
    RulesHistory,
    RulesInForce,
    RulesPut,
)
from settee.client.said import without_none
from settee.client.verb import verb
from settee.client.wire import TOML, Call, Route, read_json, read_text

R = TypeVar("R")
RulesLike = str | Iterable[Rule | Mapping[str, object]]
_PATH = "/v1/rules"
_RULES = Route("GET", _PATH, read_json(RulesInForce))
_TEXT = Route("GET", _PATH, read_text, accept=TOML)
_HISTORY = Route("GET", f"{_PATH}/history", read_json(RulesHistory))
_PUT = Route("PUT", _PATH, read_json(RulesPut))
_CHECK = Route("POST", f"{_PATH}/check", read_json(RulesChecked))
_TRY = Route("POST", f"{_PATH}/dry-run", read_json(DryRun))
_BACK = Route("POST", f"{_PATH}/rollback", read_json(RulesPut))


@verb(_RULES)
def rules(*, version: int | None = None) -> Call[RulesInForce]:
    """The rules in force, or those of a version."""
    return _RULES.call(query={"version": version})


@verb(_TEXT)
def rules_text(*, version: int | None = None) -> Call[str]:
    """The rules in force, or those of a version, as TOML for people to edit."""
    return _TEXT.call(query={"version": version})


@verb(_HISTORY)
def rules_history(*, limit: int | None = None) -> Call[RulesHistory]:
    """Who put which version when and why, newest first."""
    return _HISTORY.call(query={"limit": limit})


@verb(_PUT)
def put_rules(
    rules: RulesLike, *, why: str | None = None, after: int | None = None, force: bool = False
) -> Call[RulesPut]:
    """Put a whole set of rules in force.

    Args:
        rules: All of them.
        why: Why, for whoever reads the history.
        after: Refused unless this version is in force; 0 is none. Such a call is sent once, for a
            second one would be refused because of the first.
        force: Put them in force although they contradict one another.
    """
    call = _with(_PUT, rules, {"why": why, "after": after, "force": force or None})
    return replace(call, is_repeatable=after is None)


@verb(_CHECK)
def check_rules(rules: RulesLike) -> Call[RulesChecked]:
    """Read rules and look for conflicts; nothing is put in force."""
    return _with(_CHECK, rules, {})


@verb(_TRY)
def try_rules(
    rules: RulesLike, *, n: int | None = None, slot: str | None = None, at: datetime | None = None
) -> Call[DryRun]:
    """Answer the latest recorded requests under these rules, and tell what would change.

    Args:
        rules: All of them.
        n: Most requests.
        slot: Only requests of this slot.
        at: Answer as if it were this instant, aware.
    """
    return _with(_TRY, rules, {"n": n, "slot": slot, "at": at})


@verb(_BACK)
def roll_back_rules(
    *, to: int | None = None, why: str | None = None, after: int | None = None
) -> Call[RulesPut]:
    """Put the rules of an earlier version in force again, as a new version.

    Args:
        to: Which version; None is the one before the rules in force. Without it the call is sent
            once, for a second one would go back further.
        why: Why, for whoever reads the history.
        after: Refused unless this version is in force.
    """
    call = _BACK.call(body={"to": to, "why": why, "after": after})
    return replace(call, is_repeatable=to is not None and after is None)


def _with(route: Route[R], rules: RulesLike, query: Mapping[str, object]) -> Call[R]:
    """A call whose body is a set of rules."""
    if isinstance(rules, str):
        return route.call(query=query, content=rules.encode(), content_type=TOML)
    return route.call(query=query, body={"rules": [without_none(one) for one in rules]})
