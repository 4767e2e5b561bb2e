import sys

import numpy as np
import pytest
import torch
from torch.nn import functional

from settee.candidates import Ease, NeedsTorch, Popular
from settee.candidates.deep.vae import frequent_terms, threads
from settee.candidates.deep.vae_net import TorchNet, exported, pull
from settee.candidates.deep.vae_people import Bags, gather, ndcg, own_order, with_held_out
from settee.candidates.histories import checked
from settee.candidates.matrix import wanted
from settee.candidates.terms import tag_terms
from settee.candidates.vae import Vae
from settee.candidates.vae_net import standardised
from settee.core import SourceSettings
from tests.candidates.world import baskets, crowd, films, of_items, record

TINY = {
    "vae_layers": (12, 12),
    "vae_latent": 4,
    "vae_members": 1,
    "vae_epochs": 3,
    "vae_batch": 30,
    "vae_threads": 1,
    "vae_content_terms": 0,
    "vae_device": "cpu",
    "ease_l2": 3.0,
}
PEOPLE = of_items([3, 1, 30], [2, 5], [7])


def fit(events, catalogue=None, **changed) -> Vae:
    catalogue = catalogue or films(events.n_items)
    return Vae.fit(events, catalogue, SourceSettings(**{**TINY, **changed}))


def torch_net(events, **changed) -> tuple[TorchNet, SourceSettings]:
    settings = SourceSettings(**{**TINY, **changed})
    torch.manual_seed(3)
    n = events.n_items
    terms = torch.rand(n, 5 if settings.vae_content_terms else 0)
    net = TorchNet(terms, torch.zeros(n), settings)
    with torch.no_grad():
        for one in net.parameters():
            one.add_(torch.randn_like(one) * 0.3)
    return net, settings


@pytest.mark.parametrize(
    "shape",
    [
        {"vae_layers": (12,)},
        {"vae_layers": (12, 12, 12), "vae_content_terms": 5},
        {"vae_layers": (16, 8, 8), "vae_latent": 2, "vae_rating_weight": 1.0},
    ],
    ids=["one layer", "residual with content", "tower with rating head"],
)
def test_what_is_served_without_torch_is_what_torch_computes(shape):
    events = crowd(1)
    net, settings = torch_net(events, **shape)
    served = exported(net)
    bags = Bags(np.array([0, 3, 5, 6]), np.array([3, 1, 30, 2, 5, 7]))
    with torch.no_grad():
        mean, log_variance = net.encode(*bags.tensors(torch.device("cpu")))
        odds, liking = net.decode(mean), None
        if settings.vae_rating_weight:
            liking = torch.sigmoid(net.liking(mean))
    places = np.arange(events.n_items, dtype=np.int32)
    found, variance = served.encode(checked(PEOPLE, events.n_items), places)
    assert np.allclose(found, mean, atol=1e-5)
    assert np.allclose(variance, log_variance.exp(), rtol=1e-4)
    assert np.allclose(served.decode(found), odds, atol=1e-4)
    assert liking is None or np.allclose(served.liking(found), liking, atol=1e-5)


def test_the_variance_of_log_odds_is_that_of_draws_from_the_posterior():
    net, _ = torch_net(crowd(1))
    served = exported(net)
    given = checked(PEOPLE, 40)
    mean, variance = served.encode(given, np.arange(40, dtype=np.int32))
    rng = np.random.default_rng(5)
    draws = mean[0] + np.sqrt(variance[0]) * rng.normal(size=(40_000, mean.shape[1]))
    drawn = served.decode(draws.astype(np.float32)).var(axis=0)
    assert np.allclose(served.variance(variance)[0], drawn, rtol=0.05)


def test_the_normal_pull_is_the_distance_that_torch_knows():
    mean, log_variance = torch.randn(4, 3), torch.randn(4, 3)
    own = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    normal = torch.distributions.Normal(torch.zeros(4, 3), torch.ones(4, 3))
    expected = torch.distributions.kl_divergence(own, normal).sum(dim=1)
    assert torch.allclose(pull(mean, log_variance, mean, None), expected, atol=1e-5)


