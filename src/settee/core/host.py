"""Answer on loopback only to names of loopback, so that no web page can reach in by a trick.

A page on evil.example may let its own name point to 127.0.0.1 and then ask "its own" server:
that is this one, without a key. The browser still writes ``Host: evil.example``, so on a loopback
address only localhost, 127.0.0.1, [::1] and the bound name are served. On other addresses a key
guards the door, and names are the business of the proxy in front.

Reads / Writes: nothing.
Source: RFC 9110 section 7.2; Jackson et al. (2007), "Protecting Browsers from DNS Rebinding".
Not here: keys (web.keeper), sessions of the console (console.sessions).
"""

import ipaddress

from settee.core.errors import NotAllowed


class HostRefused(NotAllowed):
    """The request names a host that this service does not answer to."""

    code = "host_refused"
    status = 421


_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_loopback(host: str) -> bool:
    """Can only this machine reach a socket bound to that host?

    Args:
        host: An address or name, as in `serve.host`.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def accepted_names(bound: str) -> frozenset[str] | None:
    """Names that a request may carry, or None when any may.

    Args:
        bound: The host that the socket is bound to.

    >>> accepted_names("0.0.0.0") is None
    True
    """
    if not is_loopback(bound):
        return None
    own = f"[{bound}]" if ":" in bound and not bound.startswith("[") else bound
    return _LOOPBACK_NAMES | {own.lower()}


def check_host(names: frozenset[str] | None, host: bytes) -> None:
    """Refuse a request whose Host header names another host.

    Args:
        names: From `accepted_names`.
        host: Value of the header, with or without a port.

    Raises:
        HostRefused: If the name is not accepted.

    >>> check_host(accepted_names("127.0.0.1"), b"localhost:8321")
    """
    if names is None:
        return
    text = host.decode("latin-1").strip().lower()
    name, _, port = text.rpartition(":")
    if not name or text.endswith("]") or not port.isdigit():
        name = text
    if name not in names:
        raise HostRefused(
            f'The request names host "{text[:80]}"; accepted are {", ".join(sorted(names))}.',
            hint="Ask for 127.0.0.1, or bind serve.host to the name and use a key.",
            place="host",
        )
