"""``settee simulate``: write an invented streaming world to a folder.

Reads: nothing.  Writes: items.jsonl and events.jsonl in the folder.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.core import instant_text

SEED, N_ACCOUNTS, N_TITLES, N_DAYS = 7, 600, 800, 60
"""The world of the demo."""


def simulate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Made if it is not there.")],
    seed: Annotated[int, typer.Option(help="Same seed and end, same bytes.")] = SEED,
    n_accounts: Annotated[int, typer.Option("--accounts", help="Households.")] = N_ACCOUNTS,
    n_titles: Annotated[int, typer.Option("--titles", help="Size of the catalogue.")] = N_TITLES,
    n_days: Annotated[int, typer.Option("--days", help="Length of the record.")] = N_DAYS,
    end_at: Annotated[
        datetime | None,
        typer.Option("--end", help="Last day, in UTC [today].", formats=["%Y-%m-%d"]),
    ] = None,
) -> None:
    """Write an invented streaming world: households, devices, titles, events."""
    from settee import events  # loads numpy and DuckDB: not for `settee --help`

    call: Call = context.obj
    end = (end_at.replace(tzinfo=UTC)) if end_at else start_of_day(call.now())
    items, made = events.simulate(seed, n_accounts, n_titles, n_days, end)
    n_events = events.write_world(folder, items, made)
    if call.screen.is_json:
        call.screen.emit({
            "folder": str(folder), "seed": seed, "n_accounts": n_accounts,
            "n_items": len(items), "n_events": n_events, "end_at": instant_text(end),
        })  # fmt: skip
        return
    call.screen.line(
        f"{n_events:,} events of {n_accounts:,} accounts with {len(items):,} titles in {folder}"
    )
    call.screen.remark(f"next: settee import {folder}")


def start_of_day(at: datetime) -> datetime:
    """Midnight in UTC before an instant."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
