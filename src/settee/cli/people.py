"""``settee people ACCOUNT``: the persons of an account, and what to tell of them.

``settee people a7`` shows who lives there; ``settee people correct a7 --event e9 --guest`` says who
it was in the session that ended with e9. Corrections are facts: they are kept, they teach at once,
and each can be taken back.

Reads: households, profiles.  Writes: corrections to the journal.
Not here: who is there now (cli.who), the model (people).
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from settee.cli.call import Call
from settee.cli.people_export import export
from settee.cli.screen import Screen, when
from settee.core import BadInput

if TYPE_CHECKING:
    from settee.app import Workspace

_MOST_TAGS = 4
_MOST_DEVICES = 3
_MOST_SESSIONS = 8
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


class BadCorrectionOptions(BadInput):
    """The options of a correction do not go together."""

    code = "bad_correction_options"


class _OrAccount(TyperGroup):
    """Commands about persons; anything else than a command is an account to show."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 -- of the parser
        """Take ``settee people a7`` for ``settee people show a7``."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


people_app = typer.Typer(
    cls=_OrAccount,
    help="Persons inside an account: `settee people ACCOUNT` shows them.",
    no_args_is_help=True,
)
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="settee accounts lists a few.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="settee people ACCOUNT lists them.")]
Events = Annotated[
    list[str],
    typer.Option("--event", help="Last event of a session; repeatable.", metavar="EVENT"),
]
CorrectionId = Annotated[
    str, typer.Option("--id", help="Name of the correction; a repeat changes nothing [made up].")
]


@people_app.command()
def show(context: typer.Context, account: Account) -> None:
    """Show the persons of an account: hours, devices, tastes, and how surely they are told.

    The word show may be left out.
    """
    call: Call = context.obj
    with call.workspace() as workspace:
        household = workspace.household(account)
    if call.screen.is_json:
        call.screen.emit(household)
        return
    _show(call.screen, household)


@people_app.command()
def correct(
    context: typer.Context,
    account: Account,
    events: Events,
    person: Annotated[str, typer.Option(help="Who it was.", metavar="PERSON")] = "",
    together: Annotated[
        str, typer.Option(help="Who watched together, with commas.", metavar="PERSON,PERSON")
    ] = "",
    guest: Annotated[bool, typer.Option("--guest", help="It was none of them.")] = False,
    retract: Annotated[
        bool, typer.Option("--retract", help="Forget what was told of these sessions.")
    ] = False,
    correction_id: CorrectionId = "",
) -> None:
    """Say who was there in a session."""
    told = [bool(person), bool(together), guest, retract]
    if sum(told) != 1:
        raise BadCorrectionOptions(
            f"{sum(told)} of --person, --together, --guest and --retract are given; give one.",
            place="--person",
        )
    fields: dict[str, Any] = {"kind": "guest" if guest else "retract" if retract else "was"}
    if person or together:
        fields["persons"] = [one.strip() for one in (person or together).split(",")]
    _correct(context, account, {**fields, "sessions": events}, correction_id)


@people_app.command()
def merge(
    context: typer.Context,
    account: Account,
    kept: Person,
    merged: Person,
    correction_id: CorrectionId = "",
) -> None:
    """Say that the second person is really the first; `unmerge` takes it back."""
    _correct(context, account, {"kind": "merge", "persons": [kept, merged]}, correction_id)


@people_app.command()
def unmerge(
    context: typer.Context, account: Account, person: Person, correction_id: CorrectionId = ""
) -> None:
    """Let a person who was merged stand for themselves again, under their own id."""
    _correct(context, account, {"kind": "unmerge", "persons": [person]}, correction_id)


@people_app.command()
def split(
    context: typer.Context,
    account: Account,
    person: Person,
    events: Events,
    correction_id: CorrectionId = "",
) -> None:
    """Say that some sessions of a person are really somebody else's."""
    fields = {"kind": "split", "persons": [person], "sessions": events}
    _correct(context, account, fields, correction_id)


@people_app.command()
def rename(
    context: typer.Context,
    account: Account,
    person: Person,
    name: Annotated[str, typer.Argument(help="For people's eyes; empty for none.")],
    correction_id: CorrectionId = "",
) -> None:
    """Give a person a name that people can read."""
    _correct(context, account, {"kind": "rename", "persons": [person], "name": name}, correction_id)


