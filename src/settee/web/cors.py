"""Let pages of other origins in only where a setting names them.

A browser asks first whether a page of https://shop.example may send a key here. Without the
setting nobody says yes, and the browser keeps the page out.

Reads: the request's headers.  Writes: nothing.
Source: Fetch standard, "CORS protocol"; RFC 6454 (origins).
Not here: keys (web.keeper).
"""

import re
from collections.abc import Iterable

from settee.core import BadSettings, Forbidden
from settee.web.errors import Headers, Reply

_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_KEPT_S = 600


class OriginRefused(Forbidden):
    """A page of another origin asked, and its origin is not accepted."""

    code = "origin_refused"


class Origins:
    """The origins whose pages may ask.

    Args:
        accepted: Scheme, host and port each, such as ``https://shop.example``.

    Raises:
        BadSettings: If one is no origin; a star is none, for it would open the door to every page.

    >>> Origins(["https://shop.example"]).allows(b"https://shop.example")
    True
    """

    def __init__(self, accepted: Iterable[str]) -> None:
        for origin in accepted:
            if _ORIGIN.fullmatch(origin) is None:
                raise BadSettings(
                    f'access.cors_origins names "{origin[:80]}"; scheme, host and port in lower '
                    "case are accepted, as in https://shop.example.",
                    place="access.cors_origins",
                )
        self._accepted = frozenset(origin.encode() for origin in accepted)

    def allows(self, origin: bytes) -> bool:
        """May pages of this origin ask?"""
        return origin in self._accepted

    def headers(self, origin: bytes) -> Headers:
        """What to say with an answer, so that the page may read it."""
        if not self._accepted:
            return []
        if origin not in self._accepted:
            return [(b"vary", b"origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", b"retry-after"),
            (b"vary", b"origin"),
        ]

    def preflight(self, origin: bytes) -> Reply:
        """What to say to a browser that asks first.

        Raises:
            OriginRefused: If pages of that origin may not.
        """
        if origin not in self._accepted:
            raise OriginRefused(
                "pages of this origin may not ask here.",
                hint="access.cors_origins names those that may.",
                place="origin",
            )
        return Reply(
            204,
            b"",
            [
                (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
                (
                    b"access-control-allow-headers",
                    b"authorization, x-api-key, content-type, content-encoding",
                ),
                (b"access-control-max-age", str(_KEPT_S).encode()),
            ],
        )
