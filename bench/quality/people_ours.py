"""Answer by settee itself: as known at the time, and with the true labels of the past.

What is known across households is learnt 1, 2, 3, 4, 5, 7, 9 and 12 weeks after the start, as a
service does; each answer sees the generations that were there. With true labels the same emissions
are counted from who really was there, for all sessions before the last refit: what is left is what
no finding of persons could win.

Reads / Writes: nothing.
Not here: the models (settee.people), plain methods (people_methods).
"""

import itertools

import numpy as np

from bench.quality.people_methods import labels_of
from bench.quality.people_replay import F32, schedule, stack
from bench.quality.people_world import HouseholdWorld
from settee.core import PeopleSettings
from settee.events import catalogue_of
from settee.people.mixture import Mixture
from settee.people.population import Population, learn_population
from settee.people.replay import Answers, replay
from settee.people.rows import Rows

GENERATION_DAYS = (7, 14, 21, 28, 35, 49, 63, 84)
_DAY_S = 86_400


def generations(world: HouseholdWorld, seed: int) -> list[Population]:
    """What was known across households, one generation after the other."""
    first_s = int(world.at_s.min())
    catalogue, settings = catalogue_of(world.items), PeopleSettings()
    found: list[Population] = []
    for days in GENERATION_DAYS:
        until_s, before = first_s + days * _DAY_S, found[-1] if found else None
        found.append(learn_population(world.sessions, catalogue, until_s, settings, seed, before))
    return found


def as_known(world: HouseholdWorld, seed: int) -> Answers:
    """What settee answers about every session, from what was known at its last event."""
    return replay(world.sessions, generations(world, seed), PeopleSettings())


def with_true_labels(world: HouseholdWorld, rows: list[Rows], population: Population) -> F32:
    """Our emissions, counted from the true labels of all that was known at the last fit."""
    model, width = Mixture(), world.truth.is_present.shape[1]
    answers = []
    for one, labels in zip(rows, labels_of(world), strict=True):
        symbols = population.symbols(one)
        table = np.zeros((len(one), width), np.float32)
        bounds = [0, *schedule(len(one)), len(one)]
        for first, last in itertools.pairwise(bounds):
            known = np.flatnonzero(labels[:first] >= 0)
            there, who = np.unique(labels[known], return_inverse=True)
            if not len(there):
                table[first:last, 0] = 1.0
                continue
            share = np.zeros((len(known), len(there) + 1))
            share[np.arange(len(known)), who] = 1.0
            counts = model.counts(symbols.take(known), share, population)
            asked = symbols.take(np.arange(first, last))
            joint = model.joint(model.log_table(counts, population), asked)
            joint += np.log(model.mix(share[:, :-1].sum(axis=0)))
            raised = np.exp(joint - joint.max(axis=1, keepdims=True))
            table[first:last, there] = (raised / raised.sum(axis=1, keepdims=True))[:, :-1]
        answers.append(table)
    return stack(answers)
