"""Settings of the running service: the door, its workers, what it does when a part is slow or ill.

Reads / Writes: nothing.  Not here: all other sections (core.sections).
"""

from typing import Literal

from pydantic import Field

from settee.core.section import Name, Section, Share


class ServeSettings(Section):
    """The HTTP door."""

    host: Name = Field("127.0.0.1", description="Address to bind; others than loopback need a key.")
    port: int = Field(8321, ge=0, le=65_535, description="Port, 0 for any free one.")
    max_body_bytes: int = Field(
        8 * 1024 * 1024, ge=1024, description="Largest request body."
    )  # fmt: skip
    max_batch: int = Field(10_000, ge=1, description="Most events or items in one request.")
    require_key: Literal["auto", "always"] = Field(
        "auto", description="auto: a key is needed unless bound to loopback; always: needed."
    )
    workers: int = Field(
        1, ge=1, le=256, description="Processes that answer on one socket (speed only)."
    )
    max_connections: int = Field(
        2000, ge=1, le=1_000_000, description="Connections of one worker; beyond them a 503."
    )
    drain_s: float = Field(
        1.0,
        ge=0,
        le=3600,
        description="After SIGTERM: seconds in which requests are still taken, each answer closes "
        "its connection and /ready says 503.",
    )
    cache_mb: int = Field(
        32, ge=0, le=65_536, description="Memory for answers to repeat while nothing that they "
        "hang on has changed; 0 repeats none (speed only)."
    )  # fmt: skip
    shed_above_ms: float = Field(
        500.0, gt=0, description="Wait at which questions begin to be turned away with a 503."
    )  # fmt: skip
    log_format: Literal["text", "json"] = Field(
        "text", description="json: one object a line, without ids and without what was asked."
    )
    log_requests: bool = Field(False, description="Log a line for every request.")


class BreakerSettings(Section):
    """When a source that fails is left alone for a while."""

    failures: int = Field(
        10, ge=1, le=20, description="Failed or late among the last 20 at which it is left alone."
    )
    rest_s: float = Field(
        5.0, gt=0, le=3600, description="Seconds until it is tried again with one question."
    )


class ListSettings(Section):
    """Lists computed ahead (settee precompute)."""

    max_age_s: float = Field(
        86_400.0, gt=0, description="Age from which a list is no longer given as it is."
    )
    when_shedding: bool = Field(
        True, description="Give the list computed ahead, where it still holds, before a 503."
    )


class TracingSettings(Section):
    """OpenTelemetry; needs the extra settee[tracing]."""

    enabled: bool = Field(False, description="Send traces, a span for each stage of an answer.")
    endpoint: str = Field(
        "http://127.0.0.1:4318/v1/traces", max_length=1024, description="Collector, OTLP over HTTP."
    )
    share: Share = Field(
        0.01, description="Share of requests traced when the caller does not decide."
    )
