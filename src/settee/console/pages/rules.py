"""Edit the rules of the business: checked while one writes, tried on real requests, then put.

Whoever edits says which version they began from; where somebody else was faster nothing is stored,
the text stays, and one is told. A put or a step back makes a new version and overwrites none.

Reads: GET /v1/rules, POST /v1/rules/check.  Writes: PUT /v1/rules.
Not here: the dry run (console.pages.rules_trial), versions and schedule (console.pages.rules_past).
"""

from dataclasses import dataclass, field

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import Conflict, RulesChecked
from settee.console.pages.rules_past import Past
from settee.console.pages.rules_trial import draw_trial
from settee.console.parts import heading
from settee.console.refusals import Tried, must_have, refusal
from settee.console.view import View

_STILL_S = 0.4
_LABEL = "Rules as TOML"
_SAMPLE = """[[rules]]
name = "summer-boost"
kind = "boost"
lift = 2.0
items.tags = ["Comedy"]
season = "06-01..08-31"
note = "What people look for on a beach."
"""
_DRESS = """
const dress = (n) => {
  const found = getElement(%(id)d), box = getHtmlElement(%(id)d)?.querySelector('.cm-content');
  if (!box || !found?.setTheme) { if (n) setTimeout(() => dress(n - 1), 100); return; }
  box.setAttribute('aria-label', '%(label)s');
  box.setAttribute('tabindex', '0');
  const colours = () => found.setTheme(
    document.body.classList.contains('body--dark') ? 'githubDark' : 'vscodeLight');
  new MutationObserver(colours).observe(document.body, {attributeFilter: ['class']});
  colours();
};
dress(100);
"""


async def draw_rules(view: View) -> None:
    """The page."""
    desk = Desk(view)
    with ui.element("div").classes("sides"):
        with ui.column().classes("inside"):
            desk.draw_editor()
        with ui.column().classes("inside"):
            heading("Check")
            desk.said = ui.column().classes("inside").props('role="status"')
            desk.draw_putting()
    desk.past.draw_schedule()
    draw_trial(view, desk.text)
    desk.past.draw_versions()
    ui.timer(0.01, desk.load, once=True)
    ui.timer(_STILL_S, desk.check_when_still)


