"""Draw what every page has around it: the menu, who looks, what was asked, where to read more.

Reads: the session.  Writes: its colours.
Not here: what stands inside (console.pages).
"""

from collections.abc import Sequence

from nicegui import ui

from settee.console.commands import command
from settee.console.tour import show_step
from settee.console.view import Page, View


def frame(page: Page, pages: Sequence[Page], view: View) -> ui.column:
    """Everything around a page; draw into what it returns.

    Args:
        page: Which page is open.
        pages: All pages, in the order of the menu.
        view: Of this tab.
    """
    ui.colors(primary="#0b5c8a", negative="#b3261e", warning="#f2c037", positive="#1b6b3a")
    dark = ui.dark_mode(view.session.is_dark)
    with ui.header().classes("bar"):
        menu = ui.button(icon="menu").props('flat round aria-label="Menu"')
        ui.link("settee", "/").classes("brand")
        ui.space()
        _colours(view, dark)
        _who(view)
    drawer = ui.left_drawer(value=None).props("width=220 breakpoint=900 bordered").classes("menu")
    menu.on_click(drawer.toggle)
    with drawer, ui.element("nav").props('aria-label="Pages"'):
        for one in pages:
            if not one.needs or view.may(one.needs):
                _entry(one, is_open=one is page)
    with ui.column().classes("page") as whole:
        whole.props('role="main"')
        ui.label(page.title).classes("title").props('role="heading" aria-level="1"')
        ui.label(page.says).classes("says")
        show_step(view.session, page.path)
        view.wait.bar = ui.linear_progress(show_value=False).props(
            'indeterminate size=2px aria-label="Working"'
        )
        view.wait.bar.set_visibility(False)
        view.wait.label = ui.label().classes("waiting").props('role="status"')
        inside = ui.column().classes("inside")
        _foot(page, view)
    return inside


def _entry(page: Page, *, is_open: bool) -> None:
    current = ' aria-current="page"' if is_open else ""
    with ui.link(target=page.path).classes("entry").props(current.strip()):
        ui.icon(page.icon).props('aria-hidden="true"')
        ui.label(page.title)


def _colours(view: View, dark: ui.dark_mode) -> None:
    def turn() -> None:
        view.session.is_dark = not view.session.is_dark
        dark.set_value(view.session.is_dark)

    ui.button(icon="contrast", on_click=turn).props(
        'flat round aria-label="Light or dark"'
    ).tooltip("Light or dark")


def _who(view: View) -> None:
    me = view.session.me
    ui.label(f"{me.tenant_id} · {me.role}").classes("who")
    with ui.element("form").props('method="post" action="/sign-out"'):
        ui.button(icon="logout").props('flat round type="submit" aria-label="Sign out"')


def _foot(page: Page, view: View) -> None:
    """What was asked, as commands, and where to read more."""
    with ui.expansion("API calls of this page", icon="terminal").classes("calls") as opened:
        calls = ui.column()

    def show() -> None:
        calls.clear()
        with calls:
            for one in reversed(view.ask.asked):
                ui.label(f"{one.outcome}, {one.ms:.0f} ms").classes("small")
                command(one.curl(view.ask.url)).classes("curl")

    opened.on_value_change(lambda change: show() if change.value else None)
    ui.link(f"Read more: {page.manual}", f"/manual/{page.manual}").classes("manual")
