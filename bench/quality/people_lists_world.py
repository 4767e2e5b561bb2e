"""Questions from simulated households: somebody sits down, and nothing is clicked yet.

At the start of each judged session the household knows the sessions whose silence has passed, the
device and the clock. Whose past counts is decided as the service decides it. Judged are sessions of
one person alone: what was wanted is what that person newly touched from then to the end of the
record.

Reads / Writes: nothing.
Not here: the world (people_world), what the product does with a posterior (settee.respond).
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.people_listing import Question
from bench.quality.people_ours import generations
from bench.quality.people_world import END_AT, HouseholdWorld
from settee.candidates import Source, fit_sources
from settee.core import DEVICE_TYPES, PeopleSettings, RespondSettings, SourceSettings
from settee.events import Catalogue, Interactions, catalogue_of
from settee.people import Household, Moment, Population, Sessions, Who, gather, newest_before
from settee.people.moment import session_at
from settee.respond import Request
from settee.respond.whom import Whom, decide_whom

F32 = NDArray[np.float32]
_MICROS = 1_000_000


@dataclass(frozen=True)
class Asking:
    """What questions are made with.

    Args:
        settings: How much others count.
        most: Questions an account, drawn at random.
        seed: Of the draws.
    """

    settings: RespondSettings
    most: int
    seed: int


@dataclass(frozen=True)
class Known:
    """A household at the start of a session: whose each past session was, and who it may be now."""

    shares: F32
    who: Who

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.who.persons)


def fitted(world: HouseholdWorld) -> tuple[list[Source], Catalogue]:
    """Sources that learnt from whole accounts before the judged days, as the product's do."""
    catalogue, sessions = catalogue_of(world.items), world.sessions
    past = sessions.where(world.at_s < world.judged_from_s)
    row = np.repeat(np.arange(len(past)), np.diff(past.item_indptr))
    account, item = past.account[row], _positions(past, catalogue)
    at_s = past.start_us[row] // _MICROS
    order = np.lexsort((item, at_s, account))
    events = Interactions(
        past.account_ids, catalogue.n_items, account[order], item[order], at_s[order],
        np.ones(len(order), np.bool_),
    )  # fmt: skip
    return list(fit_sources(events, catalogue, SourceSettings()).values()), catalogue


def questions(world: HouseholdWorld, catalogue: Catalogue, asking: Asking) -> list[Question]:
    """Questions of all households."""
    known = generations(world, asking.seed)
    rng = np.random.default_rng(asking.seed)
    found: list[Question] = []
    bounds = world.sessions.account_indptr.tolist()
    for account, (first, last) in enumerate(itertools.pairwise(bounds)):
        rows = np.arange(first, last)
        is_asked = world.truth.is_judged[rows] & (world.primary[rows] >= 0)
        drawn = rng.permutation(np.flatnonzero(is_asked))[: asking.most]
        own = world.sessions.take(rows)
        home = _Home(own, world.truth.is_present[rows], _items(own, catalogue), account)
        found += home.ask(sorted(drawn.tolist()), known, asking.settings, rng)
    return found


@dataclass(frozen=True)
class _Home:
    """The sessions of one account, who was there, and the items of each."""

    own: Sessions
    present: NDArray[np.bool_]
    items: Sequence[NDArray[np.int32]]
    account: int

    def ask(
        self,
        places: Sequence[int],
        populations: Sequence[Population],
        settings: RespondSettings,
        rng: np.random.Generator,
    ) -> Iterator[Question]:
        """A question for each of these sessions, in the order of their starts."""
        own, people = self.own, PeopleSettings()
        account_id = own.account_ids[self.account]
        household = Household(account_id, newest_before(populations, -(2**62)), people)
        silent_us = own.end_us + people.gap_s * _MICROS
        n_known = 0
        for place in sorted(places, key=own.start_us.tolist().__getitem__):
            start_us = int(own.start_us[place])
            while n_known < len(own) and silent_us[n_known] < start_us:
                household = household.under(
                    newest_before(populations, int(silent_us[n_known]) // _MICROS)
                )
                household.absorb(own.take(np.array([n_known])))
                n_known += 1
            past = np.flatnonzero(own.last_us < start_us)
            question = self._question(place, past, household, settings, rng) if len(past) else None
            if question is not None:
                yield question

    def _question(
        self,
        place: int,
        past: NDArray[np.int64],
        household: Household,
        settings: RespondSettings,
        rng: np.random.Generator,
    ) -> Question | None:
        own, person = self.own, int(self.present[place].argmax())
        later = [
            row for row in np.flatnonzero(own.start_us >= own.start_us[place]).tolist()
            if self.present[row, person]
        ]  # fmt: skip
        before = [row for row in past.tolist() if self.present[row, person]]
        wanted = np.setdiff1d(self._union(later), self._union(before))
        item, row_of, last = self._past(past)
        if not len(wanted) or not len(item):
            return None
        at_s = own.start_us[past] // _MICROS
        who = household.who(gather(household.account_id, [session_at(self._moment(place))]))
        ids = [one.person_id for one in household.persons]
        order = dict(who.persons)
        known = Known(
            household.shares(at_s), replace(who, persons=tuple((i, order[i]) for i in ids))
        )
        truth = self.present[past].astype(np.float32)
        certain = replace(
            who, stage="persons", guest=0.0, together=0.0, is_together=False, is_unsure=False,
            persons=tuple((str(n), float(n == person)) for n in range(truth.shape[1])),
        )  # fmt: skip
        variants = {
            "person": known,
            "merged": _merged(known),
            "split": _split(known, rng, is_even=False),
            "split_even": _split(known, rng, is_even=True),
            "true_person": Known(truth / np.maximum(truth.sum(axis=1, keepdims=True), 1), certain),
        }
        whoms = {name: _whom(one, settings) for name, one in variants.items()}
        weights = {n: _heard(one, whoms[n], item, row_of) for n, one in variants.items()}
        hidden = {n: _hidden(one, whoms[n], item, row_of, settings) for n, one in variants.items()}
        everything = np.ones((1, len(item)), np.float32)
        weights["account"], hidden["account"] = everything, item
        return Question(self.account, item, at_s[last], weights, hidden, wanted.astype(np.int32))

    def _moment(self, place: int) -> Moment:
        own = self.own

        def text(space: Sequence[str], number: int) -> str | None:
            return space[number] if number >= 0 else None

        return Moment(
            own.account_ids[self.account],
            int(own.start_us[place]),
            text(own.device_ids, own.device[place]),
            text(DEVICE_TYPES, own.device_type[place]),
            text(own.platforms, own.platform[place]),
        )

    def _union(self, rows: Sequence[int]) -> NDArray[np.int32]:
        return np.unique(np.concatenate([np.empty(0, np.int32), *(self.items[r] for r in rows)]))

    def _past(
        self, past: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], list[NDArray[np.int64]], NDArray[np.int64]]:
        """Distinct items, oldest first; for each the places in `past` that touched it, the last."""
        touched: dict[int, list[int]] = {}
        for number, row in enumerate(past.tolist()):
            for item in self.items[row].tolist():
                touched.setdefault(item, []).append(number)
        ordered = sorted(touched.items(), key=lambda one: (one[1][-1], one[0]))
        rows = [np.array(numbers) for _, numbers in ordered]
        last = np.array([numbers[-1] for _, numbers in ordered], np.int64)
        return np.array([item for item, _ in ordered], np.int32), rows, last


