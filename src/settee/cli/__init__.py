"""The command line: every task of settee without a browser."""

from settee.cli.main import main

__all__ = ["main"]
