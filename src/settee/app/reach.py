"""The audiences of items that are made ahead: all of them, or those whose answer changed.

Reads: the record, the released model, contacts.  Writes: ``home/reach``.
Not here: the bytes (store.sliced), when an answer must be made again (audiences.precomputed).
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.app.audiences import AudiencesWork
from settee.audiences import (
    KEPT_OUT,
    Ahead,
    BadTarget,
    News,
    ReadyAudiences,
    items_to_make,
    sliceables,
)
from settee.core import instant_text
from settee.events import Progress, no_progress
from settee.store import NothingSliced, SlicedAnswers, Unit, sliced_mark, write_sliced

_BATCH = 5000
_NEVER_SHOWN = {KEPT_OUT.index(reason) + 1 for reason in ("child", "suppressed", "no_consent")}
"""Whoever had a contact lately may be shown; whether one more may go out is for the audience."""


class ReachWork(AudiencesWork):
    """Makes audiences of items ahead."""

    @cached_property
    def audiences_ahead(self) -> ReadyAudiences:
        """The people of items, as they were last computed."""
        folder = self.home / "reach"
        if sliced_mark(folder):
            self.fold_contacts()  # before anybody waits for an answer
        settings = self.settings.precomputed
        return ReadyAudiences(folder, _Watched(self), settings.max_age_s)

    def precompute_audiences(
        self,
        item_ids: Iterable[str] | None = None,
        *,
        anew: bool = False,
        progress: Progress = no_progress,
    ) -> dict[str, Any]:
        """Compute the audience of every item, or of those whose answer changed, and serve them.

        Args:
            item_ids: Only these items; None is every item of the model.
            anew: Make them all, whatever there is.
            progress: Told how many are done.

        Returns:
            What is said of them: `n_made`, `n_items`, `people`, `computed_at` and more.

        Raises:
            BadTarget: If the model does not know an item.
            NothingReleased: If no model is released.
            NoResponses: If it was never learnt who responds.
        """
        folder, settings, at = self.home / "reach", self.settings.precomputed, self.clock()
        unit = self.settings.audiences.unit
        made_of = [self.registry.current(), self._responses_version(), unit, settings.people]
        made_of.append(self._imported())
        known = None if anew else self._known(made_of)
        if known is not None and item_ids is None and self._is_same(known):
            return _told(known, 0)
        ready = self.reach_ready(unit, progress)
        mark, offset = self.show_mark(), self.journal.last_offset()
        units = ready.reach.units
        eligible = self.may_show(list(zip(units.account_ids, units.person_ids, strict=True)))
        ahead = Ahead(ready, eligible, settings.people, at)
        wanted = self._wanted(item_ids, ahead, known)
        about = {
            "mark": list(mark), "offset": offset, "made_of": made_of, "people": settings.people,
            "computed_at": instant_text(at), "n_units": ready.reach.n_units,
            "is_whole": item_ids is None or (known is not None and known.about["is_whole"]),
        }  # fmt: skip
        if known is not None and item_ids is not None:
            # The others were not looked at: what happened since still counts for them.
            about |= {"mark": known.about["mark"], "offset": known.about["offset"]}
        progress("audiences", 0, len(wanted))
        gone = [] if known is None else set(known.keys()) - set(ready.catalogue.item_ids)
        write_sliced(folder, sliceables(ahead, wanted), about, gone=gone, anew=known is None)
        progress("audiences", len(wanted), len(wanted))
        return _told(SlicedAnswers(folder), len(wanted))

    def show_mark(self) -> tuple[int, ...]:
        """How far it is known who may be shown: another one after any change of that."""
        _, *others = self.contact_mark()
        return (self.contact_view.offset(), *others)

    def may_show(self, units: Sequence[Unit]) -> NDArray[np.bool_]:
        """(n,) who may be shown now.

        Args:
            units: Accounts with persons.
        """
        accounts = [account_id for account_id, _ in units]
        reasons = self.guard(accounts).look(
            accounts, [person_id for _, person_id in units], as_of_s=int(self.clock().timestamp())
        )
        may: NDArray[np.bool_] = ~np.isin(reasons, sorted(_NEVER_SHOWN))
        return may

    def _imported(self) -> str:
        """Another one once history was imported or taken away, which the journal does not tell."""
        parts = (one.segment_id for one in self.history.segments() if one.origin == "import")
        return hashlib.sha256(",".join(sorted(parts)).encode()).hexdigest()

    def _is_same(self, known: SlicedAnswers) -> bool:
        """Has nobody done or said anything since, and is no answer too old?

        Then nothing is opened: neither the model nor the record of everybody.
        """
        about = known.about
        if not about["is_whole"] or about["offset"] != self.journal.last_offset():
            return False
        if tuple(about["mark"]) != self.show_mark():
            return False
        return not known.due(self.clock().timestamp() - self.settings.precomputed.max_age_s)

    def _known(self, made_of: list[Any]) -> SlicedAnswers | None:
        """The answers that there are, where they were made of the same."""
        try:
            answers = SlicedAnswers(self.home / "reach")
        except NothingSliced:
            return None
        return answers if answers.about["made_of"] == made_of else None

    def _wanted(
        self, item_ids: Iterable[str] | None, ahead: Ahead, known: SlicedAnswers | None
    ) -> list[str]:
        index = ahead.ready.catalogue.index
        if item_ids is not None:
            named = list(dict.fromkeys(item_ids))
            if strange := [one for one in named if one not in index]:
                raise BadTarget(
                    f'the model does not know item "{strange[0][:128]}".',
                    hint="Train and release a model that does.",
                    place="items",
                )
            return named
        if known is None:
            return list(ahead.ready.catalogue.item_ids)
        since, *others = known.about["mark"]
        if tuple(others) != self.show_mark()[1:]:
            return list(ahead.ready.catalogue.item_ids)  # lists and rules name nobody who changed
        changed = set(self.contact_view.said_since(since)[1])
        offset = known.about["offset"]
        while entries := self.journal.read(offset, _BATCH):
            changed |= {entry.record.account_id for entry in entries}
            offset = entries[-1].offset
        max_age_s = self.settings.precomputed.max_age_s
        return items_to_make(ahead, known, changed, max_age_s)


def _told(answers: SlicedAnswers, n_made: int) -> dict[str, Any]:
    """What is said of answers, and how many of them were just made."""
    told = {name: answers.about[name] for name in ("computed_at", "people", "n_units")}
    return {"n_made": n_made, "n_items": len(answers), **told}


class _Watched:
    """Who may be shown, for whoever gives answers."""

    def __init__(self, work: ReachWork) -> None:
        self._work = work
        self._seen: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    def news(self, since: tuple[int, ...], /) -> News:
        """Of whom something became known since a mark; None where it may be anybody."""
        seen = self._work.contact_mark()
        if self._seen is not None and self._seen == (seen, since):
            return News(since, frozenset())
        mark = self._work.show_mark()
        if mark[1:] != since[1:]:
            found: frozenset[str] | None = None
        else:
            found = self._work.contact_view.said_since(since[0])[1]
        self._seen = seen, mark
        return News(mark, found)

    def may_show(self, units: Sequence[Unit], /) -> NDArray[np.bool_]:
        """(n,) who may be shown now."""
        return self._work.may_show(units)
