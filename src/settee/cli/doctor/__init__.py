"""``settee doctor``: one check per module, each PASS or FAIL with a count and the next step.

A check that cannot be made has failed, and says why; the others go on.

Reads: everything.  Writes: trial files that are gone afterwards.
"""

import typer
from rich.text import Text

from settee.cli.call import Call
from settee.cli.doctor import (
    catalogue,
    clock,
    disk,
    history,
    journal,
    kernels,
    key,
    model,
    packages,
    settings,
    sqlite,
    tables,
)
from settee.cli.doctor.finding import Check, Finding, Patient
from settee.core import SetteeError

CHECKS: dict[str, Check] = {
    "packages": packages.check,
    "settings": settings.check,
    "disk": disk.check,
    "sqlite": sqlite.check,
    "kernels": kernels.check,
    "clock": clock.check,
    "journal": journal.check,
    "tables": tables.check,
    "history": history.check,
    "catalogue": catalogue.check,
    "model": model.check,
    "key": key.check,
}


def doctor(context: typer.Context) -> None:
    """Examine this installation and its data; the exit status is 1 when a check fails."""
    call: Call = context.obj
    with Patient(call).closing() as patient:
        findings = {name: _examine(check, patient) for name, check in CHECKS.items()}
    n_failed = sum(not finding.passed for finding in findings.values())
    if call.screen.is_json:
        call.screen.emit({
            "passed": not n_failed,
            "checks": [{"name": name, **vars(one)} for name, one in findings.items()],
        })  # fmt: skip
    else:
        rows = [
            (_mark(one), name, one.count, one.detail, one.next_step)
            for name, one in findings.items()
        ]
        call.screen.table("", ("", "check", "count", "found", "next step"), rows)
        call.screen.line(f"{len(findings) - n_failed} of {len(findings)} checks passed")
    if n_failed:
        raise typer.Exit(1)


def _mark(finding: Finding) -> Text:
    return Text("PASS", style="green") if finding.passed else Text("FAIL", style="bold red")


def _examine(check: Check, patient: Patient) -> Finding:
    try:
        return check(patient)
    except SetteeError as error:
        return Finding(False, "-", f"[{error.code}] {error.message}", error.hint)
    except Exception as error:  # noqa: BLE001 -- a doctor survives any patient
        return Finding(False, "-", f"{type(error).__name__}: {error}", "Report this as a bug.")
