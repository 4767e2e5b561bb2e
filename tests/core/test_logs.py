import io
import json
import logging

import pytest

from settee.core import ServeSettings, log_request, start_logging
from settee.core.logs import REQUESTS


@pytest.fixture(autouse=True)
def as_before():
    names = ("settee", "uvicorn", REQUESTS)
    before = {
        name: (list(one.handlers), one.propagate, one.level)
        for name in names
        if (one := logging.getLogger(name))
    }
    yield
    for name, (handlers, propagate, level) in before.items():
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def lines(settings, worker=0):
    stream = io.StringIO()
    start_logging(settings, worker, stream)
    try:
        _ = {}["account-77 watched m3"]
    except KeyError:
        logging.getLogger("settee.web").exception("internal error err_1")
    log_request("/v1/accounts/{account_id}", "GET", 200, 0.0015)
    return stream.getvalue().splitlines()


def test_json_lines_say_where_an_error_came_from_and_nothing_of_what_was_in_it():
    (line,) = lines(ServeSettings(log_format="json"), worker=3)
    said = json.loads(line)
    assert (said["level"], said["from"], said["worker"]) == ("error", "settee.web", 3)
    assert (said["says"], said["error"]) == ("internal error err_1", "KeyError")
    assert said["trace"] == [said["trace"][0]]
    assert said["trace"][0].startswith("test_logs.py:")
    assert "account-77" not in line
    assert said["at"].endswith("Z")


def test_requests_are_logged_by_their_route_only_where_that_is_asked_for():
    logged = lines(ServeSettings(log_format="json", log_requests=True))
    assert len(logged) == 2
    said = json.loads(logged[1])
    assert (said["route"], said["method"], said["status"]) == (
        "/v1/accounts/{account_id}", "GET", 200,
    )  # fmt: skip
    assert said["ms"] == 1.5
    assert len(lines(ServeSettings(log_format="json"))) == 1


def test_text_lines_are_for_a_terminal():
    logged = lines(ServeSettings(log_requests=True))
    assert "ERROR settee.web internal error err_1" in logged[0]
    assert logged[-1].endswith("GET /v1/accounts/{account_id} 200 1.500 ms")
