import pytest

from settee.core import HostRefused, accepted_names, check_host, is_loopback


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


def test_a_name_that_is_no_address_is_not_loopback():
    assert accepted_names("shop.example") is None
    check_host(None, b"anything")
