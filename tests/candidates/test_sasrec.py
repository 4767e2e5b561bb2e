import sys

import numpy as np
import pytest
import torch

from settee.candidates import NeedsTorch
from settee.candidates.deep.sasrec_loss import Asked, NextItemLoss, draw_items
from settee.candidates.deep.sasrec_net import Net
from settee.candidates.sasrec import BadHeads, Sasrec
from settee.candidates.sasrec_stories import N_GAPS, gaps_of
from settee.core import SourceSettings
from tests.candidates.world import DAY_S, baskets, films, of_items, record

TINY = {
    "sasrec_factors": 8,
    "sasrec_heads": 2,
    "sasrec_blocks": 1,
    "sasrec_window": 8,
    "sasrec_epochs": 2,
    "sasrec_batch": 8,
    "sasrec_learning_rate": 0.01,
    "sasrec_memory": 0.5,
}
N = 20
CYCLE = baskets(*[[(who + step) % N for step in range(6)] for who in range(40)], n_items=N)
PEOPLE = of_items([1, 2, 3], [9, 10], [4, 3, 12, 5])


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def fit(events=CYCLE, **settings):
    return Sasrec.fit(events, films(events.n_items), SourceSettings(**{**TINY, **settings}))


def test_the_next_step_of_a_cycle_is_foretold_by_attention_alone():
    source = fit(
        sasrec_linear_items=0,
        sasrec_epochs=20,
        sasrec_batch=20,
        sasrec_learning_rate=0.03,
        sasrec_memory=0.8,
    )
    asked = of_items(*[[who, (who + 1) % N] for who in range(N)])
    hits = source.score(asked).argmax(axis=1) == (np.arange(N) + 2) % N
    assert hits.mean() > 0.9  # the most popular item is right once in 20


def test_the_linear_path_foretells_it_before_attention_has_learnt():
    scores = fit(sasrec_epochs=1).score(of_items([1, 2, 3]))
    assert scores.argmax() == 4


def test_numpy_serves_what_torch_learnt():
    source = fit(sasrec_blocks=2)
    settings = SourceSettings(**{**TINY, "sasrec_blocks": 2})
    net = Net(N, N_GAPS, settings, is_beside=True)
    own = net.state_dict()
    net.load_state_dict(
        {
            name: torch.from_numpy(array.copy()).reshape(own[name].shape)
            for name, array in source.parameters.items()
        }
    )
    net.eval()
    places = np.array([1, 2, 9, 4], np.int32)
    gaps = gaps_of(np.array([0, 3, 9000, 9000]))
    items, waited = (torch.from_numpy(one.astype(np.int64))[None] for one in (places, gaps))
    expected = net(items, waited)[0, -1].detach().numpy()
    known = source.forward.known(places, gaps, np.ones(4, np.float32))
    assert np.allclose(known, expected, atol=1e-5)


def test_a_score_is_the_log_of_how_much_likelier_than_by_lot():
    scores = fit().score(of_items([1, 2, 3]))[0]
    unseen = np.delete(np.arange(N), [1, 2, 3])
    assert np.exp(scores[unseen]).mean() == pytest.approx(1.0, abs=1e-4)
    assert scores[[1, 2, 3]].tolist() == [0, 0, 0]


def test_a_film_of_a_stranger_on_the_sofa_is_looked_at_less():
    source = fit(sasrec_linear_items=0, sasrec_epochs=20)
    whole, none = source.score(of_items([1, 7, 3]))[0], source.score(of_items([1, 3]))[0]
    people = of_items([1, 7, 3])
    weighed = [
        source.score(
            type(people)(people.indptr, people.item, people.at_s, np.array([1, w, 1], np.float32))
        )[0]
        for w in (0.9, 0.1)
    ]
    kept = np.delete(np.arange(N), [1, 3, 7])
    apart = [np.abs(part - whole)[kept].sum() for part in weighed]
    assert 0 < apart[0] < apart[1]
    assert np.isfinite(none).all()


def test_items_that_nobody_met_and_whole_catalogues_that_were_met_score_nothing():
    source = fit(baskets([0, 1], [1, 0], n_items=3))
    assert source.score(of_items([0], [2])).tolist()[1] == [0, 0, 0]
    assert source.score(of_items([0, 1])).tolist() == [[0, 0, 0]]
    assert source.score(of_items([0]))[0, 2] == 0


