"""``settee rules``: see the rules in force, check, try and put others, look back and go back.

A file is TOML where its name ends in .toml, else JSON; "-" is TOML from standard input.

Reads: rules, items, exposures.  Writes: versions of the rules.
Not here: what a rule may say (docs/rules.md, rules).
"""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from settee.cli.amid import instant_in
from settee.cli.call import Call
from settee.cli.screen import Screen, when
from settee.core import BadInput

if TYPE_CHECKING:
    from settee.rules import Conflict, DryRun, Put, RuleSet

rules_app = typer.Typer(
    help="Rules of the business: see, check, try, put, go back.", no_args_is_help=True
)
_STDIN = "-"
RuleFile = Annotated[
    Path, typer.Argument(help='Rules in TOML or JSON; "-" reads TOML from standard input.')
]
Why = Annotated[str, typer.Option(help="Why, for whoever reads the history.")]
Who = Annotated[str, typer.Option(help="Who changes them [this user].")]


class BadRuleFile(BadInput):
    """A file of rules cannot be used."""

    code = "bad_rule_file"


@rules_app.command("show")
def show(
    context: typer.Context,
    version: Annotated[
        int | None, typer.Option(help="A version of the history [the one in force].")
    ] = None,
) -> None:
    """Print the rules in force as TOML, ready to be changed and put."""
    call: Call = context.obj
    from settee.rules import to_toml  # loads numba: not for `settee --help`

    with call.workspace() as workspace:
        rules = workspace.rules(version)
    if call.screen.is_json:
        call.screen.emit({"version": rules.version, "rules": rules.rules})
        return
    call.screen.line(to_toml(rules).rstrip("\n") or "# no rules")
    call.screen.remark(f"version {rules.version}")


@rules_app.command("check")
def check(context: typer.Context, file: RuleFile) -> None:
    """Read rules and tell what is odd about them; nothing is put in force."""
    call: Call = context.obj
    rules = _read(file)
    with call.workspace() as workspace:
        conflicts = workspace.check_rules(rules)
    if call.screen.is_json:
        call.screen.emit({"n_rules": len(rules), "conflicts": conflicts})
        return
    call.screen.line(f"{_n(len(rules), 'rule')}, {_n(len(conflicts), 'conflict')}")
    _show_conflicts(call.screen, conflicts)


@rules_app.command("put")
def put(
    context: typer.Context,
    file: RuleFile,
    why: Why = "",
    who: Who = "",
    after: Annotated[
        int | None, typer.Option(help="Refuse unless this version is in force.", min=0)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Take contradictions too.")] = False,
) -> None:
    """Put a whole set of rules in force; services that run see it within two seconds."""
    call: Call = context.obj
    rules = _read(file)
    with call.workspace() as workspace:
        done = workspace.put_rules(rules, who or _user(), why, after=after, force=force)
    _show_put(call.screen, done, f"{_n(len(rules), 'rule')} in force")


@rules_app.command("rollback")
def rollback(
    context: typer.Context,
    to: Annotated[
        int | None, typer.Option(help="The version to go back to [the one before].", min=1)
    ] = None,
    why: Why = "",
    who: Who = "",
) -> None:
    """Put the rules of an earlier version in force again, as a new version."""
    call: Call = context.obj
    with call.workspace() as workspace:
        done = workspace.rollback_rules(who or _user(), why, to=to)
    _show_put(call.screen, done, f"the rules of version {done.version.restored} in force")


@rules_app.command("history")
def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="Most versions.", min=1)] = 20,
    verify: Annotated[
        bool, typer.Option("--verify", help="Look at the seal of every version first.")
    ] = False,
) -> None:
    """List the versions of the rules: who, when and why."""
    call: Call = context.obj
    with call.workspace() as workspace:
        n_sealed = workspace.rulebook.check() if verify else None
        found = workspace.rules_history(limit)
    rows = [
        {
            "version": one.number, "at": one.at, "who": one.who, "why": one.why,
            "restored": one.restored, "seal": one.seal,
        }
        for one in found
    ]  # fmt: skip
    if call.screen.is_json:
        call.screen.emit({"versions": rows})
        return
    call.screen.table(
        "Versions of the rules, the one in force first",
        ("#version", "at", "who", "why", "rules of"),
        [(one.number, when(one.at), one.who, one.why, one.restored or "") for one in found],
    )
    if n_sealed is not None:
        call.screen.line(f"{_n(n_sealed, 'version')}, every seal is whole")


