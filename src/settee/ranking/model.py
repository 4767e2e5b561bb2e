"""Keep everything that answers requests together, in memory and in one bundle.

A model is the catalogue it numbers items by, its sources, how they are blended, the item timeline,
the ranker and whether the ranker earned its place. Saved and loaded it gives the same answers, and
saving the same model twice gives the same version. Arrays are mapped, not copied, so a second
process is free.

Reads / Writes: bundle folders, through store.
Not here: which version is in use (release), fitting (learn).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from settee.candidates import SOURCES, Arrays, Source
from settee.core import Damaged, NotFound, RankingSettings
from settee.events import Catalogue, Histories
from settee.features import ItemColumns, ItemTimeline, Person, feature_names, frozen
from settee.ranking.blend import Blend
from settee.ranking.ranker import Ranker
from settee.store import Bundle, open_bundle, pack_strings, unpack_strings, write_bundle

_FORMAT: Final = 1
_RANKER: Final = "ranker"
_CATALOGUE: Final = "catalogue"
_TIMELINE: Final = "timeline"
_BLEND: Final = "blend"
_STRINGS: Final = ("item_ids", "titles", "texts", "tag_names")
_COLUMNS: Final[Mapping[str, type[np.generic]]] = {
    "tag_indptr": np.int64,
    "tag_index": np.int32,
    "year": np.int32,
    "available_from_s": np.int64,
    "available_to_s": np.int64,
    "stock": np.int64,
}


class ModelDamaged(Damaged):
    """A bundle is whole, but what it holds is not a model that this version can serve."""

    code = "model_damaged"


@dataclass(frozen=True)
class Model:
    """All that is needed to answer.

    Args:
        catalogue: The items; its order is the item space of everything else.
        sources: Candidate sources by name; their order is that of the pool's columns.
        timeline: Instants of all interest events up to the training.
        ranker: The second stage, None when none was trained.
        is_promoted: Did the ranker beat the best source and the fusion? Otherwise fusion serves.
        trained_until_s: Instant before which all training events lie, epoch seconds.
        ranking: Settings of pool and features that the ranker was trained with.
        moving: What goes on counting while it serves, as the training left it: arrays by name
            ("live" for candidates.LiveItems); a name that is not there starts from nothing.
        blend: Weights of the sources, None where none were learnt; without, ranks are fused.
        manifest: What training said about itself: settings, metrics, hashes; anything in JSON.
        version: Name of the bundle, "" for a model that was not saved.
    """

    catalogue: Catalogue
    sources: dict[str, Source]
    timeline: ItemTimeline
    ranker: Ranker | None
    is_promoted: bool
    trained_until_s: int
    ranking: RankingSettings = field(default_factory=RankingSettings)
    moving: Mapping[str, Arrays] = field(default_factory=dict)
    blend: Blend | None = None
    manifest: dict[str, Any] = field(default_factory=dict)
    version: str = ""

    @cached_property
    def columns(self) -> ItemColumns:
        """The catalogue's columns that features look at."""
        return ItemColumns.of(self.catalogue)

    def blend_of(self, person: Person, as_of_s: int) -> Blend | None:
        """What orders the pool of a person at an instant, None where ranks do."""
        blend = self.pool_blend
        return None if blend is None else blend.at(person.idle_s(as_of_s))

    @property
    def pool_blend(self) -> Blend | None:
        """The blend that orders pools, None where reciprocal ranks do."""
        return self.blend if self.blend is not None and self.blend.serves else None


def save_model(parent: Path, model: Model, said: Mapping[str, str] | None = None) -> str:
    """Write a model as a bundle; the same model has the same version.

    Args:
        parent: Folder of all bundles.
        model: What to write; its `version` is not looked at.
        said: Texts about it, by name, from which no model is read back.

    Returns:
        The version, the name of the bundle's folder.

    Raises:
        BadBundle: If `model.manifest` cannot be said in JSON.
        StoreUnavailable: If the folder cannot be written.
    """
    manifest = {
        "format": _FORMAT,
        "sources": list(model.sources),
        "has_ranker": model.ranker is not None,
        "has_blend": model.blend is not None,
        "is_promoted": model.is_promoted,
        "trained_until_s": model.trained_until_s,
        "ranking": model.ranking.model_dump(mode="json"),
        "moving": sorted(model.moving),
        "training": model.manifest,
    }
    arrays: dict[str, Mapping[str, NDArray[np.generic]]] = {
        _CATALOGUE: _catalogue_arrays(model.catalogue),
        _TIMELINE: model.timeline.to_arrays(),
    }
    for name, source in model.sources.items():
        arrays[_group(name)] = source.to_arrays()
    if model.blend is not None:
        arrays[_BLEND] = model.blend.to_arrays()
    for name, moving in model.moving.items():
        arrays[_moving(name)] = moving
    texts = dict(said or {})
    if model.ranker is not None:
        texts[_RANKER] = model.ranker.text
    return write_bundle(parent, manifest, arrays, texts)


