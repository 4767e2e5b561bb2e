"""Invent a catalogue: titles with pleasant names, tags, synopses and a hidden structure.

Every title has a hidden mood mixture, of which its tags are a noisy reading, and belongs to one
hidden circle of about twenty titles (a maker and the makers' friends) that no tag names. What
people watch together therefore tells more than the tags do. One title in six comes out while the
world runs; the appeal of titles falls like Zipf's law, so most of the catalogue is a long tail.

Reads: a random generator.  Writes: nothing.
Source: Zipf (1949) for the tail.
Not here: who watches them (events.simulate_people) and when (events.simulate).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from settee.core import Item

MOODS = (
    "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History", "Music", "Nature",
    "Romance", "Science fiction", "Thriller",
)  # fmt: skip
_CHILDREN = frozenset({"Family", "Fantasy", "Nature", "Music"})
_ADJECTIVES = (
    "Quiet", "Amber", "Hollow", "Golden", "Distant", "Paper", "Silver", "Restless", "Crooked",
    "Velvet", "Borrowed", "Midnight", "Northern", "Wandering", "Glass", "Scarlet", "Gentle",
    "Electric", "Forgotten", "Salted", "Second", "Burning", "Blue", "Winter", "Unwritten", "Long",
)  # fmt: skip
_NOUNS = (
    "Harbour", "Orchard", "Lantern", "Compass", "Letter", "Piano", "River", "Kingdom", "Atlas",
    "Summer", "Garden", "Signal", "Station", "Ferry", "Mountain", "Clockmaker", "Promise", "Tide",
    "Archive", "Meadow", "Island", "Orbit", "Bakery", "Horizon", "Violin", "Lighthouse", "Secret",
    "Parade", "Voyage", "Shadow", "Recipe", "Library", "Engine", "Comet", "Novel", "Bridge",
)  # fmt: skip
_PLACES = (
    "Lisbon", "the North Sea", "Kyoto", "Valparaiso", "Tromso", "the Alps", "Marseille", "Nairobi",
    "Old Delhi", "the Moon", "Buenos Aires", "Skye", "Samarkand", "the Delta", "Trieste", "Oaxaca",
)  # fmt: skip
_NAMES = (
    "Mara", "Jonas", "Ines", "Tomas", "Yuki", "Amara", "Leo", "Salome", "Otis", "Nadia", "Emil",
    "Priya", "Hugo", "Lena", "Mateo", "Freya", "Kofi", "Clara", "Anton", "Noor",
)  # fmt: skip
_PATTERNS = (
    "The {adjective} {noun}", "{adjective} {noun}", "The {noun} of {place}", "{name}'s {noun}",
    "{article} {noun} for {name}", "{noun} and {other}", "Last {noun} in {place}",
    "{name} in {place}",
    "The {noun} and the {other}", "The {adjective} {noun} of {place}",
)  # fmt: skip
_TURNS = (
    "learns that nothing stays hidden", "has one night to put things right", "opens a door again",
    "goes looking for an old friend", "finds a map that should not exist", "keeps a promise",
    "must choose between two homes", "hears a song nobody remembers", "starts over by the sea",
)  # fmt: skip
_LANGUAGES = ("en", "en", "en", "en", "es", "fr", "de", "ja", "ko", "hi")
_VOWELS = tuple("AEIOU")
TITLES_PER_CIRCLE = 20


@dataclass(frozen=True)
class Titles:
    """The catalogue and what is hidden behind it; row i of each array is item i.

    Args:
        items: What the outside may know.
        mood: (n_titles, 12) float32, rows sum to 1.
        circle: (n_titles,) int32.
        appeal: (n_titles,) float32, logarithm of the base popularity.
        minutes: (n_titles,) float32.
        age_rating: (n_titles,) int32 years.
        release_day: (n_titles,) float32 days after the start of the world, negative before it.
    """

    items: tuple[Item, ...]
    mood: NDArray[np.float32]
    circle: NDArray[np.int32]
    appeal: NDArray[np.float32]
    minutes: NDArray[np.float32]
    age_rating: NDArray[np.int32]
    release_day: NDArray[np.float32]

    @property
    def n_circles(self) -> int:
        """Number of circles."""
        return int(self.circle.max()) + 1


def make_titles(rng: np.random.Generator, n_titles: int, n_days: int, start_at: datetime) -> Titles:
    """Invent `n_titles` titles for a world of `n_days` days that begins at `start_at`.

    >>> from datetime import UTC
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> titles = make_titles(np.random.default_rng(7), 30, 60, start)
    >>> len({item.title for item in titles.items}), titles.mood.shape
    (30, (30, 12))
    """
    n_circles = max(1, n_titles // TITLES_PER_CIRCLE)
    circle = rng.permutation(np.arange(n_titles) % n_circles).astype(np.int32)
    # A circle leans to two moods, and its titles lean with it.
    lean = rng.dirichlet(np.full(len(MOODS), 0.15), n_circles)
    mood = 0.6 * lean[circle] + 0.4 * rng.dirichlet(np.full(len(MOODS), 0.12), n_titles)
    appeal = -0.5 * np.log(1 + rng.permutation(n_titles)) + 0.3 * rng.standard_normal(n_titles)
    release_day = np.where(
        rng.random(n_titles) < 1 / 6,
        np.floor(rng.uniform(1, max(2, n_days), n_titles)),
        -rng.gamma(1.2, 2400, n_titles) - 30,
    )
    is_gentle = np.isin(np.array(MOODS)[mood.argmax(axis=1)], sorted(_CHILDREN))
    age_rating = np.where(
        is_gentle, rng.choice([0, 0, 6, 6, 12], n_titles), rng.choice([6, 12, 12, 16, 18], n_titles)
    )
    minutes = np.clip(rng.choice([24, 45, 98], n_titles) * rng.normal(1, 0.15, n_titles), 8, 190)
    columns = zip(mood, circle, minutes, age_rating, release_day, strict=True)
    taken: set[str] = set()
    return Titles(
        items=tuple(_item(rng, number, row, start_at, taken) for number, row in enumerate(columns)),
        mood=mood.astype(np.float32),
        circle=circle,
        appeal=appeal.astype(np.float32),
        minutes=minutes.astype(np.float32),
        age_rating=age_rating.astype(np.int32),
        release_day=release_day.astype(np.float32),
    )


def _item(
    rng: np.random.Generator, number: int, row: tuple[Any, ...], start_at: datetime, taken: set[str]
) -> Item:
    mood, circle, minutes, age_rating, release_day = row
    strongest = np.argsort(-mood)[:3]
    tags = [MOODS[at] for at in strongest if at == strongest[0] or mood[at] > 0.18]
    if rng.random() < 0.15:  # tags are made by people
        tags.append(MOODS[rng.integers(len(MOODS))])
    released = start_at + timedelta(days=float(release_day))
    name, place = str(rng.choice(_NAMES)), str(rng.choice(_PLACES))
    maker = _NAMES[circle % len(_NAMES)] + " " + _NOUNS[(circle * 7) % len(_NOUNS)]
    # Only some synopses name the maker: text helps, but does not give the circles away.
    credit = f" By {maker}." if rng.random() < 0.4 else ""
    return Item(
        item_id=f"t{number + 1:04d}",
        title=_title(rng, taken, name, place),
        kind="film" if minutes > 60 else "episode",
        tags=tuple(dict.fromkeys(tags)),
        year=released.year,
        language=str(rng.choice(_LANGUAGES)),
        age_rating=int(age_rating),
        duration_s=float(round(minutes * 60)),
        text=f"{tags[0]} set in {place}: {name} {rng.choice(_TURNS)}.{credit}",
        available_from=released if release_day >= 0 else UNSET,
    )


def _title(rng: np.random.Generator, taken: set[str], name: str, place: str) -> str:
    noun, other = rng.choice(_NOUNS, 2, replace=False)
    title = str(rng.choice(_PATTERNS)).format(
        adjective=rng.choice(_ADJECTIVES),
        article="An" if str(noun).startswith(_VOWELS) else "A",
        noun=noun,
        other=other,
        place=place,
        name=name,
    )
    part = 1
    while (full := title if part == 1 else f"{title} {part}") in taken:
        part += 1
    taken.add(full)
    return full
