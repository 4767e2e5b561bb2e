"""Watch one account: who is there, what they get, and why.

Reads: POST /v1/who, POST /v1/recommendations.  Writes: nothing.
Not here: the account's whole household (console.pages.households).
"""

from nicegui import ui

from settee.client.results import Answer, Shown, WhoIsThere
from settee.client.said import Where
from settee.console.charts import bars, draw
from settee.console.view import View

_KEPT = "account"


async def draw_watch(view: View) -> None:
    """The page."""
    with ui.element("div").classes("fields"):
        account = ui.input("Account", value=view.session.kept.get(_KEPT, ""))
        device = ui.input("Device, if known")
        size = ui.number("Titles", value=10, min=1, max=50, precision=0)
        go = ui.button("Show")
    shown = ui.element("div").classes("sides")

    async def show() -> None:
        name = account.value.strip()
        if not name:
            ui.notify("Write the id of an account first.")
            return
        view.session.kept[_KEPT] = name
        box = device.value.strip()
        where = Where(device_id=box) if box else Where()
        who = await view.get("Asking who is there", view.ask.who(name, **where))
        answer = await view.get(
            "Making the list",
            view.ask.recommend(name, k=int(size.value or 10), explain="full", **where),
        )
        shown.clear()
        with shown:
            if who is not None:
                _draw_who(who)
            if answer is not None:
                _draw_answer(answer)

    go.on_click(show)
    account.on("keydown.enter", show)


def _draw_who(who: WhoIsThere) -> None:
    with ui.column():
        ui.label("Who is there").classes("part").props('role="heading" aria-level="2"')
        names = [one.person_id for one in who.persons] + ["a guest"]
        chances = [one.probability for one in who.persons] + [who.guest]
        draw(
            bars(names, {"probability": chances}, flat=True),
            f"How likely each person of {who.account_id} is there",
            [{"person": n, "probability": p} for n, p in zip(names, chances, strict=True)],
        )
        for one in who.signals:
            ui.label(f"{one.name}: {one.bits:+.2f} bits").classes("small")


def _draw_answer(answer: Answer) -> None:
    with ui.column():
        ui.label("What they get").classes("part").props('role="heading" aria-level="2"')
        ui.label(f"From the rung {answer.rung}; model {answer.model_version or 'none'}.").classes(
            "small"
        )
        for one in answer.items:
            _draw_item(one)


def _draw_item(one: Shown) -> None:
    with ui.expansion(f"{one.rank}. {one.title or one.item_id}").classes("card"):
        if one.reason is not None:
            ui.label(one.reason.text)
        ui.label("Sources: " + ", ".join(f"{m.name} (rank {m.rank})" for m in one.sources)).classes(
            "small"
        )
