"""``settee federate``: learn item weights with others, each keeping its events to itself.

One coordinator and three or more silos run as processes of their own. Token and secret come from
files, never from the command line, where every user of the machine could read them.

Reads: a silo's record, the files named.  Writes: a bundle on either side.
Not here: the masks (federation), the weights (candidates).
"""

from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.core import BadInput

federate_app = typer.Typer(
    help="Learn item weights with other silos; nobody shows events.", no_args_is_help=True
)
_LEAST_BYTES = 32
Token = Annotated[
    Path, typer.Option("--token-file", help="What all share; 32 bytes or more.", metavar="FILE")
]


class BadFederationFile(BadInput):
    """A token, a secret or a list of items cannot be used."""

    code = "bad_federation_file"


@federate_app.command("coordinator")
def coordinator(
    context: typer.Context,
    silos: Annotated[int, typer.Option(help="Silos that are expected; 3 or more.")],
    token_file: Token,
    threshold: Annotated[
        int, typer.Option(help="Silos that must stay to the end; 0 is one over half.")
    ] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8322,
    certificate: Annotated[
        str, typer.Option(help="Certificate chain, for any host but this one.", metavar="FILE")
    ] = "",
    key: Annotated[str, typer.Option(help="Its private key.", metavar="FILE")] = "",
    items: Annotated[
        Path | None,
        typer.Option(help="Item ids to count, one a line; without, those that silos name."),
    ] = None,
    shared_by: Annotated[int, typer.Option(help="Count items that so many silos name.", min=1)] = 1,
    wait_s: Annotated[float, typer.Option(help="Longest time of a step.", min=0.1)] = 600.0,
    epsilon: Annotated[
        float, typer.Option(help="Privacy of an account; 0 adds no noise.", min=0)
    ] = 0.0,
    delta: Annotated[float, typer.Option(help="Its delta.")] = 1e-6,
    max_history: Annotated[
        int | None,
        typer.Option(help="Latest items of an account that count [sources.max_history].", min=1),
    ] = None,
) -> None:
    """Lead one federation: wait for the silos, add up their masked counts, hand out the weights."""
    from settee.federation import Address, Privacy, Recipe, Terms  # loads numpy: not for --help

    call: Call = context.obj
    if epsilon:
        Privacy(epsilon, delta)
    sources = call.settings().sources
    recipe = Recipe(max_history or sources.max_history, sources.ease_account_power, epsilon, delta)
    named = () if items is None else tuple(read_item_ids(items))
    terms = Terms(silos, threshold, recipe, named, shared_by, sources.ease_max_items)
    address = Address(host, port, certificate, key)
    token = read_key(token_file, "--token-file")
    with call.workspace() as workspace, call.screen.progress() as tell:
        found = workspace.coordinate(terms, address, token, wait_s, tell)
    _show(call, found.as_dict())


@federate_app.command("silo")
def silo(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="http://127.0.0.1:8322, or https://HOST:PORT.")],
    name: Annotated[str, typer.Option(help="This silo's name: a-z, 0-9, ., _ and -.")],
    token_file: Token,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            help="What the silos know and the coordinator does not: hides item ids from it and "
            "proves keys.",
            metavar="FILE",
        ),
    ] = None,
    names_items: Annotated[
        bool, typer.Option(help="Tell the coordinator which items there are here.")
    ] = True,
    epsilon: Annotated[
        float, typer.Option(help="Take part only with this privacy or more; 0 demands none.", min=0)
    ] = 0.0,
    authority: Annotated[
        str, typer.Option(help="Certificates to trust instead of the system's.", metavar="FILE")
    ] = "",
    wait_s: Annotated[float, typer.Option(help="Longest wait for the others.", min=0.1)] = 600.0,
) -> None:
    """Take part with this home's record, and keep a version with the weights of all."""
    from settee.federation import Privacy, Route, Silo  # loads numpy: not for --help

    call: Call = context.obj
    secret = b"" if secret_file is None else read_key(secret_file, "--secret-file")
    member = Silo(name, secret, Privacy(epsilon) if epsilon else None)
    route = Route(url, read_key(token_file, "--token-file"), authority, wait_s)
    with call.workspace() as workspace, call.screen.progress() as tell:
        found = workspace.join_federation(member, route, names_items=names_items, progress=tell)
    _show(call, found.as_dict())


@federate_app.command("cut")
def cut(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder for the files, made when missing.")],
    silos: Annotated[int, typer.Option(help="How many parts.", min=2, max=100)] = 3,
) -> None:
    """Part this home's record by account into files of one silo each, to try a federation."""
    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        rows = workspace.cut_by_account(folder, silos, tell)
    if call.screen.is_json:
        call.screen.emit({"folder": str(folder), "rows": rows})
        return
    call.screen.table("Silos", ("file", "#events"), [(one, f"{n:,}") for one, n in rows.items()])


def read_key(path: Path, place: str) -> bytes:
    """The bytes of a token or secret, without the line's end.

    Raises:
        BadFederationFile: If it cannot be read, or is too short to be one.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise BadFederationFile(f"{path} cannot be read: {error.strerror}.", place=place) from None
    if len(key) < _LEAST_BYTES or not key.isascii() or not key.decode().isprintable():
        raise BadFederationFile(
            f"{path} holds {len(key)} bytes that could be guessed; {_LEAST_BYTES} or more "
            "printable ones are accepted.",
            hint='python -c "import secrets; print(secrets.token_hex(32))" makes one.',
            place=place,
        )
    return key


def read_item_ids(path: Path) -> list[str]:
    """Item ids of a file, one a line, each once, sorted.

    Raises:
        BadFederationFile: If it cannot be read, or is empty.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFederationFile(f"{path} cannot be read: {error}.", place="--items") from None
    found = sorted({line.strip() for line in lines} - {""})
    if not found:
        raise BadFederationFile(f"{path} names no item; one id a line is read.", place="--items")
    return found


def _show(call: Call, found: dict[str, object]) -> None:
    if call.screen.is_json:
        call.screen.emit(found)
        return
    call.screen.table("Federation", ("name", "value"), [(k, f"{v}") for k, v in found.items()])
    call.screen.remark(f"next: settee release {found['version']}")
