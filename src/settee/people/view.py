"""Tell who lives in an account and who is on the screen, from the view of the record.

Asking changes nothing. Sessions that fell silent but may still be joined by an event that is under
way are taken as closed for the answer alone: at breakfast one knows of last night's film, though
nothing has come since. Each answer is that of one state of one account, whatever is being folded.

Reads: the households view.  Writes: it, when it folds.
Not here: how the view follows the record (people.folding), what persons are (people.household).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from settee.events import Progress, activity, no_progress
from settee.people.account import Account, Resident
from settee.people.answers import SessionAnswer, answer_of, unpack_log
from settee.people.cache import AccountCache, Warm
from settee.people.changes import PersonEvent
from settee.people.corrections import Correction
from settee.people.folding import Fold
from settee.people.household import Household
from settee.people.importing import Sources
from settee.people.moment import Moment, session_at
from settee.people.posterior import Who
from settee.people.sessionizer import Happening, gather
from settee.people.sessions import Sessions, sessions_of


@dataclass(frozen=True)
class Scene:
    """All that is known of an account at a moment, out of one look at the view.

    Args:
        offset: Of the last journal entry that it knows of.
        household: To be read; None when nothing is known of the account.
        who: Who is there; None when nothing is known of the account.
        since_us: When the session began that goes on on the device, microseconds since
            1970-01-01 UTC; None where none does.
    """

    offset: int
    household: Household | None = None
    who: Who | None = None
    since_us: int | None = None


How = Literal["as_known", "hindsight"]
_PAGE = 1000
_MICROS = 1_000_000


class People:
    """The people room over one record.

    Args:
        sources: Where the record and the view are.
        max_cached_bytes: Memory for accounts that were asked for lately (speed only).
    """

    def __init__(self, sources: Sources, *, max_cached_bytes: int = 96 * 1024 * 1024) -> None:
        self._sources = sources
        self._cache = AccountCache(max_cached_bytes)
        self._fold = Fold(sources, self._cache)

    def fold(self, progress: Progress = no_progress) -> None:
        """Bring the view up to the record.

        Raises:
            SetteeError: If the record or the view cannot be used.
        """
        self._fold.run(progress)

    def step(self) -> bool:
        """Take in all of the journal, and a little of what else is to be done, such as an import.

        Returns:
            Is more to be done?

        Raises:
            SetteeError: If the record or the view cannot be used.
        """
        return self._fold.step()

    def close(self) -> None:
        """Leave work that is under way to the next fold."""
        self._fold.close()

    def offset(self) -> int:
        """Offset of the last journal entry that is in the view."""
        return self._sources.households.offset()

    def n_accounts(self) -> int:
        """How many accounts the view holds."""
        return self._sources.households.n_accounts()

    def account_ids(self, after: str = "", limit: int = _PAGE) -> list[str]:
        """Accounts that the view holds, sorted; only those behind `after`, `limit` at most."""
        return self._sources.households.account_ids(after, limit)

    def who(self, moment: Moment) -> Any:  # noqa: ANN401 -- what the keeper's households say
        """Who is there, as far as one can tell; the answer of `Household.who`.

        Args:
            moment: Account, instant, device, and what else is known of the running session.
        """
        with self._cache.lock:
            warm = self._warm(moment.account_id)
            account = warm.account if warm else self._fresh(moment.account_id)
            resident = self._ahead(warm, moment.at_us) if warm else account.resident
            who = _who(account, resident, moment)
            if warm is not None:
                self._cache.weigh(warm)
            return who

    def scene(self, moment: Moment) -> Scene:
        """`household`, `who`, `running_since` and `offset` of one moment, by one look.

        Args:
            moment: Account, instant and device; its events are taken as if the record had them,
                and one that would come too late to join a session tells nothing.
        """
        with self._cache.lock:
            warm, offset = self._warm_at(moment.account_id)
            if moment.events:
                supposed = Warm(0, self._supposed(warm, moment), 0)
                return self._scene(supposed, offset, replace(moment, events=()))
            if warm is None:
                return Scene(offset)
            warm.is_lent = True
            scene = self._scene(warm, offset, moment)
            self._cache.weigh(warm)
            return scene

    def _scene(self, warm: Warm, offset: int, moment: Moment) -> Scene:
        resident = self._ahead(warm, moment.at_us)
        running = warm.account.sessionizer.on_device(moment.device_id, moment.at_us)
        since_us = None if running is None else running.start_us
        who = _who(warm.account, resident, moment)
        return Scene(offset, resident.household, who, since_us)

    def _supposed(self, warm: Warm | None, moment: Moment) -> Account:
        """The account as if the moment's events had been recorded; what is kept stays as it is."""
        state = (b"", b"")
        if warm is not None:
            state = warm.account.running_bytes(), warm.account.persons_bytes()
        account = Account(moment.account_id, self._fold.keeper, self._sources.settings, *state)
        account.take(moment.events)
        return account

    def warm(self, at_us: int) -> None:
        """Ask about an account that is known, and about nobody: the first question loads code.

        Args:
            at_us: Now, microseconds since 1970-01-01 UTC.
        """
        begun = Happening(at_us, "play", item_id="")
        for account_id in ("", *self.account_ids(limit=1)):
            scene = self.scene(Moment(account_id, at_us))
            if scene.household is not None:
                scene.household.shares(np.zeros(1, np.int64))
            self.who(Moment(account_id, at_us, events=(begun,)))

    def running_since(self, moment: Moment) -> int | None:
        """When the session began that goes on on that device; None where none does.

        Args:
            moment: Account, instant and device.

        Returns:
            Microseconds since 1970-01-01 UTC.
        """
        with self._cache.lock:
            warm = self._warm(moment.account_id)
            if warm is None:
                return None
            running = warm.account.sessionizer.on_device(moment.device_id, moment.at_us)
            return None if running is None else running.start_us

    def household(self, account_id: str, at_us: int | None = None) -> Any:  # noqa: ANN401 -- the keeper's
        """The household of an account, to be read, or None when nothing is known of it.

        Args:
            account_id: Which one.
            at_us: Take sessions as closed that are silent at that instant; without it those that
                were silent when it was last asked who is there.
        """
        with self._cache.lock:
            warm = self._warm(account_id)
            if warm is None:
                return None
            warm.is_lent = True
            if at_us is not None:
                return self._ahead(warm, at_us).household
            return (warm.account.resident if warm.ahead is None else warm.ahead[1]).household

    def try_correction(self, account_id: str, correction: Correction, at_s: int) -> None:
        """Find out whether a correction can be taken in, before it becomes a fact.

        Raises:
            NoSuchPerson: If it names a person whom the account does not have.
            CannotMerge: If persons cannot be merged or parted as they stand.
        """
        with self._cache.lock:
            warm = self._warm(account_id)
            account = warm.account if warm else self._fresh(account_id)
            raw, passed_us = account.persons_bytes(), account.passed_us
        self._fold.keeper.open(account_id, raw, passed_us).correct(correction, at_s)

    def answers(self, account_id: str) -> list[SessionAnswer]:
        """What was said of each session of an account when it ended, running ones last."""
        with self._cache.lock:
            running = self._loaded(account_id).running_answers()
            parts = self._sources.households.answers(account_id)
        return [one for part in parts for one in unpack_log(part).answers] + running

    def events(self, account_id: str) -> list[PersonEvent]:
        """What happened to the persons of an account, oldest first."""
        parts = self._sources.households.answers(account_id)
        return [event for part in parts for event in unpack_log(part).events]

    def n_late(self, account_id: str) -> int:
        """Events of an account that came too late to be sorted into a session."""
        with self._cache.lock:
            warm = self._warm(account_id)
            return 0 if warm is None else warm.account.sessionizer.n_late

    def export(self, how: How) -> Iterator[dict[str, Any]]:
        """Who watched each session: one dict a session, account by account.

        Args:
            how: as_known: as it was answered at the time; hindsight: with everything known, for
                all sessions of the history, in which live events are once they are sealed.

        Raises:
            SetteeError: If the record or the view cannot be used.
        """
        return self._as_known() if how == "as_known" else self._in_hindsight()

    def _as_known(self) -> Iterator[dict[str, Any]]:
        after = ""
        while account_ids := self.account_ids(after):
            after = account_ids[-1]
            for account_id in account_ids:
                with self._cache.lock:
                    account = self._loaded(account_id)
                    answers = account.running_answers()
                    parts = self._sources.households.answers(account_id)
                for part in parts:
                    for answer in unpack_log(part).answers:
                        yield answer.as_dict(account_id)
                for answer in answers:
                    yield answer.as_dict(account_id)

    def _in_hindsight(self) -> Iterator[dict[str, Any]]:
        for part in activity(self._sources.history):
            sessions = sessions_of(part, self._sources.settings)
            for number, account_id in enumerate(sessions.account_ids):
                yield from self._recalled(account_id, sessions.of_account(number))

    def _recalled(self, account_id: str, sessions: Sessions) -> Iterator[dict[str, Any]]:
        if not len(sessions):
            return
        with self._cache.lock:
            account = self._loaded(account_id)
            last_us = int(sessions.end_us.max()) + self._sources.settings.gap_s * _MICROS
            resident = self._ahead(Warm(0, account, 0), last_us + 1)
            found = resident.recall(sessions)
        for event_id, said in zip(sessions.last_event_id, found, strict=True):
            yield answer_of(event_id, said).as_dict(account_id)

    def _fresh(self, account_id: str) -> Account:
        return Account(account_id, self._fold.keeper, self._sources.settings)

    def _loaded(self, account_id: str) -> Account:
        """The account, without putting it into the cache."""
        warm = self._cache.get(account_id, self._sources.households.version_of(account_id))
        return warm.account if warm else self._read(account_id)[1]

    def _read(self, account_id: str) -> tuple[int, Account, int]:
        """Version, account and size; version 0 where nothing is known."""
        state = self._sources.households.get(account_id)
        if state is None:
            return 0, self._fresh(account_id), 0
        size = len(state.running) + len(state.persons)
        account = Account(
            account_id, self._fold.keeper, self._sources.settings, state.running, state.persons
        )
        return state.version, account, size

    def _warm(self, account_id: str, version: int | None = None) -> Warm | None:
        """The account out of the cache, or into it; None where nothing is known."""
        if version is None:
            version = self._sources.households.version_of(account_id)
        warm = self._cache.get(account_id, version)
        if warm is None:
            version, account, size = self._read(account_id)
            if not version:
                return None
            warm = Warm(version, account, size)
            self._cache.put(warm)
        return warm

    def _warm_at(self, account_id: str) -> tuple[Warm | None, int]:
        """The account out of the cache, or into it, and the journal offset that it knows of."""
        while True:
            version, offset = self._sources.households.look(account_id)
            warm = self._warm(account_id, version)
            if warm is None or warm.version == version:  # else it was written between two looks
                return warm, offset

    def _ahead(self, warm: Warm, at_us: int) -> Resident:
        """The household as if sessions that are silent at an instant had closed."""
        account = warm.account
        silent = account.sessionizer.silent_at(at_us)
        if not silent:
            return account.resident
        keys = tuple(one.last for one in silent)
        if warm.ahead is None or warm.ahead[0] != keys:
            resident = self._fold.keeper.open(
                account.account_id, account.persons_bytes(), account.passed_us
            )
            for one in silent:
                resident.absorb(gather(account.account_id, [one]))
            warm.ahead = keys, resident
        return warm.ahead[1]


def _who(account: Account, resident: Resident, moment: Moment) -> Any:  # noqa: ANN401 -- the keeper's
    running = account.sessionizer.on_device(moment.device_id, moment.at_us)
    session = session_at(moment, running)
    beside = account.beside(session.device_id, session.start_us, session.end_us)
    return resident.who(gather(moment.account_id, [session]), beside)
