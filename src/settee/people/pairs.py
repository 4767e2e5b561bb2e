"""Find one person on two accounts, and say by how many bits they are the same.

Accounts that meet on a device or at an address are looked at, unless too many meet there: a hotel
says nothing. Two persons are compared by devices, hours and taste. That hours agree well is seen in
80 % of pairs of one person and in 20 % of others, say, and is then worth two bits; those shares are
learnt from the pairs themselves, without anybody telling which are which.

Reads: summaries of persons.  Writes: nothing.
Source: Fellegi & Sunter (1969), "A Theory for Record Linkage"; Winkler (1988), EM for its weights.
Not here: devices of one household (people.links), what people told (people.changes).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from settee.core import PeopleSettings

FIELDS = ("devices", "hours", "taste")
"""What persons of two accounts are compared by."""

N_LEVELS = 4
_CUTS = np.array([0.25, 0.5, 0.75])
_ROUNDS = 100
_STRENGTH = 2.0  # imaginary pairs that keep a level from being impossible
_MOST_TOGETHER = 6
_MIN_PAIRS = 30


@dataclass(frozen=True)
class Someone:
    """A person of an account, in summary.

    Args:
        account_id: Of which account.
        person_id: Who.
        n_sessions: Sessions that are theirs.
        devices: Device id to their sessions on it.
        hours: (24,) their sessions by hour, UTC.
        taste: (T,) how much of each topic they watched.
    """

    account_id: str
    person_id: str
    n_sessions: float
    devices: Mapping[str, float]
    hours: NDArray[np.floating]
    taste: NDArray[np.floating]


@dataclass(frozen=True)
class Weights:
    """How pairs of one person, and other pairs, compare.

    Args:
        same: (3, 4) share of pairs of one person at each level of each field (m).
        other: (3, 4) the same of pairs of two persons (u).
        prior: Share of compared pairs that are one person.
    """

    same: NDArray[np.float64]
    other: NDArray[np.float64]
    prior: float


USUAL = Weights(
    same=np.array([[0.1, 0.1, 0.2, 0.6], [0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4]]),
    other=np.array([[0.6, 0.2, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]]),
    prior=0.3,
)
"""Where learning starts, and what is used while there are too few pairs to learn from."""


@dataclass(frozen=True)
class PairRules:
    """Which pairs are linked.

    Args:
        threshold: Least probability of a link.
        max_group: Most accounts that may meet on a device or at an address for it to say anything.
        told: Pair of person ids, in order of the alphabet, to whether people said they are one.
    """

    threshold: float = 0.6
    max_group: int = _MOST_TOGETHER
    told: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    @classmethod
    def of(
        cls, settings: PeopleSettings, told: Mapping[tuple[str, str], bool] | None = None
    ) -> "PairRules":
        """The rules under the settings, of which `link_threshold` is used."""
        return cls(threshold=settings.link_threshold, told=told or {})


@dataclass(frozen=True)
class PairLink:
    """Two persons of two accounts, and whether they are one.

    Args:
        persons: Their ids.
        accounts: Their accounts.
        probability: That they are one person.
        is_linked: Are they linked: over the threshold and each other's best, or told so?
        bits: What each field says, in bits; they and the prior add up to the log odds.
        by_hand: Was it told?
    """

    persons: tuple[str, str]
    accounts: tuple[str, str]
    probability: float
    is_linked: bool
    bits: tuple[tuple[str, float], ...]
    by_hand: bool = False


def meetings(places: Mapping[str, Iterable[str]], max_group: int) -> list[tuple[str, str]]:
    """Accounts that meet somewhere, as pairs in order.

    Args:
        places: Account to the device ids and address hashes seen in it.
        max_group: A place of more accounts than this is passed over.

    >>> meetings({"a": ["tv"], "b": ["tv", "x"], "c": ["x"]}, 2)
    [('a', 'b'), ('b', 'c')]
    >>> meetings({"a": ["hotel"], "b": ["hotel"], "c": ["hotel"]}, 2)
    []
    """
    there: dict[str, set[str]] = defaultdict(set)
    for account, seen in places.items():
        for place in seen:
            there[place].add(account)
    return sorted(
        {
            pair
            for group in there.values()
            if 1 < len(group) <= max_group
            for pair in combinations(sorted(group), 2)
        }
    )


def compare(a: Someone, b: Someone) -> NDArray[np.int8]:
    """(3,) level of agreement in each field, 0 to 3; -1 where one of them shows nothing."""
    return np.array(
        [
            _level(_devices(a, b)),
            _level(_alike(a.hours, b.hours)),
            _level(_alike(a.taste, b.taste)),
        ],
        dtype=np.int8,
    )


def _level(agreement: float | None) -> int:
    return -1 if agreement is None else int(np.searchsorted(_CUTS, agreement, side="right"))


def _devices(a: Someone, b: Someone) -> float | None:
    """Share of sessions on the same devices: 1 for the same telephone, 0 for none in common."""
    total_a, total_b = sum(a.devices.values()), sum(b.devices.values())
    if not total_a or not total_b:
        return None
    both = a.devices.keys() & b.devices.keys()
    return sum(min(a.devices[one] / total_a, b.devices[one] / total_b) for one in both)


def _alike(a: NDArray[np.floating], b: NDArray[np.floating]) -> float | None:
    """Cosine of two sets of counts."""
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 0 else None


def learn_weights(levels: NDArray[np.int8], start: Weights = USUAL) -> Weights:
    """How pairs of one person compare, from pairs of which nobody told what they are.

    Args:
        levels: (n, 3) from `compare`.
        start: Where to start; returned as it is with fewer than 30 pairs.
    """
    if len(levels) < _MIN_PAIRS:
        return start
    shown = (levels[:, :, None] == np.arange(N_LEVELS)).astype(np.float64)  # (n, 3, 4)
    found = start
    for _ in range(_ROUNDS):
        p = _probability(shown, found)
        found = Weights(
            same=_shares(shown, p, start.same),
            other=_shares(shown, 1 - p, start.other),
            prior=float(np.clip(p.mean(), 0.01, 0.9)),
        )
    return found


def _shares(
    shown: NDArray[np.float64], weight: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    counts: NDArray[np.float64] = np.einsum("nfl,n->fl", shown, weight) + _STRENGTH * start
    shares: NDArray[np.float64] = counts / counts.sum(axis=1, keepdims=True)
    return shares


def _bits(shown: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """(n, 3) what each field says; nothing where it shows nothing."""
    bits: NDArray[np.float64] = (shown * np.log2(weights.same / weights.other)).sum(axis=2)
    return bits


def _probability(shown: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    odds = np.log2(weights.prior / (1 - weights.prior)) + _bits(shown, weights).sum(axis=1)
    p: NDArray[np.float64] = 1 / (1 + np.exp2(-odds))
    return p


def link_pairs(
    people: Mapping[str, Sequence[Someone]],
    pairs: Sequence[tuple[str, str]],
    rules: PairRules,
    weights: Weights | None = None,
) -> list[PairLink]:
    """Compare all persons of accounts that meet; link at most one to one between two accounts.

    Args:
        people: Account to its persons.
        pairs: Accounts that meet (`meetings`).
        rules: Which pairs are linked.
        weights: What agreement is worth; learnt from these very pairs without it.

    Returns:
        Every pair compared, linked or not, in the order of the accounts and persons given.
    """
    blocks = [(people.get(a, ()), people.get(b, ())) for a, b in pairs]
    both = [(x, y) for left, right in blocks for x in left for y in right]
    if not both:
        return []
    levels = np.array([compare(x, y) for x, y in both])
    weights = weights or learn_weights(levels)
    shown = (levels[:, :, None] == np.arange(N_LEVELS)).astype(np.float64)
    bits, p = _bits(shown, weights), _probability(shown, weights)
    told = [rules.told.get(_names(pair)) for pair in both]
    p = np.array([one if said is None else said for one, said in zip(p, told, strict=True)], float)
    links: list[PairLink] = []
    for left, right in blocks:
        first, n = len(links), len(left) * len(right)
        chosen = _chosen(p[first : first + n].reshape(len(left), len(right)), rules.threshold)
        links += [
            PairLink(
                persons=(both[at][0].person_id, both[at][1].person_id),
                accounts=(both[at][0].account_id, both[at][1].account_id),
                probability=float(p[at]),
                is_linked=at - first in chosen,
                bits=tuple(zip(FIELDS, bits[at].tolist(), strict=True)),
                by_hand=told[at] is not None,
            )
            for at in range(first, first + n)
        ]
    return links


def _names(pair: tuple[Someone, Someone]) -> tuple[str, str]:
    """The key under which a pair may have been told."""
    one, other = sorted(someone.person_id for someone in pair)
    return one, other


def _chosen(p: NDArray[np.float64], threshold: float) -> set[int]:
    """Places in the flat block that are linked: the best one-to-one pairs over the threshold."""
    if not p.size:
        return set()
    from scipy.optimize import linear_sum_assignment  # loads much, and serving needs none

    rows, columns = linear_sum_assignment(np.where(p >= threshold, p, 0.0), maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {i * p.shape[1] + j for i, j in pairs if p[i, j] >= threshold}
