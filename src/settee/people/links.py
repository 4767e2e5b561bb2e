"""Say whose a device is, how sure that is, and why; a television of everybody's is nobody's.

A device is somebody's when seven in ten of its sessions are. Of a telephone with 12 sessions, 11 of
them Ann's, that is nearly sure; of a television with 30, 16 of them Ann's, nearly impossible; of a
tablet with one session it is what it is for tablets in general. Services are linked the same way.

Reads: who was there in each session, by probability.  Writes: nothing.
Source: Robbins (1956), empirical Bayes; Minka (2000), "Estimating a Dirichlet distribution" (soft
counts); Good (1950), weights of evidence in bits.
Not here: persons of different accounts (people.pairs), what people say of devices (people.changes).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES, PeopleSettings

OWN_SHARE = 0.7
"""A device is a person's when at least this share of its sessions is."""

N_TYPES = len(DEVICE_TYPES) + 1
_OWNED = (9.0, 1.0)  # whose device it is has nine sessions in ten
_SPREAD = 4.0  # a shared device has the shares of the household, give or take
_GUESTS = 0.05
_MOST_HOUR_BITS = 4.0
_HOUR_TRUST = 0.5  # sessions of one evening tell each other's hour: two count as one
_HOUR_PRIOR = 4.0
_DECIDED = 4.0  # a session was one person's: its likeliest by more than its probability says
_ROUNDS = 30
_TINY = 1e-9


@dataclass(frozen=True)
class LinkPrior:
    """What is known of devices before any is looked at.

    Args:
        owned: (8,) share of devices of each type that are one person's; the last is unknown type.
        half_life_days: Days after which a session counts half.
        threshold: Least probability of a link.
    """

    owned: NDArray[np.float64] = field(default_factory=lambda: np.full(N_TYPES, 0.5))
    half_life_days: float = 60.0
    threshold: float = 0.6

    @classmethod
    def of(cls, settings: PeopleSettings, owned: NDArray[np.float64] | None = None) -> "LinkPrior":
        """The prior under the settings.

        Args:
            settings: Of which `link_threshold` is used.
            owned: From `learn_owned`; half of each type without it.
        """
        prior = cls(threshold=settings.link_threshold)
        return prior if owned is None else cls(owned, threshold=settings.link_threshold)


@dataclass(frozen=True)
class Uses:
    """Sessions of one household, as links need them.

    Args:
        thing: (n,) number of the device or service, -1 unknown.
        thing_type: (n,) place in `core.DEVICE_TYPES`, -1 unknown; all -1 for services.
        at_s: (n,) int64 ends, epoch seconds.
        hour: (n,) hours, 0 to 24.
        responsibility: (n, K) probability of each person; what is missing to 1 is a guest.
    """

    thing: NDArray[np.integer]
    thing_type: NDArray[np.integer]
    at_s: NDArray[np.int64]
    hour: NDArray[np.floating]
    responsibility: NDArray[np.floating]


@dataclass(frozen=True)
class Link:
    """Whose one device or service is.

    Args:
        thing: Its number.
        place: Component of the likeliest owner, 0 to K - 1; -1 when there are no persons.
        probability: That it is theirs.
        is_linked: Is that at least the threshold?
        is_shared: Does likely nobody own it: is it probably the household's?
        n_sessions: Sessions on it.
        facts: share of its sessions that is the likeliest owner's, evenness (effective number of
            its users), days since the owner was last seen on it.
        bits: What speaks for the owner, in bits that add up to the logarithm of the odds: its
            type, its sessions, that recent ones count more, whether its hours are the owner's.
    """

    thing: int
    place: int
    probability: float
    is_linked: bool
    is_shared: bool
    n_sessions: int
    facts: tuple[tuple[str, float], ...]
    bits: tuple[tuple[str, float], ...]


def link_things(
    uses: Uses, as_of_s: int, prior: LinkPrior, told: Mapping[int, int] | None = None
) -> tuple[Link, ...]:
    """Link every device, or every service, of one household.

    Args:
        uses: Sessions of one household, in any order.
        as_of_s: Now, epoch seconds; ages count from here.
        prior: What is known before.
        told: Number of a device to the component whose it was told to be, -1 for nobody's.

    Returns:
        One link a thing, by number.

    >>> thing, who = np.repeat([0, 1], 9), np.eye(2)[[0] * 9 + [0, 1, 1] * 3]
    >>> uses = Uses(thing, 2 - thing, np.zeros(18, np.int64), np.full(18, 20.0), who)
    >>> [(link.place, link.is_linked) for link in link_things(uses, 0, LinkPrior())]
    [(0, True), (1, False)]
    """
    told = told or {}
    uses = replace(uses, responsibility=_decided(uses.responsibility))
    things = np.unique(uses.thing[uses.thing >= 0]).tolist()
    links = [_link(uses, thing, as_of_s, prior) for thing in things]
    return tuple(_by_hand(link, told[link.thing]) if link.thing in told else link for link in links)


