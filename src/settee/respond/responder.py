"""Answer one request: profile, sources, pool, ranker, rules, reasons, exposure.

An answer of 20 out of 3,700 items takes about a millisecond, always says which rung of the ladder
gave it, and is journalled without waiting for the disk. If the journal has no room, the answer
goes out all the same and says so.

Reads: profiles, tables, journal, bundles.  Writes: exposures to the journal.
Not here: the ladder (respond.ladder), wording (respond.telling), the thread (respond.follow).
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import SetteeError, new_id
from settee.people import Moment, Who
from settee.respond.account import view_account
from settee.respond.again import Repeatable, answer_again, exposure_again
from settee.respond.ahead import AheadMarks, closed_among
from settee.respond.answering import answer_of
from settee.respond.breaker import Breaker
from settee.respond.course import Courses, asking_of
from settee.respond.dry_run import dry_run, unhurried
from settee.respond.errors import BadQuestion
from settee.respond.explaining import Why, position_of, why
from settee.respond.exposures import Exposures
from settee.respond.follow import Follower
from settee.respond.household import HouseholdView, Views, view_household
from settee.respond.keeping import Keeper, Parts
from settee.respond.lately import Accounts, Lately, find_accounts
from settee.respond.mark import Same, mark_of
from settee.respond.serving import Serving, version_of
from settee.respond.settled import answered_at, settled_offset
from settee.respond.similar import similar_items
from settee.respond.telling import exposure_of
from settee.respond.trying import as_if_sent
from settee.respond.words import Account, Answer, Dials, Request, Rung, Similar, Standing
from settee.rules import Listed, RuleSet
from settee.store import Record

_log = logging.getLogger("settee.respond")


class Responder:
    """Answers requests; safe to use from several threads.

    Args:
        parts: What it works with; they stay the caller's to close, after `stop`.

    Raises:
        SetteeError: If the released bundle or the tables cannot be read.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings.respond
        self._exposures = Exposures(parts.journal, parts.settings.journal.max_waiting)
        self._keeper = Keeper(parts)
        self._courses = Courses(parts, self._keeper)
        self._ahead = AheadMarks(parts.state)
        self._lately = Lately(parts.journal)
        self._follower = Follower(
            parts.journal, parts.state, self._keeper, time.monotonic, parts.people, self._lately
        )

    @property
    def serving(self) -> Serving:
        """What answers now; it is swapped whole, never changed."""
        return self._keeper.serving

    @property
    def _serving(self) -> Serving:
        return self._keeper.serving

    def recommend(self, request: Request) -> Answer:
        """Items for an account.

        Args:
            request: What is asked; an unknown account and unknown items are harmless.

        Raises:
            BadQuestion: If `k` is below 1 or over `respond.max_k`.
            NothingToShow: If no rung has an item that the rules allow.
            SetteeError: If the profile cannot be read; without it, seen items might be shown.
        """
        return self.recommend_to_keep(request)[0]

    def state_mark(self, request: Request) -> tuple[object, ...]:
        """What the answer to a request hangs on beside it; equal marks are equal answers.

        The instant counts only where it closes a window or ends a rule; what drifts with it (who
        is likely there, how recent things are) is for whoever keeps answers to bound.

        Args:
            request: What is asked.

        Raises:
            SetteeError: If the journal or what was shown cannot be read.
        """
        if self._follower.is_behind(request.account_id):
            self._follower.catch_up()
        as_of_s = int(request.as_of.timestamp())
        mark = mark_of(self._serving, self._parts.state, asking_of(request, as_of_s))
        by_chance = self._parts.settings.explore.share > 0
        return (*mark, self._follower.n_facts, Same(object()) if by_chance else None)

    def repeat(self, kept: Repeatable, as_of: datetime) -> bytes:
        """An answer once more, in JSON, journalled as an exposure of its own.

        Args:
            kept: The answer; whoever kept it sees to it that `state_mark` is still the same.
            as_of: Instant of the question, aware.
        """
        exposure_id = new_id("exp", as_of)
        is_taken = bool(kept.exposure) and self._exposures.take(
            exposure_again(kept, exposure_id, as_of)
        )
        return answer_again(kept, exposure_id, as_of, is_taken=is_taken)

    def mark_ahead(self, name: str, account_id: str, as_of: datetime) -> int:
        """What a list made ahead hangs on, as a number that is the same in every process.

        Args:
            name: Of the list, the slot that rules see.
            account_id: Whose.
            as_of: The instant, aware.

        Raises:
            SetteeError: If the account cannot be read.
        """
        if self._follower.is_behind(account_id):
            self._follower.catch_up()
        return self._ahead.of(self._serving, name, account_id, int(as_of.timestamp()))

    def closed_among(self, item_ids: Sequence[str], as_of: datetime) -> NDArray[np.bool_]:
        """Which of these items cannot be had at an instant, or are not known any more."""
        return closed_among(self._serving, item_ids, int(as_of.timestamp()))

    def recommend_to_keep(
        self, request: Request, *, is_shown: bool = True
    ) -> tuple[Answer, Record | None]:
        """The same as `recommend`, and the exposure, for who keeps both for `repeat`.

        Args:
            request: What is asked.
            is_shown: False makes no exposure: the answer is kept for later and seen by nobody yet.
        """
        started_s = time.perf_counter()
        self._check(request)
        serving = self._serving
        offset = settled_offset(self._parts, serving)
        exposure_id = new_id("exp", request.as_of)
        course = self._courses.run(serving, request, exposure_id)
        answer = answer_of(serving, course, request, exposure_id, started_s)
        if not (is_shown and self._settings.journal_exposures):
            return answer, None
        offset = answered_at(offset, settled_offset(self._parts, serving), course.whom)
        record = exposure_of(answer, request, course.page, offset)
        if self._exposures.take(record):
            answer = msgspec.structs.replace(answer, journalled=True)
        return answer, record

    def preview(self, request: Request, dials: Dials) -> Answer:
        """What would be answered, shown to nobody: no exposure, and no budget that cuts it short.

        Args:
            request: What is asked.
            dials: What shall be otherwise than the service is set.

        Raises:
            BadQuestion: If `k` is below 1 or over `respond.max_k`.
            NothingToShow: If no rung has an item that the rules allow.
        """
        started_s = time.perf_counter()
        self._check(request)
        serving = self._serving if dials.with_rules else self._serving.with_rules(RuleSet.empty())
        serving, dials = as_if_sent(self._parts, self._keeper, serving, dials)
        courses = Courses(unhurried(self._parts), self._keeper)
        course = courses.run(serving, request, "", by_chance=False, dials=dials)
        return answer_of(serving, course, request, "", started_s)

    def accounts(self, limit: int, begins: str = "") -> Accounts:
        """Accounts, those first that did something lately.

        Args:
            limit: Most accounts to give.
            begins: How their ids begin.

        Raises:
            SetteeError: If the journal or the profiles cannot be read.
        """
        if self._follower.is_behind_anybody():
            self._follower.catch_up()  # an account may be a part of another since
        return find_accounts(self._lately, self._parts.state, limit, begins)

    def why(self, request: Request, item_id: str, dials: Dials | None = None) -> Why:
        """Why an item is where it is in the answer to a request; nothing is left to chance.

        Args:
            request: What is asked; it makes no exposure.
            item_id: Any item that can be recommended at all, shown or not.
            dials: As for a preview; None is as the service is set.

        Raises:
            BadQuestion: If `k` is below 1 or over `respond.max_k`.
            UnknownItem: If there is no such item, or none that can be recommended yet.
            NothingToShow: If no rung has an item that the rules allow.
        """
        self._check(request)
        serving, dials = as_if_sent(self._parts, self._keeper, self._serving, dials or Dials())
        position = position_of(serving.offer, item_id)
        course = self._courses.run(serving, request, "", by_chance=False, dials=dials)
        return why(course, position, request.as_of)

    def _check(self, request: Request) -> None:
        """Refuse what is out of range, and take in what happened before the question."""
        if not 1 <= request.k <= self._settings.max_k:
            raise BadQuestion(
                f"k is {request.k}; send 1 to {self._settings.max_k} (respond.max_k).", place="k"
            )
        if self._follower.is_behind(request.account_id):
            self._follower.catch_up()

    def similar(self, item_id: str, k: int, *, as_of: datetime) -> Similar:
        """Items that go with one item, by the sources that look at histories.

        Args:
            item_id: An item that the model in use knows.
            k: Items wanted, at least 1.
            as_of: Instant of the question, aware.

        Raises:
            NoModel: If nothing is released yet.
            UnknownItem: If the model does not know the item.
        """
        return similar_items(self._serving, item_id, k, as_of, self._settings)

    def who(self, moment: Moment) -> Who | None:
        """Who is on the screen; None where persons are not looked for.

        Args:
            moment: When, where and amid what.

        Raises:
            SetteeError: If the state of the household cannot be read.
        """
        people = self._parts.people
        if people is None:
            return None
        if self._follower.is_behind(moment.account_id):
            self._follower.catch_up()
        who: Who = people.who(moment)
        return who

    def household(self, account_id: str) -> HouseholdView:
        """Everybody of an account.

        Args:
            account_id: Its id.

        Raises:
            UnknownAccount: If nothing was ever recorded of it.
        """
        if self._follower.is_behind(account_id):
            self._follower.catch_up()
        parts = self._parts
        return view_household(
            Views(parts.people, parts.state.profiles, self._serving, parts.settings.people),
            account_id,
            int(parts.clock().timestamp()),
        )

    def account(self, account_id: str) -> Account:
        """What is known of an account.

        Args:
            account_id: Its id.

        Raises:
            UnknownAccount: If nothing was ever recorded of it.
        """
        if self._follower.is_behind(account_id):
            self._follower.catch_up()
        return view_account(self._parts.state.profiles, self._serving, account_id)

    def standing(self, as_of: datetime) -> Standing:
        """The best rung that can serve at an instant, and the model behind it."""
        serving = self._serving
        n_items = serving.offer.n_items
        stage = serving.stage
        if stage is None:
            is_any = bool((serving.closed(int(as_of.timestamp())) == 0).any())
            return Standing("catalogue" if is_any else None, None, n_items, None)
        model = stage.model
        rung: Rung = "ranker" if model.is_promoted and model.ranker is not None else "fusion"
        until = datetime.fromtimestamp(model.trained_until_s, tz=UTC)
        return Standing(rung, version_of(serving), n_items, until)

    def standing_of(self, item_id: str, *, as_of: datetime) -> tuple[bool, bool]:
        """Can the item be recommended at all, and may it be shown at that instant?"""
        serving = self._serving
        position = serving.offer.index.get(item_id)
        if position is None:
            return False, False
        return True, bool(serving.closed(int(as_of.timestamp()))[position] == 0)

    def journal_state(self) -> str:
        """``ok``, or the code of what keeps the journal from being used."""
        try:
            self._parts.journal.last_offset()
        except SetteeError as error:
            return error.code
        return "ok"

    def lag(self) -> int:
        """Journal entries that the profiles do not hold yet."""
        return max(0, self._parts.journal.last_offset() - self._parts.state.offset())

    def newest_at(self) -> datetime | None:
        """The newest event that the model in use counts, None when there is none."""
        stage = self._serving.stage
        newest_s = None if stage is None else stage.living.newest_s
        return None if newest_s is None else datetime.fromtimestamp(newest_s, tz=UTC)

    @property
    def breakers(self) -> Mapping[str, Breaker]:
        """The breaker of each source that was asked so far."""
        stage = self._serving.stage
        return {} if stage is None else stage.retriever.breakers

    @property
    def n_lost_exposures(self) -> int:
        """Exposures that the journal took and then could not write."""
        return self._exposures.n_lost

    def look_after(self, offset: int, account_ids: Iterable[str]) -> None:
        """Events of these accounts were stored here: the next answers shall reflect them.

        Args:
            offset: Of the newest of them in the journal.
            account_ids: Whose they are.
        """
        self._follower.look_after(offset, account_ids)

    def refresh_rules(self) -> None:
        """Take the rules in force now, not at the next turn."""
        self._keeper.refresh_rules()

    def dry_run(
        self, requests: Mapping[str, Request], rules: RuleSet
    ) -> tuple[list[Listed], list[Listed]]:
        """The lists of some requests under the rules in force, and under others.

        Args:
            requests: By the id of their exposure; none of it is journalled.
            rules: The other rules.

        Raises:
            SetteeError: If a profile cannot be read.
        """
        return dry_run(self._parts, self._keeper, requests, rules)

    def refresh_items(self) -> None:
        """Take windows, stock and new items from the tables now, not at the next turn."""
        self._keeper.refresh_items()

    def renew(self) -> None:
        """Follow releases, items and events now, not at the next turn.

        Raises:
            SetteeError: If tables or bundle cannot be read; what answered before goes on.
        """
        self._keeper.renew()
        self._keeper.follow()

    def warm(self) -> None:
        """Compile and page in what an answer runs through: whoever asks once has no second try."""
        self._keeper.warm()
        if self._parts.people is not None and self._settings.for_persons:
            self._parts.people.warm(round(self._parts.clock().timestamp() * 1_000_000))

    def start(self) -> None:
        """Run through an answer once, fold what waits in the journal, and follow from now on."""
        self.warm()
        self._exposures.start()
        self._follower.start()

    def stop(self) -> None:
        """Stop following and write the profiles; stopping twice is harmless."""
        self._follower.stop()
        self._exposures.stop()
        self._keeper.close()
