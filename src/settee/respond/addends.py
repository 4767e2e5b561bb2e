"""Say what adds up to the score of each item of a page.

First comes what made the first order: the ranker's features by TreeSHAP, or the fused score. On it
come what was learnt since, what the account said it likes, and each rule that lifts or buries.
The sum is the score to 1e-6, which is checked in the tests of every rung.

Reads: a page.  Writes: nothing.
Not here: the ranker's part (ranking.addends), what each source said (respond.telling).
"""

import math
from typing import Final

import numpy as np
from msgspec import UNSET

from settee.ranking import Addend as Told
from settee.ranking import NoCover, fusion_shares, ranker_addends
from settee.respond.because import Addend, AddendKind
from settee.respond.page import PREFERENCES, Page
from settee.respond.serving import Serving, Stage

_WORDS: Final[dict[AddendKind, str]] = {
    "fusion": "log of the fused score",
    "together": "log of how well it suits everybody",
    "behind": "behind what the model ordered",
    "newest": "newest first",
    "online": "learnt from choices since the training",
    "preferences": "the account said it likes that",
}


def addends_of(serving: Serving, page: Page, *, is_for_several: bool) -> list[list[Addend]]:
    """What adds up to the score of each item of a page.

    Args:
        serving: What answered.
        page: What it found.
        is_for_several: Is the list for several who watch together?
    """
    found = _first(serving, page, is_for_several=is_for_several)
    for place, row in enumerate(page.places.tolist()):
        lifts = _lifts(page, row)
        if page.doubt is not None:  # the online layer acted
            lifted = page.base.utility[row] + sum(one.adds for one in lifts)
            found[place].append(_worded("online", float(page.scores[place] - lifted)))
        found[place] += lifts
    return found


def _first(serving: Serving, page: Page, *, is_for_several: bool) -> list[list[Addend]]:
    """What the first order is made of."""
    base, stage = page.base, serving.stage
    if stage is None or base.rung == "catalogue":
        return [[_worded("newest", float(base.utility[row]))] for row in page.places.tolist()]
    if base.rows is not None and stage.model.ranker is not None:
        return _by_ranker(stage, page)
    kind: AddendKind = "together" if is_for_several else "fusion"
    return _by_fusion(stage, page, kind)


def _by_ranker(stage: Stage, page: Page) -> list[list[Addend]]:
    rows, ranker = page.base.rows, stage.model.ranker
    assert rows is not None and ranker is not None  # noqa: S101, PT018 -- asked by `_first`
    is_seen = page.places < len(rows)
    seen = rows[page.places[is_seen]]
    try:
        told = iter(ranker_addends(ranker, seen))
    except NoCover:
        told = iter([(_whole(score),) for score in ranker.score(seen).tolist()])
    found: list[list[Addend]] = []
    for row, is_ranked in zip(page.places.tolist(), is_seen.tolist(), strict=True):
        if not is_ranked:
            found.append([_worded("behind", float(page.base.utility[row]))])
            continue
        found.append(
            [
                Addend(
                    one.kind,  # type: ignore[arg-type]  # mean, feature or features
                    one.adds,
                    one.name,
                    one.text,
                    UNSET if math.isnan(one.value) else one.value,
                )
                for one in next(told)
            ]
        )
    return found


def _whole(score: float) -> Told:
    """The ranker's score in one, where its text does not say what a feature adds."""
    return Told("features", "", "what the ranker makes of all features", score)


def _by_fusion(stage: Stage, page: Page, kind: AddendKind) -> list[list[Addend]]:
    pool = page.base.pool
    shares = fusion_shares(pool, stage.model.ranking.rrf_constant)
    names = list(stage.sources)
    found = []
    for row in page.places.tolist():
        if pool.fused[row] <= 0.0:
            found.append([_worded("behind", float(page.base.utility[row]))])
            continue
        of = {
            name: round(share, 6)
            for name, share in zip(names, shares[row].tolist(), strict=False)
            if share > 0
        }
        log = float(np.log(pool.fused[row].astype(np.float64)))
        found.append([Addend(kind, log, text=_WORDS[kind], of=of if kind == "fusion" else {})])
    return found


def _lifted(page: Page, row: int) -> float:
    return 0.0 if page.lifts is None else float(page.lifts.log_lift[row])


def _lifts(page: Page, row: int) -> list[Addend]:
    """What lifts or buries an item on top of the first order."""
    if page.lifts is None:
        return []
    found = []
    for name, logs in page.lifts.by_rule.items():
        adds = float(logs[row])
        if adds == 0.0:
            continue
        if name == PREFERENCES:
            found.append(_worded("preferences", adds))
        else:
            found.append(Addend("rule", adds, name, f"times {math.exp(adds):.2f}"))
    return found


def _worded(kind: AddendKind, adds: float) -> Addend:
    return Addend(kind, adds, text=_WORDS[kind])