def test_the_composite_prior_pulls_less_where_the_encoder_put_people_before():
    mean, log_variance = torch.full((1, 3), 4.0), torch.full((1, 3), -2.0)
    there, elsewhere = (mean, log_variance), (-mean, log_variance)
    far = float(pull(mean, log_variance, mean, elsewhere))
    near = float(pull(mean, log_variance, mean, there))
    assert near == pytest.approx(-3 * np.log(0.75), abs=0.01)
    assert near < far < float(pull(mean, log_variance, mean, None))


def test_nets_find_what_people_of_one_taste_want_and_popularity_does_not():
    # Even accounts like even items and odd ones odd items, all alike popular.
    rng = np.random.default_rng(4)
    sets = [2 * rng.choice(15, 6, replace=False) + who % 2 for who in range(120)]
    events = baskets(*sets, n_items=30)
    source = fit(events, vae_epochs=60, vae_linear=False, vae_learning_rate=0.01, vae_dropout=0.4)
    popular = Popular.fit(events, films(30), SourceSettings())

    def share_of_own_taste(scores):
        scores[0, [0, 4]] = -np.inf
        return (np.argsort(-scores[0])[:10] % 2 == 0).mean()

    asked = of_items([0, 4])
    assert share_of_own_taste(source.score(asked)) > 0.85
    assert share_of_own_taste(popular.score(asked)) < 0.85


def test_short_histories_are_surer_told_than_none_and_long_ones_surer_than_short():
    rng = np.random.default_rng(4)
    sets = [2 * rng.choice(15, 3 + who % 9, replace=False) + who % 2 for who in range(120)]
    source = fit(
        baskets(*sets, n_items=30), vae_epochs=80, vae_learning_rate=0.01, vae_linear=False
    )
    told = source.spread(of_items([], [0], list(range(0, 24, 2))))
    assert told.shape == (3, 30)
    assert (told[0] == 0).all()
    assert told[1].mean() > told[2].mean() > 0


def test_nets_that_differ_make_scores_less_sure():
    one = fit(crowd(1), vae_linear=False)
    three = fit(crowd(1), vae_members=3, vae_linear=False)
    assert len(three.nets) == 3
    scores = np.stack([Vae(40, three.items, (net,), None, 0.0).score(PEOPLE) for net in three.nets])
    assert np.allclose(three.score(PEOPLE), scores.mean(axis=0), atol=1e-5)
    assert np.allclose(scores[0], one.score(PEOPLE), atol=1e-6)
    within = np.stack(
        [Vae(40, three.items, (net,), None, 0.0).spread(PEOPLE) for net in three.nets]
    )
    total = np.square(within).mean(axis=0) + scores.var(axis=0)
    assert np.allclose(three.spread(PEOPLE), np.sqrt(total), rtol=1e-4, atol=1e-5)


def test_ease_counts_by_its_share():
    source = fit(crowd(1))
    assert source.ease is not None
    assert source.ease_share == 0.2
    alone = Vae(40, source.items, source.nets, None, 0.0).score(PEOPLE)
    linear, _ = standardised(source.ease.score(PEOPLE)[:, source.items])
    expected = 0.8 * alone[:, source.items] + 0.2 * linear
    assert np.allclose(source.score(PEOPLE)[:, source.items], expected, atol=1e-5)


def test_ease_beside_the_nets_is_ease_fitted_alone():
    events = crowd(1)
    alone = Ease.fit(events, films(40), SourceSettings(ease_l2=3.0))
    beside = fit(events, vae_held_out=0.5)
    assert beside.ease is not None
    assert np.allclose(beside.ease.score(PEOPLE), alone.score(PEOPLE), atol=1e-4)


