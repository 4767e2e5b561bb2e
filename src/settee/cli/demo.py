"""``settee demo``: from files to explained answers, by the steps that everybody takes.

It writes an invented world to files, imports them, trains, judges, releases, and asks for two
accounts before and after one of them watches something. Nothing here is special: with --data the
same steps run on a MovieLens folder, and each step is a command of its own.

Reads: the files of --data, or nothing.  Writes: a home folder of its own, made anew.
Not here: the steps themselves (events, learn, release, respond).
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from settee.cli.call import Call
from settee.cli.recommend import show_answer
from settee.cli.screen import Screen
from settee.cli.serve import serve_until_stopped
from settee.cli.simulate import N_ACCOUNTS, N_DAYS, N_TITLES, SEED, start_of_day
from settee.cli.tables import show_import, show_systems
from settee.cli.tenant import refuse_tenant
from settee.core import Conflict, NotFound, Settings, instant_text, new_id, to_json

if TYPE_CHECKING:
    from settee.app import Workspace

HOME = Path("settee-data") / "demo"
FLAGS = (
    "train.ranker_requests=1000",
    "ranking.trees=20",
    'sources.enabled=["popular","content","knn","ease"]',
)
"""Settings of a demo: a tenth of the usual lessons and few trees for the ranker, and no factors and
no next-item ridge, for the sake of the minute, of which compiling takes the most where settee never
ran before."""
_MARK = ".settee-demo"
N_HOUSEHOLDS = 250
_DIALS = {"n_titles": 500.0, "touches": 9.0, "conversions": 0.5}
"""The world of the console: shared accounts, and contacts enough to credit."""
_CONSOLE_FLAGS = ("response.horizon_days=7", "audiences.consent=unless_refused")
"""In a month everybody there comes back, and nobody there was asked for consent."""
_N_SHOWN = 5
_N_WATCHED = 2
_N_LOOKED_AT = 100


class NotADemo(Conflict):
    """The folder that a demo would make anew holds something else."""

    code = "not_a_demo"


class NoData(NotFound):
    """The file or folder of --data is not there."""

    code = "no_data"


@dataclass
class _Steps:
    """The steps so far and their seconds."""

    screen: Screen
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, command: str = "") -> Iterator[None]:
        """Time a step; `command` does the same by itself."""
        number = len(self.seconds) + 1
        shown = f"    $ {command}" if command else ""
        self.screen.line(f"{number}. {name}{shown}", style="bold cyan")
        begun = perf_counter()
        yield
        self.seconds[name] = perf_counter() - begun

    def show(self) -> None:
        """Print the seconds of each step."""
        total = sum(self.seconds.values())
        rows = [(name, f"{seconds:.1f}") for name, seconds in self.seconds.items()]
        self.screen.table("Seconds", ("step", "#s"), [*rows, ("all", f"{total:.1f}")])


def demo(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="A MovieLens folder or zip.", metavar="PATH")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the HTTP API at the end.")] = False,
    with_console: Annotated[
        bool, typer.Option("--console", help="Serve the API and the console at the end.")
    ] = False,
) -> None:
    """Import, train, release and ask, in a minute; without --data an invented world is used."""
    call: Call = context.obj
    refuse_tenant(call, "demo")
    if data is not None and not data.exists():
        raise NoData(
            f"{data} is not there; a MovieLens folder or its zip file is accepted.",
            hint="settee demo without --data needs no file.",
            place="--data",
        )
    flags = FLAGS + (_CONSOLE_FLAGS if with_console else ())
    settings = call.settings(*flags).model_copy(update={"home": call.home or HOME})
    _make_anew(settings.home)
    steps = _Steps(call.screen)
    with call.workspace(settings) as workspace:
        found = _run(call, workspace, data, steps, with_contacts=with_console)
        if with_console:
            _learn_who_responds(call, workspace, steps)
    if call.screen.is_json:
        call.screen.emit(found | {"home": str(settings.home), "seconds": steps.seconds})
    else:
        steps.show()
        _say_next(call, settings, found["after"])
    if serve or with_console:
        serve_until_stopped(call, lambda: settings, with_console=with_console)


def _make_anew(home: Path) -> None:
    """Empty the folder of an earlier demo; refuse a folder that is something else."""
    if home.exists() and any(home.iterdir()):
        if not (home / _MARK).is_file():
            raise NotADemo(
                f"{home} holds something that no demo made; a demo begins with an empty folder.",
                hint="Name another folder: settee demo --home DIR",
                place="--home",
            )
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / _MARK).write_text("Made by settee demo, which empties this folder when run again.\n")


def _run(
    call: Call, workspace: "Workspace", data: Path | None, steps: _Steps, *, with_contacts: bool
) -> dict[str, Any]:
    screen, at = call.screen, f" --home {workspace.home}"
    if data is None:
        data = workspace.home / "world"
        _invent(call, data, steps, with_contacts=with_contacts)
    with steps.step("Import and check", f"settee import {data}{at}"), screen.progress() as tell:
        imported = workspace.import_path(data, tell).as_dict()
    show_import(screen, imported)
    command = f"settee train{at} --set {' --set '.join(quote(one) for one in FLAGS)}"
    with steps.step("Train and judge", command), screen.progress() as tell:
        trained = workspace.train(tell).as_dict()
    show_systems(screen, trained)
    with steps.step("Release", f"settee release{at}"):
        decision = workspace.release()
        screen.line(f"   {decision.version} is in use: {decision.reason}")
    with steps.step("Ask", f"settee recommend ACCOUNT{at}"):
        answers = _ask(call, workspace)
    return {"import": imported, "train": trained, **answers}


def _invent(call: Call, folder: Path, steps: _Steps, *, with_contacts: bool) -> None:
    """Write the world of the demo, or for the console one of shared accounts with advertising."""
    from settee import events  # loads numpy and DuckDB: not for `settee --help`

    end_at, more = start_of_day(call.now()), ""
    if with_contacts:
        dials = "".join(f" --dial {name}={value:g}" for name, value in _DIALS.items())
        more = f" --world households --households {N_HOUSEHOLDS} --days {N_DAYS}{dials}"
    with steps.step("Invent households and titles", f"settee simulate {folder}{more}"):
        if with_contacts:
            world = events.make_world("default", **_DIALS)
            plan = events.Plan(world, SEED, N_HOUSEHOLDS, N_DAYS, end_at)
            n_items, n_events = world.n_titles, events.write_households(folder, plan, 1)
        else:
            items, made = events.simulate(SEED, N_ACCOUNTS, N_TITLES, N_DAYS, end_at)
            n_items, n_events = len(items), events.write_world(folder, items, made)
        call.screen.line(f"   {n_events:,} events and {n_items:,} titles up to today")


def _learn_who_responds(call: Call, workspace: "Workspace", steps: _Steps) -> None:
    """What the console's audiences need; a record too short for it is told, and ends nothing."""
    from settee.audiences import TooShort

    more = "".join(f" --set {flag}" for flag in _CONSOLE_FLAGS)
    command = f"settee audience train --home {workspace.home}{more}"
    with steps.step("Learn who responds", command), call.screen.progress() as tell:
        try:
            workspace.train_responses(tell)
        except TooShort as error:
            call.screen.remark(f"   {error}")
    call.screen.line(
        "   Nobody of this world was asked, so whoever did not refuse may be addressed."
    )


