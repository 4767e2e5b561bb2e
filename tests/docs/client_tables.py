"""Write the tables of docs/client.md from the client: its methods, errors and settings.

Reads: settee.client.  Writes: nothing.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator

from settee.client import ClientSettings, errors
from settee.client.clients import Verbs
from settee.client.verb import Verb

Rows = Iterator[tuple[str, ...]]
_SETTING = re.compile(r"^    (?P<name>\w+): (?P<meaning>.+?)(?=^    \w+: |^$|\Z)", re.M | re.S)


def verbs() -> Rows:
    """Every method with its route and what it does."""
    for name, verb in vars(Verbs).items():
        if isinstance(verb, Verb):
            route = f"`{verb.route.method} {verb.route.template}`"
            yield f"`{name}`", route, _first_line(verb.__doc__)


def failures() -> Rows:
    """Every class of the error tree."""
    statuses = {kind: str(status) for status, kind in errors.STATUSES.items()}
    for kind, depth in _below(errors.ClientError, 0):
        yield (
            f"{'&emsp;' * depth}`{kind.__name__}`",
            statuses.get(kind, ""),
            _first_line(kind.__doc__),
        )


def _below(kind: type[errors.ClientError], depth: int) -> Iterator[tuple[type, int]]:
    yield kind, depth
    for one in kind.__subclasses__():
        yield from _below(one, depth + 1)


def settings() -> Rows:
    """Every setting with its default."""
    said = (ClientSettings.__doc__ or "").partition("Args:")[2].partition("Raises:")[0]
    meanings = {
        one["name"]: " ".join(one["meaning"].split())
        for one in _SETTING.finditer(re.sub(r"^    ", "", said, flags=re.M))
    }
    for field in dataclasses.fields(ClientSettings):
        yield f"`{field.name}`", f"`{field.default}`", meanings[field.name]


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0]


TABLES: dict[str, tuple[tuple[str, ...], Callable[[], Rows]]] = {
    "client-verbs": (("method", "route", "meaning"), verbs),
    "client-errors": (("class", "status", "meaning"), failures),
    "client-settings": (("setting", "default", "meaning"), settings),
}
