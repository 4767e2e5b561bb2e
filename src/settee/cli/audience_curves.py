"""``settee audience curves``: what an order of people would have been worth on the last days.

    settee audience curves --items 20 --horizon-days 30

Reads: the record.  Writes: a report.
Not here: how it is found (audiences.trial), the other commands of audiences (cli.audience).
"""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from settee.cli.call import Call
from settee.cli.screen import Screen, when

if TYPE_CHECKING:
    from settee.audiences import AudienceCurves

_HEIGHT: Final = 10
_MARKS: Final = {
    "settee": "S", "popularity": "p", "activity_score": "a", "recency_frequency": "r",
    "random": "·",
}  # fmt: skip


def curves(
    context: typer.Context,
    item: Annotated[list[str] | None, typer.Option(help="For this item; may be repeated.")] = None,
    items: Annotated[
        int, typer.Option(help="For so many of the items that most people lately had.", min=1)
    ] = 20,
    horizon_days: Annotated[
        float | None,
        typer.Option(help="Days to judge on [response.horizon_days].", min=0.01, max=730),
    ] = None,
    k: Annotated[
        list[int] | None,
        typer.Option("-k", help="Tell precision and recall at this size [100 and 1000].", min=1),
    ] = None,
    resamples: Annotated[
        int, typer.Option(help="Times that people are drawn again.", min=20, max=10_000)
    ] = 200,
) -> None:
    """Learn before the last days of the record, rank people, and hold that against what came."""
    from settee.audiences import AskedCurves, Resampling  # loads numba: not for `settee --help`

    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        asked = AskedCurves(
            tuple(dict.fromkeys(item or ())), items, tuple(sorted(set(k or (100, 1000)))),
            Resampling(resamples, workspace.settings.train.seed),
        )  # fmt: skip
        found = workspace.try_audiences(asked, horizon_days, tell)
    if call.screen.is_json:
        call.screen.emit(found)
        return
    show_curves(call.screen, found)


def show_curves(screen: Screen, found: "AudienceCurves") -> None:
    """Print curves: a chart of gains, then figures with their intervals.

    Args:
        screen: Where.
        found: From a workspace.
    """
    screen.line(
        f"{len(found.item_ids):,} items, {found.n_people:,} people; learnt up to "
        f"{when(found.learnt_until)}, judged by {found.n_responses:,} responses up to "
        f"{when(found.judged_until)}"
    )
    if found.reason:
        screen.line(f"no curves: {found.reason}")
        return
    for line in chart(found):
        screen.line(line)
    screen.table(
        "Share of responses that the first people had (lift over chance)",
        ("order", "#first 10 %", "#first 20 %", "#first 50 %"),
        [
            (one.order, *(f"{one.gain[at].value:.3f} [{one.gain[at].low:.3f}, "
                          f"{one.gain[at].high:.3f}] ({one.lift[at].value:.1f})"
                          for at in (0, 1, 4)))
            for one in found.orders
        ],
    )  # fmt: skip
    screen.table(
        "The first people of each order",
        ("order", "#people", "#precision", "#recall", "#settee's precision less it"),
        [
            (one.order, f"{at.n:,}",
             *("" if figure is None else f"{figure.value:.4f} [{figure.low:.4f}, {figure.high:.4f}]"
               for figure in (at.precision, at.recall, at.behind)))
            for one in found.orders
            for at in one.sizes
        ],
    )  # fmt: skip
    screen.table(
        f"Calibration: error {found.calibration_error:.4f} "
        f"[{found.calibration_low:.4f}, {found.calibration_high:.4f}]",
        ("#tenth", "#foretold", "#came", "#people, an item each"),
        [(place, f"{one.foretold:.4f}", f"{one.came:.4f}", f"{one.n:,}")
         for place, one in enumerate(found.calibration, start=1)],
    )  # fmt: skip


def chart(found: "AudienceCurves") -> list[str]:
    """Gains as lines of text: people from left to right, responses from below.

    Args:
        found: With orders. Where two fall on one place, the earlier of settee's, popularity's,
            activity's, recency-frequency's and chance's is shown.
    """
    rows = [[" "] * len(found.orders[0].gain) for _ in range(_HEIGHT + 1)]
    gains = {one.order: one.gain for one in found.orders}
    for name, mark in reversed(_MARKS.items()):
        for place, figure in enumerate(gains[name]):
            rows[round(figure.value * _HEIGHT)][place] = mark
    lines = [f"{10 * row:4d} % │" + "".join(f"  {cell} " for cell in cells)
             for row, cells in enumerate(rows)]  # fmt: skip
    axis = "       └" + "────" * len(rows[0])
    people = "        " + "".join(f"{10 * number:3d} " for number in range(1, len(rows[0]) + 1))
    names = ", ".join(f"{mark} {name}" for name, mark in _MARKS.items())
    return [*reversed(lines), axis, people + "% of people", f"        {names}"]
