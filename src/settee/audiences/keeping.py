"""Keep what was learnt about people beside responses: whom a contact moves, what an order brings.

Each is a bundle of plain arrays in a folder of its own; what is damaged or of an older kind is said
to be so, with the command that learns it again.

Reads / Writes: bundles.
Not here: the models themselves (audiences.uplift_order, audiences.order_value).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from settee.audiences.order_value import OrderValue
from settee.audiences.uplift_order import MovedModel
from settee.core import Damaged, NotFound
from settee.store import open_bundle, write_bundle

Model = TypeVar("Model", OrderValue, MovedModel)
_FORMAT: Final = 1
_GROUP: Final = "learnt"
_COMMAND: Final = {OrderValue: "settee audience train", MovedModel: "settee audience uplift"}


class LearntDamaged(Damaged):
    """A bundle is whole, but does not hold what it should."""

    code = "learnt_damaged"


def save_learnt(parent: Path, model: OrderValue | MovedModel, about: Mapping[str, Any]) -> str:
    """Write a model as a bundle; the same model with the same words has the same version.

    Args:
        parent: Folder of such models.
        model: What was learnt.
        about: What is said of it, as JSON can say it.

    Raises:
        BadBundle: If the words cannot be said in JSON.
        StoreUnavailable: If the folder cannot be written.
    """
    told = {"format": _FORMAT, "training": dict(about)}
    return write_bundle(parent, told, {_GROUP: model.to_arrays()}, {})


def load_learnt(parent: Path, version: str, kind: type[Model]) -> Model:
    """Open a model that was saved.

    Args:
        parent: Folder of such models.
        version: From `save_learnt`.
        kind: What it should be.

    Raises:
        LearntDamaged: If it holds something else.
        Damaged: If a byte differs from what was written.
    """
    bundle = open_bundle(parent / version)
    try:
        return kind.from_arrays(bundle.arrays(_GROUP))
    except (KeyError, TypeError, ValueError, IndexError, NotFound) as error:
        raise LearntDamaged(
            f"bundle {version} does not hold what was learnt: {type(error).__name__} {error}.",
            hint=f"Run {_COMMAND[kind]} again.",
        ) from error
