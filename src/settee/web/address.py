"""Say where a request came from, so that who fails too often can be held up, and nobody else.

Behind a proxy all requests come from the proxy, and the header in which it names the true sender
can be written by anybody. So it is believed only where `access.trusted_proxies` names the proxy,
and read from its end: what a trusted proxy wrote itself. An IPv6 sender owns a whole /64.

Reads: the request's scope.  Writes: nothing.
Not here: counting failures (govern.limits).
"""

import ipaddress
from collections.abc import Iterable

from settee.core import BadSettings

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_UNKNOWN = "unknown"


class Senders:
    """Finds out who sent a request.

    Args:
        trusted: Addresses or networks of proxies.

    Raises:
        BadSettings: If one is neither.
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        try:
            self._trusted = [ipaddress.ip_network(one) for one in trusted]
        except ValueError as error:
            raise BadSettings(
                f"access.trusted_proxies: {error}; addresses or networks are accepted.",
                place="access.trusted_proxies",
            ) from None

    def address(self, client: object, forwarded: bytes) -> str:
        """Where a request came from.

        Args:
            client: ASGI's pair of address and port, None where there is none.
            forwarded: The values of X-Forwarded-For, joined by commas.

        >>> Senders(["10.0.0.0/8"]).address(("10.0.0.1", 1), b"6.6.6.6, 9.9.9.9, 10.0.0.2")
        '9.9.9.9'
        >>> Senders([]).address(("10.0.0.1", 1), b"6.6.6.6")
        '10.0.0.1'
        """
        sender = _parse(str(client[0])) if isinstance(client, tuple | list) and client else None
        hops = forwarded.decode("latin-1").split(",") if forwarded and self._trusted else []
        while hops and sender is not None and self._is_trusted(sender):
            before = _parse(hops.pop().strip())
            if before is None:
                break
            sender = before
        return _named(sender)

    def _is_trusted(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)


def _parse(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text[:64].strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _named(address: _Address | None) -> str:
    if address is None:
        return _UNKNOWN
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))
