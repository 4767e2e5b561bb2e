"""``settee key``: make, list and revoke the keys that open the HTTP API.

A key is shown once, when it is made; settee keeps only its hash.

Reads / Writes: the tables.
Not here: what a role may do (govern.roles), the tenants (cli.tenant).
"""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from settee.cli.call import Call
from settee.cli.screen import when
from settee.core import BadInput, instant_text

if TYPE_CHECKING:
    from settee.govern import Key, Used

key_app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
_SPAN = re.compile(r"([0-9]{1,6})([mhdw])")
_SPAN_S = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@key_app.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.")] = "default",
    role: Annotated[
        str, typer.Option(help="owner, admin, scientist, marketer, auditor or service.")
    ] = "owner",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Only this permission of the role; repeatable.", metavar="PERMISSION"),
    ] = None,
    expires: Annotated[
        str, typer.Option(help="After 30m, 12h, 90d or 4w, or at an RFC 3339 instant.")
    ] = "",
    rate: Annotated[
        float | None, typer.Option(help="Requests a second in the long run.", metavar="N")
    ] = None,
    burst: Annotated[
        int | None, typer.Option(help="Requests at once after a pause.", metavar="N")
    ] = None,
    quota: Annotated[
        int | None, typer.Option(help="Requests on one day of UTC.", metavar="N")
    ] = None,
) -> None:
    """Make a key and print it once."""
    from settee.govern import Terms  # loads SQLAlchemy: not for `settee --help`

    call: Call = context.obj
    ends_at = _ends_at(expires, call.now())
    terms = Terms(
        role=role,
        scopes=tuple(scope or ()),
        expires_at=ends_at,
        rate_per_s=rate,
        burst=burst,
        quota_per_day=quota,
    )
    with call.workspace() as workspace:
        made = workspace.issue_key(name, terms)
    if call.screen.is_json:
        call.screen.emit({**_as_dict(made.key, None), "key": made.secret})
        return
    call.screen.line(made.secret)
    call.screen.remark(f'key {made.key.key_id} "{name}": send it as "Authorization: Bearer …"')
    if role == "owner" and not scope:
        call.screen.remark("role owner may do everything; --role service is enough for a product")
    call.screen.remark("it is not shown again")


@key_app.command("list")
def list_(context: typer.Context) -> None:
    """List the keys, without the secrets."""
    call: Call = context.obj
    with call.workspace() as workspace:
        found = [(one, workspace.key_use(one)) for one in workspace.list_keys()]
    if call.screen.is_json:
        call.screen.emit([_as_dict(key, used) for key, used in found])
        return
    call.screen.table(
        "Keys",
        ("id", "name", "role", "made", "ends", "#today", "last used", "revoked"),
        [
            (
                one.key_id,
                one.name,
                one.role + ("*" if one.scopes else ""),
                when(one.created_at),
                when(one.expires_at) if one.expires_at else "",
                f"{used.n_today:,}" + (f" of {one.quota_per_day:,}" if one.quota_per_day else ""),
                when(used.last_at) if used.last_at else "",
                when(one.revoked_at) if one.revoked_at else "",
            )
            for one, used in found
        ],
    )
    if any(one.scopes for one, _ in found):
        call.screen.remark("*: only some permissions of the role; --json shows which")


@key_app.command("revoke")
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or id from `settee key list`.")],
) -> None:
    """Close a key; it opens nothing from now on."""
    call: Call = context.obj
    with call.workspace() as workspace:
        key = workspace.revoke_key(name)
    if call.screen.is_json:
        call.screen.emit({"key_id": key.key_id, "name": key.name, "is_revoked": True})
        return
    call.screen.line(f'key {key.key_id} "{key.name}" is revoked')


def _as_dict(key: "Key", used: "Used | None") -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key_id": key.key_id,
        "name": key.name,
        "tenant_id": key.tenant_id,
        "role": key.role,
        "scopes": list(key.scopes),
        "created_at": instant_text(key.created_at),
        "expires_at": _text(key.expires_at),
        "revoked_at": _text(key.revoked_at),
        "rate_per_s": key.rate_per_s,
        "burst": key.burst,
        "quota_per_day": key.quota_per_day,
    }
    if used is not None:
        shown |= {"n_today": used.n_today, "last_used_at": _text(used.last_at)}
    return shown


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _ends_at(text: str, now: datetime) -> datetime | None:
    """The instant that ``90d`` or an RFC 3339 text means.

    >>> _ends_at("2h", datetime.fromisoformat("2026-11-21T20:00:00Z")).hour
    22
    """
    if not text:
        return None
    if span := _SPAN.fullmatch(text):
        return now + timedelta(seconds=int(span[1]) * _SPAN_S[span[2]])
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInput(
            f'--expires is "{text[:40]}"; 30m, 12h, 90d, 4w or 2027-01-31T00:00:00Z are accepted.',
            place="--expires",
        )
    return at