@dataclass
class Desk:
    """What lies on the desk of whoever edits.

    Args:
        view: Of this tab.
    """

    view: View
    base: int = 0
    stored: str = ""
    editor: ui.codemirror = field(init=False)
    state: ui.label = field(init=False)
    said: ui.column = field(init=False)
    refused: ui.column = field(init=False)
    why: ui.input = field(init=False)
    force: ui.checkbox = field(init=False)
    past: Past = field(init=False)
    _seen: str = ""
    _checked: str | None = None

    def __post_init__(self) -> None:
        self.past = Past(self.view, on_changed=self.load, on_chosen=self.take)

    def text(self) -> str:
        """The rules as they stand in the editor."""
        return str(self.editor.value)

    def draw_editor(self) -> None:
        """The text, and what it began from."""
        heading("Rules")
        self.state = ui.label("").classes("small")
        self.editor = ui.codemirror(
            "", language="TOML", theme="vscodeLight", on_change=self._say_state
        ).classes("editor")
        ui.run_javascript(_DRESS % {"id": self.editor.id, "label": _LABEL})
        ui.label("Escape, then Tab, leaves the editor.").classes("small")
        with ui.element("div").classes("fields"):
            ui.button("An example", on_click=self._add_sample).props("flat")
            ui.button("Start again", on_click=self.load).props("flat").tooltip(
                "Forget what was changed and load the rules in force"
            )

    def draw_putting(self) -> None:
        """What puts the text in force."""
        heading("Put in force")
        self.why = ui.input("Why, for the history").classes("wide")
        self.force = ui.checkbox("Although rules contradict one another")
        with ui.element("div").classes("fields"):
            put = ui.button("Put in force", on_click=self._put)
            must_have(put, "rules.write", is_held=self.view.may("rules.write"))
        self.refused = ui.column().classes("inside")

    async def load(self) -> None:
        """The rules in force, into the editor."""
        found = await self.view.get("Loading the rules", self.view.ask.rules())
        if found is None:
            return
        text = await self.view.get("Loading the rules", self.view.ask.rules_text())
        if text is None:
            return
        self.base, self.stored, self._checked = found.version, text, text
        self.editor.set_value(text)
        self._say_state()
        await self.past.show(found)
        await self._check()

    def take(self, text: str) -> None:
        """Lay the text of an earlier version into the editor; what is in force stays."""
        self.editor.set_value(text)

    def _say_state(self) -> None:
        is_new = self.text().strip() != self.stored.strip()
        version = f"version {self.base}, in force" if self.base else "no rules yet"
        self.state.set_text(f"Changed, from {version}." if is_new else f"{version.capitalize()}.")

    def _add_sample(self) -> None:
        text = self.text().rstrip()
        self.editor.set_value(f"{text}\n\n{_SAMPLE}" if text else _SAMPLE)

    async def check_when_still(self) -> None:
        """Check a text that was not checked yet, once the writing pauses."""
        text, seen = self.text(), self._seen
        self._seen = text
        if text != self._checked and text == seen:
            await self._check()

    async def _check(self) -> None:
        text = self._checked = self.text()
        found = await self.view.get("Checking", Tried(lambda: self.view.ask.check_rules(text)))
        if found is not None and text == self.text():
            self.said.clear()
            with self.said:
                draw_check(found)
            self.past.set_beside(None if isinstance(found, Refused) else found.rules)

    async def _put(self) -> None:
        text, why = self.text(), self.why.value.strip() or None
        found = await self.view.get(
            "Putting the rules in force",
            Tried(
                lambda: self.view.ask.put_rules(
                    text, why=why, after=self.base, force=bool(self.force.value)
                )
            ),
        )
        self.refused.clear()
        if isinstance(found, Refused):
            self._say_refused(found)
        elif found is not None:
            self.why.set_value("")
            self.force.set_value(value=False)
            await self.load()  # before it is told: whoever reads it may go on at once
            ui.notify(f"Version {found.version} with {found.n_rules} rules is in force.")

    def _say_refused(self, error: Refused) -> None:
        """Say it, and where somebody was faster, what can be done with the text."""
        with self.refused:
            refusal(error)
            if error.code == "stale":
                ui.label(
                    "Somebody else put rules while you wrote. Your text is still here. Look at "
                    "theirs among the versions below, take over what you need, then go on."
                ).classes("small")
                ui.button("Go on from the newest version", on_click=self._go_on).props("flat")

    async def _go_on(self) -> None:
        """Keep the text, and take the version in force for what it began from."""
        found = await self.view.get("Looking what is in force", self.view.ask.rules())
        if found is not None:
            self.refused.clear()
            self.base = found.version
            self._say_state()
            await self.past.show(found)
            await self._check()


def draw_check(found: RulesChecked | Refused) -> None:
    """What the check says of a set of rules.

    Args:
        found: What came back.
    """
    if isinstance(found, Refused):
        refusal(found)
        return
    words = "rule" if found.n_rules == 1 else "rules"
    n = len(found.conflicts)
    odd = "nothing is odd about them" if n == 0 else f"{n} to look at"
    ui.label(f"{found.n_rules} {words}; {odd}.")
    for one in found.conflicts:
        draw_conflict(one)


def draw_conflict(one: Conflict) -> None:
    """Rules that do not go together, or one that does nothing."""
    with ui.element("div").classes("refused" if one.is_contradiction else "card"):
        ui.label(f"{', '.join(one.rules)}: {one.message}")
        if one.hint:
            ui.label(one.hint).classes("small")
        if one.is_contradiction:
            ui.label("They contradict one another, and are only put if you say so.").classes(
                "small"
            )
