"""Is the journal sound, and does its disk keep what it acknowledges?"""

from settee.cli.doctor.finding import Finding, Patient


def check(patient: Patient) -> Finding:
    """Quick check of the file, then a trial journal written and read back on the same disk."""
    health = patient.workspace.health
    n_written, n_back = health.try_journal()
    if n_back < n_written:
        detail = f"{n_back} of {n_written} trial events were read back"
        return Finding(False, f"{n_back} events", detail, "Do not use this disk.")
    count = f"{patient.workspace.journal.last_offset():,} entries"
    found = health.journal_complaints()
    if found:
        step = "Stop all writers and restore journal.db from a backup."
        return Finding(False, count, found[0], step)
    return Finding(True, count, f"{n_back} trial events read back")