def learn_owned(households: Sequence[Uses]) -> NDArray[np.float64]:
    """Share of devices of each type that are one person's, from devices of many households.

    Args:
        households: Of the past; those with one person say nothing and are passed over.

    Returns:
        (8,) for `LinkPrior`, drawn towards the share of all types where a type is rare.
    """
    kind: list[int] = []
    favour: list[float] = []  # how much better "owned" explains the sessions of a device
    for uses in households:
        if uses.responsibility.shape[1] < 2:
            continue
        there = _decided(uses.responsibility)
        base = _base(there)
        for thing in np.unique(uses.thing[uses.thing >= 0]).tolist():
            on = uses.thing == thing
            shared, owned = _evidence(_counts(there[on]), base)
            kind.append(_type(uses, on))
            favour.append(float(np.logaddexp.reduce(owned) - np.log(len(owned)) - shared))
    types, ratio = np.array(kind, dtype=np.int64), np.exp(np.clip(favour, -50, 50))
    share, n = np.full(N_TYPES, 0.5), np.bincount(types, minlength=N_TYPES)
    for _ in range(_ROUNDS if len(types) else 0):
        odds = ratio * (share / (1 - share))[types]
        is_owned = odds / (1 + odds)
        overall = float(is_owned.mean())
        total = np.bincount(types, is_owned, minlength=N_TYPES)
        share = np.clip((total + 5 * overall) / (n + 5), 0.02, 0.98)
    return share


def _link(uses: Uses, thing: int, as_of_s: int, prior: LinkPrior) -> Link:
    on = uses.thing == thing
    there, n = uses.responsibility[on], int(on.sum())
    if not there.shape[1]:
        return Link(thing, -1, 0.0, False, True, n, (), ())
    age_days = np.maximum(as_of_s - uses.at_s[on], 0) / 86_400
    weight = 0.5 ** (age_days / prior.half_life_days)
    base, owned = _base(uses.responsibility), float(prior.owned[_type(uses, on)])
    flat, recent = _counts(there), _counts(there * weight[:, None], float(weight.sum()))
    nothing, silent = np.zeros_like(flat), np.zeros(len(flat) - 1)
    steps = {
        "usual": _scores(nothing, base, 0.5, silent),
        "type": _scores(nothing, base, owned, silent),
        "sessions": _scores(flat, base, owned, silent),
        "recency": _scores(recent, base, owned, silent),
        "hours": _scores(recent, base, owned, _hour_bits(uses, on)),
    }
    final = steps["hours"]
    place = int(np.argmax(final))
    log_odds = [_log2_odds(float(scores[place])) for scores in steps.values()]
    gained = np.diff(log_odds, prepend=0.0).tolist()
    share = flat / max(flat.sum(), _TINY)
    seen = there[:, place] > 0.5
    return Link(
        thing=thing,
        place=place,
        probability=float(final[place]),
        is_linked=bool(final[place] >= prior.threshold),
        is_shared=bool(final.sum() < 0.5),
        n_sessions=n,
        facts=(
            ("share", float(share[place])),
            ("evenness", float(np.exp(-(share * np.log(share + _TINY)).sum()))),
            ("days_since", float(age_days[seen].min()) if seen.any() else float(age_days.max())),
        ),
        bits=tuple(zip(steps, gained, strict=True)),
    )


def _by_hand(link: Link, place: int) -> Link:
    return Link(
        link.thing, place, float(place >= 0), place >= 0, place < 0, link.n_sessions, link.facts, ()
    )


def _decided(responsibility: NDArray[np.floating]) -> NDArray[np.float64]:
    """The same, surer: doubt about every session would make every device look shared."""
    given = np.asarray(responsibility, np.float64)
    surer = given**_DECIDED
    total = np.maximum(surer.sum(axis=1, keepdims=True), _TINY)
    decided: NDArray[np.float64] = surer / total * given.sum(axis=1, keepdims=True)
    return decided


