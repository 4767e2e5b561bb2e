"""A world of eight titles and a dozen accounts, with everything a responder needs around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from settee.candidates import fit_sources
from settee.core import Item, Settings, to_json
from settee.events import NO_END, NO_INSTANT, UNLIMITED, Catalogue, Interactions
from settee.features import ItemTimeline
from settee.people import People
from settee.ranking import Model, save_model
from settee.respond import Parts, Responder
from settee.rules import RuleSet
from settee.store import HotState, Journal, Profiles, Record, Tables, open_state

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
ITEMS = ("alien", "brazil", "casino", "dune", "eraser", "fargo", "gattaca", "heat")
"""a, c, e and g are watched by the odd accounts, b, d, f and h by the even ones."""


def at(minutes: float = 0) -> datetime:
    return NOW + timedelta(minutes=minutes)


def small_catalogue(item_ids: tuple[str, ...] = ITEMS) -> Catalogue:
    n = len(item_ids)
    return Catalogue(
        item_ids=item_ids,
        titles=tuple(name.title() for name in item_ids),
        texts=("",) * n,
        tag_names=("even", "odd"),
        tag_indptr=np.arange(n + 1, dtype=np.int64),
        tag_index=np.array([(place + 1) % 2 for place in range(n)], np.int32),
        year=np.arange(1990, 1990 + n, dtype=np.int32),
        available_from_s=np.full(n, NO_INSTANT, np.int64),
        available_to_s=np.full(n, NO_END, np.int64),
        stock=np.full(n, UNLIMITED, np.int64),
    )


def small_interactions(n_accounts: int = 12, n_items: int = len(ITEMS)) -> Interactions:
    rows = [
        (account, item, account * 10 + place)
        for account in range(n_accounts)
        for place, item in enumerate(range(account % 2, n_items, 2))
        if (item // 2 + account // 2) % 4 != 0  # everybody has missed something
    ]
    account, item, order = (np.array(column) for column in zip(*rows, strict=True))
    start = int(at(-60 * 24 * 7).timestamp())
    return Interactions(
        tuple(f"a{number}" for number in range(n_accounts)),
        n_items,
        account.astype(np.int32),
        item.astype(np.int32),
        start + order.astype(np.int64) * 60,
        np.ones(len(rows), np.bool_),
    )


def small_model(settings: Settings) -> Model:
    events, catalogue = small_interactions(), small_catalogue()
    return Model(
        catalogue=catalogue,
        sources=fit_sources(events, catalogue, settings.sources),
        timeline=ItemTimeline.from_interactions(events),
        ranker=None,
        is_promoted=False,
        trained_until_s=int(events.at_s.max()) + 1,
        ranking=settings.ranking,
    )


def event(
    event_id: str, account_id: str, item_id: str, kind: str = "play", minutes: float = -10, **more
) -> Record:
    when = at(minutes)
    body = {
        "event_id": event_id,
        "account_id": account_id,
        "kind": kind,
        "at": when.isoformat(),
        "item_id": item_id,
        **more,
    }
    return Record(event_id, account_id, kind, int(when.timestamp() * 1e6), to_json(body))


@dataclass
class World:
    """An open home with a responder on it; `close` when done."""

    home: Path
    settings: Settings
    journal: Journal
    tables: Tables
    state: HotState
    now: datetime = field(default=NOW)

    @classmethod
    def at(cls, home: Path, settings: Settings | None = None) -> World:
        chosen = (settings or Settings()).model_copy(update={"home": home})
        return cls(
            home,
            chosen,
            Journal(home / "journal.db", chosen.journal),
            Tables(home / "tables.db"),
            open_state(home),
        )

    @property
    def profiles(self) -> Profiles:
        return self.state.profiles

    def clock(self) -> datetime:
        return self.now

    def put_titles(self, **changes: dict) -> None:
        items = [
            Item(item_id=name, title=name.title(), year=1990 + place, **changes.get(name, {}))
            for place, name in enumerate(ITEMS)
        ]
        self.tables.put_items(items, self.now)

    def release(self, model: Model) -> str:
        version = save_model(self.home / "bundles", model)
        self.tables.add_release(version, self.now, "test", {})
        return version

    def happened(self, *records: Record) -> None:
        """Store events and fold them, as the follower would."""
        self.journal.append(records)
        self.state.apply(self.journal.read(self.state.offset(), 10_000))

    def responder(
        self,
        model: Model | None = None,
        people: People | None = None,
        rules: Callable[[], RuleSet] = RuleSet.empty,
    ) -> Responder:
        return Responder(
            Parts(
                self.state,
                self.tables,
                self.journal,
                self.settings,
                self.clock,
                self.home / "bundles",
                model,
                people,
                rules,
            )
        )

    def close(self) -> None:
        self.state.close()
        self.tables.close()
        self.journal.close()


def with_settings(settings: Settings, **sections: dict) -> Settings:
    changed = {
        name: getattr(settings, name).model_copy(update=values) for name, values in sections.items()
    }
    return settings.model_copy(update=changed)


class Slow:
    """A source that takes its time, or fails, before it answers as another would."""

    needs_history = True

    def __init__(self, inner, wait=None, error=None) -> None:
        self.inner, self.wait, self.error, self.n_asked = inner, wait, error, 0

    def score(self, histories):
        self.n_asked += 1
        if self.wait is not None:
            self.wait.wait(30)
        if self.error is not None:
            raise self.error
        return self.inner.score(histories)

    def shares(self, history, items):
        return self.inner.shares(history, items)


def with_source(model: Model, name: str, source: Slow) -> Model:
    return replace(model, sources={**model.sources, name: source})
