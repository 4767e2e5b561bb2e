"""``settee audience``: learn who responds, make audiences, look at them, let them out.

    settee audience make --item m318 --size 500 --campaign spring
    settee audience export aud_01J… --to people.csv

Reads: the record, audiences.  Writes: models of responses, audiences, exports.
Not here: consent and suppression lists (cli.contacts), what a campaign did (cli.campaign).
"""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from settee.cli.audience_curves import curves
from settee.cli.audience_worth import order_value_line, uplift
from settee.cli.call import Call
from settee.cli.precompute import read_ids
from settee.cli.screen import Screen, when
from settee.core import BadInput

if TYPE_CHECKING:
    from settee.audiences import Audience, AudienceQuery

audience_app = typer.Typer(
    help="Audiences: learn, make, show, export, precompute.", no_args_is_help=True
)
audience_app.command("curves")(curves)
audience_app.command("uplift")(uplift)
_NO_CONSENT = (
    "Nobody agreed to be addressed. settee contact put ACCOUNT --consent CHANNEL=yes says who did; "
    'audiences.consent = "unless_refused" takes silence for consent, where the law lets you.'
)
Who = Annotated[str, typer.Option(help="Who does it [this user].")]


class BadAudienceFile(BadInput):
    """A file of an audience, or an option about one, cannot be used."""

    code = "bad_audience_file"


@audience_app.command("train")
def train(context: typer.Context) -> None:
    """Learn from the record who responds; needed once before the first audience."""
    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        learnt = workspace.train_responses(tell)
    if call.screen.is_json:
        call.screen.emit(learnt)
        return
    call.screen.line(
        f"responses within {learnt['horizon_days']:g} days learnt from {learnt['n_events']:,} "
        f"events: {learnt['version']}"
    )
    _show_activity(call.screen, learnt["activity"])
    call.screen.line(order_value_line(learnt["order_value"]))


@audience_app.command("make")
def make(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A query in TOML or JSON, instead of options.")
    ] = None,
    item: Annotated[str | None, typer.Option(help="People for this item.")] = None,
    tag: Annotated[str | None, typer.Option(help="People for any item with this tag.")] = None,
    like: Annotated[
        Path | None, typer.Option(help="People like these: a file with an account id a line.")
    ] = None,
    size: Annotated[int | None, typer.Option(help="Most to choose.", min=1)] = None,
    budget: Annotated[int | None, typer.Option(help="Most to spend, cents.", min=0)] = None,
    cost: Annotated[float, typer.Option(help="Cost of one contact, cents.", min=0)] = 0.0,
    margin: Annotated[
        float | None, typer.Option(help="What a response brings, cents.", min=0)
    ] = None,
    margin_share: Annotated[
        float | None,
        typer.Option(help="Instead, the share of an order that is margin.", min=0, max=1),
    ] = None,
    by: Annotated[
        str, typer.Option(help="Rank by probability, or by uplift: what a contact adds.")
    ] = "probability",
    campaign: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    channel: Annotated[str | None, typer.Option(help="By which they are addressed.")] = None,
    holdout: Annotated[
        float | None, typer.Option(help="Share that is not addressed [audiences.holdout].")
    ] = None,
    exclude_buyers: Annotated[
        bool, typer.Option("--exclude-buyers", help="Leave out who has it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be made, and keep nothing.")
    ] = False,
    who: Who = "",
) -> None:
    """Rank people, choose how many, hold some out, and keep who was chosen."""
    call: Call = context.obj
    said: dict[str, Any] = {
        "item_id": item, "tag": tag, "like": None if like is None else read_ids(like),
        "size": size, "budget_cents": budget, "contact_cost_cents": cost or None,
        "margin_cents": margin, "margin_share": margin_share,
        "by": None if by == "probability" else by, "campaign": campaign, "channel": channel,
        "holdout": holdout, "exclude_buyers": exclude_buyers or None,
    }  # fmt: skip
    query = _query(file, {name: value for name, value in said.items() if value is not None})
    with call.workspace() as workspace, call.screen.progress() as tell:
        if dry_run:
            made = workspace.preview_audience(query, tell)
        else:
            made = workspace.make_audience(query, who or getpass.getuser(), tell)
    _show(call.screen, made)


@audience_app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="Most audiences.", min=1)] = 20,
) -> None:
    """List the audiences that were made, newest first."""
    call: Call = context.obj
    with call.workspace() as workspace:
        kept = workspace.audiences(limit)
    if call.screen.is_json:
        rows = [
            {"audience_id": one.audience_id, "at": one.at, "who": one.who,
             "campaign": one.campaign, "n_members": one.n_members}
            for one in kept
        ]  # fmt: skip
        call.screen.emit({"audiences": rows})
        return
    call.screen.table(
        "Audiences, newest first",
        ("audience", "at", "who", "campaign", "#members"),
        [(one.audience_id, when(one.at), one.who, one.campaign, one.n_members) for one in kept],
    )


@audience_app.command("show")
def show(
    context: typer.Context,
    audience_id: Annotated[str, typer.Argument(help="Which audience.")],
) -> None:
    """Show an audience as it was made."""
    call: Call = context.obj
    with call.workspace() as workspace:
        made = workspace.audience(audience_id)
    _show(call.screen, made)