def test_the_gaps_between_events_count():
    quick, slow = (
        record([(who, (who + s) % 9, s * wait) for who in range(18) for s in range(4)], 9)
        for wait in (1, DAY_S)
    )
    source = fit(quick, sasrec_linear_items=0, sasrec_epochs=10)
    people = of_items([1, 2])
    late = type(people)(people.indptr, people.item, people.at_s * DAY_S)
    assert not np.array_equal(source.score(people), source.score(late))
    assert len(source.curve) == 10
    assert len(fit(slow).items) == 9


@pytest.mark.parametrize(
    "changed",
    [
        {"sasrec_factors": 16},
        {"sasrec_heads": 1},
        {"sasrec_blocks": 2},
        {"sasrec_window": 2},
        {"sasrec_dropout": 0.5},
        {"sasrec_epochs": 3},
        {"sasrec_minutes": 1e-9},
        {"sasrec_batch": 4},
        {"sasrec_learning_rate": 0.02},
        {"sasrec_l2": 5.0},
        {"sasrec_memory": 0.0},
        {"sasrec_negatives": 5},
        {"sasrec_max_items": 10},
        {"sasrec_linear_items": 0},
        {"sasrec_seed": 8},
        {"max_history": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_setting_changes_the_outcome(changed):
    assert not np.array_equal(fit().score(PEOPLE), fit(**changed).score(PEOPLE))


def test_it_is_trained_on_the_processor_where_there_is_no_other():
    assert np.array_equal(fit().score(PEOPLE), fit(sasrec_device="cpu").score(PEOPLE))


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    fit()
    assert torch.equal(torch.rand(2), expected)


def test_rounds_are_told():
    told = []
    Sasrec.fit(CYCLE, films(N), SourceSettings(**TINY), lambda *step: told.append(step))
    assert ("train sasrec", 1, 2) in told
    assert ("solve sasrec's linear path", 3, 4) in told


def test_heads_that_do_not_divide_the_factors_are_refused():
    with pytest.raises(BadHeads, match="8 factors cannot be shared by 3 heads"):
        fit(sasrec_heads=3)


def test_without_torch_training_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NeedsTorch, match="sasrec"):
        fit()


def dense_loss(known, item, bias, trust, asked, sure=None):
    """Minus log-probability of the next item among what was not met, by torch's own gradients."""
    total, n = torch.zeros(()), 0
    for row, one in enumerate(asked):
        for step, wanted in enumerate(one.wanted):
            logit = item @ known[row, step] + bias
            if one.told is not None:
                logit = logit + trust * one.told[step]
            met = torch.cat([one.met_before, one.met[: step + 1]])
            left = torch.ones(len(item), dtype=torch.bool)
            left[met] = False
            if sure is not None:
                left &= sure.place_of >= 0
                left[wanted] = True
                own = torch.zeros(len(item)).index_fill(0, wanted, 1.0)
                logit = logit + sure.stands_for * (1 - own)
            total = total - logit[wanted] + logit[left].logsumexp(0)
            n += 1
    return total / n


@pytest.mark.parametrize("n_drawn", [0, 7])
def test_the_loss_and_its_gradients_are_those_of_the_dense_formula(n_drawn):
    torch.manual_seed(0)
    known, item, bias = torch.randn(2, 4, 8), torch.randn(15, 8) * 0.3, torch.randn(15) * 0.1
    asked = [
        Asked(*(torch.tensor(x) for x in ([3, 5, 1, 0], [2, 4], [5, 1, 0, 9])), torch.randn(4, 15)),
        Asked(torch.tensor([7, 8]), torch.empty(0, dtype=torch.long), torch.tensor([8, 2]), None),
    ]
    draw = draw_items(15, n_drawn, np.random.default_rng(1))
    assert (draw is None) == (n_drawn == 0)
    found, grads = [], []
    for loss in (NextItemLoss.apply, lambda *given: dense_loss(*given)):
        given = [one.clone().requires_grad_() for one in (known, item, bias, torch.tensor(1.3))]
        value = loss(*given, asked, draw)
        value.backward()
        found.append(float(value.detach()))
        grads.append([one.grad for one in given])
    assert found[0] == pytest.approx(found[1], abs=5e-3)
    for ours, theirs in zip(*grads, strict=True):
        assert torch.allclose(ours, theirs, atol=5e-3)


def test_drawing_all_items_is_drawing_none():
    assert draw_items(5, 5, np.random.default_rng(0)) is None
    drawn = draw_items(6, 3, np.random.default_rng(0))
    assert drawn.stands_for == pytest.approx(np.log(2))
    assert (drawn.place_of[drawn.items] == torch.arange(3)).all()
