"""``settee simulate``: write an invented streaming world to a folder.

Reads: nothing.  Writes: items.jsonl and events.jsonl in the folder, and the truth beside them.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from settee.cli.call import Call
from settee.core import BadInput, instant_text

if TYPE_CHECKING:
    from settee.events import World

SEED, N_ACCOUNTS, N_TITLES, N_DAYS = 7, 600, 800, 60
"""The world of the demo."""
_DAYS = {"demo": N_DAYS, "households": 90}


class BadOption(BadInput):
    """Options of a command that do not go together."""

    code = "bad_option"


def simulate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Made if it is not there.")],
    seed: Annotated[int, typer.Option(help="Same seed and end, same bytes.")] = SEED,
    n_accounts: Annotated[
        int, typer.Option("--accounts", "--households", help="Households.")
    ] = N_ACCOUNTS,
    n_titles: Annotated[
        int | None, typer.Option("--titles", help="Size of the catalogue [800; 1500].")
    ] = None,
    n_days: Annotated[
        int | None, typer.Option("--days", help="Length of the record [60; 90].")
    ] = None,
    end_at: Annotated[
        datetime | None,
        typer.Option("--end", help="Last day, in UTC [today].", formats=["%Y-%m-%d"]),
    ] = None,
    kind: Annotated[
        Literal["demo", "households"],
        typer.Option("--world", help="households: with the truth beside it, and with dials."),
    ] = "demo",
    difficulty: Annotated[
        str | None, typer.Option(help="Of households: easy, default or hard.")
    ] = None,
    dials: Annotated[
        list[str] | None,
        typer.Option("--dial", help="Set a dial of households; repeatable.", metavar="NAME=VALUE"),
    ] = None,
    n_workers: Annotated[
        int | None, typer.Option("--workers", help="Processes for households [1].")
    ] = None,
) -> None:
    """Write an invented streaming world: households, devices, titles, events."""
    call: Call = context.obj
    end = (end_at.replace(tzinfo=UTC)) if end_at else start_of_day(call.now())
    days = n_days if n_days is not None else _DAYS[kind]
    if kind == "households":
        world = _world(difficulty, n_titles, dials or [])
        found = _households(call, folder, world, (seed, n_accounts, days, end), n_workers)
    else:
        _refuse_dials(difficulty, dials, n_workers)
        titles = n_titles if n_titles is not None else N_TITLES
        found = _demo(folder, seed, n_accounts, titles, days, end)
    named = {"folder": str(folder), "world": kind, "seed": seed, "n_accounts": n_accounts}
    _show(call, named | found | {"end_at": instant_text(end)})


def _show(call: Call, made: dict[str, Any]) -> None:
    """Print what was made."""
    if call.screen.is_json:
        call.screen.emit(made)
        return
    call.screen.line(
        f"{made['n_events']:,} events of {made['n_accounts']:,} accounts with "
        f"{made['n_items']:,} titles in {made['folder']}"
    )
    call.screen.remark("who it was: truth.jsonl, which settee import leaves alone")
    call.screen.remark(f"next: settee import {made['folder']}")


def _demo(
    folder: Path, seed: int, n_accounts: int, n_titles: int, n_days: int, end: datetime
) -> dict[str, Any]:
    from settee import events  # loads numpy and DuckDB: not for `settee --help`

    items, days = events.simulate_days(seed, n_accounts, n_titles, n_days, end)
    return {"n_items": len(items), "n_events": events.write_days(folder, items, days, seed)}


def _households(
    call: Call,
    folder: Path,
    world: "World",
    numbers: tuple[int, int, int, datetime],
    n_workers: int | None,
) -> dict[str, Any]:
    from settee import events  # as above

    n = 1 if n_workers is None else n_workers
    with call.screen.progress() as tell:
        n_events = events.write_households(folder, events.Plan(world, *numbers), n, tell)
    return {"n_items": world.n_titles, "n_events": n_events}


def _world(difficulty: str | None, n_titles: int | None, dials: list[str]) -> "World":
    """The world of some difficulty, with dials as given.

    Raises:
        BadOption: If a dial is not written as NAME=NUMBER.
        BadDial: If there is no such dial or difficulty, or a value is out of range.
    """
    from settee import events  # as above

    changes: dict[str, float] = {} if n_titles is None else {"n_titles": n_titles}
    for dial in dials:
        name, _, text = dial.partition("=")
        try:
            changes[name.strip()] = float(text)
        except ValueError:
            raise BadOption(
                f'dial "{dial}" is not understood; it is written as NAME=NUMBER, as guests=0.1.',
                place="--dial",
            ) from None
    return events.make_world("default" if difficulty is None else difficulty, **changes)


def _refuse_dials(difficulty: str | None, dials: list[str] | None, n_workers: int | None) -> None:
    """The demo world has no dials: say so instead of leaving them without effect.

    Raises:
        BadOption: If one of them is given.
    """
    given = {"--difficulty": difficulty, "--dial": dials or None, "--workers": n_workers}
    for name, value in given.items():
        if value is not None:
            raise BadOption(
                f"{name} is given, but the demo world has no such choice.",
                hint="Add --world households.",
                place=name,
            )


def start_of_day(at: datetime) -> datetime:
    """Midnight in UTC before an instant."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
