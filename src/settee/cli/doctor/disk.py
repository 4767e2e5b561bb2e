"""Can the home folder be written, and is there room on its disk?"""

import shutil
import tempfile
from pathlib import Path

from settee.cli.doctor.finding import Finding, Patient

_LEAST_BYTES = 1 << 30


def check(patient: Patient) -> Finding:
    """Write a file below home, and look for one free GiB."""
    home = patient.settings.home
    there = _nearest(home.absolute())
    free = shutil.disk_usage(there).free
    count = f"{free / (1 << 30):,.1f} GiB free"
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"settee")
    except OSError as error:
        step = "Give this user the right to write there, or set another home."
        return Finding(False, count, f"{there}: {error.strerror}", step)
    if free < _LEAST_BYTES:
        return Finding(False, count, f"{there} is nearly full", "Free at least 1 GiB.")
    return Finding(True, count, str(home))


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    while not folder.is_dir():
        folder = folder.parent
    return folder
