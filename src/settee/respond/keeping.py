"""Keep what answers requests up to the releases, the items and the events, without a pause.

Whoever answers takes the serving once and keeps it to the end; here the next one is built beside
it and put in its place: for another release, for changed windows and stock, and for items that
came after the training, which get the numbers behind the last.

Reads: tables, bundles, journal.  Writes: nothing.
Not here: when it is called (respond.follow), answering (respond.responder).
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from settee.core import Clock, Item, SetteeError, Settings
from settee.events import Histories
from settee.features import Person, frozen
from settee.people import People
from settee.ranking import Model, load_model, warm_up
from settee.respond.base import Wish
from settee.respond.ladder import climb
from settee.respond.offer import Offer
from settee.respond.page import Laying, lay
from settee.respond.person import History
from settee.respond.serving import Serving, serving_of, version_of
from settee.respond.showings import Showings
from settee.respond.telling import shown_items
from settee.rules import Asking, ItemFacts, RuleSet, compile_rules, judge
from settee.store import HotState, Journal, Tables

_WARM_S = 300.0
_NOBODY = np.empty(0, np.int32)
_log = logging.getLogger("settee.respond")


@dataclass(frozen=True)
class Parts:
    """What a responder works with.

    Args:
        state: What is read of an account: profile, what was shown, preferences.
        tables: Items as they are now, and which version is released.
        journal: Where live events come from and exposures go.
        settings: Effective settings.
        clock: The present instant.
        bundles: Folder of the bundles.
        model: A model to answer with whatever is released; None follows the releases.
        people: Who is there; None answers at account level.
        rules: Gives the rules in force, cheaply; None for no rules.
    """

    state: HotState
    tables: Tables
    journal: Journal
    settings: Settings
    clock: Clock
    bundles: Path
    model: Model | None = None
    people: People | None = None
    rules: Callable[[], RuleSet] = RuleSet.empty


class Keeper:
    """Keeps one serving after another; safe to use from several threads.

    Args:
        parts: What a serving is made of.

    Raises:
        SetteeError: If the released bundle or the tables cannot be read.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._changing = threading.RLock()
        self._unusable: str | None = None
        self.showings = Showings()
        self.items_mark = parts.tables.items_mark()
        version = None if parts.model is not None else parts.tables.current_release()
        model = parts.model if version is None else load_model(parts.bundles / version)
        self._serving = self._build(model)

    @property
    def serving(self) -> Serving:
        """What answers now."""
        return self._serving

    def follow(self) -> bool:
        """Let live events count, and number the items that they are the first to name.

        Returns:
            Is everything taken in?

        Raises:
            SetteeError: If journal or tables cannot be read.
        """
        stage = self._serving.stage
        return True if stage is None else stage.living.advance(self._positions)

    def renew(self) -> None:
        """Follow the rules, the items and the releases.

        Raises:
            SetteeError: If tables or bundle cannot be read; what answered before goes on.
        """
        with self._changing:
            self.refresh_rules()
            self.refresh_items()
            self._follow_release()

    def refresh_rules(self) -> None:
        """Take the rules in force now, not at the next turn."""
        with self._changing:
            rules = self._parts.rules()
            if rules.version != self._serving.rules.rules.version:
                self._serving = self._serving.with_rules(rules)

    def refresh_items(self) -> None:
        """Take windows, stock and new items from the tables now, not at the next turn."""
        with self._changing:
            tables = self._parts.tables
            mark = tables.items_mark()
            if mark == self.items_mark:
                return
            if self._serving.stage is None:
                self._serving = self._build(None)
            else:
                changed = list(tables.items(changed_after=self.items_mark))
                self._serving = self._with_items(self._serving, changed)
            self.items_mark = mark

    def warm(self) -> None:
        """Compile and page in what an answer and an event run through."""
        warm_up()
        self._warm(self._serving)

    def close(self) -> None:
        """End the threads of the sources; a later question starts another."""
        stage = self._serving.stage
        if stage is not None:
            stage.retriever.close()

    def _build(self, model: Model | None) -> Serving:
        parts = self._parts
        items = list(parts.tables.items())
        if model is None:
            offer = Offer.of_items(items)
        else:
            offer = Offer.of_catalogue(model.catalogue).updated(items)
            offer = offer.grown(self._new_ones(offer, model.catalogue.n_items, items))
        first_seen_s = {} if model is None else first_seen(model)
        facts = ItemFacts.of_items(offer.item_ids, items, first_seen_s | self._put_s(offer, model))
        rules = compile_rules(parts.rules(), facts)
        serving = serving_of(
            model, offer, rules, parts.state.profiles, parts.journal, parts.settings
        )
        if model is not None:
            known = model.catalogue.index
            _describe(serving, [one for one in items if one.item_id not in known])
        return serving

    def _positions(self, item_ids: Sequence[str]) -> NDArray[np.int32]:
        """Numbers of items; who is named for the first time gets one."""
        with self._changing:
            self._serving = self.heard_of(self._serving, item_ids)
            index = self._serving.offer.index
        return np.array([index.get(one, -1) for one in item_ids], np.int32)

    def heard_of(self, serving: Serving, item_ids: Sequence[str]) -> Serving:
        """The serving, and those of the items numbered that nobody named before.

        Args:
            serving: What moves of its model is told of them.
            item_ids: Any ids.

        Raises:
            SetteeError: If the tables cannot be read.
        """
        unheard = {one for one in item_ids if one not in serving.offer.index}
        if not unheard:
            return serving
        known = {one.item_id: one for one in self._parts.tables.items(sorted(unheard))}
        named = dict.fromkeys(one for one in item_ids if one in unheard)
        return self._with_items(serving, [known.get(one) or Item(item_id=one) for one in named])

    def _with_items(self, serving: Serving, items: Sequence[Item]) -> Serving:
        """The serving with these items as they are now."""
        n_known = 0 if serving.stage is None else serving.stage.model.catalogue.n_items
        fresh = self._new_ones(serving.offer, n_known, items)
        now_s = int(self._parts.clock().timestamp())
        facts = serving.rules.facts.updated(items)
        if fresh:
            ids = list(dict.fromkeys(one.item_id for one in fresh))
            facts = facts.grown(ids, fresh, dict.fromkeys(ids, now_s))
        grown = serving.with_offer(serving.offer.updated(items).grown(fresh), facts)
        _describe(grown, items)
        return grown

    def _put_s(self, offer: Offer, model: Model | None) -> dict[str, int]:
        """When items that the model does not know were put, epoch seconds."""
        n_known = 0 if model is None else model.catalogue.n_items
        return self._parts.tables.items_put_s(offer.item_ids[n_known:])

    def _new_ones(self, offer: Offer, n_known: int, items: Sequence[Item]) -> Sequence[Item]:
        """Those of the items that have no number yet, as far as there is room for them."""
        fresh = [one for one in items if one.item_id not in offer.index]
        room = self._parts.settings.respond.max_new_items - (offer.n_items - n_known)
        if len(fresh) > room:
            _log.warning("no room for %d new items (respond.max_new_items)", len(fresh) - room)
        return fresh[: max(room, 0)]

    def _follow_release(self) -> None:
        if self._parts.model is not None:
            return
        version = self._parts.tables.current_release()
        if version is None or version in (version_of(self._serving), self._unusable):
            return
        try:
            fresh = self._build(load_model(self._parts.bundles / version))
        except SetteeError:
            self._unusable = version  # tried once, not twice a second
            raise
        self._unusable = None
        self._warm(fresh)
        before, self._serving = self._serving, fresh
        while not self.follow():
            pass  # what was lived since the training, before anybody asks
        if before.stage is not None:
            before.stage.retriever.close()
        _log.info("serving %s", version)

    def _warm(self, serving: Serving) -> None:
        """Run an answer, with people who do not exist."""
        as_of_s = int(self._parts.clock().timestamp())
        known = serving.reader.read("", as_of_s)
        stage = serving.stage
        if stage is None or serving.offer.n_items == 0:
            return
        n_items = min(3, serving.offer.n_items)
        # Loops are compiled anew for arrays that cannot be written to, as those of a profile are.
        person = Person(
            frozen(np.arange(n_items, dtype=np.int32)),
            frozen(np.full(n_items, stage.model.trained_until_s, np.int64)),
        )
        past = History(person, np.zeros(n_items, np.uint8))
        heard = replace(past, weight=frozen(np.ones(n_items, np.float32)))
        # A history of everything touches every byte that a source may read later.
        everything = np.arange(serving.offer.n_items, dtype=np.int32)
        history = Histories.of_one(everything, np.full(len(everything), as_of_s, np.int64))
        stage.retriever.ask(list(stage.sources), history, _WARM_S)
        respond = self._parts.settings.respond
        generous = respond.model_copy(
            update={"source_budget_ms": 1000 * _WARM_S, "total_budget_ms": 1000 * _WARM_S}
        )
        stage.living.warm()
        several = replace(known, history=heard, members=(heard, heard))
        for one in (known, replace(known, history=past), replace(known, history=heard), several):
            asking = Asking(as_of_s, k=respond.k)
            verdict = judge(
                serving.rules, asking, closed=serving.offer.everything, seen=one.seen,
                excluded=_NOBODY, disliked=one.disliked,
            )  # fmt: skip
            wish = Wish(respond.k, as_of_s, None, time.perf_counter())
            base = climb(serving, one, verdict, wish, generous)
            page = lay(Laying(serving, one, verdict, asking, respond), base)
            shown_items(serving, page, one, with_reasons=True)


def _describe(serving: Serving, items: Sequence[Item]) -> None:
    """Tell the live sources what items are about, those that have a number."""
    index, stage = serving.offer.index, serving.stage
    known = [one for one in items if one.item_id in index]
    if stage is not None and known:
        stage.living.describe([index[one.item_id] for one in known], known)


def first_seen(model: Model) -> dict[str, int]:
    """When each item of a model was first wanted, epoch seconds; items without an event left out.

    Args:
        model: The model.
    """
    layer = model.timeline.base
    has_event = np.diff(layer.indptr) > 0
    starts = layer.at_s[layer.indptr[:-1][has_event]].tolist()
    ids = model.catalogue.item_ids
    return dict(
        zip((ids[place] for place in np.flatnonzero(has_event).tolist()), starts, strict=True)
    )
