"""What a page is, and what it has to work with while somebody looks at it.

A page is a function that draws; it gets a `View`: the verbs of the service, who looks, and `get`,
which keeps a slow or failed call from ever leaving the page in silence.

Reads / Writes: nothing.
Not here: the frame around every page (console.frame), the pages (console.pages).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

from nicegui import ui

from settee.client import ClientError
from settee.client.errors import KeyRefused
from settee.console.asking import Asking
from settee.console.sessions import Session, Sessions

R = TypeVar("R")


@dataclass(frozen=True)
class View:
    """One page in one tab.

    Args:
        ask: The verbs of the service.
        session: Who looks.
        sessions: Where the session is kept alive.
        wait: Shows that something is under way, and what.
    """

    ask: Asking
    session: Session
    sessions: Sessions
    wait: "Waiting" = field(default_factory=lambda: Waiting())

    def may(self, permission: str) -> bool:
        """May whoever looks do that?"""
        return permission in self.session.me.permissions

    async def get(self, what: str, answer: Awaitable[R], *, by_itself: bool = False) -> R | None:
        """What the service answers; None where it did not, which is then told on the page.

        Args:
            what: What is under way, such as "Asking who is there"; shown while it lasts.
            answer: A verb of `ask`, called and not yet awaited.
            by_itself: The page renews itself: nothing is shown, and it keeps nobody signed in.
        """
        if not self.sessions.touch(self.session, is_click=not by_itself):
            close_unasked(answer)
            sign_in_again()
            return None
        if not by_itself:
            self.wait.begin(what)
        try:
            found = await answer
        except KeyRefused:
            sign_in_again()
        except ClientError as error:
            tell(error)
        else:
            self.sessions.took_key(self.session)
            return found
        finally:
            if not by_itself:
                self.wait.end()
        return None


@dataclass
class Waiting:
    """The line under the header that says what is under way."""

    label: ui.label | None = None
    bar: ui.linear_progress | None = None
    n_open: int = 0

    def begin(self, what: str) -> None:
        """Something began."""
        self.n_open += 1
        if self.label is not None and self.bar is not None:
            self.label.set_text(f"{what} ...")
            self.bar.set_visibility(True)

    def end(self) -> None:
        """Something ended."""
        self.n_open -= 1
        if self.label is not None and self.bar is not None and self.n_open == 0:
            self.label.set_text("")
            self.bar.set_visibility(False)


@dataclass(frozen=True)
class Page:
    """A page of the console.

    Args:
        path: Where it is; no id of anybody ever stands in it.
        title: In the menu and the tab.
        icon: Name of a Material icon.
        says: What one finds here, in a sentence.
        manual: Page of the documentation that tells more.
        needs: Permission without which there is nothing to see.
        draw: Draws it.
    """

    path: str
    title: str
    icon: str
    says: str
    manual: str
    needs: str
    draw: Callable[[View], Awaitable[None]]


def ahead(answer: Coroutine[object, object, R]) -> asyncio.Task[R]:
    """Make a call now whose answer is for `View.get` later, so that calls do not queue up.

    Args:
        answer: A verb of `ask`, called and not yet awaited.
    """
    return asyncio.create_task(answer)


def close_unasked(answer: Awaitable[object]) -> None:
    """Let go of a call that is not made, or whose answer nobody waits for."""
    if isinstance(answer, Coroutine):
        answer.close()
    elif isinstance(answer, asyncio.Task):
        answer.cancel()


def sign_in_again() -> None:
    """Say that the session is over, and go to the form."""
    ui.notify("You were signed out; sign in again.", type="warning")
    ui.navigate.to("/sign-in")


def tell(error: ClientError) -> None:
    """Say what went wrong and what to do next."""
    hint = f" {error.hint}" if error.hint else ""
    ui.notify(f"{error.message}{hint}", type="negative", multi_line=True, timeout=10_000)
