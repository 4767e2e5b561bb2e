"""``settee impact``: what a campaign is worth, from its lift, with every sum written out.

Figures come from a file of TOML, from ``--with NAME=VALUE``, or from both, where the option wins.
Nothing of a home folder is read.

Reads: the file.  Writes: stdout.
Not here: the sums and what a figure means (measure, docs/impact.md).
"""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from settee.cli.call import Call
from settee.cli.screen import Screen
from settee.core import BadInput

if TYPE_CHECKING:
    from settee.measure import Impact

_CLAIMS = {
    "forecast": "A forecast: the lift has an interval.",
    "assumption": "An assumption: one stated lift, without an interval.",
    "upper_bound": "At most this, and no forecast: engagement is counted as revenue.",
    "none": "No lift can be told; cost and break-even stand without it.",
}


class BadImpactFile(BadInput):
    """A file or option of figures for an impact cannot be read."""

    code = "bad_impact_file"


def impact(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Figures in TOML; docs/impact.md.")] = None,
    figures: Annotated[
        list[str] | None,
        typer.Option("--with", help="A figure; repeatable.", metavar="NAME=VALUE"),
    ] = None,
) -> None:
    """Compute lift, revenue, cost, return, break-even and payback of a campaign.

    The lift is stated, or measured from the two arms of an experiment; every formula is shown.
    """
    call: Call = context.obj
    from settee.measure import impact, impact_inputs  # loads numba: not for `settee --help`

    given = {} if file is None else _read(file)
    for one in figures or ():
        _put(given, one)
    found = impact(impact_inputs(given))
    if call.screen.is_json:
        call.screen.emit(found)
    else:
        _show(call.screen, found)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadImpactFile(f"{file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadImpactFile(f"{file} is not TOML: {error}.") from None


def _put(given: dict[str, Any], option: str) -> None:
    """Put one ``name=value`` or ``arm.name=value`` among the figures."""
    name, equals, text = option.partition("=")
    if not equals or not name:
        raise BadImpactFile(
            f'--with "{option}" is no figure; write NAME=VALUE.',
            hint="settee impact --with users=100000 --with lift=0.15 …",
        )
    *path, last = name.split(".")
    inner = given
    for step in path:
        inner = inner.setdefault(step, {})
        if not isinstance(inner, dict):
            raise BadImpactFile(f'--with "{option}": {step} is one figure and has none within it.')
    try:
        inner[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        inner[last] = text


def _show(screen: Screen, found: "Impact") -> None:
    screen.line(_CLAIMS[found.claim], style="bold")
    screen.table("", ("", "#figure", "#low", "#high"), _figures(found))
    rows = [(one.name, f"{one.words}\n= {one.numbers}\n= {one.result}") for one in found.formulas]
    screen.table("Formulas", ("result", "sum"), rows)
    if found.sensitivity:
        screen.table(
            "Net, when one figure alone is moved",
            ("figure", "#from", "#to", "#net from", "#net to"),
            [
                (one.name, f"{one.low:,.6g}", f"{one.high:,.6g}", _money(one.net_low_cents),
                 _money(one.net_high_cents))
                for one in found.sensitivity
            ],
        )  # fmt: skip
    if found.drawn is not None:
        screen.line(
            f"It pays in {found.drawn.p_profit:.1%} of {found.drawn.n:,} draws of the lift"
            f" (seed {found.drawn.seed})."
        )
    for note in found.notes:
        screen.line(f"Note: {note}")


def _figures(found: "Impact") -> list[tuple[str, str, str, str]]:
    """Name, figure and ends of everything that has an answer."""
    rows = []
    for name, span, write in (
        ("lift", found.effect, _share),
        ("additional conversions", found.conversions, _count),
        ("additional revenue", found.revenue_cents, _money),
        ("additional margin", found.margin_cents, _money),
        ("net", found.net_cents, _money),
        ("return on investment", found.return_on_investment, _share),
    ):
        if span is not None:
            low, high = ("" if end is None else write(end) for end in (span.low, span.high))
            rows.append((name, write(span.value), low, high))
    rows.append(("cost", _money(found.cost.total_cents), "", ""))
    if found.break_even_lift is not None:
        rows.append(("break-even lift", _share(found.break_even_lift), "", ""))
    if found.payback_months is not None:
        rows.append(("payback, months", f"{found.payback_months:,.1f}", "", ""))
    if found.lift is not None and found.lift.p_value is not None:
        rows.append(("p value of no change", f"{found.lift.p_value:.3g}", "", ""))
    return rows


def _share(value: float) -> str:
    return f"{value:.2%}"


def _count(value: float) -> str:
    return f"{value:,.1f}"


def _money(cents: float) -> str:
    return f"{cents / 100:,.2f}"
