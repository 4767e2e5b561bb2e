"""Does the model in use load, with every byte as it was written?"""

from settee.cli.doctor.finding import Finding, Patient, counted


def check(patient: Patient) -> Finding:
    """Load the bundle that the release pointer names; loading checks all hashes."""
    workspace = patient.workspace
    version = workspace.tables.current_release()
    if version is None:
        return Finding(True, "0 models", "none is released; popular titles serve", "settee train")
    model = workspace.load_model(version)
    names = ", ".join(model.sources)
    return Finding(True, counted(model.catalogue.n_items, "item"), f"{version}: {names}")
