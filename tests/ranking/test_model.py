from dataclasses import replace

import numpy as np
import pytest

from settee.candidates import fit_sources
from settee.core import Damaged, NotFound, RankingSettings, SourceSettings
from settee.events import Histories, Interactions
from settee.features import Context, ItemTimeline, Person
from settee.ranking import Blend, Model, load_model, make_pool, rank, save_model, score_sources
from settee.ranking.model import ModelDamaged
from settee.store import open_bundle, write_bundle
from tests.features.world import DAY, HOUR, NOON, catalogue
from tests.ranking.world import stump

N_ITEMS, N_ACCOUNTS = 12, 30
NAMES = ("popular", "content", "knn", "ease")
ITEMS = catalogue(
    [f"i{place}" for place in range(N_ITEMS)],
    [(("Drama", "Crime", "Comedy")[place % 3], "Film") for place in range(N_ITEMS)],
    [1980 + place for place in range(N_ITEMS)],
    titles=["", "Zoë", *("title" for _ in range(N_ITEMS - 2))],
    texts=["two words", *("" for _ in range(N_ITEMS - 1))],
)


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    item = np.concatenate([rng.permutation(N_ITEMS)[:5] for _ in range(N_ACCOUNTS)])
    at_s = np.sort(NOON - rng.integers(1, 90 * DAY, (N_ACCOUNTS, 5)), axis=1).ravel()
    events = Interactions(
        tuple(f"a{place}" for place in range(N_ACCOUNTS)),
        N_ITEMS,
        np.repeat(np.arange(N_ACCOUNTS, dtype=np.int32), 5),
        item.astype(np.int32),
        at_s,
        np.ones(len(item), np.bool_),
    )
    return Model(
        catalogue=ITEMS,
        sources=fit_sources(events, ITEMS, SourceSettings(enabled=NAMES, knn_shrinkage=1.0)),
        timeline=ItemTimeline.from_interactions(events),
        ranker=stump(NAMES, "ease.score_share", threshold=0.4),
        is_promoted=True,
        trained_until_s=NOON,
        ranking=RankingSettings(pool=9),
        blend=Blend(np.full(4, 0.25), np.array([0, 0, 0.5, 1.0]), 0.5, 2.0, serves=True),
        manifest={"metrics": {"ndcg@10": 0.25}},
    )


def answer(model):
    history = Histories.of_one(np.array([3, 7], np.int32), np.array([NOON - DAY, NOON - HOUR]))
    scores = [row[0] for row in score_sources(model, history)]
    allowed = np.ones(N_ITEMS, np.bool_)
    pool = make_pool(scores, allowed, model.ranking, model.pool_blend, len(history.item))
    state = model.timeline.state_at(NOON, model.ranking.time_bucket_s)
    ranked = rank(model, pool, Person.of(history), state, Context(NOON, "tv"))
    return (
        ranked.by,
        pool.items[ranked.places].tobytes(),
        ranked.scores.tobytes(),
        pool.source_scores.tobytes(),
        pool.fused.tobytes(),
    )


def test_a_model_saved_and_loaded_gives_the_same_answers(trained, tmp_path):
    version = save_model(tmp_path, trained)
    again = load_model(tmp_path / version)
    assert answer(again) == answer(trained)
    assert again.version == version
    assert again.catalogue.titles == trained.catalogue.titles
    assert again.catalogue.tags_of(4) == trained.catalogue.tags_of(4)
    assert again.manifest == trained.manifest
    assert again.ranking == trained.ranking
    assert again.trained_until_s == trained.trained_until_s
    assert list(again.sources) == list(NAMES)


def test_a_model_saved_twice_or_loaded_and_saved_has_the_same_version(trained, tmp_path):
    version = save_model(tmp_path / "one", trained)
    assert save_model(tmp_path / "two", trained) == version
    assert save_model(tmp_path / "three", load_model(tmp_path / "one" / version)) == version


@pytest.mark.parametrize(
    "change",
    [
        {"is_promoted": False},
        {"ranker": None},
        {"trained_until_s": 5},
        {"ranking": RankingSettings(pool=8)},
        {"manifest": {}},
        {"blend": None},
    ],
)
def test_another_model_has_another_version(trained, tmp_path, change):
    other = replace(trained, **change)
    version = save_model(tmp_path, other)
    assert version != save_model(tmp_path, trained)
    again = load_model(tmp_path / version)
    for name, value in change.items():
        assert getattr(again, name) == value


def test_a_model_without_a_ranker_is_whole(trained, tmp_path):
    plain = replace(trained, ranker=None, is_promoted=False)
    again = load_model(tmp_path / save_model(tmp_path, plain))
    assert again.ranker is None
    assert answer(again)[0] == "fusion"


