"""Invent households: one to four persons who share an account, a television and their evenings.

A child of eight watches gentle titles at four in the afternoon, her brother late on his phone, and
both use the account and the television of their parents. A person has a taste over moods and a
few circles of titles that he or she loves; a quarter of the households join while the world runs.

Reads: a random generator.  Writes: nothing.
Not here: what they watch (events.simulate), what there is to watch (events.simulate_titles).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.events.simulate_titles import MOODS

SLOT_TYPES = ("tv", "tablet", "desktop", "mobile")
"""Device types; the first three are shared by the household, the last is a person's own."""

# role:            child  teen  adult  senior
_HOUR = np.array([16.0, 18.5, 20.3, 15.0])
_AGE_CAP = np.array([6, 16, 21, 21])
_RATE = np.array([0.30, 0.24, 0.24, 0.36])
_WEEKEND = np.array([1.6, 1.3, 1.5, 1.0])
_DEVICES = np.array([
    [0.55, 0.40, 0.02, 0.03],
    [0.20, 0.05, 0.15, 0.60],
    [0.60, 0.08, 0.12, 0.20],
    [0.85, 0.08, 0.05, 0.02],
])  # fmt: skip
_CHILD_TASTE = np.array([mood in {"Family", "Fantasy", "Nature", "Music"} for mood in MOODS])


@dataclass(frozen=True)
class People:
    """All persons; row p of each array is person p. None of it ever leaves with the events.

    Args:
        account_ids: One for each household.
        account: (n_people,) int32 positions in `account_ids`.
        taste: (n_people, 12) float32, rows sum to 1.
        loves: (n_people, n_circles) bool.
        rate: (n_people,) float, probability of a session on a working day.
        weekend: (n_people,) float, factor on `rate` at weekends.
        hour: (n_people,) float, usual hour of the day.
        age_cap: (n_people,) int, highest age rating watched.
        join_day: (n_people,) float, first day of the household.
        devices: (n_people, 4) int64 numbers of devices, one for each of SLOT_TYPES.
        device_share: (n_people, 4) float, cumulative probability of each.
    """

    account_ids: tuple[str, ...]
    account: NDArray[np.int32]
    taste: NDArray[np.float32]
    loves: NDArray[np.bool_]
    rate: NDArray[np.float64]
    weekend: NDArray[np.float64]
    hour: NDArray[np.float64]
    age_cap: NDArray[np.int64]
    join_day: NDArray[np.float64]
    devices: NDArray[np.int64]
    device_share: NDArray[np.float64]

    @property
    def n_people(self) -> int:
        """Number of persons."""
        return len(self.account)


def make_people(rng: np.random.Generator, n_accounts: int, n_circles: int, n_days: int) -> People:
    """Invent `n_accounts` households for a world of `n_days` days.

    >>> people = make_people(np.random.default_rng(7), 50, 10, 60)
    >>> sizes = np.bincount(people.account)
    >>> int(sizes.min()), int(sizes.max())
    (1, 4)
    """
    sizes = rng.choice([1, 2, 3, 4], n_accounts, p=[0.35, 0.30, 0.15, 0.20])
    account = np.repeat(np.arange(n_accounts, dtype=np.int32), sizes)
    place = np.arange(len(account)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    role = _roles(rng, sizes[account], place)
    # People who live together are a little alike: a third of a taste is the household's.
    shared = rng.dirichlet(np.full(len(MOODS), 0.15), n_accounts)[account]
    taste = 0.35 * shared + 0.65 * rng.dirichlet(np.full(len(MOODS), 0.15), len(account))
    taste = np.where(role[:, None] == 0, taste * (0.05 + _CHILD_TASTE), taste)
    taste /= taste.sum(axis=1, keepdims=True)
    join_day = np.where(rng.random(n_accounts) < 0.25, rng.uniform(0, n_days, n_accounts), 0.0)
    share = _DEVICES[role] * np.where(rng.random((n_accounts, 4)) < 0.85, 1, 0.02)[account]
    return People(
        account_ids=tuple(f"a{number + 1:04d}" for number in range(n_accounts)),
        account=account,
        taste=taste.astype(np.float32),
        loves=rng.random((len(account), n_circles)) < min(0.5, 2.5 / n_circles),
        rate=np.clip(_RATE[role] * rng.gamma(2, 0.5, len(account)), 0.01, 0.9),
        weekend=_WEEKEND[role],
        hour=_HOUR[role] + rng.normal(0, 1.2, len(account)),
        age_cap=_AGE_CAP[role],
        join_day=join_day[account],
        devices=_devices(rng, account, n_accounts),
        device_share=np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True),
    )


def _roles(
    rng: np.random.Generator, size: NDArray[np.int64], place: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Adults first; third and fourth persons are children or teenagers; some pairs are old."""
    drawn = rng.random(len(size))
    grown = np.where((size <= 2) & (drawn < 0.25), 3, 2)
    young = np.where(drawn < 0.55, 0, 1)
    return np.where(place >= 2, young, grown)


def _devices(
    rng: np.random.Generator, account: NDArray[np.int32], n_accounts: int
) -> NDArray[np.int64]:
    """Numbers in random order, so that no device number tells whose it is."""
    numbers = rng.permutation(3 * n_accounts + len(account)) + 1
    shared = numbers[: 3 * n_accounts].reshape(n_accounts, 3)[account]
    return np.column_stack([shared, numbers[3 * n_accounts :]])
