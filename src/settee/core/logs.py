"""Write the log, as text or as one JSON object a line, without anybody's data in it.

    {"at": "2026-11-21T20:14:03.120Z", "level": "error", "from": "settee.web", "worker": 1,
     "says": "internal error err_01JD…", "error": "KeyError", "trace": ["hot.py:114 who"]}

An error is told by its kind and by where it came from. Its message may hold what somebody sent, so
it is left out of JSON lines, which leave the machine more often than a terminal does.

Reads: log records.  Writes: stderr.
Not here: what is worth a line (whoever logs).
"""

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, TextIO

from settee.core.clock import instant_text
from settee.core.schema import to_json
from settee.core.sections_serve import ServeSettings

ROOT = "settee"
REQUESTS = "settee.requests"
_MAX_FRAMES = 12
_requests = logging.getLogger(REQUESTS)


class JsonLines(logging.Formatter):
    """A record as one line of JSON.

    Args:
        worker: Number of the process, 0 where there is one alone.
    """

    def __init__(self, worker: int = 0) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """The line; fields that a record carries in `settee` stand beside the usual ones."""
        at = datetime.fromtimestamp(record.created, tz=UTC)
        line: dict[str, Any] = {
            "at": instant_text(at.replace(microsecond=at.microsecond // 1000 * 1000)),
            "level": record.levelname.lower(),
            "from": record.name,
            "worker": self._worker,
            "says": record.getMessage(),
            **getattr(record, "settee", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line["trace"] = [
                f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
            ]
        return to_json(line).decode()


def start_logging(settings: ServeSettings, worker: int = 0, stream: TextIO | None = None) -> None:
    """Send what settee and the server below it log to stderr.

    Args:
        settings: `log_format`, `log_requests`.
        worker: Number of the process.
        stream: Instead of stderr.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(JsonLines(worker))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in (ROOT, "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING if name == "uvicorn" else logging.INFO)
    logging.getLogger(REQUESTS).setLevel(
        logging.INFO if settings.log_requests else logging.CRITICAL
    )


def log_request(route: str, method: str, status: int, seconds: float) -> None:
    """Write the line of one request: its route and never its path, for paths hold ids.

    Args:
        route: The route's template.
        method: HTTP method.
        status: HTTP status.
        seconds: How long it took.
    """
    if not _requests.isEnabledFor(logging.INFO):
        return
    ms = round(1000 * seconds, 3)
    fields = {"route": route, "method": method, "status": status, "ms": ms}
    _requests.info("%s %s %d %.3f ms", method, route, status, ms, extra={"settee": fields})