def load_model(folder: Path) -> Model:
    """Open a bundle as a model.

    Args:
        folder: The bundle's folder, named by its version.

    Raises:
        NotFound: If there is no such folder.
        Damaged: If a byte differs from what was written, or the parts do not make a model.
    """
    bundle = open_bundle(folder)
    try:
        model = _read(bundle)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, NotFound) as error:
        raise ModelDamaged(
            f"bundle {bundle.version} does not hold a model: {type(error).__name__} {error}.",
            hint="Train again, or release an earlier version.",
        ) from error
    _check(model)
    return model


def _group(source: str) -> str:
    return f"source-{source}"


def _moving(name: str) -> str:
    return f"moving-{name}"


def _read(bundle: Bundle) -> Model:
    manifest = bundle.manifest
    if manifest["format"] != _FORMAT:
        raise ModelDamaged(
            f"bundle {bundle.version} has the format {manifest['format']!r}; "
            f"this version of settee reads {_FORMAT}.",
            hint="Train again with this version.",
        )
    unknown = [name for name in manifest["sources"] if name not in SOURCES]
    if unknown:
        raise ModelDamaged(
            f'bundle {bundle.version} uses the source "{unknown[0]}"; '
            f"known are {', '.join(SOURCES)}."
        )
    return Model(
        catalogue=_catalogue(bundle.arrays(_CATALOGUE)),
        sources={
            name: SOURCES[name].from_arrays(bundle.arrays(_group(name)))
            for name in manifest["sources"]
        },
        timeline=ItemTimeline.from_arrays(bundle.arrays(_TIMELINE)),
        ranker=Ranker.from_text(bundle.text(_RANKER)) if manifest["has_ranker"] else None,
        is_promoted=bool(manifest["is_promoted"]),
        trained_until_s=int(manifest["trained_until_s"]),
        ranking=RankingSettings(**manifest["ranking"]),
        moving={name: bundle.arrays(_moving(name)) for name in manifest.get("moving", ())},
        blend=Blend.from_arrays(bundle.arrays(_BLEND)) if manifest.get("has_blend") else None,
        manifest=manifest["training"],
        version=bundle.version,
    )


def _catalogue_arrays(catalogue: Catalogue) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {
        name: getattr(catalogue, name).astype(dtype, copy=False) for name, dtype in _COLUMNS.items()
    }
    for name in _STRINGS:
        arrays[name], arrays[f"{name}_ends"] = pack_strings(getattr(catalogue, name))
    return arrays


def _catalogue(arrays: dict[str, NDArray[np.generic]]) -> Catalogue:
    strings = {name: unpack_strings(arrays[name], arrays[f"{name}_ends"]) for name in _STRINGS}
    columns = {
        name: frozen(arrays[name].astype(dtype, copy=False)) for name, dtype in _COLUMNS.items()
    }
    return Catalogue(**strings, **columns)  # type: ignore[arg-type]  # names come from two tables


def _check(model: Model) -> None:
    """Refuse parts that are each in order but not about the same items.

    Raises:
        ModelDamaged: If they are not.
    """
    catalogue = model.catalogue
    n_items = catalogue.n_items
    lengths = {
        "titles": len(catalogue.titles),
        "texts": len(catalogue.texts),
        "tags": len(catalogue.tag_indptr) - 1,
        "year": len(catalogue.year),
        "available_from_s": len(catalogue.available_from_s),
        "available_to_s": len(catalogue.available_to_s),
        "stock": len(catalogue.stock),
        "timeline": model.timeline.n_items,
    }
    nobody = Histories(np.zeros(2, np.int64), np.empty(0, np.int32), np.empty(0, np.int64))
    for name, source in model.sources.items():
        lengths[name] = source.score(nobody).shape[1]
    for name, length in lengths.items():
        if length != n_items:
            raise ModelDamaged(f'the model has {n_items} items, but its "{name}" has {length}.')
    tags, starts = catalogue.tag_index, catalogue.tag_indptr
    if (
        starts[0] != 0
        or starts[-1] != len(tags)
        or bool(np.any(np.diff(starts) < 0))
        or (len(tags) > 0 and not 0 <= tags.min() <= tags.max() < len(catalogue.tag_names))
    ):
        raise ModelDamaged("the catalogue's tags do not fit its items.")
    if model.blend is not None and model.blend.n_sources != len(model.sources):
        raise ModelDamaged(
            f"the blend weighs {model.blend.n_sources} sources, and the model has "
            f"{len(model.sources)}."
        )
    if model.ranker is not None:
        expected = feature_names(list(model.sources))
        if model.ranker.feature_names != expected:
            raise ModelDamaged(
                f"the ranker knows {len(model.ranker.feature_names)} features, and this version "
                f"computes {len(expected)} others for these sources.",
                hint="Train again with this version.",
            )
