"""Take one question through the stages, and keep what each of them found.

Who is there and what they did, what the rules say of every item, the pool in its first order, the
page. Whoever explains an answer has it all at hand, and can ask once more with one thing changed.

Reads: profiles, households, preferences, showings.  Writes: nothing.
Not here: the stages themselves, the answer's words (respond.telling).
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from settee.core import Event, RespondSettings, SetteeError
from settee.people import happening
from settee.respond.base import Wish
from settee.respond.choices import person_key
from settee.respond.keeping import Keeper, Parts
from settee.respond.ladder import climb
from settee.respond.page import Laying, Page, lay
from settee.respond.person import Known
from settee.respond.serving import Serving
from settee.respond.whom import Whom, account_level, decide_whom
from settee.respond.words import Dials, Request
from settee.rules import Asking, Verdict, judge

_NOBODY = np.empty(0, np.int32)
_NO_DIALS = Dials()
_log = logging.getLogger("settee.respond")


@dataclass(frozen=True)
class Course:
    """How an answer came about.

    Args:
        whom: For whom of the account it is.
        laying: What the page was made with: serving, history, verdict, settings.
        wish: What was wanted.
        page: What was found.
        settings: Budgets and how several are pleased.
        told_who_s: When it was known for whom it is, by `time.perf_counter`.
    """

    whom: Whom
    laying: Laying
    wish: Wish
    page: Page
    settings: RespondSettings
    told_who_s: float

    @property
    def is_comparable(self) -> bool:
        """Did every source answer? Else what is missing cannot be told from what was late."""
        return not self.page.base.left_out


class Courses:
    """Takes questions through the stages; safe to use from several threads.

    Args:
        parts: What it works with.
        keeper: What keeps the serving and what was shown.
    """

    def __init__(self, parts: Parts, keeper: Keeper) -> None:
        self._parts = parts
        self._keeper = keeper

    def run(
        self,
        serving: Serving,
        request: Request,
        exposure_id: str,
        *,
        by_chance: bool = True,
        dials: Dials | None = None,
    ) -> Course:
        """Take a question through the stages.

        Args:
            serving: What answers.
            request: What is asked.
            exposure_id: What the draw of explored places hangs on.
            by_chance: May places be given to chance?
            dials: What a preview changes of variety, and events that tell who is there; what else
                they move is in the serving. None for an answer.

        Raises:
            NothingToShow: If no rung has an item that the rules allow.
            SetteeError: If the profile cannot be read; without it, seen items might be shown.
        """
        started_s = time.perf_counter()
        settings = self._parts.settings.respond
        as_of_s = int(request.as_of.timestamp())
        dials = dials or _NO_DIALS
        whom, known = self._known(serving, request, as_of_s, dials.events)
        told_who_s = time.perf_counter()
        excluded = serving.offer.positions(request.exclude) if request.exclude else _NOBODY
        asking = asking_of(request, as_of_s)
        verdict = judge(
            serving.rules, asking, closed=serving.closed(as_of_s), seen=known.seen,
            excluded=excluded, disliked=known.disliked,
        )  # fmt: skip
        wish = Wish(request.k, as_of_s, request.device_type, started_s, request.least)
        laying = self._laying(serving, known, verdict, asking, whom)
        if dials.variety is not None:
            variety = laying.variety.model_copy(update={"strength": dials.variety})
            laying = replace(laying, variety=variety)
        if by_chance:
            laying = replace(laying, explore=self._parts.settings.explore, seed=exposure_id)
        elif dials.explore:
            explore = self._parts.settings.explore.model_copy(update={"share": dials.explore})
            laying = replace(laying, explore=explore, seed=f"{request.account_id} {as_of_s}")
        page = lay(laying, climb(serving, known, verdict, wish, settings))
        return Course(whom, laying, wish, page, settings, told_who_s)

    def _laying(
        self, serving: Serving, known: Known, verdict: Verdict, asking: Asking, whom: Whom
    ) -> Laying:
        """What the page is made with, with nothing left to chance."""
        settings, state = self._parts.settings, self._parts.state
        watching = whom.watching
        first = watching.persons[0].person_id if watching.persons else ""
        likely = first if watching.mode == "person" else None
        return Laying(
            serving, known, verdict, asking, settings.respond, settings.variety,
            person_key=person_key(asking.account_id, watching.mode, first),
            with_online=settings.online.enabled,
            preferred=state.preferences.get(asking.account_id).of(likely),
            shown=self._keeper.showings.of(state.shown, asking.account_id, serving.offer),
        )  # fmt: skip

    def _known(
        self, serving: Serving, request: Request, as_of_s: int, events: Sequence[Event]
    ) -> tuple[Whom, Known]:
        """For whom of the account the answer is, and what they did."""
        happened = tuple(happening(one) for one in events)
        whom = decide_whom(self._parts.people, request, self._parts.settings.respond, happened)
        try:
            return whom, serving.reader.read(request.account_id, as_of_s, whom)
        except SetteeError:
            raise
        except Exception:  # noqa: BLE001 -- whose an event was must not cost the answer
            _log.exception("a person's history could not be told")
            whom = account_level("people_failed")
            return whom, serving.reader.read(request.account_id, as_of_s, whom)


def asking_of(request: Request, as_of_s: int) -> Asking:
    """A request, as rules see it."""
    return Asking(
        as_of_s, request.slot, request.segments, request.device_type, request.profile_id,
        request.max_age, request.languages, request.k, request.account_id,
    )  # fmt: skip
