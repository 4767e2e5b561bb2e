"""Say how unsure each source is of its score of an item, where the source knows.

Most sources are a formula, and a formula is never unsure. One that reads a history into a
distribution over tastes is: a score of 1.8 with a spread of .2 is another thing than 1.8 with 1.

Reads: the model's sources.  Writes: nothing.
Not here: how unsure the order of a page is (respond.doubt).
"""

from collections.abc import Sequence

import msgspec

from settee.candidates import Unsure
from settee.respond.course import Course
from settee.respond.widen import among_first
from settee.respond.words import Mark, Shown


def with_spread(course: Course, items: Sequence[Shown]) -> list[Shown]:
    """The items of a page, their marks with the spread of sources that know it.

    Args:
        course: How the page came about.
        items: As `shown_items` gave them.
    """
    stage = course.laying.serving.stage
    known = course.laying.known
    if stage is None or known is None:
        return list(items)
    sources = {
        name: source for name, source in stage.model.sources.items() if isinstance(source, Unsure)
    }
    if not sources:
        return list(items)
    n_known = stage.model.catalogue.n_items
    histories = among_first(known.history.histories, n_known)
    positions = course.page.items.tolist()
    spread = {name: source.spread(histories)[0] for name, source in sources.items()}

    def told(mark: Mark, position: int) -> Mark:
        if mark.name not in spread or position >= n_known:
            return mark
        return msgspec.structs.replace(mark, spread=float(spread[mark.name][position]))

    return [
        msgspec.structs.replace(one, sources=[told(mark, position) for mark in one.sources])
        for one, position in zip(items, positions, strict=True)
    ]
