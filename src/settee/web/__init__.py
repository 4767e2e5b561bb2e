"""Serve settee over HTTP: events, recommendations, items, accounts, probes, figures, manual."""

from settee.web.application import create_app
from settee.web.engine import Engine
from settee.web.keeper import NoKeys, needs_key
from settee.web.server import CannotListen, serve, serve_by_workers
from settee.web.who import running_events

__all__ = [
    "CannotListen",
    "Engine",
    "NoKeys",
    "create_app",
    "needs_key",
    "running_events",
    "serve",
    "serve_by_workers",
]
