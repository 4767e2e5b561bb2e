"""Kill the fold where it stands, start it again, and compare with a fold that was left in peace."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from settee.people import Correction
from settee.people.ids import person_id
from tests.people.test_view import DAY, T0, evenings
from tests.people.worlds import Place, state_of

N_KILLS = 6


def record(place: Place) -> None:
    """Accounts that live, were imported, or both; a correction; the past told after the present."""
    place.live([act for n in range(40) for act in evenings(f"a{n}", 3, T0 + n)])
    place.tell("a3", Correction("rename", persons=(person_id("a3", 1),), name="Ann"), "c1", int(T0))
    place.bring([act for n in range(0, 60, 2) for act in evenings(f"a{n}", 3, T0 - 9 * DAY)])
    place.live([act for n in range(40) for act in evenings(f"a{n}", 3, T0 + 5 * DAY + n)])


def test_a_fold_that_is_killed_goes_on_and_counts_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "home"
    place = Place(path)
    record(place)
    found = subprocess.run(
        [sys.executable, "-m", "tests.people.fold_child", str(path), str(N_KILLS)],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    *killed, spared = json.loads(found.stdout)
    assert -signal.SIGKILL in killed
    assert spared == 0
    fresh = place.another("fresh.db")
    fresh.fold()
    assert state_of(place.people) == state_of(fresh)
    events = [one["event_id"] for one in place.people.export("as_known")]
    assert len(events) == len(set(events)) == 40 * 6 + 30 * 3
    place.close()
