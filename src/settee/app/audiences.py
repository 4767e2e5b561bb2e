"""The audiences of a workspace: who responds is learnt, people are ranked, an audience is made.

Reads: the record, the released model, contacts.  Writes: models of responses, audiences, their log.
Not here: audiences that are kept and leave (app.exports), those made ahead (app.reach).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.app.exports import ExportsWork
from settee.app.models import ModelsWork
from settee.app.worth import WorthWork
from settee.audiences import (
    Asked,
    Audience,
    AudienceQuery,
    BadAudience,
    NoResponses,
    Ready,
    Target,
    activity_told,
    check_query,
    load_responses,
    make,
    matching,
    people_of,
    prepare,
    reach_of,
    response_signals,
    save_responses,
    target_of,
    train_responses,
)
from settee.core import DEVICE_TYPES, Conflict, new_id, to_json
from settee.events import Interactions, Progress, activity, interactions, no_progress, read_contacts
from settee.learn import store_report
from settee.ranking import Model

RESPONSES = "responses"
UNKEPT = "preview"
"""Draws the holdout of an audience that is not kept and names no campaign, each time alike."""


class NothingReleased(Conflict):
    """People are ranked by a released model, and there is none."""

    code = "nothing_released"


@dataclass(frozen=True)
class _Made:
    """What `prepare` made, and of what."""

    of: tuple[object, ...]
    ready: Ready


class AudiencesWork(ModelsWork, WorthWork, ExportsWork):
    """Makes audiences."""

    _prepared: _Made | None = None

    def train_responses(self, progress: Progress = no_progress) -> dict[str, Any]:
        """Learn from the record who responds, and put that to use.

        Returns:
            `version`, `horizon_days`, `n_events` and `kinds` of responses; `activity`: which model
            foretells who comes, why, and the log loss of each; and `order_value`: what
            the next order of everybody is foretold by, see `learn_order_value`.

        Raises:
            TooShort: If the record holds no past with responses behind it.
        """
        events, items = self.record(progress)
        signals, responses = response_signals(self.settings), None
        if signals != self.settings.signals:
            responses = interactions(self.history, items, signals)
        model = train_responses(
            events, items, self.settings, responses=responses, progress=progress
        )
        about = {
            "horizon_days": model.horizon_days,
            "n_events": len(events),
            "kinds": list(signals.kinds),
            "activity": activity_told(model),
        }
        version = save_responses(self.home / RESPONSES, model, about)
        found = {"version": version, **about}
        store_report(self.tables, RESPONSES, found, self.clock())
        return {**found, "order_value": self.learn_order_value(model.horizon_days)}

    def make_audience(
        self, query: AudienceQuery, who: str = "", progress: Progress = no_progress
    ) -> Audience:
        """Make an audience and keep it with its members, the held out among them.

        Args:
            query: What a marketer asks for.
            who: Who asks.
            progress: Told what is being done.

        Raises:
            BadAudience: If the query contradicts itself or asks for what is not known.
            BadTarget: If nothing known is named.
            NothingReleased: If no model is released.
            NoResponses: If it was never learnt who responds.
            NoUplift: If uplift is asked for and was not learnt.
            NoOrderValue: If a share of orders is asked for and their worth was not learnt.
        """
        audience = self._chosen(query, new_id("aud", self.clock()), progress)
        self.keep_audience(audience, who)
        return audience

    def preview_audience(self, query: AudienceQuery, progress: Progress = no_progress) -> Audience:
        """What `make_audience` would make; nothing of it is kept, and it has no id.

        Args:
            query: What a marketer asks for.
            progress: Told what is being done.

        Raises:
            SetteeError: As `make_audience` does.
        """
        return replace(self._chosen(query, UNKEPT, progress), audience_id="")

    def _chosen(self, query: AudienceQuery, audience_id: str, progress: Progress) -> Audience:
        check_query(query)
        at, guard = self.clock(), self.guard()
        ready = self.reach_ready(query.unit or self.settings.audiences.unit, progress)
        moved = order_cents = None  # of likeness neither is looked for: `make` refuses it
        if query.by == "uplift" and not query.like:
            moved, learnt_from = self.moved_by(query.learnt_from)
            query = msgspec.structs.replace(query, learnt_from=learnt_from)
        if query.margin_share is not None and not query.like:
            order_cents = self.order_cents(ready.reach.units.account_ids)
        asked = Asked(
            query,
            self._target(query, ready),
            self._looked_at(query, ready),
            guard,
            audience_id,
            at,
            self.settings.audiences.holdout,
            moved,
            order_cents,
        )
        return make(ready, asked)

    def reach_ready(self, unit: str, progress: Progress = no_progress) -> Ready:
        """Everybody, and how active they are; the same object while the record stays the same.

        Args:
            unit: ``person`` or ``account``.
            progress: Told what is being done.

        Raises:
            NothingReleased: If no model is released.
            NoResponses: If it was never learnt who responds.
            NoHistory: If the record is empty.
        """
        version, learnt = self.registry.current(), self._responses_version()
        if version is None:
            raise NothingReleased(
                "no model is released, and people are ranked by one.",
                hint="Run settee train and settee release.",
            )
        events, items = self.record(progress)
        by_person = unit == "person" and self.settings.people.enabled
        if by_person:
            self.fold(progress)  # of an import that nobody asked about yet no person is known
        until_s = int(self.clock().timestamp()) // 3600 * 3600
        of = (version, learnt, unit, until_s, to_json(self._lineage()))
        if self._prepared is None or self._prepared.of != of:
            model = self.load_model(version)
            reach = reach_of(
                _numbered_by(model, events, items.item_ids),
                int(self.clock().timestamp()) + 1,
                max_items=self.settings.sources.max_history,
                recent_days=self.settings.response.recent_days,
                shares=self._whose if by_person else None,
            )
            responses = load_responses(self.home / RESPONSES, learnt)
            ready = prepare(
                reach, responses, model.sources, model.catalogue, self.settings.response
            )
            self._prepared = _Made(of, ready)
        return self._prepared.ready

    def _responses_version(self) -> str:
        reports = self.tables.reports(RESPONSES, 1)
        if not reports:
            raise NoResponses(
                "it was never learnt who responds.", hint="Run settee audience train."
            )
        return str(reports[0].body["version"])

    def _whose(
        self, account_id: str, at_s: NDArray[np.int64]
    ) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        household = self.people.household(account_id)
        if household is None or not household.persons:
            return None
        return tuple(one.person_id for one in household.persons), household.shares(at_s)

    def _target(self, query: AudienceQuery, ready: Ready) -> Target | None:
        if query.like:
            return None
        if query.tag is not None:
            return target_of(ready.catalogue, tag=query.tag)
        if query.item_id is not None:
            described = next(iter(self.tables.items([query.item_id])), None)
            return target_of(ready.catalogue, item_ids=[query.item_id], described=described)
        assert query.items is not None  # noqa: S101 -- check_query saw to it
        found = matching(self.tables.items(), query.items)
        if not found:
            raise BadAudience(
                "no item has the attributes that are asked for.",
                hint="Ask for fewer attributes at once.",
                place="items",
            )
        return target_of(ready.catalogue, item_ids=found)

    def _looked_at(self, query: AudienceQuery, ready: Ready) -> NDArray[np.bool_] | None:
        """(n_units,) whom the query wants to be looked at; None is everybody."""
        found = people_of(ready.reach, query)
        people = query.people
        accounts = [set(one) for one in self._accounts_of(query)]
        if not accounts and not (people.min_purchases or people.min_value_cents):
            return found
        wanted = set.intersection(*accounts) if accounts else set()
        is_one = np.array([one in wanted for one in ready.reach.units.account_ids], np.bool_)
        return is_one if found is None else found & is_one

    def _accounts_of(self, query: AudienceQuery) -> Iterator[set[str]]:
        """Accounts that bought enough, and those that used one of the devices."""
        people = query.people
        if people.min_purchases or people.min_value_cents:
            bought = read_contacts(self.history)
            bought = bought.where(bought.is_conversion).united(0.0)
            n = np.bincount(bought.account, minlength=len(bought.account_ids))
            value = np.bincount(bought.account, bought.cents, minlength=len(bought.account_ids))
            enough = (n >= people.min_purchases) & (value >= people.min_value_cents)
            yield {bought.account_ids[place] for place in np.flatnonzero(enough)}
        if people.device_types:
            numbers = [DEVICE_TYPES.index(one) for one in people.device_types]
            used = set[str]()
            for part in activity(self.history):
                hit = np.isin(part.device_type, numbers)
                used |= {part.account_ids[place] for place in np.unique(part.account[hit])}
            yield used


def _numbered_by(model: Model, events: Interactions, item_ids: tuple[str, ...]) -> Interactions:
    """Events in the item space of a model; items that it does not know are passed over."""
    known = np.array([model.catalogue.index.get(one, -1) for one in item_ids], np.int32)
    item = known[events.item]
    kept = replace(events, item=item, n_items=model.catalogue.n_items)
    return kept.where(item >= 0)
