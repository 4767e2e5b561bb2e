"""Talk to a settee service from Python: two clients, what is said, what comes back, what fails."""

from settee.client import errors, results
from settee.client.clients import AsyncClient, Client, Verbs
from settee.client.errors import ClientError
from settee.client.said import Event, Item
from settee.client.settings import ClientSettings

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "ClientSettings",
    "Event",
    "Item",
    "Verbs",
    "errors",
    "results",
]
