"""Show who is watching: the accounts that were active lately, each with who is likeliest there.

Whoever may see the same shares the answer for half a minute.

Reads: GET /v1/accounts, POST /v1/who.  Writes: nothing.
Not here: the other figures of this moment (pages.home_now).
"""

from dataclasses import dataclass

from nicegui import ui

from settee.client.results import WhoIsThere
from settee.console.parts import KEPT, empty
from settee.console.view import View

EVERY_S = 30.0
_EARLY_S = 1.0
"""Seconds by which an answer ends before the next look, so that no look finds it a second time."""
_NAME = "active"
_MOST = 6


async def draw_active(view: View, where: ui.column) -> None:
    """The accounts that were active lately, each with the person who is likeliest there."""
    active = await _active_of(view)
    if active is None:
        return
    where.clear()
    with where:
        if not active.rows:
            _nobody(active)
        for account_id, last, says in active.rows:
            with ui.row().classes("card line"):
                _open(view, account_id)
                ui.label(says)
                ui.label(last).classes("small")


@dataclass(frozen=True)
class Active:
    """Who was active lately.

    Args:
        rows: Account, its last event, and who is likeliest there, as texts; the newest first.
        is_any: Is any account known?
    """

    rows: list[tuple[str, str, str]]
    is_any: bool


async def _active_of(view: View) -> Active | None:
    """Who was active lately; None where the service did not say."""
    shared: Active | None = view.sessions.shared(view.session, _NAME)
    if shared is not None:
        return shared
    asked = view.ask.accounts(limit=_MOST)
    found = await view.get("Looking who is watching", asked, by_itself=True)
    if found is None:
        return None
    rows: list[tuple[str, str, str]] = []
    for one in found.accounts[: found.n_lately]:
        who = None
        if view.may("people.read"):
            asking = view.ask.who(one.account_id)
            who = await view.get("Asking who is there", asking, by_itself=True)
        last = "" if one.last_at is None else f"last event {one.last_at:%d %b %H:%M} UTC"
        rows.append((one.account_id, last, "" if who is None else likeliest(who)))
    active = Active(rows, bool(found.accounts))
    view.sessions.share(view.session, _NAME, active, EVERY_S - _EARLY_S)
    return active


def _nobody(active: Active) -> None:
    if active.is_any:
        empty(
            "Nobody sent an event since the import. Send events with POST /v1/events, or try a "
            "session out on the page Watch."
        )
    else:
        empty("No account is known yet. Import a file on the page Data, or send events.")


def _open(view: View, account_id: str) -> None:
    def watch() -> None:
        view.session.kept[KEPT] = account_id
        ui.navigate.to("/watch")

    ui.button(account_id, on_click=watch, color=None).props("flat dense no-caps").classes("pick")


def likeliest(who: WhoIsThere) -> str:
    """Who is there, in few words.

    Args:
        who: As the service says it.
    """
    if who.is_together:
        return "probably several together"
    if not who.persons:
        return "persons are not told apart yet"
    first = who.persons[0]
    if who.guest > first.probability:
        return f"probably a guest ({100 * who.guest:.0f} %)"
    unsure = ", unsure" if who.is_unsure else ""
    return f"{first.person_id} ({100 * first.probability:.0f} %{unsure})"
