"""Fill what goes on learning while it serves, and judge it on the later part of the record first.

The online layer must earn its place before it meets anybody. The judged period is lived through
again in the order of time: at each of 5,000 moments at which somebody took something new, sources
that stand still, live sources that do not, pool and base order answer as they would have; the layer
foretells what was taken, is judged, then learns. What it starts from in service is what it knew at
the end, and it acts from the first answer only if its interval lay above 0.

Reads: the record.  Writes: nothing.
Source: Gama, Sebastiao and Rodrigues (2013), "On evaluating stream learning algorithms"
(prequential evaluation: test, then train).
Not here: the layer (ranking.online), the live sources (candidates.live).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from settee.candidates import Arrays, LiveItems, stream_of
from settee.core import Settings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress
from settee.features import Context, ItemStates, ItemTimeline, Person
from settee.ranking import (
    Joined,
    Model,
    OnlineLayer,
    fused_utility,
    join_pools,
    make_pool,
    online_features,
    rank,
    ranked_utility,
    score_sources,
)

LIVE: Final = "live"
ONLINE: Final = "online"
"""Names under which the moving state is kept in a model."""
_STEPS = 100


@dataclass(frozen=True)
class Replayed:
    """What living through a period again taught.

    Args:
        layer: The layer as it was at the end.
        n_choices: Moments that were looked at.
        n_in_pool: Those whose item was in the pool, which alone teach.
    """

    layer: OnlineLayer
    n_choices: int
    n_in_pool: int

    def as_dict(self) -> dict[str, Any]:
        """What was found, as JSON."""
        return {
            "n_choices": self.n_choices,
            "n_in_pool": self.n_in_pool,
            "standing": self.layer.standing().as_dict(),
        }


def live_arrays(interactions: Interactions, catalogue: Catalogue, settings: Settings) -> Arrays:
    """The live sources' counts at the end of the record, for the bundle."""
    return LiveItems.fit(interactions, catalogue, settings.live).to_arrays()


def replay_online(
    interactions: Interactions,
    model: Model,
    start_s: int,
    settings: Settings,
    progress: Progress = no_progress,
) -> Replayed:
    """Live through the record from an instant on.

    Args:
        interactions: The record, in the item space of the model.
        model: Fitted on what lies before `start_s`; promoted or not, as it will serve.
        start_s: First second of what is lived through, epoch seconds.
        settings: `live`, `online`, `sources.max_history` and the seed.
        progress: Told how many moments are done.
    """
    layer = OnlineLayer(settings.online)
    scene = _Scene.of(interactions, model, start_s, settings)
    asked = _moments(interactions, start_s, settings)
    in_time = asked[np.argsort(interactions.at_s[asked], kind="stable")]
    n_in_pool = 0
    for number, row in enumerate(in_time):
        if number % _STEPS == 0:
            progress("online", number, len(in_time))
        scene.live_until(int(interactions.at_s[row]))
        n_in_pool += scene.ask(int(row), layer)
    progress("online", len(in_time), len(in_time))
    return Replayed(layer, len(in_time), n_in_pool)


def _moments(interactions: Interactions, start_s: int, settings: Settings) -> NDArray[np.int64]:
    """Rows at which somebody with a history took something new, so many at random."""
    key = interactions.account.astype(np.int64) * interactions.n_items + interactions.item
    _, first = np.unique(key, return_index=True)  # rows are in the order of time per account
    is_new = np.zeros(len(interactions), np.bool_)
    is_new[first] = True
    interest = interactions.is_interest
    earlier: NDArray[np.int64] = np.cumsum(interest) - interest
    starts = np.searchsorted(interactions.account, interactions.account, side="left")
    has_history = earlier > earlier[starts] if len(starts) else np.zeros(0, np.bool_)
    rows = np.flatnonzero(is_new & interest & has_history & (interactions.at_s >= start_s))
    most = settings.online.replay_choices
    if len(rows) > most:
        rng = np.random.default_rng([settings.train.seed, start_s])
        rows = np.sort(rng.choice(rows, most, replace=False))
    return rows


