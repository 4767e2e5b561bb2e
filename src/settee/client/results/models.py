"""What is to be said of a version of the model.

Reads / Writes: nothing.
Source: docs/models.md for each part.
"""

from typing import Any

from msgspec import Struct


class ModelCard(Struct, frozen=True, kw_only=True, rename={"uses": "for"}):
    """A version: what it learnt from, how it was judged, what it was worth, sizes and cost.

    `table` has a row for each system and group of people; `sizes` are bytes; `reliability` is empty
    where calibration was not measured and `cost` None where no report of the training is kept; what
    it is for is `uses`, ``for`` on the wire.
    """

    version: str
    sources: list[str]
    has_ranker: bool
    serving: str
    why: str
    seed: int | None
    federation: dict[str, Any] | None
    uses: list[str]
    not_for: list[str]
    data: dict[str, Any]
    protocol: dict[str, Any]
    table: list[dict[str, Any]]
    sizes: dict[str, int]
    settings_changed: dict[str, Any]
    packages: dict[str, str]
    reliability: list[dict[str, Any]] = []
    cost: dict[str, Any] | None = None
