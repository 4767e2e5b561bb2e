"""Learn how calm households look by living through the past of some of them.

A household is found and followed session by session as it would have been, without alarms, and what
its detectors saw is kept. Fifty households of a hundred sessions take some seconds.

Reads: sessions, a population.  Writes: nothing.
Source: as in people.drift_calm.
Not here: what is made of it (people.drift_calm), the population itself (people.population).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from settee.core import PeopleSettings
from settee.people.drift import DriftRules
from settee.people.drift_calm import BadSurprises, Calm, Evidence, learn_calm
from settee.people.household import Household
from settee.people.mixture import Mixture
from settee.people.population import Population
from settee.people.sessions import Sessions
from settee.people.watch import Means, Watch, habits_of

N_FIRST = 60
"""Sessions of each household that only teach the model."""
_MOST_HOUSEHOLDS = 60
_MOST_SESSIONS = 240
_LEAST_SESSIONS = 100


def with_calm(population: Population, sessions: Sessions, settings: PeopleSettings) -> Population:
    """The population with what is usual in calm households; as it was where too little is known.

    Args:
        population: Just learnt.
        sessions: Of many accounts; those up to the cutoff of the population are used.
        settings: Forgetting and thresholds.
    """
    silence_us = settings.gap_s * 1_000_000
    past = sessions.where(sessions.end_us <= population.until_s * 1_000_000 - silence_us)
    sizes = np.bincount(past.account, minlength=past.n_accounts)
    usable = np.flatnonzero(sizes >= _LEAST_SESSIONS)
    chosen = usable[:: max(-(-len(usable) // _MOST_HOUSEHOLDS), 1)].tolist()
    seen = [watched(past.of_account(one), population, settings) for one in chosen]
    try:
        calm = learn_calm([one for one, _ in seen], [peak for _, peak in seen], N_FIRST)
    except BadSurprises:
        return population
    return replace(population, calm=calm.to_array())


def watched(
    own: Sessions, population: Population, settings: PeopleSettings
) -> tuple[Evidence, NDArray[np.float64]]:
    """What the detectors of one household saw, and the highest that was said of its members.

    Args:
        own: Sessions of one account, in the order in which they closed.
        population: What is known across households.
        settings: Forgetting and thresholds.
    """
    quiet = replace(population, calm=None)  # without it nothing is an alarm
    household = Household("", quiet, settings)
    mixture = Mixture(most=settings.max_persons)
    never = DriftRules(1e-300, Calm.usual())
    means, watch = Means(never, habits_of(mixture, population), mixture.guest), Watch()
    found, peak = [], np.zeros(3)
    for place in range(min(len(own), _MOST_SESSIONS)):
        session = own.take(np.array([place]))
        sight = household.look(session)
        watch.session(sight, means)
        if place >= N_FIRST:
            peak = np.maximum(peak, watch.peak)
        found.append(sight.seen)
        household.absorb(session)
    return _joined(found), peak


def _joined(parts: list[Evidence]) -> Evidence:
    return Evidence(
        np.concatenate([one.at_s for one in parts]),
        np.concatenate([one.surprise for one in parts]),
        np.concatenate([one.hour for one in parts]),
        np.concatenate([one.device for one in parts]),
    )
