"""Does the clock agree with the record and with itself?"""

import time
from datetime import UTC, datetime

from settee.cli.doctor.finding import Finding, Patient
from settee.core import instant_text

_BUILT_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""settee was written after this, so no sane clock shows less."""


def check(patient: Patient) -> Finding:
    """The clock is past the making of settee and the newest fact, and does not run backwards."""
    first, now = time.monotonic_ns(), patient.call.now()
    runs_forward = time.monotonic_ns() >= first and patient.call.now() >= now
    newest_us = max((one.last_at_us for one in patient.workspace.tables.segments()), default=0)
    ahead_s = newest_us / 1e6 - now.timestamp()
    step = "Set the clock (timedatectl set-ntp true)."
    if now < _BUILT_AT or not runs_forward:
        return Finding(False, "1 clock", f"it shows {instant_text(now)}", step)
    if ahead_s > patient.settings.checks.max_future_s:
        return Finding(False, "1 clock", f"the record is {ahead_s:,.0f} s ahead of it", step)
    return Finding(True, "1 clock", instant_text(now.replace(microsecond=0)))
