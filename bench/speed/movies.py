"""Films and ratings of the size of MovieLens 1M, real where a folder is given, else generated.

Generated: 6,040 accounts, 3,883 films, a million ratings; popularity falls off like a power, each
account likes two of twenty circles, and every film has a birthday, so that all sources and the
features have something to learn. The same seed gives the same arrays.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from settee.app import open_workspace
from settee.candidates import fit_sources
from settee.core import KINDS, Item, RankingSettings, Settings, from_epoch_s
from settee.events import (
    NO_END,
    NO_INSTANT,
    UNLIMITED,
    Catalogue,
    Histories,
    Interactions,
    split_by_time,
)
from settee.features import (
    Context,
    ItemColumns,
    ItemStates,
    ItemTimeline,
    Person,
    feature_matrix,
    feature_names,
)
from settee.ranking import Examples, Model, Ranker, make_pool, save_model, score_sources

N_ACCOUNTS, N_ITEMS, N_EVENTS = 6_040, 3_883, 1_000_000
_CIRCLES = 20
_START_S = 956_000_000
_SPAN_S = 3 * 365 * 86_400


@dataclass(frozen=True)
class Movies:
    """The data of one run."""

    origin: str
    catalogue: Catalogue
    events: Interactions
    value: NDArray[np.float32]


def movies(data: Path | None, seed: int, *, quick: bool) -> Movies:
    """Read `data` (a folder with ratings.parquet and items.parquet) or make it up."""
    if data is not None and (data / "ratings.parquet").is_file():
        return _read(data)
    return _generate(np.random.default_rng(seed), 10 if quick else 1)


def _read(data: Path) -> Movies:
    ratings = duckdb.sql(
        f"SELECT user_id, item_id, rating, ts FROM '{data / 'ratings.parquet'}' "  # noqa: S608 -- a path
        "ORDER BY user_id, ts, item_id"
    ).fetchnumpy()
    titles = duckdb.sql(
        f"SELECT item_id, title, genres FROM '{data / 'items.parquet'}' ORDER BY item_id"  # noqa: S608 -- a path
    ).fetchall()
    ids = np.array([row[0] for row in titles])
    tags = [tuple(row[2] or ()) for row in titles]
    users, account = np.unique(ratings["user_id"], return_inverse=True)
    value = ratings["rating"].astype(np.float32)
    events = Interactions(
        tuple(f"u{user}" for user in users),
        len(ids),
        account.astype(np.int32),
        np.searchsorted(ids, ratings["item_id"]).astype(np.int32),
        ratings["ts"].astype(np.int64),
        value >= 4,
    )
    names = [row[1] for row in titles]
    years = np.array([int(name[-5:-1]) if name[-5:-1].isdigit() else 0 for name in names], np.int32)
    return Movies(
        str(data.name), _catalogue([f"m{one}" for one in ids], names, tags, years), events, value
    )


def _generate(rng: np.random.Generator, shrink: int) -> Movies:
    n_accounts = N_ACCOUNTS // shrink
    circle = rng.integers(_CIRCLES, size=N_ITEMS)
    popularity = -0.9 * np.log(1 + rng.permutation(N_ITEMS))
    born = rng.random(N_ITEMS) ** 3 * 0.9
    sizes = np.maximum(20, rng.lognormal(4.5, 1.0, n_accounts) * 0.87)
    sizes = np.minimum(sizes * (N_EVENTS / shrink) / sizes.sum(), 2_000).astype(int)
    rows: list[tuple[NDArray[np.int64], ...]] = []
    for account in range(n_accounts):
        likes = rng.choice(_CIRCLES, 2, replace=False)
        begin = rng.random()
        logit = popularity + 2.5 * np.isin(circle, likes) - 50.0 * (born > begin)
        item = np.argpartition(-(logit + rng.gumbel(size=N_ITEMS)), sizes[account])
        item = item[: sizes[account]]
        step = rng.exponential(0.02 / len(item), len(item)).cumsum()
        at_s = _START_S + ((begin * 0.97 + step) % 1.0 * _SPAN_S).astype(np.int64)
        liked = np.isin(circle[item], likes) + rng.random(len(item)) > 0.55
        order = np.lexsort((item, at_s))
        rows.append((np.full(len(item), account), item[order], at_s[order], liked[order]))
    account, item, at_s, liked = (np.concatenate(column) for column in zip(*rows, strict=True))
    events = Interactions(
        tuple(f"u{number}" for number in range(n_accounts)),
        N_ITEMS,
        account.astype(np.int32),
        item.astype(np.int32),
        at_s,
        liked.astype(bool),
    )
    tags = [(f"circle-{one}", f"shade-{one % 3}") for one in circle]
    catalogue = _catalogue(
        [f"m{number}" for number in range(N_ITEMS)],
        [f"Film {number}" for number in range(N_ITEMS)],
        tags,
        (1930 + 70 * rng.random(N_ITEMS) ** 0.4).astype(np.int32),
    )
    return Movies("generated", catalogue, events, np.where(liked, 5, 2).astype(np.float32))


def _catalogue(
    ids: list[str], titles: list[str], tags: list[tuple[str, ...]], year: NDArray[np.int32]
) -> Catalogue:
    names = sorted({tag for one in tags for tag in one})
    place = {name: number for number, name in enumerate(names)}
    n = len(ids)
    return Catalogue(
        tuple(ids),
        tuple(titles),
        ("",) * n,
        tuple(names),
        np.cumsum([0, *map(len, tags)]).astype(np.int64),
        np.array([place[tag] for one in tags for tag in one], np.int32),
        year,
        np.full(n, NO_INSTANT, np.int64),
        np.full(n, NO_END, np.int64),
        np.full(n, UNLIMITED, np.int64),
    )


def two_stage_model(found: Movies, settings: Settings, seed: int, n_requests: int) -> Model:
    """A model with all sources and a ranker that is in use, whatever it is worth."""
    events, catalogue = found.events, found.catalogue
    split = split_by_time(events.at_s, 0.1, 0.1)
    early = events.where(events.at_s < split.train_end_s)
    half = Model(
        catalogue,
        fit_sources(early, catalogue, settings.sources),
        ItemTimeline.from_interactions(events),
        None,
        False,
        split.train_end_s,
        settings.ranking,
    )
    ranker = _ranker(half, events, split.train_end_s, settings.ranking, seed, n_requests)
    return Model(
        catalogue,
        fit_sources(events, catalogue, settings.sources),
        half.timeline,
        ranker,
        True,
        int(events.at_s.max()) + 1,
        settings.ranking,
    )


def _ranker(
    model: Model,
    events: Interactions,
    as_of_s: int,
    settings: RankingSettings,
    seed: int,
    n_requests: int,
) -> Ranker:
    past = events.where((events.at_s < as_of_s) & events.is_interest)
    later = events.where((events.at_s >= as_of_s) & events.is_interest)
    busy = np.unique(later.account)
    chosen = np.random.default_rng(seed).permutation(busy)[:n_requests].astype(np.int32)
    chosen.sort()
    histories = Histories.of_accounts(past, chosen, 500)
    wanted = Histories.of_accounts(later, chosen, 500)
    scores = score_sources(model, histories)
    states, columns = (
        ItemStates(model.timeline, settings.time_bucket_s),
        ItemColumns.of(model.catalogue),
    )
    rows, labels, sizes = [], [], []
    for one in range(len(chosen)):
        person = Person.of(histories, one)
        allowed = np.ones(model.catalogue.n_items, np.bool_)
        allowed[person.item] = False
        pool = make_pool([score[one] for score in scores], allowed, settings)
        if len(pool) == 0:
            continue
        context = Context(as_of_s)
        rows.append(feature_matrix(pool, person, states.at(as_of_s), columns, context))
        labels.append(np.isin(pool.items, Person.of(wanted, one).item).astype(np.int32))
        sizes.append(len(pool))
    examples = Examples(np.concatenate(rows), np.concatenate(labels), np.array(sizes))
    names = feature_names(list(model.sources))
    return Ranker.fit(examples, None, names, settings, seed)


def fill_home(home: Path, found: Movies, settings: Settings, seed: int, n_requests: int) -> None:
    """Make a home folder that serves: items, profiles of all accounts, a released model."""
    at = from_epoch_s(int(found.events.at_s.max()))
    catalogue, events = found.catalogue, found.events
    with open_workspace(settings.model_copy(update={"home": home}), lambda: at) as workspace:
        workspace.tables.put_items(
            [
                Item(item_id=item_id, title=title, tags=catalogue.tags_of(place))
                for place, (item_id, title) in enumerate(
                    zip(catalogue.item_ids, catalogue.titles, strict=True)
                )
            ],
            at,
        )
        numbers = workspace.profiles.item_nos(catalogue.item_ids)
        chunk = (
            [events.account_ids[account] for account in events.account],
            numbers[events.item],
            np.full(len(events), KINDS.index("rate"), np.uint8),
            events.at_s,
            found.value,
        )
        workspace.profiles.load_segment("bench", iter([chunk]))
        model = two_stage_model(found, settings, seed, n_requests)
        version = save_model(workspace.bundles, model)
        workspace.tables.add_release(version, at, "bench", {})
