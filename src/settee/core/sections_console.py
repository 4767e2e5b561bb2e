"""Settings of the console: where it listens, whom it asks, how long one stays signed in.

Reads / Writes: nothing.  Not here: all other sections (core.sections).
"""

from pydantic import Field

from settee.core.section import Name, Section


class ConsoleSettings(Section):
    """The console (settee console)."""

    host: Name = Field(
        "127.0.0.1", description="Address to bind; on others than loopback one signs in by a key."
    )
    port: int = Field(8322, ge=0, le=65_535, description="Port, 0 for any free one.")
    api_url: str = Field(
        "", max_length=1024, description="Service that it asks; empty is the one that serve.host "
        "and serve.port name."
    )  # fmt: skip
    idle_minutes: float = Field(
        60.0, gt=0, le=10_080, description="Minutes without a click after which one signs in anew."
    )
    max_sessions: int = Field(
        200, ge=1, le=100_000, description="People signed in at once; beyond them the one who was "
        "idle longest is signed out."
    )  # fmt: skip
    is_https: bool = Field(
        False, description="Browsers reach it by https, through a proxy: the cookie says so."
    )
