"""Get httpx, or say how to.

The service itself does not need it, so it comes with the extra `client` alone.

Reads / Writes: nothing.
Not here: what is sent over it (client.sending).
"""

try:
    import httpx
except ModuleNotFoundError as error:
    if error.name != "httpx":
        raise
    raise ModuleNotFoundError(
        "settee.client needs httpx, which is not installed; pip install 'settee[client]' does it.",
        name="httpx",
    ) from None

__all__ = ["httpx"]
