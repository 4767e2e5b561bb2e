"""Get httpx and the anyio below it, or say how to.

The service itself does not need httpx, so it comes with the extra `client` alone.

Reads / Writes: nothing.
Not here: what is sent over it (client.sending).
"""

try:
    import anyio
    import httpx
except ModuleNotFoundError as error:
    if error.name not in ("anyio", "httpx"):
        raise
    raise ModuleNotFoundError(
        f"settee.client needs {error.name}, which is not installed; "
        "pip install 'settee[client]' does it.",
        name=error.name,
    ) from None

__all__ = ["anyio", "httpx"]
