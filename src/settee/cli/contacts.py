"""``settee contact``: who may be addressed, the suppression list, the log of audiences.

Reads: the journal, tables, a list.  Writes: facts, the suppression list, stdout.
Not here: making and exporting audiences (cli.audience).
"""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.screen import when
from settee.core import BadInput

contact_app = typer.Typer(
    help="Who may be addressed: consent, children, suppression.", no_args_is_help=True
)
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="settee accounts lists a few.")]
ListFile = Annotated[
    Path,
    typer.Argument(
        help='One a line: ACCOUNT, ACCOUNT,PERSON or sha256:HASH; "-" is standard input.'
    ),
]
Who = Annotated[str, typer.Option(help="Who does it [this user].")]
Why = Annotated[str, typer.Option(help="Why, for whoever reads the log.")]


class BadConsent(BadInput):
    """An option of consent, or a list, cannot be used."""

    code = "bad_consent"


@contact_app.command("show")
def show(context: typer.Context, account: Account) -> None:
    """Tell what an account and its persons said about being contacted."""
    call: Call = context.obj
    with call.workspace() as workspace:
        told = workspace.contact(account)
    if call.screen.is_json:
        call.screen.emit(told)
        return
    call.screen.line(f"{account}: {_said(told.consent, told.child)}")
    for person_id, word in told.persons.items():
        call.screen.line(f"  {person_id}: {_said(word.consent, word.child)}")


@contact_app.command("put")
def put(
    context: typer.Context,
    account: Account,
    consent: Annotated[
        list[str] | None,
        typer.Option(help='CHANNEL=yes or CHANNEL=no, "*" for all others; repeatable.'),
    ] = None,
    child: Annotated[
        bool | None, typer.Option("--child/--no-child", help="Whether they are a child.")
    ] = None,
    person: Annotated[str, typer.Option(help="Of whom in the account [all of it].")] = "",
    event_id: Annotated[
        str, typer.Option("--id", help="Name of the fact; a repeat changes nothing [made up].")
    ] = "",
) -> None:
    """Take in by which channels somebody may be addressed, and whether they are a child."""
    from settee.core import to_json
    from settee.events import parse_contact  # loads numpy: not for `settee --help`

    call: Call = context.obj
    given = {
        "consent": dict(_consent(one) for one in consent or ()),
        "child": child,
        "person_id": person or None,
        "event_id": event_id or None,
    }
    said = {name: value for name, value in given.items() if value not in (None, {})}
    word = parse_contact(to_json(said))
    with call.workspace() as workspace:
        done = workspace.put_contact(account, word)
    if call.screen.is_json:
        call.screen.emit(done)
    elif done.is_new:
        call.screen.line(f"{done.event_id}: holds for {account} from now on.")
    else:
        call.screen.line(f"{done.event_id} was taken in before; nothing changed.")


@contact_app.command("suppress")
def suppress(context: typer.Context, file: ListFile, who: Who = "", why: Why = "") -> None:
    """Never address whom a list names; the list keeps salted hashes."""
    call: Call = context.obj
    raw = _read(file)
    with call.workspace() as workspace:
        n_new = workspace.suppress(raw, who or getpass.getuser(), why)
    if call.screen.is_json:
        call.screen.emit({"n_changed": n_new, "is_freed": False})
    else:
        call.screen.line(f"{n_new:,} were not on the list before.")


@contact_app.command("free")
def free(context: typer.Context, file: ListFile, who: Who = "", why: Why = "") -> None:
    """Take whom a list names from the suppression list."""
    call: Call = context.obj
    raw = _read(file)
    with call.workspace() as workspace:
        n_freed = workspace.free(raw, who or getpass.getuser(), why)
    if call.screen.is_json:
        call.screen.emit({"n_changed": n_freed, "is_freed": True})
    else:
        call.screen.line(f"{n_freed:,} were on the list.")


@contact_app.command("log")
def log(
    context: typer.Context,
    audience: Annotated[str, typer.Option(help="Of one audience only.")] = "",
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=10_000)] = 20,
) -> None:
    """Tell what was done with audiences, newest first; every seal is checked before."""
    import msgspec  # not for `settee --help`

    call: Call = context.obj
    with call.workspace() as workspace:
        rows = workspace.audience_log(limit, audience or None)
    if call.screen.is_json:
        call.screen.emit([
            {
                "number": one.number, "at": one.at, "who": one.who, "what": one.what,
                "audience_id": one.audience_id, "figures": msgspec.Raw(one.body),
                "seal": one.seal,
            }
            for one in rows
        ])  # fmt: skip
        return
    for one in rows:
        figures = one.body.decode()
        call.screen.line(
            f"{one.number} {when(one.at)} {one.who} {one.what} {one.audience_id} {figures}"
        )
    call.screen.remark("every seal is right")


def _consent(text: str) -> tuple[str, bool]:
    channel, _, answer = text.rpartition("=")
    if not channel or answer not in ("yes", "no"):
        raise BadConsent(
            f'"{text[:60]}" is no consent; CHANNEL=yes and CHANNEL=no are.', place="--consent"
        )
    return channel, answer == "yes"


def _said(consent: dict[str, bool], child: bool | None) -> str:
    words = [f"{channel} {'yes' if is_so else 'no'}" for channel, is_so in consent.items()]
    if child is not None:
        words.append("a child" if child else "no child")
    return ", ".join(words) or "nothing was said"


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadConsent(
            f'"{file.name}" cannot be read: {error.strerror}.', hint="Name a file that exists."
        ) from None