def test_what_ease_counts_is_chosen_on_held_out_accounts():
    # Whoever wants an even item wants the next odd one: a matter of pairs that EASE sees at once,
    # and that a net of two numbers after one epoch does not.
    rng = np.random.default_rng(4)
    pairs = [rng.choice(20, 5, replace=False) for _ in range(150)]
    events = baskets(*(np.concatenate([2 * p, 2 * p + 1]) for p in pairs), n_items=40)
    source = fit(events, vae_held_out=0.3, vae_epochs=1, vae_latent=2)
    assert source.ease_share >= 0.5


def test_the_epoch_that_answers_held_out_accounts_best_serves():
    events = crowd(2, n_accounts=200)
    steps = []
    Vae.fit(
        events,
        films(40),
        SourceSettings(**{**TINY, "vae_held_out": 0.3, "vae_epochs": 200, "vae_patience": 2}),
        lambda stage, done, total: steps.append((stage, done, total)),
    )
    assert steps[0] == ("train vae", 1, 200)
    assert steps[-1] == ("train vae", 200, 200)
    assert len(steps) < 150


def test_time_that_is_up_ends_training_after_one_epoch():
    steps = []
    Vae.fit(
        crowd(1),
        films(40),
        SourceSettings(**{**TINY, "vae_minutes": 1e-9, "vae_epochs": 50}),
        lambda *told: steps.append(told),
    )
    assert len(steps) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"vae_layers": (12,)},
        {"vae_latent": 5},
        {"vae_prior": "normal"},
        {"vae_dropout": 0.1},
        {"vae_beta": 1.0},
        {"vae_anneal_epochs": 0},
        {"vae_members": 2},
        {"vae_epochs": 4},
        {"vae_batch": 7},
        {"vae_learning_rate": 0.01},
        {"vae_weight_decay": 5.0},
        {"vae_account_power": 0.0},
        {"vae_average": 0.0},
        {"vae_linear": False},
        {"vae_content_terms": 5},
        {"vae_rating_weight": 1.0},
        {"vae_held_out": 0.4},
        {"vae_max_items": 20},
        {"vae_seed": 8},
        {"max_history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_setting_changes_what_is_learnt(changed):
    rows = [(who, item, who + item) for who in range(80) for item in range(who % 9, 40, 3)]
    events = record(rows, 40, dull=range(0, len(rows), 5))
    catalogue = films(40, tags=[[f"t{i % 5}"] for i in range(40)])
    plain = fit(events, catalogue, vae_beta=0.1).score(PEOPLE)
    other = fit(events, catalogue, **{"vae_beta": 0.1, **changed}).score(PEOPLE)
    assert not np.allclose(plain, other, atol=1e-5)


def test_the_rating_head_tells_wanted_items_from_others_that_were_met():
    # Everybody meets all ten items; items 0 to 4 are wanted, the others are not.
    rows = [(who, item, item) for who in range(40) for item in range(10)]
    dull = [place for place, row in enumerate(rows) if row[1] >= 5]
    events = record([*rows, *((40, 9 - place, place) for place in range(5))], 10, dull)
    source = fit(events, vae_rating_weight=1.0, vae_epochs=60, vae_learning_rate=0.02)
    liking = source.liking(of_items([0, 1], []))
    assert liking is not None
    assert liking[0, :5].min() > 0.7
    assert liking[0, 5:].max() < 0.5
    assert (liking[1] == 0).all()
    assert fit(crowd(1)).liking(PEOPLE) is None


def test_terms_bring_what_shares_them_together_in_the_encoder():
    catalogue = films(6, tags=[["a"], ["a", "b"], ["b"], ["c"], ["a"], []])
    found = frequent_terms(tag_terms(catalogue), np.array([0, 1, 2, 3, 5], np.int32), 10)
    assert found.shape == (5, 2)
    assert np.allclose(np.linalg.norm(found, axis=1), [1, 1, 1, 0, 0])
    assert frequent_terms(tag_terms(catalogue), np.array([0, 1, 2], np.int32), 1).shape == (3, 1)


def test_an_item_that_nobody_wanted_scores_nothing_and_says_nothing():
    source = fit(baskets([0, 1], [1, 2], [0, 2], n_items=5))
    assert source.items.tolist() == [0, 1, 2]
    scores = source.score(of_items([0, 4], [0], [4]))
    assert (scores[:, 3:] == 0).all()
    assert np.allclose(scores[0], scores[1], atol=1e-5)
    assert (scores[2] == 0).all()
    assert (source.spread(of_items([4])) == 0).all()


def test_equal_scores_of_a_person_are_no_opinion():
    flat, deviation = standardised(np.full((2, 3), 7.0, np.float32))
    assert (flat == 0).all()
    assert (deviation == 1).all()


def test_ndcg_of_held_out_people_by_hand():
    # Best first: item 2 (shown, left out), 0 (a hit at place 1), 1 and 3 (a hit at place 3).
    scores = np.array([[3.0, 2.0, 9.0, 1.0]], np.float32)
    shown, hidden = Bags(np.array([0, 1]), np.array([2])), Bags(np.array([0, 2]), np.array([0, 3]))
    best = 1 + 1 / np.log2(3)
    assert ndcg(scores, shown, hidden) == pytest.approx((1 + 1 / np.log2(4)) / best)
    assert ndcg(scores, shown, Bags(np.array([0, 0]), np.empty(0, np.int64))) == 0.0


def test_held_out_accounts_are_hidden_from_the_nets_and_given_back_to_ease():
    settings = SourceSettings(**{**TINY, "vae_held_out": 0.4})
    events = crowd(1)
    people = gather(events, settings)
    assert len(people.shown) == 24
    assert len(people.train) == 36
    size = np.diff(people.shown.indptr) + np.diff(people.hidden.indptr)
    assert size.min() >= 1
    everybody = with_held_out(people).train
    assert len(everybody) == 60
    cells = wanted(events, 500)
    assert np.array_equal(np.bincount(everybody.index), np.bincount(cells.index)[people.items])
    order = own_order(cells, cells)
    assert sorted(order.tolist()) == list(range(60))


@pytest.mark.parametrize("changed", [{}, {"vae_linear": False, "vae_members": 2}])
def test_arrays_tell_all_of_it(changed):
    source = fit(crowd(1), **changed)
    again = Vae.from_arrays(source.to_arrays())
    assert again.score(PEOPLE).tobytes() == source.score(PEOPLE).tobytes()
    assert again.spread(PEOPLE).tobytes() == source.spread(PEOPLE).tobytes()
    assert (again.ease is None) == (source.ease is None)


def test_a_record_of_one_item_teaches_nothing():
    source = fit(baskets([0], [0], n_items=3))
    assert source.nets == ()
    assert (source.score(of_items([0])) == 0).all()
    assert (source.spread(of_items([0])) == 0).all()
    assert source.liking(of_items([0])) is None
    assert standardised(np.empty((2, 0), np.float32))[0].shape == (2, 0)


def test_too_few_accounts_hold_nobody_out():
    people = gather(crowd(1, n_accounts=30), SourceSettings(**{**TINY, "vae_held_out": 0.5}))
    assert len(people.train) == 30
    assert len(people.shown) == 0


def test_torch_gets_its_threads_back():
    before = torch.get_num_threads()
    with threads(1):
        assert torch.get_num_threads() == 1
    with threads(0):
        assert torch.get_num_threads() >= 1
    assert torch.get_num_threads() == before


def test_the_slope_written_down_is_that_of_the_loss():
    odds = torch.randn(3, 8, requires_grad=True)
    target = (torch.rand(3, 8) < 0.4).float()
    loss = -(functional.log_softmax(odds, dim=1) * target).sum()
    loss.backward()
    slope = torch.softmax(odds.detach(), dim=1) * target.sum(dim=1, keepdim=True) - target
    assert odds.grad is not None
    assert torch.allclose(odds.grad, slope, atol=1e-5)


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("settee.candidates.deep")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NeedsTorch, match='"vae"') as caught:
        fit(crowd(1))
    assert "settee[deep]" in (caught.value.hint or "")