@people_app.command()
def forget(
    context: typer.Context, account: Account, person: Person, correction_id: CorrectionId = ""
) -> None:
    """Forget a person: they are no longer told apart, and their id is not used again."""
    _correct(context, account, {"kind": "forget", "persons": [person]}, correction_id)


@people_app.command()
def history(context: typer.Context, account: Account) -> None:
    """Show what happened to the persons of an account: born, merged, split, corrected, drifted."""
    call: Call = context.obj
    with call.workspace() as workspace:
        events = workspace.person_events(account)
    if call.screen.is_json:
        call.screen.emit([_event(one) for one in events])
        return
    call.screen.table(
        f"What happened to the persons of {account}",
        ("at", "what", "persons", "because"),
        [_change_row(_event(one)) for one in events],
    )


people_app.command("export")(export)


def _correct(
    context: typer.Context, account: str, fields: dict[str, Any], correction_id: str
) -> None:
    call: Call = context.obj
    with call.workspace() as workspace:
        corrected = _tell(workspace, account, fields, correction_id)
        household = workspace.household(account)
    if call.screen.is_json:
        call.screen.emit(corrected)
        return
    word = "taken in" if corrected.is_new else "known already; nothing changed"
    call.screen.line(f"{corrected.event_id}: {word}.")
    _show(call.screen, household)


def _tell(workspace: "Workspace", account: str, fields: dict[str, Any], correction_id: str) -> Any:  # noqa: ANN401 -- app.Corrected
    from settee.core import to_json  # beside the heavy rooms
    from settee.people import parse_correction  # loads numba: not for `settee --help`

    return workspace.correct(account, parse_correction(to_json(fields)), correction_id or None)


def _event(event: Any) -> dict[str, Any]:  # noqa: ANN401 -- people.PersonEvent
    from settee.core import from_epoch_s

    return {
        "kind": event.kind,
        "at": from_epoch_s(event.at_s),
        "person_ids": list(event.person_ids),
        "evidence": dict(event.evidence),
        "reversible": event.reversible,
    }


def _change_row(change: dict[str, Any]) -> tuple[str, ...]:
    evidence = ", ".join(f"{name} {value:.4g}" for name, value in change["evidence"].items())
    return when(change["at"]), change["kind"], " ".join(change["person_ids"]), evidence


def _show(screen: Screen, household: Any) -> None:  # noqa: ANN401 -- respond.HouseholdView
    from settee.people import usual_hours  # loads numba: not for `settee --help`

    rows = []
    for one in household.persons:
        spans = ", ".join(f"{start}-{end}" for start, end in usual_hours(one.hours))
        rows.append((
            one.name or one.person_id,
            f"{one.share:.0%}",
            f"{one.confidence:.2f}",
            spans,
            _days(one.weekdays),
            ", ".join(_device(use) for use in one.devices[:_MOST_DEVICES]),
            ", ".join(list(one.tags)[:_MOST_TAGS]),
            when(one.last_seen_at) if one.last_seen_at else "-",
        ))  # fmt: skip
    screen.table(
        f"{household.account_id} · stage {household.stage} · {len(household.persons)} persons",
        ("person", "#sessions", "#sure", "hours (UTC)", "days", "devices", "tastes", "last seen"),
        rows,
    )
    names = {one.person_id: one.name or one.person_id for one in household.persons}
    screen.table(
        "Last sessions",
        ("last event", "who", ""),
        [
            (one.event_id, _who(one.persons, names), _marks(one))
            for one in household.sessions[:_MOST_SESSIONS]
        ],
    )
    if household.persons:
        screen.remark(
            "not right? settee people correct ACCOUNT --event EVENT --person PERSON "
            "(or --together, --guest)"
        )


def _device(use: Any) -> str:  # noqa: ANN401 -- respond.DeviceView
    owner = f"own {use.score:.2f}" if use.is_own else "shared" if use.is_shared else "unclear"
    return f"{use.device_id} {use.share:.0%} ({owner})"


def _days(shares: list[float]) -> str:
    """Days that hold more than their seventh of the sessions."""
    return " ".join(day for day, share in zip(_DAYS, shares, strict=True) if share > 1 / 6)


def _who(persons: dict[str, float], names: dict[str, str]) -> str:
    likely = sorted(persons.items(), key=lambda one: -one[1])[:2]
    return ", ".join(f"{names.get(name, name)} {p:.2f}" for name, p in likely)


def _marks(session: Any) -> str:  # noqa: ANN401 -- respond.SessionView
    return " ".join(name for name in ("together", "unsure") if getattr(session, name))
