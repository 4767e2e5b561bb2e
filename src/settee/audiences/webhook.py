"""Send those who are to be addressed to an address of the business, signed, in batches.

    POST https://crm.example/audiences
    Idempotency-Key: exp_01JD….0
    X-Settee-Signature: t=1795280000,v1=<HMAC-SHA256 of "1795280000." and the body, hex>

Only hosts that a setting lists are sent to, over https, or to this machine itself; a redirect is an
answer like any other and is not followed, so no address can lead elsewhere. A batch is tried again
under the same key after a pause of 1, 2, 4 … seconds, so whoever takes it in once is safe.

Reads: members.  Writes: requests.
Source: RFC 2104 (HMAC); OWASP "Server-Side Request Forgery Prevention Cheat Sheet" (allow-list).
Not here: who may be in it (audiences.guard, audiences.floor), files (audiences.export).
"""

import hashlib
import hmac
import http.client
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from settee.audiences.definition import AudienceQuery, Members
from settee.audiences.export import BadExport, NotExported, rows_of
from settee.core import AudienceSettings, to_json

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_OK = range(200, 300)
_AGAIN = (408, 425, 429, *range(500, 600))


class Sender(Protocol):
    """Sends one request."""

    def __call__(self, address: SplitResult, body: bytes, headers: dict[str, str], /) -> int:
        """The status of the answer.

        Raises:
            OSError: If there is none.
        """
        ...


@dataclass(frozen=True)
class Webhook:
    """Where members are sent to.

    Args:
        url: The address.
        settings: Hosts that are allowed, the key that signs, and how hard to try.
        pause: Waits for so many seconds.
        send: Sends one request; None for a real one.
    """

    url: str
    settings: AudienceSettings
    pause: Callable[[float], None]
    send: Sender | None = None

    def check(self) -> SplitResult:
        """The address in parts, where members may be sent to it.

        Raises:
            BadExport: If it is no address, its host is not listed, it is neither https nor this
                machine, or there is no key to sign with.
        """
        try:
            address = urlsplit(self.url)
            host, _ = (address.hostname or "").lower(), address.port
        except ValueError:
            raise BadExport("the address cannot be understood.", place="webhook") from None
        if any(ord(letter) <= 32 or ord(letter) >= 127 for letter in self.url):
            raise BadExport(
                "the address holds blanks or letters that none may hold.", place="webhook"
            )
        is_here = host in _LOOPBACK
        if address.scheme != "https" and not (address.scheme == "http" and is_here):
            raise BadExport(
                f'"{address.scheme}" is no way to send people; https is accepted, and http to this '
                "machine itself.",
                place="webhook",
            )
        if address.username is not None or host not in map(str.lower, self.settings.webhook_hosts):
            raise BadExport(
                f'"{host[:100]}" is not listed; accepted are '
                f"{', '.join(self.settings.webhook_hosts) or 'no hosts at all'}.",
                hint="Add it to audiences.webhook_hosts, without a name in front of it.",
                place="webhook",
            )
        if not self.settings.webhook_secret.get_secret_value():
            raise BadExport(
                "there is no key to sign with, and nothing is sent unsigned.",
                hint="Set audiences.webhook_secret.",
                place="webhook",
            )
        return address

    def deliver(
        self, members: Members, query: AudienceQuery, *, export_id: str, as_of_s: int
    ) -> int:
        """Send all members, batch after batch.

        Args:
            members: Who leaves.
            query: Names campaign and channel.
            export_id: Names the export; a batch has it with a number behind.
            as_of_s: The instant that is signed, epoch seconds.

        Returns:
            How many requests were answered well.

        Raises:
            BadExport: See `check`.
            NotExported: If a batch was refused, or not taken in after all tries.
        """
        address = self.check()
        rows = [
            {"account_id": one, "person_id": person, "rank": rank, "probability": chance}
            for one, person, rank, chance in rows_of(members)
        ]
        size = self.settings.webhook_batch
        n_batches = -(-len(rows) // size)
        for number in range(n_batches):
            body = to_json({
                "export_id": export_id,
                "campaign": query.campaign or "",
                "channel": query.channel or "",
                "batch": number,
                "n_batches": n_batches,
                "members": rows[number * size : (number + 1) * size],
            })  # fmt: skip
            headers = {
                "Content-Type": "application/json",
                "Idempotency-Key": f"{export_id}.{number}",
                "X-Settee-Signature": self.signature(body, as_of_s),
            }
            self._deliver(address, body, headers, f"{number} of {n_batches} batches were taken in")
        return n_batches

    def signature(self, body: bytes, as_of_s: int) -> str:
        """What proves that a body is from here, and from when.

        Args:
            body: What is sent.
            as_of_s: The instant, epoch seconds.
        """
        secret = self.settings.webhook_secret.get_secret_value().encode()
        signed = hmac.new(secret, f"{as_of_s}.".encode() + body, hashlib.sha256)
        return f"t={as_of_s},v1={signed.hexdigest()}"

    def _deliver(
        self, address: SplitResult, body: bytes, headers: dict[str, str], before: str
    ) -> None:
        send = self.send or self._request
        answer = ""
        for number in range(self.settings.webhook_tries):
            if number:
                self.pause(2.0 ** (number - 1))
            try:
                status = send(address, body, headers)
            except (OSError, http.client.HTTPException) as error:
                answer = type(error).__name__
                continue
            if status in _OK:
                return
            answer = str(status)
            if status not in _AGAIN:
                break
        raise NotExported(
            f"{address.hostname} answered {answer}; {before}. Who was sent counts as sent.",
            hint="Export again once it answers: batches keep their keys within one export only.",
        )

    def _request(self, address: SplitResult, body: bytes, headers: dict[str, str]) -> int:
        kind = (
            http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        )
        connection = kind(
            address.hostname or "", address.port, timeout=self.settings.webhook_timeout_s
        )
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()
