"""A process that served ends as it should: what it built is freed without a fault."""

import os
import subprocess
import sys

from tests.web.world import Client


def test_memory_is_whole_when_everything_is_freed():
    # The debugging allocator looks at the bytes around whatever is freed, at exit above all.
    checked = os.environ | {"PYTHONMALLOC": "debug"}
    done = subprocess.run(
        [sys.executable, "-c", "import settee.web.application, settee.client"],
        env=checked, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_one_person_and_several_are_checked_alike(client: Client):
    for query in (b"person_id=%0A", b"person_id=a&person_id=%0A", b"person_id="):
        response = client("GET", "/v1/recommendations", query=b"account_id=x&" + query)
        assert (response.status, response.code) == (400, "bad_request"), query
    for person in (b'"\\n"', b'["\\n"]', b'""'):
        body = b'{"account_id": "x", "person_id": ' + person + b"}"
        assert client("POST", "/v1/recommendations", body).status == 400, person
