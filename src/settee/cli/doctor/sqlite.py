"""Is SQLite new enough, and can the disk of home hold a write-ahead log?"""

from settee.cli.doctor.finding import Finding, Patient

_OLDEST = (3, 37, 0)
"""The first with strict tables."""


def check(patient: Patient) -> Finding:
    """Compare the version, and switch a trial file to write-ahead logging."""
    health = patient.workspace.health
    version = health.sqlite_version
    text = ".".join(map(str, version))
    if version < _OLDEST:
        return Finding(False, "1 library", f"SQLite {text}", "Use SQLite 3.37 or newer.")
    health.try_wal()
    return Finding(True, "1 library", f"SQLite {text} with write-ahead log")