@audience_app.command("export")
def export(
    context: typer.Context,
    audience_id: Annotated[str, typer.Argument(help="Which audience.")],
    to: Annotated[
        Path | None, typer.Option(help="A file ending in .csv or .parquet.", metavar="FILE")
    ] = None,
    webhook: Annotated[str | None, typer.Option(help="An address, instead.", metavar="URL")] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave out parts that are too small, not refuse.")
    ] = False,
    who: Who = "",
) -> None:
    """Let those out who may be addressed now and are not held out."""
    call: Call = context.obj
    if (to is None) == (webhook is None):
        raise BadAudienceFile("name either --to or --webhook.", place="--to")
    target = webhook if to is None else to
    assert target is not None  # noqa: S101 -- one of both was named
    with call.workspace() as workspace:
        done = workspace.export_audience(
            audience_id, target, who or getpass.getuser(),
            small_parts="leave_out" if leave_out else None,
        )  # fmt: skip
    if call.screen.is_json:
        call.screen.emit(
            {"export_id": done.export_id, "audience_id": done.audience_id,
             "n_exported": done.n_exported, "left_out": done.left_out, "to": done.to}
        )  # fmt: skip
        return
    call.screen.line(f"{done.n_exported:,} people to {done.to}; {_counts(done.left_out)}")


@audience_app.command("precompute")
def precompute(
    context: typer.Context,
    items: Annotated[
        Path | None, typer.Option(help="File with an item id a line; all items without.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Also those that did not change.")] = False,
) -> None:
    """Compute who responds to each item ahead, where that changed; services take it up at once."""
    call: Call = context.obj
    ids = None if items is None else read_ids(items)
    with call.workspace() as workspace, call.screen.progress() as tell:
        made = workspace.precompute_audiences(ids, anew=anew, progress=tell)
    if call.screen.is_json:
        call.screen.emit(made)
        return
    call.screen.line(
        f"{made['n_made']:,} of {made['n_items']:,} audiences computed, over {made['n_units']:,} "
        f"people or accounts, {made['people']} each"
    )


def _query(file: Path | None, said: dict[str, Any]) -> "AudienceQuery":
    from settee.audiences import parse_query  # loads numba: not for `settee --help`
    from settee.core import to_json

    if file is None:
        return parse_query(to_json(said))
    if said:
        raise BadAudienceFile(
            f"a query file and {', '.join(said)} are given; name one of both.", place=str(file)
        )
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadAudienceFile(
            f"{file} cannot be read: {error.strerror}.", place=str(file)
        ) from None
    return parse_query(raw, "toml" if file.suffix == ".toml" else "json")


def _show_activity(screen: Screen, told: dict[str, Any]) -> None:
    """Which model foretells who comes, beside the others."""
    why = {
        "too_few_purchases": ": what was asked for could not be fitted, too few came back",
        "no_better_than_the_share": ": no model was better than the plain share",
    }
    screen.table(
        "Who comes at all: log loss on the latest horizon, less is better",
        ("model", "#log loss"),
        [(kind, f"{loss:.4f}") for kind, loss in told["log_loss"].items()],
    )
    screen.line(f"who comes is foretold by {told['model']}{why.get(told['reason'], '')}")


def _show(screen: Screen, made: "Audience") -> None:
    if screen.is_json:
        screen.emit(
            {"audience_id": made.audience_id, "name": made.name, "query": made.query,
             "as_of": made.as_of, "how": made.how, "active_by": made.active_by,
             "n_eligible": made.n_eligible,
             "n_chosen": made.n_chosen, "n_held_out": made.n_held_out,
             "expected_responses": made.expected_responses,
             "expected_profit_cents": made.expected_profit_cents, "valued_by": made.valued_by,
             "learnt_from": made.query.learnt_from, "left_out": made.left_out}
        )  # fmt: skip
        return
    profit = made.expected_profit_cents
    worth = "" if profit is None else f", expected profit {profit / 100:,.2f}"
    if made.valued_by:
        worth += f" with orders foretold by {made.valued_by}"
    what = "added responses" if made.how == "uplift" else "responses"
    taught = f" learnt from {made.query.learnt_from}" if made.query.learnt_from else ""
    how = f"{made.how}{taught}"
    if made.active_by:
        how += f" (who comes at all: {made.active_by})"
    named = f"{made.audience_id}: {made.name}" if made.audience_id else "tried, and not kept"
    screen.line(f"{named}, by {how}, as of {when(made.as_of)}")
    screen.line(
        f"{made.n_chosen:,} chosen of {made.n_eligible:,}, {made.n_held_out:,} held out; "
        f"{made.expected_responses:,.1f} {what} expected{worth}"
    )
    screen.line(_counts(made.left_out))
    if not made.n_eligible and "no_consent" in made.left_out:
        screen.remark(_NO_CONSENT)


def _counts(left_out: dict[str, int]) -> str:
    told = ", ".join(f"{n:,} {reason}" for reason, n in left_out.items())
    return f"left out: {told}" if told else "nobody left out"
