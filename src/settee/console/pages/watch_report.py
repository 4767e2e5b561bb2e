"""Make what Watch shows into a report: the list, who is there, and each title's reasons.

The first part is what a CSV has: a row for each title, the best first. Which account it is about is
not written down; persons stand as they are called on the page.

Reads / Writes: nothing.
Not here: files and charts (console.exports), the page (console.pages.watch).
"""

from settee.client.results import Answer, Shown, WhoIsThere
from settee.console.exports import Row, Section
from settee.console.pages.watch_list import deeds_of
from settee.console.pages.watch_scene import Scene
from settee.console.pages.watch_who import chances_of, said


def sections_of(scene: Scene, who: WhoIsThere | None, answer: Answer) -> list[Section]:
    """The parts of the report.

    Args:
        scene: What is looked at.
        who: Who is there; None where that may not be seen.
        answer: What they get, with whole reasons.
    """
    when = f"{scene.asked_at:%A %Y-%m-%d %H:%M} UTC"
    where = ", ".join(str(one) for one in scene.where.values()) or "any device"
    model = answer.model_version or "none"
    told = f"{when}, {where}. Rung {answer.rung}, model {model}. Nobody was shown this list."
    parts = [Section("What they get", [_row(one, answer) for one in answer.items], note=told)]
    if who is not None:
        chances = [{"person": name, "probability": p} for name, p in chances_of(who, scene).items()]
        parts.append(Section("Who is there", chances, "probability", said(who, scene)))
    if scene.watched:
        tried: list[Row] = [
            {"title": scene.title_of(item_id), "at": f"{event.at:%H:%M}"}
            for item_id, event in zip(scene.watched, scene.events(), strict=True)
        ]
        parts.append(Section("The session that was tried out", tried, note="Nothing was sent."))
    parts += [_reasons(one) for one in answer.items if one.adds]
    if answer.rules is not None and answer.rules.removed:
        removed = [{"rule": one.rule, "removed": one.n} for one in answer.rules.removed]
        parts.append(Section("What each rule removed", removed, "removed"))
    return parts


def _row(one: Shown, answer: Answer) -> Row:
    return {
        "title": one.title or one.item_id,
        "item": one.item_id,
        "rank": one.rank,
        "score": one.score,
        "doubt": one.doubt,
        "because": _because(one),
        "sources": ", ".join(f"{mark.name} {mark.rank}" for mark in one.sources),
        "rules": " ".join(deeds_of(one.item_id, answer.rules)),
    }


def _reasons(one: Shown) -> Section:
    """What adds up to the score of a title, and where it would stand without another one."""
    rows: list[Row] = [
        {"part": part.text or part.name or part.kind, "value": part.value, "adds": part.adds}
        for part in one.adds or ()
    ]
    without = [
        f"Without {other.title or other.item_id}: "
        + ("not in the list." if other.rank is None else f"rank {other.rank}.")
        for other in one.without or ()
    ]
    name = f"{one.rank}. {one.title or one.item_id}: what adds up, in log odds"
    because = _because(one)
    told = [f"{because[:1].upper()}{because[1:]}."] if because else []
    return Section(name, rows, "adds", " ".join([*told, *without]))


def _because(one: Shown) -> str:
    return "" if one.reason is None else one.reason.text
