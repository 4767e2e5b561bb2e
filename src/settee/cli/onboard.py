"""``settee onboard ACCOUNT`` and ``settee merge ACCOUNT FROM``: welcome an account, unite two.

Reads: the journal.  Writes: facts, stdout.
Not here: a few account ids to try (cli.accounts), persons of an account (cli.people).
"""

from typing import Annotated

import typer

from settee.cli.call import Call

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="settee accounts lists a few.")]


def onboard(
    context: typer.Context,
    account: Account,
    items: Annotated[
        list[str] | None,
        typer.Option("--item", help="A title that is liked; repeatable.", metavar="ITEM"),
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="A tag that is liked; repeatable.")
    ] = None,
    languages: Annotated[
        list[str] | None, typer.Option("--language", help="A language; repeatable.")
    ] = None,
    person: Annotated[
        str, typer.Option(help="For whom of the account tags and languages hold.")
    ] = "",
    event_id: Annotated[
        str, typer.Option("--id", help="Name of the fact; a repeat changes nothing [made up].")
    ] = "",
) -> None:
    """Take in what somebody new picked: titles, tags, languages."""
    from settee.core import to_json
    from settee.events import parse_onboarding  # loads numpy: not for `settee --help`

    call: Call = context.obj
    given = {
        "item_ids": items, "tags": tags, "languages": languages, "person_id": person,
        "event_id": event_id,
    }  # fmt: skip
    picked = parse_onboarding(to_json({name: value for name, value in given.items() if value}))
    with call.workspace() as workspace:
        done = workspace.onboard(account, picked)
    if call.screen.is_json:
        call.screen.emit(done)
        return
    if not done.is_new:
        call.screen.line(f"{done.event_id} was taken in before; nothing changed.")
        return
    call.screen.line(f"{done.event_id}: {done.n_picks} titles count as liked by {account}.")
    if done.unknown_items:
        unknown = ", ".join(done.unknown_items)
        call.screen.remark(f"not in the catalogue yet: {unknown}")


def merge(
    context: typer.Context,
    account: Account,
    origin: Annotated[
        str, typer.Argument(metavar="FROM", help="The account that becomes a part of ACCOUNT.")
    ],
) -> None:
    """Make an account a part of another, as when somebody anonymous signs in."""
    call: Call = context.obj
    with call.workspace() as workspace:
        done = workspace.merge_accounts(account, origin)
    if call.screen.is_json:
        call.screen.emit(done)
    elif done.is_new:
        call.screen.line(f"{origin} is a part of {account} now.")
    else:
        call.screen.line(f"{origin} was a part of {account} already; nothing changed.")
