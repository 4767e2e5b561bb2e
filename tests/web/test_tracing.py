import sys

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from settee.core import TracingSettings
from settee.web import create_app
from settee.web.door import template_of
from settee.web.tracing import NoTracing, Traced
from tests.web.world import Client, Engine

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def engine(tmp_path):
    engine = Engine(tmp_path)
    yield engine
    engine.close()


def spans_of(engine, settings, *calls):
    exporter = InMemorySpanExporter()
    traced = Traced(create_app(engine), settings, template_of, exporter)
    client = Client(traced)
    for method, path, options in calls:
        client(method, path, **options)
    traced.close()
    return exporter.get_finished_spans()


ASK = ("GET", "/v1/recommendations", {"query": b"account_id=secret-7&k=2"})
ON = TracingSettings(enabled=True, share=1.0)


def test_an_answer_is_a_span_with_one_for_each_stage_inside_it(engine):
    spans = {one.name: one for one in spans_of(engine, ON, ASK)}
    whole = spans.pop("GET /v1/recommendations")
    assert whole.attributes["http.route"] == "/v1/recommendations"
    assert whole.attributes["http.response.status_code"] == 200
    assert whole.attributes["settee.rung"] == "popular"
    assert {"who", "sources", "rank"} <= set(spans)
    for one in spans.values():
        assert one.parent.span_id == whole.context.span_id
        assert whole.start_time <= one.start_time <= one.end_time
    assert spans["who"].end_time <= spans["sources"].start_time


def test_spans_name_nobody(engine):
    account = ("GET", "/v1/accounts/secret-7", {})
    spans = spans_of(engine, ON, ASK, account)
    assert "GET /v1/accounts/{account_id}" in {one.name for one in spans}
    assert "secret-7" not in "".join(one.to_json() for one in spans)


def test_trace_of_the_caller_goes_on(engine):
    method, path, options = ASK
    (*_, whole) = spans_of(engine, ON, (method, path, {**options, "traceparent": PARENT}))
    assert f"{whole.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{whole.parent.span_id:016x}" == PARENT.split("-")[2]


def test_share_of_nothing_traces_nobody_but_who_asks_for_it(engine):
    off = TracingSettings(enabled=True, share=0.0)
    method, path, options = ASK
    assert spans_of(engine, off, ASK, ASK) == ()
    assert spans_of(engine, off, (method, path, {**options, "traceparent": PARENT}))


def test_failure_is_marked(engine, monkeypatch):
    def bug(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(engine.responder(), "recommend_to_keep", bug)
    (whole,) = spans_of(engine, ON, ASK)
    assert whole.attributes["http.response.status_code"] == 500
    assert not whole.status.is_ok


def test_tracing_without_its_packages_is_refused_in_words(engine, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(NoTracing, match="not installed") as caught:
        Traced(create_app(engine), TracingSettings(enabled=True), template_of)
    assert "settee[tracing]" in caught.value.hint