def _ask(call: Call, workspace: "Workspace") -> dict[str, Any]:
    """Ask for two accounts; let the first watch what the second would; ask for it again."""
    first, second = _two_accounts(workspace)
    before = workspace.recommend(first, k=_N_SHOWN)
    other = workspace.recommend(second, k=_N_SHOWN)
    show_answer(call.screen, before)
    show_answer(call.screen, other)
    watched = [item for item in other.items if item.item_id not in _ids(before)][:_N_WATCHED]
    events = [raw for item in watched for raw in _watch(call, first, item.item_id)]
    begun = perf_counter()
    workspace.accept(events)
    after = workspace.recommend(first, k=_N_SHOWN)
    spent_ms = (perf_counter() - begun) * 1000
    names = " and ".join(f'"{item.title or item.item_id}"' for item in watched)
    call.screen.line(
        f"Now {first} watches {names}: {len(events)} events through the journal. "
        f"{spent_ms:.0f} ms later:",
        style="bold",
    )
    show_answer(call.screen, after)
    return {
        "accounts": [first, second],
        "before": before,
        "other": other,
        "n_events": len(events),
        "after": after,
        "event_to_answer_ms": spent_ms,
    }


def _ids(answer: Any) -> set[str]:  # noqa: ANN401 -- respond.Answer, which doors see through app
    return {item.item_id for item in answer.items}


def _two_accounts(workspace: "Workspace") -> tuple[str, str]:
    """Two accounts: one that has seen little, which a single evening changes, and a usual one."""
    n_accounts = workspace.profiles.n_accounts()
    step = max(1, n_accounts // _N_LOOKED_AT)
    some = [workspace.profiles.account_ids(1, offset)[0] for offset in range(0, n_accounts, step)]
    some.sort(key=lambda account_id: (len(workspace.profiles.get(account_id)), account_id))
    return some[len(some) // 20], some[len(some) // 2]


def _watch(call: Call, account_id: str, item_id: str) -> list[bytes]:
    """A play and its completion, as any service would send them."""
    at = call.now()
    shared = {"account_id": account_id, "at": instant_text(at), "item_id": item_id}
    return [
        to_json({"event_id": new_id("demo", at), "kind": kind, "device_type": "tv", **shared})
        for kind in ("play", "complete")
    ]


def _say_next(call: Call, settings: Settings, answer: Any) -> None:  # noqa: ANN401 -- as above
    """Print commands to go on with."""
    home, account_id = settings.home, answer.account_id
    base = f"http://{settings.serve.host}:{settings.serve.port}"
    at = call.now().replace(microsecond=0)
    event = to_json({
        "event_id": "my-1", "account_id": account_id, "kind": "like", "at": instant_text(at),
        "item_id": answer.items[0].item_id,
    }).decode()  # fmt: skip
    call.screen.line("Next", style="bold")
    for command in (
        f"settee recommend {account_id} --home {home}",
        f"settee report --home {home}",
        f"settee doctor --home {home}",
        f"settee serve --home {home}    # with --console, pages that show all of it",
        f"curl '{base}/v1/recommendations?account_id={account_id}&k=5'",
        f"curl {base}/v1/events -H 'content-type: application/json' -d '{event}'",
        "settee import YOUR_FILE && settee train && settee release",
    ):
        call.screen.line(f"  {command}")
