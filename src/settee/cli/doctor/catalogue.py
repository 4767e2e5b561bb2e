"""Are the titles that people act on described in the catalogue?"""

from settee.cli.doctor.finding import Finding, Patient, counted

_LEAST_SHARE = 0.9


def check(patient: Patient) -> Finding:
    """Share of the items seen in events that the catalogue describes."""
    workspace = patient.workspace
    described = {item.item_id for item in workspace.tables.items()}
    seen = workspace.profiles.item_ids()
    if not seen:
        return Finding(True, counted(len(described), "item"), "no events yet", "settee import PATH")
    share = sum(item_id in described for item_id in seen) / len(seen)
    count = counted(len(seen), "item") + " seen"
    detail = f"{share:.1%} of them are described"
    if share < _LEAST_SHARE and described:
        return Finding(False, count, detail, "Import the items that are missing.")
    return Finding(True, count, detail)
