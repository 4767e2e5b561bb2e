"""Laws that every candidate source keeps, whatever its mathematics."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.candidates import SOURCES, Source
from settee.candidates.histories import BadWeights
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, films, of_items, record

N_ITEMS = 40
CATALOGUE = films(
    N_ITEMS,
    tags=[[f"t{i % 5}", f"s{i % 3}"] for i in range(N_ITEMS)],
    titles=[f"word{i % 7} word{i % 4}" for i in range(N_ITEMS)],
)
SMALL = SourceSettings(
    ease_l2=3.0,
    knn_shrinkage=2.0,
    vae_layers=(12, 12),
    vae_latent=4,
    vae_members=2,
    vae_epochs=2,
    vae_threads=1,
)
"""Little evidence is asked for and little is trained, for these records are small."""

FITTED = {name: source.fit(crowd(11), CATALOGUE, SMALL) for name, source in SOURCES.items()}
CLOSE = frozenset({"als", "content_map", "graph", "vae", "sasrec"})
"""Sources of matrix products, whose last bits depend on how many people are asked about."""
CURVED = frozenset({"als", "vae", "sasrec"})
"""Sources that are not linear in the weights of a history."""


def agree(source, one, other) -> bool:
    """The same bits; of a source of matrix products, the same to four digits."""
    if source.name in CLOSE:
        return np.allclose(one, other, rtol=1e-4, atol=1e-5)
    return one.tobytes() == other.tobytes()


every_source = pytest.mark.parametrize("source", FITTED.values(), ids=FITTED)
lawful = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
history = st.lists(st.integers(0, N_ITEMS - 1), unique=True, max_size=15)


@every_source
@lawful
@given(people=st.lists(history, max_size=5))
def test_scores_are_finite_float32_of_people_by_items(source, people):
    scores = source.score(of_items(*people))
    assert scores.dtype == np.float32
    assert scores.shape == (len(people), N_ITEMS)
    assert np.isfinite(scores).all()


@every_source
@lawful
@given(people=st.lists(history, min_size=1, max_size=5))
def test_a_batch_gives_what_its_people_give_one_by_one(source, people):
    batch = source.score(of_items(*people))
    alone = np.concatenate([source.score(of_items(person)) for person in people])
    assert agree(source, batch, alone)


@every_source
@lawful
@given(person=history)
def test_weights_of_one_change_no_bit_and_no_weight_is_no_item(source, person):
    plain = of_items(person)
    ones = np.ones(len(person), np.float32)
    assert agree(source, source.score(replace(plain, weight=ones)), source.score(plain))
    first = ones.copy()
    first[1:] = 0
    alone = source.score(of_items(person[:1]))
    assert agree(source, source.score(replace(plain, weight=first)) + 0.0, alone + 0.0)


@every_source
def test_half_of_a_history_counts_half(source):
    if not source.needs_history:
        return
    people = of_items([3, 1, 30], [2, 5])
    half = replace(people, weight=np.full(5, 0.5, np.float32))
    doubled = 2 * source.score(half)
    assert source.name in CURVED or np.allclose(doubled, source.score(people), rtol=1e-6)
    with pytest.raises(BadWeights):
        source.score(replace(people, weight=np.ones(4, np.float32)))


@every_source
def test_no_history_means_nothing_unless_the_source_needs_none(source):
    scores = source.score(of_items([]))
    assert (scores == 0).all() == source.needs_history


@every_source
@lawful
@given(person=history, items=st.lists(st.integers(0, N_ITEMS - 1), max_size=8))
def test_shares_add_up_to_the_score(source, person, items):
    wanted = np.array(items, np.int32)
    shares = source.shares(np.array(person, np.int32), wanted)
    if shares is None:
        return
    assert shares.dtype == np.float32
    assert shares.shape == (len(items), len(person))
    total = shares.sum(axis=1, dtype=np.float64)
    scores = source.score(of_items(person))[0, wanted]
    rtol, atol = (1e-4, 1e-5) if source.name in CLOSE else (1e-6, 0)
    assert np.allclose(total, scores, rtol=rtol, atol=atol)


@every_source
def test_an_item_of_the_history_says_nothing_for_itself(source):
    everything = np.arange(N_ITEMS, dtype=np.int32)
    shares = source.shares(everything, everything)
    # A product of vectors has no diagonal to leave out: the parts would not sum to the score.
    assert shares is None or source.name in CLOSE or (np.diag(shares) == 0).all()


@every_source
def test_the_same_input_gives_the_same_bytes(source):
    again = type(source).fit(crowd(11), CATALOGUE, SMALL).to_arrays()
    first = source.to_arrays()
    assert first.keys() == again.keys()
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)


@every_source
def test_arrays_written_and_mapped_read_only_give_the_same_bytes(source, tmp_path):
    mapped = {}
    for name, array in source.to_arrays().items():
        assert array.dtype != np.object_
        np.save(tmp_path / f"{name}.npy", array)
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r" if array.ndim else None)
    read = type(source).from_arrays(mapped)
    people = of_items([3, 1, 30], [], [7])
    assert read.score(people).tobytes() == source.score(people).tobytes()
    assert {k: v.tobytes() for k, v in read.to_arrays().items()} == {
        k: v.tobytes() for k, v in source.to_arrays().items()
    }


@every_source
def test_a_fitted_source_cannot_be_written_through(source):
    for array in source.to_arrays().values():
        assert array.ndim == 0 or not array.flags.writeable


@every_source
def test_read_only_histories_are_scored_alike(source):
    people = of_items([3, 1, 30])
    expected = source.score(people)
    for array in (people.indptr, people.item, people.at_s):
        array.flags.writeable = False
    assert source.score(people).tobytes() == expected.tobytes()


@every_source
def test_events_without_interest_teach_nothing(source):
    rows = [(0, 1, 0), (0, 2, 1), (1, 1, 2), (1, 2, 3)]
    with_dull = [*rows, (0, 5, 3), (1, 6, 3)]
    plain = type(source).fit(record(rows, N_ITEMS), CATALOGUE, SMALL)
    noisy = type(source).fit(record(with_dull, N_ITEMS, dull=[4, 5]), CATALOGUE, SMALL)
    people = of_items([1, 3], [5])
    assert plain.score(people).tobytes() == noisy.score(people).tobytes()


@pytest.mark.parametrize("kind", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize(
    "events",
    [baskets(n_items=3), baskets([0], n_items=3), baskets([2, 2, 2], [], [2], n_items=3)],
    ids=["nobody", "one event", "one item"],
)
def test_the_smallest_records_are_fitted_and_scored(kind, events):
    source = kind.fit(events, films(3), SMALL)
    assert isinstance(source, Source)
    assert np.isfinite(source.score(of_items([2, 0], []))).all()


@pytest.mark.parametrize("kind", SOURCES.values(), ids=SOURCES)
def test_a_catalogue_without_items_is_fitted_and_scored(kind):
    source = kind.fit(baskets(n_items=0), films(0), SMALL)
    assert source.score(of_items([], [])).shape == (2, 0)


@pytest.mark.parametrize("kind", SOURCES.values(), ids=SOURCES)
def test_accounts_in_another_order_teach_the_same(kind):
    sets = [[0, 1, 2], [1, 2], [3], [0, 3, 2], [2, 4]]
    one = kind.fit(baskets(*sets, n_items=N_ITEMS), CATALOGUE, SMALL)
    other = kind.fit(baskets(*sets[::-1], n_items=N_ITEMS), CATALOGUE, SMALL)
    people = of_items([1], [0, 2])
    assert np.allclose(one.score(people), other.score(people), rtol=1e-5, atol=1e-7)
