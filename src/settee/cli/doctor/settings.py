"""Can the settings be read, and are all values acceptable?"""

from settee.cli.doctor.finding import Finding, Patient
from settee.core import Settings


def check(patient: Patient) -> Finding:
    """Read all layers; count the settings that differ from their default."""
    settings = patient.settings
    plain, ours = Settings().model_dump(), settings.model_dump()
    n_changed = sum(
        sum(plain[name][key] != value for key, value in section.items())
        if isinstance(section, dict)
        else plain[name] != section
        for name, section in ours.items()
    )
    file = patient.call.settings_file()
    return Finding(True, f"{n_changed} changed", f"from {file}" if file else "no settings file")
