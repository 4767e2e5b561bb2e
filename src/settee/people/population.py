"""Learn across households what one household cannot tell: tastes, usual sessions, how sure to be.

A household of twenty sessions says little about what an evening is; ten thousand households say it
well. A population is learnt from the past of the record, up to a cutoff; answers before the cutoff
never see it. One generation follows another; with none yet, `nobody_known` says nothing at all and
answers stay at the level of the account.

Reads: sessions of many accounts, tags of titles.  Writes: nothing (bundles: store).
Source: Robbins (1956) and Casella (1985) for priors from the population (empirical Bayes).
Not here: persons of one household (people.mixture), topics of titles (people.tastes).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, PeopleSettings
from settee.events import Catalogue
from settee.people import mixture_loops as loops
from settee.people.channels import (
    OFFSETS,
    SIZES,
    TASTE_AT,
    Symbols,
    Usual,
    blur,
    symbols_of,
)
from settee.people.doubt import DEFAULT_DOUBT, Doubt
from settee.people.rows import Places, Rows, encode
from settee.people.sessions import Sessions
from settee.people.tastes import Tastes, learn_tastes
from settee.store import pack_strings, unpack_strings

N_TOPICS = 16
_LOCAL = {3: 1 / SIZES[3], 4: 1 / SIZES[4], 7: 1 / SIZES[7]}
"""Channels whose symbols are the household's own numbers: no household can speak for another's."""
_MOST_ACCOUNTS = 4000  # more do not change the sums that are learnt
GROUP = "people"
Floats = NDArray[np.float64]


class NobodyToLearnFrom(BadInput):
    """There is no session to learn a population from."""

    code = "nobody_to_learn_from"


@dataclass(frozen=True)
class Population:
    """What is known across households.

    Args:
        until_s: Cutoff: learnt from sessions that had ended by then, epoch seconds.
        tastes: Topics of titles.
        usual: Durations and densities by type of device.
        prior: (TASTE_AT + n_topics,) float64 how common each symbol is; each channel sums to 1.
        doubt: How sure to be, and when several watch.
        n_households: How many it was learnt from.
        calm: (6, 15) how calm households look, see `drift_calm.Calm`; None when that was
            not learnt.
    """

    until_s: int
    tastes: Tastes
    usual: Usual
    prior: Floats
    doubt: Doubt
    n_households: int
    calm: Floats | None = None

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Where each channel begins in the table of symbols; the last is its width."""
        return np.append(OFFSETS, TASTE_AT + self.tastes.n_topics)

    @cached_property
    def blur(self) -> Floats:
        """See `channels.blur`."""
        return blur()

    def encode(self, sessions: Sessions, places: Places) -> Rows:
        """Sessions of one account as rows; see `rows.encode`."""
        return encode(sessions, self.tastes, places)

    def symbols(self, rows: Rows) -> Symbols:
        """Rows as symbols; see `channels.symbols_of`."""
        return symbols_of(rows, self.usual)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as arrays of a bundle."""
        arrays: dict[str, NDArray[Any]] = {
            "until_s": np.array([self.until_s, self.n_households], np.int64),
            "topics": self.tastes.topics,
            "usual": np.stack([self.usual.duration, self.usual.density]),
            "prior": self.prior,
            "doubt": self.doubt.to_array(),
            "calm": np.zeros((0, 0)) if self.calm is None else self.calm,
        }
        letters, ends = pack_strings(self.tastes.item_ids)
        return {**arrays, "item_letters": letters, "item_ends": ends}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Population":
        """The population that `to_arrays` wrote.

        What is small is copied: a bundle's arrays cannot be written to, and loops that were
        compiled for those of a fresh population would be compiled once more.
        """
        until_s, n_households = arrays["until_s"].tolist()
        return cls(
            until_s=until_s,
            tastes=Tastes(
                unpack_strings(arrays["item_letters"], arrays["item_ends"]),
                np.asarray(arrays["topics"]),
            ),
            usual=Usual(*np.array(arrays["usual"])),
            prior=np.array(arrays["prior"]),
            doubt=Doubt.from_array(arrays["doubt"]),
            n_households=n_households,
            calm=np.array(arrays["calm"]) if arrays["calm"].size else None,
        )


def nobody_known() -> Population:
    """What is known before anything was learnt: every symbol is as common as any other."""
    none = np.zeros(len(OFFSETS))
    prior = np.concatenate([np.full(size, 1 / size) for size in (*SIZES, N_TOPICS)])
    usual = Usual(np.full(len(none), 6.5)[: SIZES[2]], np.full(len(none), -2.0)[: SIZES[2]])
    tastes = Tastes((), np.zeros((0, N_TOPICS), np.float32))
    return Population(np.iinfo(np.int64).min, tastes, usual, prior, DEFAULT_DOUBT, 0)


def learn_population(
    sessions: Sessions,
    catalogue: Catalogue,
    until_s: int,
    settings: PeopleSettings,
    seed: int,
    before: Population | None = None,
) -> Population:
    """Learn from the past of the record.

    Args:
        sessions: Of many accounts.
        catalogue: Titles and their tags.
        until_s: Only sessions whose silence was over by then are looked at.
        settings: The silence that ends a session.
        seed: Of the start of the topics.
        before: The generation before, whose topics are carried on.

    Raises:
        NobodyToLearnFrom: If no session had ended by then.
    """
    past = sessions.where(sessions.end_us <= (until_s - settings.gap_s) * 1_000_000)
    if len(past) == 0:
        raise NobodyToLearnFrom(
            f"no session of {len(sessions)} had ended by {until_s}; at least one is needed.",
            hint="settee import PATH brings events.",
        )
    past = _some(past)
    start = before.tastes if before is not None and before.n_households else None
    tastes = learn_tastes(past, catalogue, N_TOPICS, np.random.default_rng(seed), start)
    rows = _all_rows(past, tastes)
    usual = Usual.of(rows)
    return Population(
        until_s=until_s,
        tastes=tastes,
        usual=usual,
        prior=_prior(symbols_of(rows, usual), tastes.n_topics),
        doubt=DEFAULT_DOUBT,
        n_households=len(np.unique(past.account)),
    )


def _some(sessions: Sessions) -> Sessions:
    """Every so many accounts, so that at most some thousand are left."""
    present = np.unique(sessions.account)
    step = -(-len(present) // _MOST_ACCOUNTS)
    return sessions if step == 1 else sessions.where(np.isin(sessions.account, present[::step]))


def _all_rows(sessions: Sessions, tastes: Tastes) -> Rows:
    """Rows of many accounts at once; numbers of devices do not matter here."""
    return encode(sessions, tastes, Places())


def _prior(symbols: Symbols, n_topics: int) -> Floats:
    table = np.zeros((1, TASTE_AT + n_topics))
    ones = np.ones((len(symbols), 1))
    loops.count(symbols.symbol, symbols.topic, symbols.weight, ones, table)
    counts = np.concatenate([table[0, :TASTE_AT] @ blur(), table[0, TASTE_AT:]]) + 0.5
    bounds = np.append(OFFSETS, len(counts))
    for channel in range(len(bounds) - 1):
        part = slice(int(bounds[channel]), int(bounds[channel + 1]))
        counts[part] = _LOCAL.get(channel, 0) or counts[part] / counts[part].sum()
    return counts


def newest_before(populations: Sequence[Population], at_s: int) -> Population:
    """The newest generation that was there at an instant.

    >>> newest_before([], 0).n_households
    0
    """
    there = [one for one in populations if one.until_s <= at_s]
    return there[-1] if there else nobody_known()


__all__ = [
    "GROUP",
    "NobodyToLearnFrom",
    "Population",
    "learn_population",
    "newest_before",
    "nobody_known",
]
