"""Settings of the hot state: where what an answer reads of an account is kept.

Reads / Writes: nothing.  Not here: all other sections (core.sections).
"""

from pydantic import Field, SecretStr

from settee.core.section import Name, Section


class StateSettings(Section):
    """What an answer reads of an account: profiles, what was shown, preferences."""

    url: SecretStr = Field(
        SecretStr(""),
        description="redis://… or rediss://… keeps it in Redis, with pip install 'settee[redis]'; "
        "empty: in files of `home` (speed only).",
    )
    prefix: Name = Field(
        "settee", description="Keys in Redis begin with it; homes are kept apart behind it."
    )
    timeout_ms: float = Field(
        250.0,
        gt=0,
        le=60_000,
        description="Milliseconds after which an answer waits no longer for Redis and is a 503.",
    )
    cache_mb: int = Field(
        64,
        ge=0,
        le=1_048_576,
        description="Memory of one process for what was read lately (speed only).",
    )
