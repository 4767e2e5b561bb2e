"""``settee schema``: the wire format as JSON Schema, for those who write events.

Reads: nothing.  Writes: stdout.
"""

from enum import StrEnum
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.core import json_schemas


class Shape(StrEnum):
    """What has a schema."""

    EVENT = "event"
    ITEM = "item"
    ALL = "all"


def schema(
    context: typer.Context,
    shape: Annotated[Shape, typer.Argument(help="Whose schema.")] = Shape.ALL,
) -> None:
    """Print the JSON Schema of events and items."""
    call: Call = context.obj
    schemas = json_schemas()
    call.screen.emit(schemas if shape is Shape.ALL else schemas[shape.value])
