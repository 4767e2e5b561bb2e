"""``settee audience uplift``: learn whom the contacts of a campaign moved; and words on orders.

    settee audience uplift spring
    settee audience make --item m318 --by uplift --margin-share 0.3 --cost 12

Reads: audiences, the record.  Writes: models of uplift.
Not here: what is learnt (audiences.uplift_order), the other commands of audiences (cli.audience).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from settee.cli.call import Call

WHY_NOT: Final = {
    "not_over": "no audience of the campaign has its horizon behind it; ask again later",
    "for_no_item": "an audience of the campaign was made by likeness, which is for no item, so "
    "there is no response to tell",
    "too_few_in_trial": "at least 200 must have been addressed and 200 held out",
}
"""What is said where no uplift was learnt, by reason."""


def uplift(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="As on its audiences.")],
) -> None:
    """Learn whom a campaign moved, from who was held out; audiences may then rank by uplift."""
    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        learnt = workspace.learn_uplift(campaign, tell)
    if call.screen.is_json:
        call.screen.emit(learnt)
        return
    from_whom = f"{learnt['n_addressed']:,} addressed and {learnt['n_held_out']:,} held out"
    if learnt["reason"]:
        call.screen.line(f"nothing learnt from {from_whom}: {WHY_NOT[learnt['reason']]}")
        return
    call.screen.line(
        f"uplift learnt from {from_whom}, of whom {100 * learnt['responded_addressed']:.2f} and "
        f"{100 * learnt['responded_held_out']:.2f} in 100 responded: {learnt['version']}"
    )
    told = (
        "nothing tells apart who is moved more" if learnt["is_alike"] else "people are told apart"
    )
    call.screen.line(f"order by {learnt['order']}; {told}")
    call.screen.table(
        "Qini on accounts that were not learnt from: responses per 1,000 over chance",
        ("order", "#gained", "#from", "#to"),
        [
            (name, *(f"{1000 * one[edge]:.2f}" for edge in ("value", "low", "high")))
            for name, one in learnt["qini"].items()
        ],
    )


def order_value_line(found: Mapping[str, Any]) -> str:
    """What the next order is foretold by, in words.

    Args:
        found: From `learn_order_value`.

    >>> order_value_line({"valued_by": None, "reason": "no_revenue"})
    'no order has an amount: margin_share cannot be asked for'
    """
    if found["valued_by"] is None:
        return "no order has an amount: margin_share cannot be asked for"
    why = f" ({found['reason']})" if found["reason"] else ""
    mean = f"{found['mean_cents']:,.0f} cents in the mean"
    return f"the next order is foretold by {found['valued_by']}{why}: {mean}"
