import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult

import numpy as np
import pytest
from pydantic import SecretStr

from settee.audiences import AudienceQuery, BadExport, Members, NotExported, Webhook
from settee.core import AudienceSettings

KEY = "s3cret"
SETTINGS = AudienceSettings(
    webhook_hosts=("crm.example", "127.0.0.1"), webhook_secret=SecretStr(KEY), webhook_batch=2
)
QUERY = AudienceQuery(item_id="m", campaign="spring")
MEMBERS = Members(("a", "b", "c"), ("", "p", ""), np.array([0.3, 0.2, 0.1]), np.zeros(3, np.bool_))


class Post:
    """Answers with given statuses, one a request, and remembers what was sent."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    def __call__(self, address: SplitResult, body: bytes, headers: dict[str, str]) -> int:
        self.sent.append((address.geturl(), body, headers))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


def deliver(post: Post, **changed: object) -> tuple[int, list[float]]:
    pauses: list[float] = []
    settings = SETTINGS.model_copy(update=changed)
    hook = Webhook("https://crm.example/in?x=1", settings, pauses.append, post)
    return hook.deliver(MEMBERS, QUERY, export_id="exp1", as_of_s=1000), pauses


def test_members_are_sent_in_batches_that_are_named_and_signed() -> None:
    post = Post()
    assert deliver(post) == (2, [])
    bodies = [json.loads(body) for _, body, _ in post.sent]
    assert [len(body["members"]) for body in bodies] == [2, 1]
    assert bodies[1] == {
        "export_id": "exp1", "campaign": "spring", "channel": "", "batch": 1, "n_batches": 2,
        "members": [{"account_id": "c", "person_id": "", "rank": 3, "probability": 0.1}],
    }  # fmt: skip
    for number, (_, body, headers) in enumerate(post.sent):
        assert headers["Idempotency-Key"] == f"exp1.{number}"
        proof = hmac.new(b"s3cret", b"1000." + body, hashlib.sha256).hexdigest()
        assert headers["X-Settee-Signature"] == f"t=1000,v1={proof}"


def test_one_batch_of_everybody_is_one_request() -> None:
    assert deliver(Post(), webhook_batch=9)[0] == 1


def test_a_batch_is_tried_again_under_the_same_name() -> None:
    post = Post(503, OSError("down"), 200)
    assert deliver(post) == (2, [1.0, 2.0])
    assert [headers["Idempotency-Key"] for _, _, headers in post.sent] == [
        "exp1.0", "exp1.0", "exp1.0", "exp1.1",
    ]  # fmt: skip


def test_after_all_tries_it_says_how_much_was_taken_in() -> None:
    with pytest.raises(NotExported, match=r"answered 500; 1 of 2 batches were taken in"):
        deliver(Post(200, 500, 500), webhook_tries=2)
    with pytest.raises(NotExported, match="answered TimeoutError"):
        deliver(Post(TimeoutError()), webhook_tries=1)


@pytest.mark.parametrize("status", [302, 307, 400, 404])
def test_a_redirect_or_a_refusal_ends_it_at_once(status: int) -> None:
    post = Post(status)
    with pytest.raises(NotExported, match=f"answered {status}"):
        deliver(post)
    assert len(post.sent) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/",
        "https://evil.example/",
        "https://crm.example.evil.example/",
        "https://ada@crm.example/",
        "https://crm.example@evil.example/",
        "http://169.254.169.254/latest",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://crm.example:x/",
        "https://[/",
        "https://crm.example/\r\nX: y",
        "https://crm.example/ü",
        "",
    ],
)
def test_people_are_sent_to_listed_hosts_alone(url: str) -> None:
    with pytest.raises(BadExport):
        Webhook(url, SETTINGS, lambda _: None).check()


def test_nothing_is_sent_unsigned_and_nowhere_by_default() -> None:
    keyless = AudienceSettings(webhook_hosts=("crm.example",))
    with pytest.raises(BadExport, match="no key to sign with"):
        Webhook("https://crm.example/", keyless, lambda _: None).check()
    with pytest.raises(BadExport, match="accepted are no hosts at all"):
        Webhook("https://crm.example/", AudienceSettings(), lambda _: None).check()
    assert Webhook("http://127.0.0.1:9/", SETTINGS, lambda _: None).check().port == 9


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, body, self.headers["Content-Type"]))
            self.send_response(302)
            self.send_header("Location", "http://evil.example/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    taken: list[tuple[str, bytes, str]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.taken = taken  # type: ignore[attr-defined] -- for the test to look at
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_real_request_is_made_and_a_redirect_is_not_followed(
    server: ThreadingHTTPServer,
) -> None:
    hook = Webhook(f"http://127.0.0.1:{server.server_port}?a=1", SETTINGS, lambda _: None)
    with pytest.raises(NotExported, match="answered 302"):
        hook.deliver(MEMBERS, QUERY, export_id="exp1", as_of_s=1)
    [(path, body, kind)] = server.taken  # type: ignore[attr-defined] -- set above
    assert (path, kind) == ("/?a=1", "application/json")
    assert json.loads(body)["members"][0]["account_id"] == "a"


def test_no_longer_than_the_setting_says_is_waited_for_an_answer() -> None:
    answers = threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answers.wait(30)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] -- who waited hung up
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    once = {"webhook_tries": 1, "webhook_batch": 9}
    sends = {"export_id": "exp1", "as_of_s": 1000}
    try:
        short = SETTINGS.model_copy(update={**once, "webhook_timeout_s": 0.05})
        with pytest.raises(NotExported, match="answered TimeoutError"):
            Webhook(url, short, lambda _: None).deliver(MEMBERS, QUERY, **sends)
        long = SETTINGS.model_copy(update={**once, "webhook_timeout_s": 30.0})
        threading.Timer(0.1, answers.set).start()
        assert Webhook(url, long, lambda _: None).deliver(MEMBERS, QUERY, **sends) == 1
    finally:
        answers.set()
        server.shutdown()
        thread.join()
        server.server_close()
