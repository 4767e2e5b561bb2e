"""Are Python and the packages as new as settee needs them?"""

import re
import sys
from collections.abc import Iterator
from importlib import metadata

from settee.cli.doctor.finding import Finding, Patient, counted

_OLDEST_PYTHON = (3, 11)
_NEEDED = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)\s*>=\s*(?P<least>[0-9.]+)")


def check(patient: Patient) -> Finding:  # noqa: ARG001 -- every check has this shape
    """Compare the interpreter and each required package with what settee declares."""
    python = sys.version_info
    if python < _OLDEST_PYTHON:
        return Finding(False, "1 Python", f"Python {python.major}.{python.minor}", "Use 3.11 up.")
    needed = list(_needed())
    short = [line for name, least in needed if (line := _short(name, least))]
    count = counted(len(needed), "package")
    if short:
        return Finding(False, count, "; ".join(short), "Install settee again with pip.")
    return Finding(True, count, f"Python {python.major}.{python.minor}.{python.micro}")


def _needed() -> Iterator[tuple[str, str]]:
    """Packages that every installation needs, with the least version of each."""
    for line in metadata.requires("settee") or []:
        wanted, _, marker = line.partition(";")
        is_elsewhere = "win32" in marker and sys.platform == "win32"
        found = _NEEDED.match(wanted)
        if found and "extra" not in marker and not is_elsewhere:
            yield found["name"], found["least"]


def _short(name: str, least: str) -> str:
    try:
        present = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is missing"
    return f"{name} {present} is older than {least}" if _key(present) < _key(least) else ""


def _key(version: str) -> tuple[int, ...]:
    """Leading numbers of a version.

    >>> _key("0.61.2rc1") > _key("0.61")
    True
    """
    return tuple(int(part) for part in re.findall(r"\d+", version.split("rc")[0])[:3])
