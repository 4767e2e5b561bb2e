"""Read the command line, run one command, and end with its exit status.

Global options may stand before or after the command. Whatever goes wrong ends as
``error[code]: message`` with the exit code of the error's family, never as a traceback: 2 for bad
input, 3 for failed checks, 4 for not found (docs/errors.md lists all), 130 for Ctrl-C.

Reads: the command line.  Writes: stdout and stderr.
Not here: the commands, one module each.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from settee import __version__
from settee.cli.accounts import accounts
from settee.cli.attribute import attribute
from settee.cli.audience import audience_app
from settee.cli.call import Call
from settee.cli.campaign import campaign
from settee.cli.card import card
from settee.cli.config import config
from settee.cli.console import console
from settee.cli.contacts import contact_app
from settee.cli.demo import demo
from settee.cli.doctor import doctor
from settee.cli.evaluate import evaluate
from settee.cli.explain import explain
from settee.cli.federate import federate_app
from settee.cli.impact import impact
from settee.cli.importing import import_
from settee.cli.key import key_app
from settee.cli.onboard import merge, onboard
from settee.cli.people import people_app
from settee.cli.precompute import precompute
from settee.cli.presets import presets
from settee.cli.recommend import recommend
from settee.cli.release import release
from settee.cli.report import report
from settee.cli.rules import rules_app
from settee.cli.schema import schema
from settee.cli.screen import Screen
from settee.cli.serve import serve
from settee.cli.simulate import simulate
from settee.cli.skew import skew
from settee.cli.tenant import tenant_app
from settee.cli.train import train
from settee.cli.tune import tune
from settee.cli.who import who
from settee.core import BadInput, SetteeError

_FLAGS = frozenset({"--json", "--quiet", "-q", "--debug"})
_VALUED = frozenset({"--home", "--config", "--set", "--tenant"})
_INTERRUPTED = 130


class BadCommand(BadInput):
    """The command line cannot be understood."""

    code = "bad_command"


app = typer.Typer(
    name="settee",
    help="Self-hosted personalisation for streaming services and shops with shared accounts.",
    epilog="Options above may also follow a command: settee report --json.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"settee {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of everything stored.", metavar="DIR")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings file [./settee.toml].", metavar="FILE")
    ] = None,
    flags: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a setting; repeatable.", metavar="SECTION.KEY=VALUE"),
    ] = None,
    tenant: Annotated[
        str, typer.Option(help="Whose data [default].", metavar="NAME", show_default=False)
    ] = "default",
    is_json: Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")] = False,
    is_quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no remarks.")
    ] = False,
    is_debug: Annotated[bool, typer.Option("--debug", help="Tracebacks with errors.")] = False,
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    screen = Screen(is_json=is_json, is_quiet=is_quiet, is_debug=is_debug)
    context.obj = Call(screen, home=home, config=config, flags=tuple(flags or ()), tenant=tenant)


_TRY, _OWN, _LOOK, _RUN = "Try it", "Your own events", "Look", "Run it"
app.command(rich_help_panel=_TRY)(demo)
app.command(rich_help_panel=_TRY)(simulate)
app.command("import", rich_help_panel=_OWN)(import_)
app.command(rich_help_panel=_OWN)(train)
app.command(rich_help_panel=_OWN)(tune)
app.command(rich_help_panel=_OWN)(presets)
app.command(rich_help_panel=_OWN)(release)
app.command(rich_help_panel=_OWN)(onboard)
app.command(rich_help_panel=_OWN)(merge)
app.command(rich_help_panel=_LOOK)(recommend)
app.command(rich_help_panel=_LOOK)(explain)
app.command(rich_help_panel=_LOOK)(accounts)
app.add_typer(people_app, name="people", rich_help_panel=_LOOK)
app.command(rich_help_panel=_LOOK)(who)
app.command(rich_help_panel=_LOOK)(report)
app.command(rich_help_panel=_LOOK)(evaluate)
app.command(rich_help_panel=_LOOK)(card)
app.command(rich_help_panel=_LOOK)(campaign)
app.command(rich_help_panel=_LOOK)(attribute)
app.command(rich_help_panel=_LOOK)(impact)
app.command(rich_help_panel=_RUN)(serve)
app.command(rich_help_panel=_RUN)(console)
app.command(rich_help_panel=_RUN)(precompute)
app.add_typer(audience_app, name="audience", rich_help_panel=_RUN)
app.add_typer(contact_app, name="contact", rich_help_panel=_RUN)
app.add_typer(rules_app, name="rules", rich_help_panel=_RUN)
app.add_typer(key_app, name="key", rich_help_panel=_RUN)
app.add_typer(federate_app, name="federate", rich_help_panel=_RUN)
app.add_typer(tenant_app, name="tenant", rich_help_panel=_RUN)
app.command(rich_help_panel=_RUN)(doctor)
app.command(rich_help_panel=_RUN)(skew)
app.command(rich_help_panel=_RUN)(config)
app.command(rich_help_panel=_RUN)(schema)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit status.

    Args:
        arguments: The command line without the program; None takes that of the process.

    Raises:
        SystemExit: Always, with the status.
    """
    given = globals_first(sys.argv[1:] if arguments is None else arguments)
    screen = Screen(is_json="--json" in given, is_debug="--debug" in given)
    raise SystemExit(_run(given, screen))


def globals_first(arguments: Sequence[str]) -> list[str]:
    """Move global options, wherever they stand, before the command.

    >>> globals_first(["report", "--json", "--home", "x", "--", "--json"])
    ['--json', '--home', 'x', 'report', '--', '--json']
    """
    moved: list[str] = []
    left: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            left += [argument, *rest]
        elif argument in _FLAGS or (argument.split("=", 1)[0] in _VALUED and "=" in argument):
            moved.append(argument)
        elif argument in _VALUED:
            moved += [argument, *([value] if (value := next(rest, None)) is not None else [])]
        else:
            left.append(argument)
    return moved + left


def _run(arguments: list[str], screen: Screen) -> int:
    try:
        status = app(arguments, prog_name="settee", standalone_mode=False)
    except SetteeError as error:
        screen.error(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        screen.remark("interrupted")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the last line of defence: no traceback for users
        wrapped = _in_words(error)
        screen.error(wrapped)
        return wrapped.exit_code
    return status if isinstance(status, int) else 0


def _in_words(error: Exception) -> SetteeError:
    """A usage error of the parser in our shape, or a bug as what it is."""
    format_message: Any = getattr(error, "format_message", None)
    if format_message is not None:
        return BadCommand(str(format_message()), hint="settee --help shows the commands.")
    return SetteeError(
        f"{type(error).__name__}: {error}",
        hint="This is a bug; the same command with --debug shows where.",
    )
