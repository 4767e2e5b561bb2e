import pytest

from settee.core import BadSettings
from settee.web.address import Senders


@pytest.mark.parametrize(
    ("client", "forwarded", "found"),
    [
        (("9.9.9.9", 1), b"", "9.9.9.9"),
        (("9.9.9.9", 1), b"1.1.1.1", "9.9.9.9"),
        (("10.0.0.1", 1), b"", "10.0.0.1"),
        (("10.0.0.1", 1), b"1.1.1.1", "1.1.1.1"),
        (("10.0.0.1", 1), b"6.6.6.6,1.1.1.1, 10.9.9.9", "1.1.1.1"),
        (("10.0.0.1", 1), b"1.1.1.1, nonsense", "10.0.0.1"),
        (("10.0.0.1", 1), b",,,", "10.0.0.1"),
        (("::ffff:9.9.9.9", 1), b"", "9.9.9.9"),
        (("2001:db8:1:2:3:4:5:6", 1), b"", "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1), b"", "fe80::/64"),
        (("10.0.0.1", 1), b"[2001:db8::5]", "2001:db8::/64"),
        (None, b"", "unknown"),
        (("testclient", 1), b"", "unknown"),
        ((), b"1.1.1.1", "unknown"),
    ],
)
def test_the_sender_is_who_a_trusted_proxy_says(
    client: object, forwarded: bytes, found: str
) -> None:
    assert Senders(["10.0.0.0/8"]).address(client, forwarded) == found


def test_a_proxy_is_an_address_or_a_network() -> None:
    for bad in ("proxy", "10.0.0.1/8", "10.0.0.0/33"):
        with pytest.raises(BadSettings, match="addresses or networks"):
            Senders([bad])
