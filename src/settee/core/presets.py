"""Read presets: settings that were searched on one kind of record, as a layer below all others.

A preset is a TOML file with the sections `sources` and `ranking` alone. Those that settee brings
are named after the records that they were searched on (films, places); `settee tune` writes others,
which are named by their path. What a settings file, the environment or a flag says still wins.

Reads: the files of this package, or the file that is named.  Writes: nothing.
Not here: the order of the layers (core.settings), the search (learn.tuning).
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from settee.core.errors import BadInput

SECTIONS = ("sources", "ranking")
"""Sections that a preset may hold."""
_SUFFIX = ".toml"
_MOST_BYTES = 65_536


class BadPreset(BadInput):
    """A preset is not known, cannot be read, or holds what a preset may not hold."""

    code = "bad_preset"


def preset_names() -> tuple[str, ...]:
    """Names of the presets that settee brings, in order."""
    folder = files("settee.core") / "preset_files"
    names = (one.name for one in folder.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def preset_text(name: str) -> str:
    """The text of a preset, its remarks included.

    Args:
        name: Of one that settee brings, or the path of a TOML file (it ends in .toml).

    Raises:
        BadPreset: If there is none, or it cannot be read.
    """
    if not name.endswith(_SUFFIX):
        if name not in preset_names():
            raise BadPreset(
                f'there is no preset "{name}"; settee brings: {", ".join(preset_names())}.',
                hint="A file of your own is named by its path, which ends in .toml.",
                place="preset",
            )
        return (files("settee.core") / "preset_files" / f"{name}{_SUFFIX}").read_text("utf-8")
    try:
        raw = Path(name).read_bytes()
        if len(raw) > _MOST_BYTES:
            raise BadPreset(f"{name} has {len(raw)} bytes; {_MOST_BYTES} are the most.")
        return raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BadPreset(f"the preset {name} cannot be read: {error}.", place="preset") from None


def preset_layer(name: str) -> dict[str, Any]:
    """The settings of a preset, section by section.

    Raises:
        BadPreset: If there is none, it is not TOML, or it holds another section.
    """
    try:
        told = tomllib.loads(preset_text(name))
    except (ValueError, RecursionError) as error:
        raise BadPreset(f"the preset {name} is not TOML: {error}.", place="preset") from None
    for section, values in told.items():
        if section not in SECTIONS or not isinstance(values, Mapping):
            raise BadPreset(
                f'the preset {name} holds "{section}"; a preset holds the sections '
                f"{' and '.join(SECTIONS)} alone.",
                place="preset",
            )
    return told
