"""Send traces by OpenTelemetry: a span for each request, and one for each stage of an answer.

An answer says how long each of its stages took, one after the other, so the spans are written
behind it and nothing is measured twice. A caller's `traceparent` is carried on. Nothing of
OpenTelemetry is imported unless tracing is switched on, and a span says which route, status and
rung, and no id of anybody.

Reads: requests, `answered` in their scope.  Writes: spans, to a collector.
Source: W3C Trace Context; OpenTelemetry semantic conventions for HTTP.
Not here: figures (web.metrics), the log (core.logs).
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from settee import __version__
from settee.core import TracingSettings, Unavailable
from settee.web.body import Message, Receive, Scope, Send

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

ANSWERED = "settee.answered"
"""Where a route leaves `Answered` in the scope of a request."""
STAGES = ("who", "rules", "sources", "rank", "page", "explain")
"""Stages of an answer, in the order in which they come."""
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
_NANOS = 1_000_000_000
_SERVER_ERROR = 500


class NoTracing(Unavailable):
    """Tracing is switched on and cannot be used."""

    code = "no_tracing"


class Answered:
    """What a span says of an answer: its rung, why, and how long its stages took."""

    __slots__ = ("because", "rung", "timings_ms")

    def __init__(self, rung: str, because: str, timings_ms: Mapping[str, float]) -> None:
        self.rung = rung
        self.because = because
        self.timings_ms = timings_ms


class Traced:
    """An application whose requests are traced.

    Args:
        app: The application.
        settings: Where to send spans, and which share of requests.
        template: The pattern of a request's route.
        exporter: Takes the spans; None sends them to the collector.

    Raises:
        NoTracing: If the extra is not installed.
    """

    def __init__(
        self,
        app: AsgiApp,
        settings: TracingSettings,
        template: Callable[[Scope], str],
        exporter: "SpanExporter | None" = None,
    ) -> None:
        self._app = app
        self._template = template
        self._provider = _provider(settings, exporter)
        self._tracer = self._provider.get_tracer("settee", __version__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request within a span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind

        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        span = self._tracer.start_span(
            scope["method"], _context(scope), SpanKind.SERVER, start_time=time.time_ns()
        )
        begun_ns = time.perf_counter_ns()
        try:
            await self._app(scope, receive, sending)
        finally:
            if span.is_recording():
                self._tell(span, scope, status)
            span.end(_begun(span) + time.perf_counter_ns() - begun_ns)

    def close(self) -> None:
        """Send what waits and end."""
        self._provider.shutdown()

    def _tell(self, span: Any, scope: Scope, status: int) -> None:  # noqa: ANN401 -- a span of the SDK
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        route = self._template(scope)
        span.update_name(f"{scope['method']} {route}")
        span.set_attribute("http.request.method", scope["method"])
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= _SERVER_ERROR:
            span.set_status(Status(StatusCode.ERROR))
        answered: Answered | None = scope.get(ANSWERED)
        if answered is None:
            return
        span.set_attribute("settee.rung", answered.rung)
        span.set_attribute("settee.because", answered.because)
        at_ns, inside = _begun(span), set_span_in_context(span)
        for stage in STAGES:
            ms = answered.timings_ms.get(stage)
            if ms is not None:
                child = self._tracer.start_span(stage, inside, start_time=at_ns)
                at_ns += round(ms * 1_000_000)
                child.end(at_ns)


def _begun(span: Any) -> int:  # noqa: ANN401 -- a span of the SDK, or one that is not recorded
    return int(getattr(span, "start_time", 0) or 0)


def _context(scope: Scope) -> Any:  # noqa: ANN401 -- a context of the SDK
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carried = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in (b"traceparent", b"tracestate")
    }
    return TraceContextTextMapPropagator().extract(carried)


def _provider(settings: TracingSettings, exporter: "SpanExporter | None") -> "TracerProvider":
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter(endpoint=settings.endpoint)
    except ImportError as error:
        raise NoTracing(
            f"tracing.enabled is true and OpenTelemetry is not installed: no {error.name}.",
            hint='pip install "settee[tracing]", or set tracing.enabled = false.',
            place="tracing.enabled",
        ) from None
    provider = TracerProvider(
        resource=Resource.create({"service.name": "settee", "service.version": __version__}),
        sampler=ParentBased(TraceIdRatioBased(settings.share)),
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
