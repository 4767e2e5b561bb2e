"""``settee card``: what a version is, on one page: data, split, figures, cost, sizes.

Reads: a bundle, the report of its training.  Writes: nothing, or the two files asked for.
Not here: what stands on the page (learn.cards).
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.core import BadInput


class BadCardFolder(BadInput):
    """The card cannot be written there."""

    code = "bad_card_folder"


def card(
    context: typer.Context,
    version: Annotated[
        str, typer.Argument(help="Model version; the one in use, or the newest trained.")
    ] = "",
    folder: Annotated[
        Path | None,
        typer.Option("--to", help="Write VERSION.md and VERSION.json there.", metavar="FOLDER"),
    ] = None,
) -> None:
    """Show the model card of a version: what it learnt from, what it was worth, what it cost."""
    call: Call = context.obj
    with call.workspace() as workspace:
        found = workspace.card(version or None)
    if folder is not None:
        _write(folder, found.version, found.as_markdown(), found.as_dict())
    if call.screen.is_json:
        call.screen.emit(found.as_dict())
    elif folder is None:
        call.screen.line(found.as_markdown())
    else:
        call.screen.line(f"{folder / found.version}.md and .json are written")


def _write(folder: Path, version: str, page: str, facts: dict[str, object]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{version}.md").write_text(page, encoding="utf-8")
        text = json.dumps(facts, indent=1, sort_keys=True) + "\n"
        (folder / f"{version}.json").write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadCardFolder(
            f"{folder} cannot be written: {error.strerror}.", place="--to"
        ) from None
