"""Say what the service refuses where it was asked for, and not only in a corner of the window.

A rule that lifts by 40 belongs beside the editor, with the place and the next step, until it is
mended. `Tried` makes a refusal a result like any other; what is worse (no service, no session) is
still told by the view.

Reads / Writes: nothing.
Not here: how calls are made (console.asking).
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Generic, TypeVar

from nicegui import ui

from settee.client.errors import KeyRefused, Refused

R = TypeVar("R")


class Tried(Generic[R]):
    """A verb that is not called before it is awaited, and whose refusal is its result.

    Args:
        call: Calls the verb.
    """

    def __init__(self, call: Callable[[], Awaitable[R]]) -> None:
        self._call = call

    def __await__(self) -> Generator[object, None, R | Refused]:
        """The answer, or the refusal.

        Raises:
            ClientError: If nobody is signed in, or nothing came back.
        """
        return self._run().__await__()

    async def _run(self) -> R | Refused:
        try:
            return await self._call()
        except KeyRefused:
            raise
        except Refused as error:
            return error


def refusal(error: Refused) -> None:
    """What was refused, where, and what to do next."""
    with ui.element("div").classes("refused").props('role="alert"'):
        ui.label(error.message)
        if error.place:
            ui.label(f"At {error.place}.").classes("small")
        if error.hint:
            ui.label(error.hint).classes("small")


def must_have(button: ui.button, permission: str, *, is_held: bool) -> None:
    """Switch a button off where a permission is missing, and say which.

    Args:
        button: Which.
        permission: What it needs.
        is_held: Whether whoever looks has it.
    """
    if not is_held:
        button.disable()
        ui.label(f"Needs the permission {permission}.").classes("small")
