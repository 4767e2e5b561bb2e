"""Figures counted in plain numbers, beside the same of Prometheus' own library."""

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from settee.web.metrics import Metrics
from settee.web.tally import Counts, Times

EDGES = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)


def page(*collectors) -> list[str]:
    registry = CollectorRegistry()
    for one in collectors:
        registry.register(one)
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


def test_counts_are_those_of_the_library():
    mine, theirs = (
        Counts("n", "What.", ("a", "b")),
        Counter("n", "What.", ("a", "b"), registry=None),
    )
    for labels in (("x", "1"), ("x", "1"), ("y", '"2"')):
        mine.saw(labels)
        theirs.labels(*labels).inc()
    assert page(mine) == page(theirs)


def test_times_are_those_of_the_library_also_on_an_edge():
    mine = Times("t", "What.", "route")
    theirs = Histogram("t", "What.", ("route",), buckets=EDGES, registry=None)
    for seconds in (0.0, 0.0005, 0.00050001, 0.03, 1.0, 7.0):
        for route in ("/a", "/b"):
            mine.saw(route, seconds)
            theirs.labels(route).observe(seconds)
    assert page(mine) == page(theirs)


def test_what_passes_the_door_stands_on_the_page_and_among_the_counts():
    metrics = Metrics()
    metrics.saw_request("/v1/lists/{name}", "GET", 200, 0.002)
    metrics.saw_list("ready")
    metrics.saw_list("ready")
    metrics.saw_reached(is_same=True)
    text = metrics.page().decode()
    for line in (
        'settee_requests_total{method="GET",route="/v1/lists/{name}",status="200"} 1.0',
        'settee_request_seconds_bucket{le="0.002",route="/v1/lists/{name}"} 1.0',
        'settee_lists_total{how="ready"} 2.0',
        'settee_audience_answers_total{how="same"} 1.0',
    ):
        assert line in text
    assert metrics.counts()["lists"] == {"ready": 2}


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_any_time_has_a_box(seconds):
    times = Times("t", "What.", "route")
    times.saw("/a", seconds)
    assert sum(times.boxes["/a"]) == 1
