"""Take part in a federation, or lead one: EASE from the co-counts of all silos, seen by nobody.

Each silo counts on its own record and keeps a version with the weights of all; the coordinator
needs no record, sees masked sums and their total, and keeps a version with EASE alone.

Reads: the record of a silo.  Writes: one bundle on either side.
Not here: masks and steps (federation), counts and weights (candidates).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.app.models import ModelsWork
from settee.candidates import Ease, account_bound, co_counts, ease_of_counts, moved
from settee.core import Item, SourceSettings
from settee.events import Interactions, Progress, catalogue_of, no_progress, write_silos
from settee.features import ItemTimeline
from settee.federation import (
    Address,
    Coordinator,
    Door,
    Finished,
    Learnt,
    Plan,
    Privacy,
    Route,
    Silo,
    Terms,
    places_of,
    serve,
    take_part,
)
from settee.learn import TRAINING, card_texts, keep_federated, store_report
from settee.ranking import Model, save_model


@dataclass(frozen=True)
class Federated:
    """What came of a federation on one side.

    Args:
        version: The bundle that was kept.
        n_silos: Whose sums are in it.
        n_items: Items that the weights are of.
        n_own_items: Items of them that this side has.
        sigma: Deviation of the noise in every co-count, 0 for none.
    """

    version: str
    n_silos: int
    n_items: int
    n_own_items: int
    sigma: float

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return dict(vars(self))


class FederatingWork(ModelsWork):
    """Works with other silos."""

    def coordinate(
        self,
        terms: Terms,
        address: Address,
        token: bytes,
        wait_s: float,
        progress: Progress = no_progress,
    ) -> Federated:
        """Lead one federation to its end, and keep its EASE as a version.

        Args:
            terms: What silos are called together for.
            address: Where the coordinator listens.
            token: Shared with the silos.
            wait_s: Longest time of a step.
            progress: Told the step, and how many silos came.

        Raises:
            FederationFailed: If too few silos stayed.
            SolveFailed: If the total could not be solved.
        """

        def finish(led: Coordinator) -> Finished[Ease]:
            return solved(led, self.settings.sources)

        door = Door(Coordinator(terms), token, finish, wait_s, progress)

        def ready(port: int) -> None:
            progress(f"federate: listening on {address.host}:{port}", 0, 0)

        done = serve(door, address, ready)
        described = {one.item_id: one for one in self.tables.items()}
        known = catalogue_of(
            [described.get(name, Item(item_id=name)) for name in door.coordinator.items]
        )
        model = Model(
            catalogue=known,
            sources={Ease.name: done.made},
            timeline=ItemTimeline.from_interactions(_nothing(known.n_items)),
            ranker=None,
            is_promoted=False,
            trained_until_s=0,
            ranking=self.settings.ranking,
            manifest={"federation": _told(done.learnt)},
        )
        version = save_model(self.bundles, model, card_texts(model))
        self._keep_report(version, done.learnt)
        n_items = len(done.made.items)
        return Federated(version, done.learnt.n_silos, n_items, n_items, done.learnt.sigma)

    def join_federation(
        self,
        silo: Silo,
        route: Route,
        *,
        names_items: bool = True,
        progress: Progress = no_progress,
    ) -> Federated:
        """Take part with this home's record, and keep a version with the weights of all.

        Args:
            silo: Its name and what it demands.
            route: To the coordinator.
            names_items: Tell the coordinator which items there are here; not needed where it
                names them.
            progress: Told the step.

        Raises:
            SiloRefuses: If the plan would lay this silo's counts open.
            FederationFailed: If it came to no total.
            TooLittle: If the record holds too little for a version.
        """
        events, items = self.record(progress)
        index = {silo.item_name(name): place for place, name in enumerate(items.item_ids)}
        wanted = np.unique(events.item[events.is_interest])
        named = tuple(items.item_ids[place] for place in wanted.tolist()) if names_items else ()

        def count(plan: Plan) -> tuple[NDArray[np.float64], float]:
            recipe = plan.recipe
            places = places_of(index, plan.items)
            counts = co_counts(events, places, recipe.max_history, recipe.account_power)
            return counts, account_bound(recipe.max_history, recipe.account_power)

        learnt, weights = take_part(silo, route, named, count, progress)
        space = np.arange(len(learnt.items), dtype=np.int32)
        source = moved(
            Ease(len(space), space, weights), places_of(index, learnt.items), items.n_items
        )
        version = keep_federated(
            events,
            items,
            self.settings,
            source,
            self.bundles,
            told=_told(learnt),
            progress=progress,
        )
        self._keep_report(version, learnt)
        n_own = len(source.items)
        return Federated(version, learnt.n_silos, len(space), n_own, learnt.sigma)

    def cut_by_account(
        self, folder: Path, n_silos: int, progress: Progress = no_progress
    ) -> dict[str, int]:
        """Part the whole record by account into files, one a silo; see `events.write_silos`.

        Raises:
            CannotSplit: If there is no event.
        """
        self.seal(progress)
        return write_silos(self.history, folder, n_silos, progress)

    def _keep_report(self, version: str, learnt: Learnt) -> None:
        """Write down that a version was made, so that it is the newest."""
        body = {"version": version, "federation": _told(learnt)}
        store_report(self.tables, TRAINING, body, self.clock())


def solved(led: Coordinator, settings: SourceSettings) -> Finished[Ease]:
    """EASE from the total of a federation.

    Args:
        led: At its last step.
        settings: Ridge and dropout; what silos count by is the plan's.

    Raises:
        FederationFailed: If the silos' shares do not fit together.
        SolveFailed: If the matrix could not be inverted.
    """
    total = led.total()
    recipe, n_items = led.terms.recipe, led.n_items
    sigma = 0.0
    if recipe.epsilon:
        bound = account_bound(recipe.max_history, recipe.account_power)
        sigma = Privacy(recipe.epsilon, recipe.delta).sigma(bound)
    sigma *= (led.n_stayed / led.terms.stays) ** 0.5  # each silo brought its part for the fewest
    ease = ease_of_counts(total, n_items, settings, recipe.max_history, recipe.account_power, sigma)
    items = tuple(led.items[place] for place in ease.items.tolist())
    learnt = Learnt(items, led.n_stayed, sigma, recipe.epsilon, recipe.delta)
    return Finished(learnt, ease.weight, ease)


def _told(learnt: Learnt) -> dict[str, Any]:
    return {
        "n_silos": learnt.n_silos,
        "n_items": len(learnt.items),
        "epsilon": learnt.epsilon or None,
        "delta": learnt.delta if learnt.epsilon else None,
        "sigma": learnt.sigma,
    }


def _nothing(n_items: int) -> Interactions:
    none = np.empty(0, np.int32)
    return Interactions((), n_items, none, none, np.empty(0, np.int64), np.empty(0, np.bool_))
