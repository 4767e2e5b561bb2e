"""Are the tables sound and of the version that this settee writes?"""

from settee.cli.doctor.finding import Finding, Patient, counted


def check(patient: Patient) -> Finding:
    """Quick check of the file, and its schema version."""
    workspace = patient.workspace
    n_items = workspace.tables.n_items()
    found = workspace.health.tables_complaints()
    if found:
        return Finding(False, "1 file", found[0], "Restore tables.db from a backup.")
    present, wanted = workspace.health.tables_version()
    if present != wanted:
        detail = f"version {present}, settee writes {wanted}"
        return Finding(False, "1 file", detail, "Upgrade settee, then run any command.")
    return Finding(True, counted(n_items, "item"), f"version {present}")