def test_a_blend_orders_pools_only_where_it_serves(trained, tmp_path):
    idle = replace(trained, blend=replace(trained.blend, serves=False))
    assert idle.pool_blend is None
    assert trained.pool_blend is trained.blend
    again = load_model(tmp_path / save_model(tmp_path, idle))
    assert again.pool_blend is None
    assert answer(again)[4] != answer(trained)[4]


def test_live_events_still_count_in_a_loaded_model(trained, tmp_path):
    again = load_model(tmp_path / save_model(tmp_path, trained))
    more = again.timeline.extend(np.array([0], np.int32), np.array([NOON - 1]))
    assert len(more) == len(trained.timeline) + 1
    assert more.state_at(NOON, HOUR).column("n_7d")[0] > 0


def test_a_model_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        load_model(tmp_path / "0123456789abcdef")


def test_a_changed_byte_refuses_to_load(trained, tmp_path):
    folder = tmp_path / save_model(tmp_path, trained)
    path = folder / "ranker.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("0.4", "0.5"), encoding="utf-8")
    with pytest.raises(Damaged):
        load_model(folder)


def parts_of(trained, tmp_path):
    """Manifest, arrays and texts of a good bundle, to be spoilt."""
    bundle = open_bundle(tmp_path / save_model(tmp_path, trained))
    arrays = {group: dict(bundle.arrays(group)) for group in bundle.groups}
    return dict(bundle.manifest), arrays, {name: bundle.text(name) for name in bundle.texts}


def _set(place, key, value):
    return lambda manifest, arrays, texts: {
        "manifest": manifest, **arrays, "texts": texts
    }[place].__setitem__(key, value)  # fmt: skip


def _drop(place, key):
    return lambda manifest, arrays, texts: {
        "manifest": manifest, "arrays": arrays, **arrays, "texts": texts
    }[place].pop(key)  # fmt: skip


SPOILS = {
    "another format": _set("manifest", "format", 99),
    "no format": _drop("manifest", "format"),
    "no sources": _drop("manifest", "sources"),
    "an unknown source": _set("manifest", "sources", ["oracle"]),
    "a source that is not there": _drop("arrays", "source-ease"),
    "a source less than the ranker knows": _set("manifest", "sources", ["ease"]),
    "no instant": _set("manifest", "trained_until_s", "yesterday"),
    "a setting out of range": _set("manifest", "ranking", {"pool": 0}),
    "no ranker": _drop("texts", "ranker"),
    "a ranker of garbage": _set("texts", "ranker", "tree of life"),
    "no catalogue": _drop("arrays", "catalogue"),
    "no titles": _drop("catalogue", "titles"),
    "a year too few": _set("catalogue", "year", np.zeros(N_ITEMS - 1, np.int32)),
    "years of text": _set("catalogue", "year", np.array(["x"] * N_ITEMS)),
    "a tag that has no name": _set("catalogue", "tag_index", np.full(2 * N_ITEMS, 99, np.int32)),
    "tags of nobody": _set("catalogue", "tag_indptr", np.zeros(N_ITEMS + 1, np.int64)),
    "no timeline": _drop("arrays", "timeline"),
    "half a timeline": _drop("timeline", "heat"),
    "half a blend": _drop("blend", "long"),
    "a blend of fewer sources": _set("blend", "long", np.ones(3)),
    "a blend of other sources": lambda _, arrays, __: arrays["blend"].update(
        {"long": np.ones(3), "short": np.ones(3)}
    ),
    "half a source": _drop("source-ease", "weight"),
}


@pytest.mark.parametrize("spoil", [pytest.param(act, id=name) for name, act in SPOILS.items()])
def test_a_bundle_that_is_whole_but_no_model_is_damaged(trained, tmp_path, spoil):
    manifest, arrays, texts = parts_of(trained, tmp_path)
    spoil(manifest, arrays, texts)
    version = write_bundle(tmp_path, manifest, arrays, texts)
    with pytest.raises(Damaged):
        load_model(tmp_path / version)


def test_a_timeline_of_another_catalogue_is_damaged(trained, tmp_path):
    manifest, arrays, texts = parts_of(trained, tmp_path)
    short = Interactions(
        ("a",),
        3,
        np.zeros(1, np.int32),
        np.zeros(1, np.int32),
        np.zeros(1, np.int64),
        np.ones(1, bool),
    )
    arrays["timeline"] = ItemTimeline.from_interactions(short).to_arrays()
    version = write_bundle(tmp_path, manifest, arrays, texts)
    with pytest.raises(ModelDamaged, match='12 items, but its "timeline" has 3'):
        load_model(tmp_path / version)
