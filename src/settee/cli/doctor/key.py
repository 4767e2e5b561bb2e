"""Does the address that will be bound need a key, and is there one?"""

from settee.cli.doctor.finding import Finding, Patient, counted


def check(patient: Patient) -> Finding:
    """Count the keys that work, and compare with what the settings ask for."""
    from settee.web import needs_key  # loads FastAPI: not for `settee --help`

    workspace, serve = patient.workspace, patient.settings.serve
    n_keys = workspace.n_keys(workspace.tenant_id)
    is_needed = needs_key(serve)
    count = counted(n_keys, "key")
    if is_needed and not n_keys:
        detail = f"{serve.host} is open to other machines"
        return Finding(False, count, detail, "settee key create NAME")
    return Finding(True, count, f"{serve.host}: a key is {'' if is_needed else 'not '}needed")
