"""Contact members with advertising of known effect, and let some of them convert.

A member converts on a day with a probability whose logit is a habit of the member plus what the
contacts of earlier days add; half of that is gone after some days. Who would convert anyhow is
contacted more, so comparing the contacted with the others flatters the contacts; some households
are left out at random, so an honest comparison is possible. With a habit of 1 in 600 a day and one
contact that adds 1.0, the next day has a chance of 1 in 222.

Reads: a home.  Writes: nothing.
Source: Rubin (1974) for the two outcomes of which a real record holds only one.
Not here: sessions (events.simulate_visits).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.events.simulate_calendar import Calendar
from settee.events.simulate_homes import N_GUESTS, Home
from settee.events.simulate_stage import Stage
from settee.events.simulate_visits import Visits
from settee.events.simulate_watching import KIND, Rows, blank_rows
from settee.events.simulate_world import World

_DAY_S = 86_400
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Contact:
    """A way to reach somebody.

    Args:
        channel: As on the event.
        campaign: As on the event.
        cost_micros: Of one contact, in millionths of the currency.
        effect: What it adds to the logit at first, before the dial `touch_effect`.
        targeting: How much more it goes to those who would convert anyhow.
        share: Of all contacts.
    """

    channel: str
    campaign: str
    cost_micros: int
    effect: float
    targeting: float
    share: float


CONTACTS = (
    Contact("search", "brand-words", 350_000, 0.15, 2.0, 0.15),
    Contact("search", "new-words", 520_000, 0.90, 1.0, 0.10),
    Contact("email", "winter-news", 2_000, 0.40, 1.2, 0.20),
    Contact("email", "come-back", 2_000, 0.70, 0.2, 0.10),
    Contact("social", "trailers", 160_000, 0.60, 0.5, 0.15),
    Contact("display", "banners", 45_000, 0.00, 1.5, 0.20),
    Contact("video", "first-spot", 800_000, 1.20, 0.3, 0.10),
)
"""Every contact of the world; that of the banners has no effect at all."""


@dataclass(frozen=True)
class TrueEffects:
    """What the contacts of one household did: the truth.

    Args:
        is_held_out: Was the household left out at random?
        expected: Conversions to be expected with the contacts as they were.
        expected_without: The same, had nobody been contacted.
        touch: (n,) event of each contact, a position in the events of the household.
        touch_extra: (n,) conversions to be expected less, had that one contact not been made.
        convert: (m,) event of each conversion, and its probability on that day `p` and, had nobody
            been contacted, `p_without`.
    """

    is_held_out: bool
    expected: float
    expected_without: float
    touch: NDArray[np.intp]
    touch_extra: Floats
    convert: NDArray[np.intp]
    p: Floats
    p_without: Floats

    def at(self, place: NDArray[np.intp]) -> "TrueEffects":
        """The same when event i stands at `place[i]`."""
        return TrueEffects(
            self.is_held_out, self.expected, self.expected_without, place[self.touch],
            self.touch_extra, place[self.convert], self.p, self.p_without,
        )  # fmt: skip


def contact(rng: np.random.Generator, stage: Stage, home: Home) -> tuple[Visits, Rows, TrueEffects]:
    """Contacts and conversions, as visits of one event each, and what is true about them.

    Args:
        rng: Of the household's advertising alone: sessions are the same without any.
        stage: Of the world.
        home: The household.
    """
    world, calendar = stage.world, stage.calendar
    n_days = calendar.n_days
    is_there = _presence(home, n_days)
    keenness = rng.normal(0, 1, home.n)
    is_held_out = bool(rng.random() < world.holdout)
    person, day, which = _contacts(rng, world, home, is_there, keenness, is_held_out)
    logit = np.log(world.conversions / 30) + 0.6 * keenness - 0.18
    added = _added(world, day, which, n_days)  # (n_contacts, n_days)
    total = np.zeros((home.n, n_days))
    np.add.at(total, person, added)
    p_without = is_there * _chance(np.repeat(logit[:, None], n_days, axis=1))
    p = is_there * _chance(logit[:, None] + total)
    spared = is_there[person] * _chance(logit[person, None] + total[person] - added)
    buyer, buy_day = np.nonzero(rng.random(p.shape) < p)

    n, m = len(person), len(buyer)
    rows = blank_rows(n + m)
    rows["at_s"][:n] = _instants(rng, calendar, day)
    rows["at_s"][n:] = _instants(rng, calendar, buy_day)
    rows["kind"] = np.repeat([KIND["touch"], KIND["convert"]], [n, m])
    rows["contact"][:n] = which
    rows["revenue_cents"][n:] = 100 * rng.integers(5, 60, m) - 1
    rows["visit"] = np.arange(n + m)
    actor = np.concatenate([person, buyer]).astype(np.int64)
    rows["persons"] = 1 << actor
    effects = TrueEffects(
        is_held_out, float(p.sum()), float(p_without.sum()), np.arange(n),
        (p[person] - spared).sum(axis=1), np.arange(n, n + m), p[buyer, buy_day],
        p_without[buyer, buy_day],
    )  # fmt: skip
    return _visits(rng, home, actor, rows["at_s"]), rows, effects


def _presence(home: Home, n_days: int) -> NDArray[np.bool_]:
    days = np.arange(n_days)
    later: NDArray[np.bool_] = days >= home.join_day[:, None]
    return later & (days < home.leave_day[:, None])


def _contacts(
    rng: np.random.Generator,
    world: World,
    home: Home,
    is_there: NDArray[np.bool_],
    keenness: Floats,
    is_held_out: bool,
) -> tuple[Ints, Ints, Ints]:
    """Member, day and kind of each contact."""
    n_days = is_there.shape[1]
    share = np.array([one.share for one in CONTACTS])
    pull = world.targeting * np.array([one.targeting for one in CONTACTS])
    # Divided by its mean over members, so that the dials of numbers and of targeting are apart.
    leaning = np.exp(keenness[:, None] * pull - pull**2 / 2)
    mean = 0.0 if is_held_out else world.touches / 30 / home.n
    counts = rng.poisson(mean * share * leaning[:, None] * is_there[:, :, None])
    person, day, which = np.nonzero(np.minimum(counts, 1))
    return person, np.minimum(day, n_days - 1), which


def _added(world: World, day: Ints, which: Ints, n_days: int) -> Floats:
    """(n_contacts, n_days) what each contact adds to the logit, from the day after it."""
    effect = world.touch_effect * np.array([one.effect for one in CONTACTS])[which]
    passed = np.arange(n_days) - day[:, None]
    faded = 0.5 ** ((passed - 1) / world.touch_half_life_days)
    return np.where(passed > 0, effect[:, None] * faded, 0.0)


def _chance(logit: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-logit))
    return chance


def _instants(rng: np.random.Generator, calendar: Calendar, day: Ints) -> Ints:
    return calendar.start_s + day * _DAY_S + rng.integers(0, _DAY_S, len(day))


def _visits(rng: np.random.Generator, home: Home, actor: Ints, at_s: Ints) -> Visits:
    """Each contact and conversion is on some device of the member."""
    n = len(actor)
    sums = home.device_sums[actor]
    device = (rng.random((n, 1)) > sums).sum(axis=1).clip(0, sums.shape[1] - 1)
    crowd = np.zeros((n, home.n + N_GUESTS), dtype=np.bool_)
    crowd[np.arange(n), actor] = True
    return Visits(at_s.copy(), actor, device, crowd, np.full(n, -1), np.full(n, -1))
