"""Are all segments of the history there, with the bytes that were written?"""

from settee.cli.doctor.finding import Finding, Patient, counted


def check(patient: Patient) -> Finding:
    """Compare each segment's files with the sizes and hashes in the tables."""
    workspace = patient.workspace
    segments = workspace.tables.segments()
    count = counted(len(segments), "segment")
    damaged = workspace.damaged_segments()
    if damaged:
        step = "Restore that folder from a backup, or import its file again."
        return Finding(False, count, "; ".join(damaged[:3]), step)
    return Finding(True, count, counted(sum(one.n_rows for one in segments), "row"))
