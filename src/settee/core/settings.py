"""Put the settings together: defaults, a preset, one TOML file, the environment, flags.

A later layer wins over an earlier one, key by key: `port = 8000` under `[serve]` in settee.toml
loses to SETTEE_SERVE__PORT=8001, which loses to `--set serve.port=8002`.

Reads: the file and the mapping it is handed.  Writes: nothing.
Source: The Twelve-Factor App, III; TOML 1.0.
Not here: what each setting means (core.sections).
"""

import difflib
import json
import reprlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from settee.core.errors import BadInput
from settee.core.presets import preset_layer
from settee.core.sections import Settings

ENV_PREFIX = "SETTEE_"
_NESTED = "__"
Layer = dict[str, Any]


class BadSettings(BadInput):
    """A setting is unknown or its value is not acceptable."""

    code = "bad_settings"


def load_settings(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
) -> Settings:
    """Settings from all layers.

    Args:
        file: A TOML file, or None for none.
        environment: Usually `os.environ`; only names that start with ``SETTEE_`` count, with two
            underscores between section and key.
        flags: ``section.key=value`` each.

    Raises:
        BadSettings: If the file is not TOML, a key is unknown, or a value is out of range.
        BadPreset: If the setting `preset` names none.

    >>> load_settings(flags=["serve.port=9000"]).serve.port
    9000
    """
    merged: Layer = {}
    for origin, layer in (
        (str(file), _from_file(file)),
        ("environment", _from_environment(environment or {})),
        ("--set", _from_flags(flags)),
    ):
        _check_names(layer, Settings, origin)
        _merge(merged, layer)
    merged = _over_preset(merged)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        given = reprlib.repr(first["input"])
        raise BadSettings(
            f"{place} is {given}: {first['msg']}.",
            hint="settee config shows every setting with its meaning.",
            place=place,
        ) from None


def _over_preset(layers: Layer) -> Layer:
    """The layers over the preset that they name, where they name one."""
    name = layers.get("preset")
    if not isinstance(name, str) or not name:
        return layers  # what is no text is refused with the other values
    merged: Layer = preset_layer(name)
    _check_names(merged, Settings, f"preset {name}")
    _merge(merged, layers)
    return merged


def sections_toml(sections: Mapping[str, Mapping[str, object]], remarks: Sequence[str] = ()) -> str:
    """Write some settings of some sections as TOML, under remarks.

    >>> print(sections_toml({"sources": {"ease_l2": 500.0}}, ["searched"]), end="")
    # searched
    <BLANKLINE>
    [sources]
    ease_l2 = 500.0
    """
    lines = [f"# {remark}" for remark in remarks]
    for section, values in sections.items():
        lines += ["", f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def settings_toml(settings: Settings) -> str:
    """Write settings as TOML with a comment over each key; secrets are masked.

    The text can be saved as settee.toml and read again.
    """
    lines: list[str] = []
    for name, value, description in _fields(settings):
        if not isinstance(value, BaseModel):
            lines += [f"# {description}", f"{name} = {_toml(value)}", ""]
    for name, value, _ in _fields(settings):
        if isinstance(value, BaseModel):
            summary = (type(value).__doc__ or "").splitlines()[0]
            lines += [f"# {summary}", f"[{name}]"]
            for key, inner, description in _fields(value):
                lines += [f"# {description}", f"{key} = {_toml(inner)}"]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _fields(section: BaseModel) -> Iterator[tuple[str, Any, str]]:
    for name, field in type(section).model_fields.items():
        yield name, getattr(section, name), field.description or ""


def _toml(value: object) -> str:
    if isinstance(value, SecretStr):
        return '"********"' if value.get_secret_value() else '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        inner = ", ".join(f"{_toml_text(key)} = {_toml(item)}" for key, item in value.items())
        return "{ " + inner + " }" if inner else "{}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, int | float):
        return repr(value)
    return _toml_text(str(value))


def _toml_text(text: str) -> str:
    # JSON's escapes are TOML's, save that TOML knows no surrogate pairs and no bare DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _from_file(file: Path | None) -> Layer:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{file} cannot be read: {error.strerror}.") from None
    # ValueError: not TOML, not UTF-8, or a number of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise BadSettings(f"{file} is not TOML: {error}.", place=str(file)) from None


def _from_environment(environment: Mapping[str, str]) -> Layer:
    layer: Layer = {}
    for name in sorted(environment):
        if name.startswith(ENV_PREFIX) and name not in _NOT_SETTINGS:
            path = name.removeprefix(ENV_PREFIX).lower().split(_NESTED)
            _put(layer, path, _value(environment[name]), name)
    return layer


_NOT_SETTINGS = frozenset({"SETTEE_CONFIG", "SETTEE_DATA", "SETTEE_KEY", "SETTEE_PEERS_PYTHON"})


def _from_flags(flags: Sequence[str]) -> Layer:
    layer: Layer = {}
    for flag in flags:
        path, equals, text = flag.partition("=")
        if not equals:
            raise BadSettings(f'"{flag}" sets nothing; write section.key=value.', place="--set")
        _put(layer, path.strip().split("."), _value(text), flag)
    return layer


def _value(text: str) -> object:
    """Read a value as TOML would, and as plain text where it is not one TOML value.

    >>> _value("9000"), _value("two words")
    (9000, 'two words')
    """
    try:
        layer = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return layer["value"] if len(layer) == 1 else text


def _put(layer: Layer, path: Sequence[str], value: object, origin: str) -> None:
    for part in path[:-1]:
        layer = layer.setdefault(part, {})
        if not isinstance(layer, dict):
            raise BadSettings(
                f'"{origin}" sets a key below {part}, which is a single value.', place=part
            )
    layer[path[-1]] = value


def _merge(below: Layer, above: Layer) -> None:
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(name), dict):
            _merge(below[name], value)
        else:
            below[name] = value


def _check_names(layer: Layer, section: type[BaseModel], origin: str, path: str = "") -> None:
    for name, value in layer.items():
        field = section.model_fields.get(name)
        if field is None:
            near = difflib.get_close_matches(name, section.model_fields, n=1)
            raise BadSettings(
                f'{origin}: there is no setting "{path}{name}".',
                hint=f'Did you mean "{path}{near[0]}"?' if near else "settee config lists them.",
                place=f"{path}{name}",
            )
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and isinstance(value, dict):
            _check_names(value, inner, origin, f"{path}{name}.")
