"""Lead a newcomer through the product in five minutes: what to do on each page, in one sentence.

The tour is a number that the session keeps. While it is on, every page shows the step that is next
and a button that leads there, so that one may wander off and come back.

Reads / Writes: the session.
Not here: the page on which it begins (console.pages.tour), the frame that shows it (console.frame).
"""

from dataclasses import dataclass

from nicegui import ui

from settee.console.sessions import Session

_KEPT = "tour"


@dataclass(frozen=True)
class Step:
    """One stop.

    Args:
        path: Page on which it happens.
        asks: The question that it answers.
        do: What to do there.
    """

    path: str
    asks: str
    do: str


STEPS: tuple[Step, ...] = (
    Step("/", "Is the service well?", "Read the cards: answers a second, which rung gives them, "
         "and any alert with what to do about it."),
    Step("/watch", "Who of an account is there, and what do they get?", "Pick an account and press "
         "Show; open the first title to see its sources, its reason and what it hangs on."),
    Step("/households", "Who lives behind an account?", "Pick the same account: hours, devices and "
         "tastes of each person. Correct one, and see it learn."),
    Step("/catalogue", "What is in the catalogue, and what is never shown?", "Search for a title, "
         "look at what is like it, then at coverage and cold titles."),
    Step("/rules", "Which rule hid that one?", "Try a rule without putting it in force: the lists "
         "before and after stand side by side."),
    Step("/audiences", "Whom to reach for a title with 1,000 contacts?", "Pick a title, leave "
         "1,000, and see how many to expect and from where on nobody is worth a letter."),
    Step("/attribution", "Which channel earned most?", "Compare methods and their intervals, and "
         "read the note on what credit does not prove."),
    Step("/models", "Is a model safe to go live?", "Compare versions with their baselines, and "
         "open the model card."),
    Step("/impact", "What would it be worth?", "Change one input and see which of them the result "
         "hangs on most."),
    Step("/data", "Can the data be trusted?", "See the checks over time, and what was refused with "
         "the reason."),
)  # fmt: skip
"""The way, in order."""


def begin(session: Session) -> Step:
    """Start at the first stop."""
    session.kept[_KEPT] = "0"
    return STEPS[0]


def place(session: Session) -> int | None:
    """The number of the step that is on, from 0; None where no tour is on."""
    kept = session.kept.get(_KEPT, "")
    return int(kept) if kept else None


def go_on(session: Session) -> Step | None:
    """The step after the present one; None where that was the last, which ends the tour."""
    at = place(session)
    if at is None or at + 1 >= len(STEPS):
        stop(session)
        return None
    session.kept[_KEPT] = str(at + 1)
    return STEPS[at + 1]


def stop(session: Session) -> None:
    """End the tour."""
    session.kept.pop(_KEPT, None)


def show_step(session: Session, path: str) -> None:
    """The banner of the step that is on, where there is one.

    Args:
        session: Who is led.
        path: The page that is open.
    """
    at = place(session)
    if at is None:
        return
    step = STEPS[at]

    def forward() -> None:
        following = go_on(session)
        ui.navigate.to("/tour" if following is None else following.path)

    def end() -> None:
        stop(session)
        banner.delete()

    banner = ui.row().classes("card tour").props('role="region" aria-label="Tour"')
    with banner:
        ui.label(f"Tour, {at + 1} of {len(STEPS)}: {step.asks}").classes("part")
        ui.label(step.do)
        if step.path != path:
            ui.button("Go there", on_click=lambda: ui.navigate.to(step.path)).props("flat")
        last = at + 1 == len(STEPS)
        ui.button("Finish" if last else "Next", on_click=forward)
        ui.button("Leave the tour", on_click=end).props("flat")
