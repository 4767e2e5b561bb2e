"""Show and steer a settee service in the browser: pages over its HTTP API."""

from settee.console.server import create_console, serve_console

__all__ = ["create_console", "serve_console"]
