import pytest

from settee.core import Settings
from settee.web.errors import HostRefused
from settee.web.host import accepted_names, check_host, is_loopback
from tests.respond.world import NOW, with_settings
from tests.web.world import Client, Engine, create_app


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True),
        ("localhost", True), ("0.0.0.0", False),  # noqa: S104 -- never bound
        ("::", False), ("10.0.0.7", False),
        ("shop.example", False), ("", False),
    ],
)  # fmt: skip
def test_only_loopback_addresses_are_loopback(host, answer):
    assert is_loopback(host) is answer


@pytest.mark.parametrize(
    "host",
    [b"127.0.0.1", b"127.0.0.1:8321", b"LOCALHOST:1", b"[::1]", b"[::1]:8321", b"localhost"],
)
def test_names_of_loopback_are_served(host):
    check_host(accepted_names("127.0.0.1"), host)


@pytest.mark.parametrize(
    "host",
    [b"", b"evil.example", b"127.0.0.1.evil.example", b"localhost.evil.example:80", b"10.0.0.1",
     b"127.0.0.1:x", b"\xff", b"::1"],
)  # fmt: skip
def test_other_names_are_refused_on_loopback(host):
    with pytest.raises(HostRefused):
        check_host(accepted_names("127.0.0.1"), host)


def test_the_bound_address_itself_is_served():
    check_host(accepted_names("127.0.0.2"), b"127.0.0.2:80")
    check_host(accepted_names("::1"), b"[::1]:80")


def test_page_that_rebinds_its_name_gets_nothing(client):
    client.host = "evil.example"
    response = client("GET", "/v1/recommendations", query=b"account_id=x")
    assert (response.status, response.code) == (421, "host_refused")
    assert client("GET", "/health").status == 421


def test_behind_a_key_any_name_is_served(tmp_path):
    public = with_settings(Settings(), serve={"host": "0.0.0.0"})  # noqa: S104 -- never bound
    engine = Engine(tmp_path, public)
    secret = engine.keys.create("shop", NOW).secret
    client = Client(create_app(engine), host="shop.example")
    assert client("GET", "/v1/accounts/x", x_api_key=secret).status == 404
    engine.close()