def _whom(known: Known, settings: RespondSettings) -> Whom:
    """For whom the service would make the list."""
    persons = [SimpleNamespace(person_id=one) for one in known.ids]
    household: Any = SimpleNamespace(persons=persons)
    people: Any = SimpleNamespace(
        household=lambda _: household, who=lambda _: known.who, running_since=lambda _: None
    )
    return decide_whom(people, Request("x", 10, END_AT), settings)


def _heard(
    known: Known, whom: Whom, item: NDArray[np.int32], row_of: list[NDArray[np.int64]]
) -> F32:
    """(m, n) how much each item counts for each listener, as respond.person weighs it."""
    if not whom.listeners:
        return np.ones((1, len(item)), np.float32)
    nobodys = np.maximum(1 - known.shares.sum(axis=1), 0)
    each = [known.shares @ one.weight + nobodys * one.rest for one in whom.listeners]
    return np.array([[one[rows].max() for rows in row_of] for one in each], np.float32)


def _hidden(
    known: Known,
    whom: Whom,
    item: NDArray[np.int32],
    row_of: list[NDArray[np.int64]],
    settings: RespondSettings,
) -> NDArray[np.int32]:
    if not whom.listeners:
        return item
    nobodys = np.maximum(1 - known.shares.sum(axis=1), 0)
    seen = known.shares @ whom.seen + nobodys
    return item[[bool(seen[rows].max() >= settings.others_seen) for rows in row_of]]


def _with(who: Who, persons: Sequence[tuple[str, float]]) -> Who:
    ordered = tuple(persons)
    top = max((p for _, p in ordered), default=0.0)
    return replace(who, persons=ordered, is_unsure=top < PeopleSettings().unsure_below)


def _merged(known: Known) -> Known:
    """The likeliest person and the next are taken for one."""
    if len(known.ids) < 2:
        return known
    first, second = np.argsort([-p for _, p in known.who.persons])[:2].tolist()
    shares, persons = known.shares.copy(), list(known.who.persons)
    shares[:, first] += shares[:, second]
    persons[first] = (persons[first][0], persons[first][1] + persons[second][1])
    keep = [place for place in range(len(persons)) if place != second]
    who = _with(known.who, [persons[place] for place in keep])
    return Known(shares[:, keep], who)


def _split(known: Known, rng: np.random.Generator, *, is_even: bool) -> Known:
    """The likeliest person is taken for two, who had every session by the toss of a coin."""
    if not known.ids:
        return known
    top = int(np.argmax([p for _, p in known.who.persons]))
    is_first = rng.random(len(known.shares)) < 0.5
    other = np.where(is_first, 0.0, known.shares[:, top]).astype(np.float32)
    shares = known.shares.copy()
    shares[:, top] -= other
    persons = list(known.who.persons)
    name, p = persons[top]
    persons[top] = (name, p / 2 if is_even else p)
    persons.append(("other half", p / 2 if is_even else 0.0))
    return Known(np.column_stack([shares, other]), _with(known.who, persons))


def _positions(sessions: Sessions, catalogue: Catalogue) -> NDArray[np.int32]:
    place = np.array([catalogue.index[name] for name in sessions.item_ids], np.int32)
    return place[sessions.item]


def _items(own: Sessions, catalogue: Catalogue) -> list[NDArray[np.int32]]:
    positions = _positions(own, catalogue)
    return [
        positions[first:last]
        for first, last in zip(own.item_indptr[:-1], own.item_indptr[1:], strict=True)
    ]