@rules_app.command("dry-run")
def dry_run(
    context: typer.Context,
    file: RuleFile,
    n: Annotated[int, typer.Option("-n", help="Most recorded requests.", min=1)] = 200,
    slot: Annotated[str | None, typer.Option(help="Only requests of this slot.")] = None,
    at: Annotated[
        str | None, typer.Option(help="Answer as if it were this instant [each one's own].")
    ] = None,
) -> None:
    """Answer recorded requests under these rules, and tell what would change."""
    call: Call = context.obj
    rules, instant = _read(file), instant_in(at)
    with call.workspace() as workspace:
        found = workspace.dry_run_rules(rules, n, slot=slot, at=instant)
    if call.screen.is_json:
        call.screen.emit(found)
        return
    _show_dry_run(call.screen, found)


def _read(file: Path) -> "RuleSet":
    """The rules of a file.

    Raises:
        BadRuleFile: If it cannot be read.
        BadRule: If it holds no rules.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == _STDIN else file.read_bytes()
    except OSError as error:
        raise BadRuleFile(
            f"{file}: {error.strerror or error}; a file of rules is expected.",
            hint="settee rules show > rules.toml writes one.",
        ) from None
    from settee.rules import parse_rules  # loads numba: not for `settee --help`

    is_toml = str(file) == _STDIN or file.suffix == ".toml"
    return parse_rules(data, "toml" if is_toml else "json")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "command line"


def _show_put(screen: Screen, done: "Put", told: str) -> None:
    version = done.version
    if screen.is_json:
        screen.emit({
            "version": version.number, "n_rules": len(done.rules), "restored": version.restored,
            "conflicts": done.conflicts,
        })  # fmt: skip
        return
    screen.line(f"version {version.number}: {told}")
    _show_conflicts(screen, done.conflicts)


def _show_conflicts(screen: Screen, conflicts: "tuple[Conflict, ...] | list[Conflict]") -> None:
    for one in conflicts:
        screen.line(f"{one.code}: {one.message} {one.hint}")


def _show_dry_run(screen: Screen, found: "DryRun") -> None:
    what = found.difference
    screen.line(
        f"{what.n_changed} of {_n(what.n_lists, 'list')} would change against version "
        f"{found.version}: {what.n_reordered} in order only, {what.n_shorter} shorter, "
        f"{what.n_empty} empty"
    )
    if what.overlap is not None and what.kept is not None:
        screen.line(f"overlap {what.overlap:.3f}, items kept {what.kept:.1%}")
    for reason, n in found.passed_over.items():
        screen.remark(f"{_n(n, 'answer')} passed over: {reason}")
    _show_conflicts(screen, found.conflicts)
    screen.table(
        "What each rule did, in lists",
        ("rule", "#removed", "#lifted", "#moved", "#unmet"),
        [(one.rule, one.n_removed, one.n_lifted, one.n_moved, one.n_unmet) for one in what.rules],
    )
    screen.table(
        "Items, in lists",
        ("item", "#in", "#out"),
        [(one.item_id, one.n_in, one.n_out) for one in what.items],
    )
    screen.table(
        "Lists that change most",
        ("exposure", "account", "slot", "#overlap", "in", "out"),
        [
            (
                one.exposure_id, one.account_id, one.slot or "", f"{one.overlap:.3f}",
                " ".join(one.came_in), " ".join(one.left),
            )
            for one in what.lists
        ],
    )  # fmt: skip


def _n(n: int, word: str) -> str:
    return f"{n:,} {word}" + ("" if n == 1 else "s")
