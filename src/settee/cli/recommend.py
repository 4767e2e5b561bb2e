"""``settee recommend``: ask for one account, as the API would answer, with all reasons.

Reads: the model in use, the account's profile.  Writes: an exposure to the journal.
Not here: how the answer is found (respond).
"""

from typing import Annotated, Any

import typer

from settee.cli.call import Call
from settee.cli.screen import Screen, visible
from settee.core import DEVICE_TYPES, BadInput

_MAX_SHARES = 2


class BadDevice(BadInput):
    """There is no such type of device."""

    code = "bad_device"


def recommend(
    context: typer.Context,
    account_id: Annotated[str, typer.Argument(help="settee accounts lists a few.")],
    k: Annotated[int, typer.Option("--k", "-k", help="Items wanted.", min=1)] = 10,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Item not to show; repeatable.", metavar="ITEM")
    ] = None,
    device_type: Annotated[str, typer.Option(help="tv, desktop, mobile, …")] = "",
    slot: Annotated[str, typer.Option(help="Where it will be shown.")] = "",
    device_id: Annotated[str, typer.Option(help="On which device: tells who is there.")] = "",
    platform: Annotated[str, typer.Option(help="By which product or service; likewise.")] = "",
    profile_id: Annotated[str, typer.Option(help="The profile that was picked; likewise.")] = "",
    person: Annotated[
        list[str] | None,
        typer.Option(help="Who is there, if known; repeat for several.", metavar="PERSON"),
    ] = None,
    together: Annotated[bool, typer.Option("--together", help="Several watch.")] = False,
    least: Annotated[
        float | None,
        typer.Option(help="For several: 0 pleases them on average, 1 the least.", min=0, max=1),
    ] = None,
    segment: Annotated[
        list[str] | None, typer.Option(help="Segment that rules may name; repeatable.")
    ] = None,
    max_age: Annotated[
        int | None, typer.Option(help="Nothing for older viewers, or unrated.", min=0, max=21)
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Nothing known to be in another; repeatable.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="All that sums to each score; shown with --json.")
    ] = False,
) -> None:
    """Show what an account would get, for whom of it, from which sources, and why."""
    call: Call = context.obj
    check_device(device_type)
    from settee.respond import Request  # loads numba: not for `settee --help`

    request = Request(
        account_id,
        k,
        call.now(),
        tuple(exclude or ()),
        device_type or None,
        slot or None,
        device_id=device_id or None,
        platform=platform or None,
        profile_id=profile_id or None,
        person_ids=tuple(person or ()),
        together=together,
        least=least,
        segments=tuple(segment or ()),
        max_age=max_age,
        languages=tuple(language or ()),
        explain="full" if full else True,
    )
    with call.workspace() as workspace:
        workspace.responder().warm()
        answer = workspace.responder().recommend(request)
    if call.screen.is_json:
        call.screen.emit(answer)
        return
    show_answer(call.screen, answer)


def check_device(device_type: str) -> None:
    """Refuse a type of device that there is not; empty is none.

    Raises:
        BadDevice: If it is none of core.DEVICE_TYPES.
    """
    if device_type and device_type not in DEVICE_TYPES:
        raise BadDevice(
            f'--device-type is "{device_type}"; accepted are {", ".join(DEVICE_TYPES)}.',
            place="--device-type",
        )


def show_answer(screen: Screen, answer: Any, title: str = "", n: int | None = None) -> None:  # noqa: ANN401 -- respond.Answer, which doors see through app
    """Print an answer as a table.

    Args:
        screen: Where to.
        answer: A `respond.Answer`.
        title: Stands above; by default the account, rung and version.
        n: Only that many items; None takes all.
    """
    version = answer.model_version or "no model"
    rows = [
        (
            item.rank,
            item.title or item.item_id,
            f"{item.score:.3f}",
            _sources(item),
            reason_of(item),
        )
        for item in answer.items[:n]
    ]
    screen.table(
        title or f"{answer.account_id} · {for_whom(answer)} · rung {answer.rung} · model {version}",
        ("##", "title", "#score", "sources (rank)", "reason"),
        rows,
    )
    if answer.person.because:
        screen.remark(f"why {for_whom(answer)}: {answer.person.because}")
    if answer.because:
        screen.remark(f"why not a higher rung: {answer.because}")
    if answer.removed:
        removed = ", ".join(f"{n:,} {reason}" for reason, n in answer.removed.items())
        screen.remark(f"removed by rules: {removed}")
    show_rules(screen, answer)
    if answer.online:
        screen.remark("ordered anew by what was chosen lately (the online layer)")


def show_rules(screen: Screen, answer: Any) -> None:  # noqa: ANN401 -- respond.Answer
    """Say what rules lifted and moved."""
    trace = answer.rules
    if not trace:
        return
    for one in trace.lifted:
        screen.remark(f'rule "{one.rule}" lifts {one.item_id} by {one.by:g}')
    for one in trace.moved:
        to = f" to {one.to_rank}" if one.to_rank else ""
        screen.remark(f'rule "{one.rule}": {one.item_id} {one.deed} from {one.from_rank}{to}')
    for one in trace.unmet:
        screen.remark(f'rule "{one.rule}" not met: {one.because}')


def for_whom(answer: Any) -> str:  # noqa: ANN401 -- respond.Answer or respond.Why
    """For whom of an account an answer is, in words."""
    person = answer.person
    if person.mode == "account":
        return "for the account"
    likely = " ".join(f"{one.person_id} {one.probability:.2f}" for one in person.persons[:2])
    words = {"person": "for", "mixed": "for one of", "together": "for, together,"}[person.mode]
    return f"{words} {likely}"


def _sources(item: Any) -> str:  # noqa: ANN401 -- respond.Shown
    return " ".join(f"{mark.name} {mark.rank}" for mark in item.sources)


def reason_of(item: Any) -> str:  # noqa: ANN401 -- respond.Shown
    """The reason of an item in words, with the shares of the titles that it names."""
    reason = getattr(item, "reason", None)
    if not reason:
        return ""
    words = str(reason.text)
    for share in reason.shares[:_MAX_SHARES]:
        name = visible(share.title or share.item_id)
        # The text names the item with the largest share already.
        words += (
            f" ({share.share:.0%})" if words.endswith(name) else f", {name} ({share.share:.0%})"
        )
    return words
