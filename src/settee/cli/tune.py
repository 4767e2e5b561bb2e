"""``settee tune``: search better settings for the sources, within a time box.

Reads: the record.  Writes: the trials and a report in the home folder, and a preset.
Not here: the search (learn.tuning).
"""

from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.core import BadInput

_PRESET = Path("tuned.toml")


class PresetNotWritten(BadInput):
    """The file of the preset cannot be written."""

    code = "preset_not_written"


def tune(
    context: typer.Context,
    source: Annotated[
        list[str] | None, typer.Option(help="Source to tune, repeatable [all that are enabled].")
    ] = None,
    minutes: Annotated[
        float, typer.Option(help="For all sources together; a fit that began is ended.", min=0)
    ] = 30.0,
    trials: Annotated[
        int, typer.Option(help="Most trials of each source, earlier runs included.", min=1)
    ] = 100,
    out: Annotated[Path, typer.Option(help="Where the preset is written.")] = _PRESET,
) -> None:
    """Search settings on one period, adopt what holds on a later one, judge on the last.

    Ended or killed, it goes on where it was when it is asked again on the same record.
    """
    from settee.app import preset_of
    from settee.learn import TuningPlan

    call: Call = context.obj
    plan = TuningPlan(tuple(source or ()), minutes, trials)
    with call.workspace() as workspace, call.screen.progress() as tell:
        tuned = workspace.tune(plan, tell)
    if tuned.values:
        try:
            out.write_text(preset_of(tuned), encoding="utf-8")
        except OSError as error:
            raise PresetNotWritten(f"{out} cannot be written: {error.strerror}.") from None
    if call.screen.is_json:
        call.screen.emit(tuned.as_dict() | {"preset": str(out) if tuned.values else None})
        return
    rows = []
    for one in tuned.outcomes:
        before, after, gain = one.judged
        span = "" if gain.low is None else f"{gain.low:+.4f} to {gain.high:+.4f}"
        word = "adopted" if one.is_adopted else "kept"
        figures = (f"{before.value:.4f}", f"{after.value:.4f}", f"{gain.value:+.4f}", span)
        rows.append((one.source, one.n_trials, word, *figures))
    columns = ("source", "#trials", "settings", "#before", "#after", "#gain", "#95 %")
    call.screen.table(f"{tuned.metric} on the period that judges", columns, rows)
    if tuned.values:
        call.screen.remark(f"next: settee --set preset={out} train")
    else:
        call.screen.remark("the present settings stand: nothing found held on a later period")