def _type(uses: Uses, on: NDArray[np.bool_]) -> int:
    """The type reported last, 7 where none was; app updates change it."""
    known = on & (uses.thing_type >= 0)
    if not known.any():
        return N_TYPES - 1
    return int(uses.thing_type[known][np.argmax(uses.at_s[known])])


def _counts(there: NDArray[np.floating], n: float | None = None) -> NDArray[np.float64]:
    """(K + 1,) sessions of each person, guests last."""
    persons = there.sum(axis=0, dtype=np.float64)
    total = float(len(there)) if n is None else n
    return np.append(persons, max(total - float(persons.sum()), 0.0))


def _base(responsibility: NDArray[np.floating]) -> NDArray[np.float64]:
    """(K + 1,) shares of the persons in all sessions of the household, guests last."""
    counts = responsibility.sum(axis=0, dtype=np.float64) + 1.0
    persons = counts / counts.sum()
    return np.append(persons * (1 - _GUESTS), _GUESTS)


def _evidence(
    counts: NDArray[np.float64], base: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Logarithm of how well "shared", and "owned by k" for each k, explain the sessions."""
    from scipy.special import betaln  # loads much, and serving needs none

    n_persons = len(base) - 1
    owned = np.empty(n_persons)
    for k in range(n_persons):
        rest = float(counts.sum() - counts[k])
        own = betaln(_OWNED[0] + counts[k], _OWNED[1] + rest) - betaln(*_OWNED)
        others = np.delete(base, k)
        owned[k] = own + _log_dirichlet(np.delete(counts, k), _SPREAD * others / others.sum())
    return _log_dirichlet(counts, _SPREAD * base), owned


def _log_dirichlet(counts: NDArray[np.float64], alpha: NDArray[np.float64]) -> float:
    """Dirichlet-multinomial probability of one order of the sessions; counts may be fractions."""
    from scipy.special import gammaln  # loads much, and serving needs none

    total = gammaln(alpha.sum()) - gammaln(alpha.sum() + counts.sum())
    return float(total + (gammaln(alpha + counts) - gammaln(alpha)).sum())


def _scores(
    counts: NDArray[np.float64],
    base: NDArray[np.float64],
    owned: float,
    hour_bits: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(K,) probability that at least `OWN_SHARE` of the sessions, ever, are the person's."""
    from scipy.special import betainc  # loads much, and serving needs none

    shared, by_owner = _evidence(counts, base)
    own = by_owner + np.log(owned / len(by_owner)) + hour_bits * np.log(2)
    weights = np.append(own, shared + np.log1p(-owned))
    weights = np.exp(weights - np.logaddexp.reduce(weights))
    mine, rest = counts[:-1], counts.sum() - counts[:-1]
    alpha = _SPREAD * base[:-1]
    if_owned = 1 - betainc(_OWNED[0] + mine, _OWNED[1] + rest, OWN_SHARE)
    if_shared = 1 - betainc(alpha + mine, _SPREAD - alpha + rest, OWN_SHARE)
    scores: NDArray[np.float64] = weights[:-1] * if_owned + weights[-1] * if_shared
    return scores


def _hour_bits(uses: Uses, on: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(K,) bits by which a person's hours elsewhere foretell those here better than anybody's.

    This breaks a circle: who was there was partly told by the device itself, the hours are not.
    """
    hour = uses.hour.astype(np.int64) % 24
    elsewhere = np.zeros((24, uses.responsibility.shape[1]))
    np.add.at(elsewhere, hour[~on], uses.responsibility[~on])
    smooth = (elsewhere + (np.roll(elsewhere, 1, axis=0) + np.roll(elsewhere, -1, axis=0)) / 2) / 2
    anybody = smooth.sum(axis=1) + 1.0
    anybody /= anybody.sum()
    person = smooth + _HOUR_PRIOR * anybody[:, None]
    person /= person.sum(axis=0)
    gain = np.log2(person / anybody[:, None])[hour[on]].sum(axis=0)
    bits: NDArray[np.float64] = np.clip(_HOUR_TRUST * gain, -_MOST_HOUR_BITS, _MOST_HOUR_BITS)
    return bits


def _log2_odds(p: float) -> float:
    p = min(max(p, _TINY), 1 - _TINY)
    return float(np.log2(p / (1 - p)))
