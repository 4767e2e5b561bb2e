"""Let a household watch: titles, minutes, pauses and words of every visit, as columns of events.

Who sits together wants what all can bear: the shares of their tastes are multiplied, not added, so
a taste that one of two does not have is not chosen. A series goes on where the same crowd left it.
A usual visit is two titles and six events.

Reads: a home, its visits, the catalogue.  Writes: nothing.
Not here: who comes when (events.simulate_visits), the wire format (events.simulate_lines).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from settee.core import KINDS
from settee.events.simulate_homes import MANNERS, Home
from settee.events.simulate_stage import Stage
from settee.events.simulate_tastes import Tastes
from settee.events.simulate_visits import Bools, Ints, Visits, without_clashes

_DAY_S = 86_400
_MOST_TITLES = 6
_BEARABLE = 0.001  # what a taste counts for somebody who does not have it
_SEASON_TASTE = 2.0
_CANDIDATES = 3
_LIVE_S = 6_300
_MOBILE_MOST_S = 3_600
KIND = {kind: code for code, kind in enumerate(KINDS)}
_MANNER = {name: column for column, name in enumerate(MANNERS)}
Floats = NDArray[np.float64]

ROW = np.dtype([
    ("at_s", "<i8"), ("kind", "u1"), ("item", "<i4"), ("visit", "<i4"), ("persons", "<u2"),
    ("is_guest", "?"), ("value", "<f4"), ("duration_s", "<f4"), ("contact", "<i2"),
    ("revenue_cents", "<i4"),
])  # fmt: skip
"""One event: `persons` has a bit for each member who is there; what is absent is -1 or NaN."""
Rows = NDArray[np.void]


def blank_rows(n: int) -> Rows:
    """Events that say nothing yet.

    >>> blank_rows(1)["item"].tolist()
    [-1]
    """
    rows = np.zeros(n, ROW)
    for name in ("item", "contact", "revenue_cents"):
        rows[name] = -1
    rows["value"] = rows["duration_s"] = np.nan
    return rows


@dataclass(frozen=True)
class Plays:
    """Titles watched, visit by visit; row p of each array is play p.

    Args:
        visit: (n,) of which visit.
        lead: (n,) actor whose manners count.
        crowd: (n, actors) who watches.
        title: (n,) position in the catalogue.
        at_s: (n,) when it starts, seconds since 1970.
        watched_s: (n,) seconds watched.
        rest_s: (n,) seconds of pauses in between.
        is_done: (n,) was it watched to the end?
    """

    visit: Ints
    lead: Ints
    crowd: Bools
    title: Ints
    at_s: Ints
    watched_s: Ints
    rest_s: Ints
    is_done: Bools

    @property
    def end_s(self) -> Ints:
        """(n,) when each is over."""
        return self.at_s + self.watched_s + self.rest_s


def watch(
    rng: np.random.Generator,
    stage: Stage,
    home: Home,
    visits: Visits,
) -> tuple[Visits, Rows]:
    """The visits that take place, in order of time, and their events in order of time.

    Args:
        rng: Of the household.
        stage: Of the stage.world.
        home: The household.
        visits: What the household would like, in order of time.
    """
    plays = _draw_plays(rng, stage, home, visits)
    end_s = np.zeros(len(visits.at_s), np.int64)
    np.maximum.at(end_s, plays.visit, plays.end_s)
    keep = without_clashes(visits, end_s) & (end_s + 60 < stage.calendar.end_s)
    number = np.cumsum(keep) - 1
    is_kept = keep[plays.visit]
    columns = {name: column[is_kept] for name, column in vars(plays).items()}
    plays = replace(Plays(**columns), visit=number[columns["visit"]])
    visits = visits.take(keep)
    rows = np.concatenate(_events(rng, home, visits, plays))
    return visits, rows[np.argsort(rows["at_s"], kind="stable")]


def _draw_plays(
    rng: np.random.Generator,
    stage: Stage,
    home: Home,
    visits: Visits,
) -> Plays:
    n = len(visits.at_s)
    is_live, is_handed = visits.live_title >= 0, visits.heir >= 0
    n_plays = rng.geometric(1 - home.manners[visits.actor, _MANNER["more"]]).clip(1, _MOST_TITLES)
    n_plays = np.where(is_live, 1, np.maximum(n_plays, 1 + is_handed))
    visit = np.repeat(np.arange(n), n_plays)
    place = np.arange(len(visit)) - np.repeat(np.cumsum(n_plays) - n_plays, n_plays)
    switch = 1 + (rng.random(n) * (n_plays - 1)).astype(np.int64)
    is_heir = (is_handed[visit]) & (place >= switch[visit])
    lead = np.where(is_heir, visits.heir[visit], visits.actor[visit])
    crowd = visits.crowd[visit]
    crowd[is_heir] = False
    crowd[np.flatnonzero(is_heir), lead[is_heir]] = True

    day = (visits.at_s[visit] - stage.calendar.start_s) // _DAY_S
    taste = chosen_tastes(rng, stage, home, crowd, day)
    drawn = stage.tastes.draw(rng, day, taste, _CANDIDATES)
    is_short = home.devices.owner[visits.device[visit]] >= 0
    goes_on = rng.random(len(visit)) < stage.world.loyalty
    title = _titles(stage.tastes, crowd, drawn, goes_on & ~is_live[visit], is_short)
    title = np.where(is_live[visit], visits.live_title[visit], title)

    n_all = len(visit)
    is_done = rng.random(n_all) < home.manners[lead, _MANNER["finish"]]
    share = np.where(is_done, rng.uniform(0.93, 1.0, n_all), rng.uniform(0.03, 0.8, n_all))
    length_s = np.where(is_live[visit], _LIVE_S, stage.tastes.length_s[title])
    watched_s = np.maximum(20, (share * length_s).astype(np.int64))
    pauses = rng.random(n_all) < home.manners[lead, _MANNER["pause"]]
    rest_s = np.where(pauses, rng.integers(20, 900, n_all), 0)
    before_s = rng.integers(25, 150, n_all)
    spent_s = np.cumsum(before_s + watched_s + rest_s)
    first = np.cumsum(n_plays) - n_plays
    base_s = (spent_s - before_s - watched_s - rest_s)[first] if n_all else spent_s
    at_s = visits.at_s[visit] + spent_s - watched_s - rest_s - base_s[visit]
    return Plays(visit, lead, crowd, title, at_s, watched_s, rest_s, is_done)


def chosen_tastes(
    rng: np.random.Generator,
    stage: Stage,
    home: Home,
    crowd: Bools,
    day: Ints,
) -> NDArray[np.intp]:
    """Which taste each play serves: the product of the tastes of all who are there."""
    part = crowd / crowd.sum(axis=1, keepdims=True)
    passed = (day / stage.calendar.n_days)[:, None]
    weight = (1 - passed) * (part @ np.log(home.taste + _BEARABLE))
    weight += passed * (part @ np.log(home.taste_later + _BEARABLE))
    if stage.world.seasons:
        angle = 2 * np.pi * (stage.calendar.year_part[day][:, None] - stage.tastes.phase)
        weight += _SEASON_TASTE * stage.world.seasons * np.cos(angle)
    sums = np.cumsum(np.exp(weight), axis=1)
    drawn = rng.random((len(day), 1)) * sums[:, -1:]
    chosen: NDArray[np.intp] = (drawn > sums).sum(axis=1)
    return chosen


def _titles(tastes: Tastes, crowd: Bools, drawn: Ints, goes_on: Bools, is_short: Bools) -> Ints:
    """A crowd goes on with its series, or takes a title that it has not seen."""
    masks = (crowd @ (1 << np.arange(crowd.shape[1]))).tolist()
    is_series = tastes.is_series[drawn].tolist()
    series: dict[int, int] = {}
    seen: dict[int, set[int]] = {}
    chosen = []
    for mask, candidates, are_series, stays, short in zip(
        masks, drawn.tolist(), is_series, goes_on.tolist(), is_short.tolist(), strict=True
    ):
        if stays and mask in series:
            chosen.append(series[mask])
            continue
        mine = seen.setdefault(mask, set())
        best = 0
        for place, title in enumerate(candidates):
            if title not in mine and (are_series[place] or not short):
                best = place
                break
        title = candidates[best]
        mine.add(title)
        if are_series[best]:
            series[mask] = title
        chosen.append(title)
    return np.array(chosen, dtype=np.int64)


@dataclass(frozen=True)
class _Watched:
    """Plays, and who is there, as bits of members and as a claim about guests."""

    plays: Plays
    persons: NDArray[np.uint16]
    is_guest: Bools

    def rows(
        self,
        kind: str,
        keep: Bools,
        at_s: Ints,
        *,
        duration_s: Ints | None = None,
        value: Floats | None = None,
    ) -> Rows:
        """An event of one kind for some plays."""
        made = blank_rows(int(keep.sum()))
        made["kind"], made["at_s"] = KIND[kind], at_s[keep]
        made["visit"] = self.plays.visit[keep]
        made["persons"], made["is_guest"] = self.persons[keep], self.is_guest[keep]
        if kind not in ("browse", "profile"):
            made["item"] = self.plays.title[keep]
        if duration_s is not None:
            made["duration_s"] = duration_s[keep]
        if value is not None:
            made["value"] = value[keep]
        return made


def _events(rng: np.random.Generator, home: Home, visits: Visits, plays: Plays) -> list[Rows]:
    """All events, kind by kind."""
    n = len(plays.visit)
    bits = (1 << np.arange(home.n)).astype(np.uint16)
    is_guest: Bools = np.any(plays.crowd[:, home.n :], axis=1)
    rows = _Watched(plays, plays.crowd[:, : home.n] @ bits, is_guest).rows
    everybody = np.ones(n, dtype=np.bool_)
    first = np.diff(plays.visit, prepend=-1) > 0
    chance = dict(zip(MANNERS, home.manners[plays.lead].T, strict=True))
    luck = {name: rng.random(n) < chance[name] for name in ("browse", "search", "look", "judge")}
    start_s, end_s = visits.at_s[plays.visit], plays.end_s
    paused_s = plays.at_s + (rng.random(n) * plays.watched_s).astype(np.int64)
    opinion = rng.random(n)
    stars = np.clip(np.round(2 * (2.6 + plays.is_done + rng.normal(0, 0.8, n))) / 2, 0.5, 5.0)
    stay_s = rng.integers(4, 20, n)
    made = [
        rows("browse", luck["browse"] & first, start_s, duration_s=stay_s),
        rows("search", luck["search"], plays.at_s - 20),
        rows("view", luck["look"], plays.at_s - 14, duration_s=np.minimum(stay_s, 12)),
        rows("play", everybody, plays.at_s, duration_s=plays.watched_s),
        rows("pause", plays.rest_s > 0, paused_s),
        rows("complete", plays.is_done, end_s),
        rows("stop", ~plays.is_done, end_s),
        rows("rate", luck["judge"] & (opinion < 0.5), end_s + 8, value=stars),
        rows("like", luck["judge"] & (opinion >= 0.5) & (stars >= 3), end_s + 6),
        rows("dislike", luck["judge"] & (opinion >= 0.5) & (stars < 3), end_s + 6),
    ]
    if home.profile_ids:
        made.append(rows("profile", first, start_s - 5))
    return made
