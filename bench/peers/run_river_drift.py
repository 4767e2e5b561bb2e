"""Look for drift in streams of numbers by ADWIN and Page-Hinkley; runs in River's own interpreter.

    python run_river_drift.py TASK.json ANSWER.json

The task is a list of streams; the answer names, by detector and stream, the places of its alarms.
This file imports nothing of settee.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from river.drift import ADWIN, PageHinkley


def alarms(make: Callable[[], Any], stream: list[float]) -> list[int]:
    """Places at which the detector says that the stream changed."""
    detector = make()
    found = []
    for place, value in enumerate(stream):
        detector.update(value)
        if detector.drift_detected:
            found.append(place)
    return found


def main() -> None:
    streams = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    detectors = {"ADWIN": ADWIN, "PageHinkley": PageHinkley}
    found = {name: [alarms(make, one) for one in streams] for name, make in detectors.items()}
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
