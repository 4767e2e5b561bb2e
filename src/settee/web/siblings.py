"""Let workers tell each other their figures, so that whichever is asked can answer for all.

Each worker listens on a socket of its own in a folder that only this user can enter, and tells what
it counted when asked for a tenant. Counters and histograms of four workers are added; a gauge is
each worker's own and says so by the label `worker`.

Reads / Writes: sockets in one folder.
Not here: what is counted (web.metrics, web.stats), who starts workers (web.workers).
"""

import asyncio
import json
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

_TIMEOUT_S = 2.0
_MAX_BYTES = 16 * 1024 * 1024
_SUFFIX = ".sock"
_log = logging.getLogger("settee.web")
Tell = Callable[[str], dict[str, Any] | None]
"""What this worker says of a tenant; None where it has not opened it."""


class Siblings:
    """The workers of one service, seen from one of them.

    Args:
        folder: Where their sockets are.
        number: Of this worker.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self.number = number
        self._server: asyncio.Server | None = None

    async def listen(self, tell: Tell) -> None:
        """Answer the others from now on."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                tenant_id = (await asyncio.wait_for(reader.readline(), _TIMEOUT_S)).decode().strip()
                said = await asyncio.to_thread(tell, tenant_id)
                writer.write(json.dumps(said).encode())
                await asyncio.wait_for(writer.drain(), _TIMEOUT_S)
            except (OSError, TimeoutError, UnicodeDecodeError):
                _log.debug("a worker asked and did not listen")
            finally:
                writer.close()

        path = self._path(self.number)
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(answer, path)

    async def close(self) -> None:
        """Answer no more; closing twice is harmless."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self._path(self.number).unlink(missing_ok=True)

    def others(self, tenant_id: str) -> list[tuple[int, dict[str, Any]]]:
        """What each other worker says of a tenant, by its number; who does not answer is left out.

        It waits for them, so it is for a thread and not for the loop.
        """
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            number = int(path.stem)
            said = _ask(path, tenant_id) if number != self.number else None
            if said is not None:
                found.append((number, said))
        return sorted(found, key=lambda one: one[0])

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}{_SUFFIX}"


def _ask(path: Path, tenant_id: str) -> dict[str, Any] | None:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_TIMEOUT_S)
            line.connect(str(path))
            line.sendall(tenant_id.encode() + b"\n")
            parts, size = [], 0
            while part := line.recv(1 << 16):
                parts.append(part)
                size += len(part)
                if size > _MAX_BYTES:
                    return None
        said = json.loads(b"".join(parts))
    except (OSError, ValueError) as error:
        _log.warning("worker %s did not tell its figures: %s", path.stem, type(error).__name__)
        return None
    return said if isinstance(said, dict) else None


def merged_page(pages: Sequence[tuple[int, str]]) -> bytes:
    r"""One page for Prometheus out of those of several workers.

    Args:
        pages: Number of the worker and its page, each.

    >>> one = "# TYPE n_total counter\nn_total 2.0\n# TYPE age gauge\nage 7.0\n"
    >>> merged_page([(0, one), (1, one)]).decode().splitlines()[1::2]
    ['# TYPE n_total counter', '# HELP age ', 'age{worker="0"} 7.0']
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Merged(pages))
    return generate_latest(registry)


class _Merged(Collector):
    def __init__(self, pages: Sequence[tuple[int, str]]) -> None:
        self._pages = pages

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
        for number, page in self._pages:
            for family in text_string_to_metric_families(page):
                if family.name.endswith("_created"):
                    continue
                families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                into = values.setdefault(family.name, {})
                for sample in family.samples:
                    labels = sample.labels
                    if family.type == "gauge":
                        labels = {**labels, "worker": str(number)}
                    key = sample.name, tuple(labels.items())
                    into[key] = into.get(key, 0.0) + sample.value
        for name, family in families.items():
            for (sample_name, sample_labels), value in values[name].items():
                family.add_sample(sample_name, dict(sample_labels), value)
            yield family
