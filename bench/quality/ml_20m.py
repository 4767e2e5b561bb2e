"""The single models on MovieLens 20M, by the protocol of the published tables.

The set may not be passed on, so this reads what its publisher offers for download: a folder with
ratings.csv (userId, movieId, rating, timestamp), itself or its subfolder ml-20m. Ratings of 4 and
more; people with five or more; 10,000 people choose settings and 10,000 judge, four fifths of what
each wanted folded in. Without the folder a made-up one in the same layout is read, and it says so.

Reads: ratings.csv, and movies.csv (movieId, title, genres) where it is there.
Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering", section 4.
Not here: the models (quality.strong_models); EASE of 20,000 items takes 1.6 GB and minutes.
"""

from pathlib import Path

import duckdb
import numpy as np

from bench.harness import Context, Result
from bench.quality.ml_1m_strong import recipes, small
from bench.quality.strong import split
from bench.quality.strong_models import answers_of, fit_all, serving_cost, told
from settee.core import BadInput, Item, SourceSettings
from settee.events import Catalogue, Interactions, catalogue_of

ID = "quality/ml-20m"
SUMMARY = "every single model on the download of MovieLens 20M, people unknown to training"

LEAST_RATING = 4.0
LEAST_ITEMS = 5
N_HELD_OUT = 10_000

PUBLISHED = {
    "multinomial VAE (Liang et al. 2018)": (0.395, 0.537, 0.426),
    "EASE (Steck 2019)": (0.391, 0.521, 0.420),
    "RecVAE (Shenbin et al. 2020)": (0.414, 0.553, 0.442),
    "VASP (Vancura and Kordik 2021)": (0.414, 0.552, 0.448),
}
"""Recall@20, recall@50 and NDCG@100 as published, for the log."""


class NoDownload(BadInput):
    """The folder does not hold the published files."""

    code = "no_download"


def run(context: Context) -> Result:
    """Read, fit, judge."""
    events, catalogue = read(_folder(context))
    n_people = len(np.unique(events.account))
    n_held_out = min(N_HELD_OUT, n_people // 10)
    parts = split(events, context.seed, n_held_out)
    context.log(
        f"{n_people} people with {LEAST_ITEMS} items or more, {events.n_items} items, "
        f"{len(events)} ratings of {LEAST_RATING:g} and more; {n_held_out} choose, as many judge"
    )
    base = small(SourceSettings()) if context.quick else SourceSettings()
    fitted, figures = fit_all(context, parts, catalogue, recipes(base))
    figures["strong.n_people"] = parts.test.truth.n_people
    for name, source in fitted.items():
        figures |= told(name, answers_of(source, parts).test, context.seed)
        figures |= serving_cost(name, [source], parts.test)
    for name, values in PUBLISHED.items():
        context.log(f"published: {name} " + "/".join(f"{value:.3f}" for value in values))
    return Result(figures)


def _folder(context: Context) -> Path:
    if context.data is None:
        context.log("no data folder: made-up ratings in the same layout, whose figures say nothing")
        return made_up(context.work / "ml-20m", context.seed)
    for folder in (context.data, context.data / "ml-20m"):
        if (folder / "ratings.csv").is_file():
            return folder
    raise NoDownload(
        f"{context.data} holds no ratings.csv, nor does its subfolder ml-20m.",
        hint="Download MovieLens 20M from its publisher, unpack it and name that folder by --data.",
    )


def read(folder: Path) -> tuple[Interactions, Catalogue]:
    """The wanted films of all people with enough of them, in order of person, then time.

    Raises:
        NoDownload: ratings.csv has other columns, or no rating that counts.
    """
    path = folder / "ratings.csv"
    try:
        found = duckdb.execute(
            'SELECT "userId", "movieId", "timestamp" FROM read_csv(?, header = true) '
            "WHERE rating >= ? "
            'QUALIFY count(*) OVER (PARTITION BY "userId") >= ? '
            'ORDER BY "userId", "timestamp", "movieId"',
            [str(path), LEAST_RATING, LEAST_ITEMS],
        ).fetchnumpy()
    except duckdb.BinderException as error:
        raise NoDownload(
            f"{path} has not the columns userId, movieId, rating, timestamp.",
            hint="Name the folder of MovieLens 20M as its publisher packs it.",
        ) from error
    if not len(found["userId"]):
        raise NoDownload(
            f"{path} has nobody with {LEAST_ITEMS} ratings of {LEAST_RATING:g} and more.",
            hint="Name the folder of MovieLens 20M as its publisher packs it.",
        )
    users, account = np.unique(found["userId"], return_inverse=True)
    films, item = np.unique(found["movieId"], return_inverse=True)
    events = Interactions(
        tuple(f"u{user}" for user in users),
        len(films),
        account.astype(np.int32),
        item.astype(np.int32),
        np.asarray(found["timestamp"], np.int64),
        np.ones(len(item), np.bool_),
    )
    return events, _catalogue(folder / "movies.csv", [int(film) for film in films])


def _catalogue(path: Path, films: list[int]) -> Catalogue:
    """Titles and genres where they are known."""
    known: dict[int, tuple[str, str]] = {}
    if path.is_file():
        rows = duckdb.execute(
            'SELECT "movieId", title, genres FROM read_csv(?, header = true, quote = \'"\')',
            [str(path)],
        ).fetchall()
        known = {int(film): (title or "", genres or "") for film, title, genres in rows}
    items = []
    for film in films:
        title, genres = known.get(film, ("", ""))
        tags = tuple(one for one in genres.split("|") if one and not one.startswith("("))
        items.append(Item(item_id=f"m{film}", title=title, tags=tags))
    return catalogue_of(items)


def made_up(folder: Path, seed: int, n_people: int = 900, n_films: int = 400) -> Path:
    """Write a folder in the published layout: people of two tastes."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    liking = 1.0 / np.arange(1, n_films + 1) ** 0.7
    with (folder / "ratings.csv").open("w", encoding="utf-8") as file:
        file.write("userId,movieId,rating,timestamp\n")
        for person in range(1, n_people + 1):
            taste = np.where(np.arange(n_films) % 2 == person % 2, 1.0, 0.1) * liking
            drawn = rng.choice(
                n_films, int(rng.integers(8, 40)), replace=False, p=taste / taste.sum()
            )
            for at, film in enumerate(drawn):
                rating = rng.choice([3.0, 4.0, 4.5, 5.0])
                file.write(f"{person},{film + 1},{rating},{1_000_000_000 + at}\n")
    with (folder / "movies.csv").open("w", encoding="utf-8") as file:
        file.write("movieId,title,genres\n")
        for film in range(1, n_films + 1):
            file.write(
                f'{film},"Film, The {film} (1999)",{"Drama|Comedy" if film % 2 else "Action"}\n'
            )
    return folder
