"""Fold a record in a process of its own, slowly enough to be killed in the middle."""

import sys
from functools import partial
from pathlib import Path

from settee.events import activity
from settee.people import folding
from tests.people.worlds import Place


def main(path: Path) -> None:
    folding._BATCH = 5
    folding.activity = partial(activity, part_rows=20)  # type: ignore[attr-defined]  # of its own process
    place = Place(path)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    place.people.fold()
    place.close()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