class _Scene:
    """What answers while the past is lived through again."""

    def __init__(
        self,
        interactions: Interactions,
        model: Model,
        live: LiveItems,
        states: ItemStates,
        waiting: NDArray[np.int64],
        max_history: int,
    ) -> None:
        self._interactions = interactions
        self._model = model
        self._live = live
        self._states = states
        self._waiting = waiting
        self._waiting_at_s = interactions.at_s[waiting]
        self._n_lived = 0
        self._max_history = max_history
        self._streams = np.array([stream_of(one) for one in interactions.account_ids], np.uint64)

    @classmethod
    def of(
        cls, interactions: Interactions, model: Model, start_s: int, settings: Settings
    ) -> "_Scene":
        past = interactions.where(interactions.at_s < start_s)
        live = LiveItems.fit(past, model.catalogue, settings.live)
        rows = np.flatnonzero(interactions.is_interest & (interactions.at_s >= start_s))
        rows = rows[np.argsort(interactions.at_s[rows], kind="stable")]
        # States are asked as of an instant, so the whole record may lie in them.
        timeline = ItemTimeline.from_interactions(interactions)
        states = ItemStates(timeline, model.ranking.time_bucket_s)
        return cls(interactions, model, live, states, rows, settings.sources.max_history)

    def live_until(self, at_s: int) -> None:
        """Count what happened before an instant."""
        end = int(np.searchsorted(self._waiting_at_s, at_s, side="left"))
        rows = self._waiting[self._n_lived : end]
        events = self._interactions
        self._live.take(self._streams[events.account[rows]], events.item[rows], events.at_s[rows])
        self._n_lived = max(end, self._n_lived)

    def ask(self, row: int, layer: OnlineLayer) -> bool:
        """Answer as of an event, and let the layer learn what it was; was it in the pool?"""
        events = self._interactions
        at_s, account = int(events.at_s[row]), events.account[row : row + 1]
        first = int(np.searchsorted(events.account, account[0], side="left"))
        last = first + int(np.searchsorted(events.at_s[first:row], at_s, side="left"))
        before = _rows(events, slice(first, last))
        seen = np.zeros(events.n_items, np.bool_)
        seen[before.item] = True
        histories = Histories.of_accounts(
            before.where(before.is_interest), account, self._max_history
        )
        if seen[events.item[row]] or len(histories.item) == 0:
            return False
        joined = self._pool(histories, at_s, ~seen)
        utility = self._base(joined, Person.of(histories), at_s)
        chosen = joined.pool.items == events.item[row]
        if not chosen.any():
            return False
        x = online_features(joined.pool, utility, self._live.sources)
        layer.learn(events.account_ids[account[0]], x, chosen)
        return True

    def _pool(self, histories: Histories, at_s: int, allowed: NDArray[np.bool_]) -> Joined:
        model = self._model
        scores = [one[0] for one in score_sources(model, histories)]
        person = Person.of(histories)
        trained = make_pool(
            scores, allowed, model.ranking, model.blend_of(person, at_s), len(person.item)
        )
        live = [one[0] for one in self._live.score(histories, at_s).values()]
        found = make_pool(live, allowed, model.ranking)
        return join_pools(trained, found, live, len(allowed))

    def _base(self, joined: Joined, person: Person, at_s: int) -> NDArray[np.float64]:
        model = self._model
        if model.ranker is None or not model.is_promoted:
            return fused_utility(joined.pool)
        ranked = rank(model, joined.model, person, self._states.at(at_s), Context(at_s))
        return ranked_utility(joined, ranked)


def _rows(events: Interactions, span: slice) -> Interactions:
    return Interactions(
        events.account_ids, events.n_items, events.account[span], events.item[span],
        events.at_s[span], events.is_interest[span],
    )  # fmt: skip
