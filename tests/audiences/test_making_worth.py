"""What a contact brings decides who is chosen: the share of an order, and what a contact adds."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from settee.audiences import (
    Asked,
    AudienceQuery,
    BadAudience,
    Beside,
    Members,
    MovedModel,
    Ready,
    audience_bytes,
    audience_of,
    check_query,
    choose,
    make,
    parse_query,
    target_of,
)
from settee.audiences.campaign_trial import UPLIFT_FEATURES, uplift_columns
from settee.audiences.logistic import Logistic
from settee.audiences.uplift import Ridge, Uplift
from settee.audiences.uplift_order import _Parts

NAMES = ["ann", "bob", "cid", "dan"]
CHANCES = np.array([0.4, 0.3, 0.2, 0.1])
CENTS = np.array([1_000.0, 1_000.0, 1_000.0, 9_000.0])


class Everybody:
    """A guard that lets everybody be addressed."""

    def look(self, account_ids, *_: object, **__: object) -> NDArray[np.int64]:
        return np.zeros(len(account_ids), np.int64)


def sized(beside: Beside, **asked: object):
    query = AudienceQuery(item_id="m", holdout=0, **asked)  # type: ignore[arg-type]
    found = choose(CHANCES, NAMES, query, salt="s", holdout=0.0, beside=beside)
    return [NAMES[place] for place in found.places], found


def test_a_rare_buyer_of_much_goes_before_a_likely_buyer_of_little() -> None:
    worth = Beside(order_cents=CENTS)
    chosen, found = sized(worth, margin_share=0.5, contact_cost_cents=120)
    assert chosen == ["dan", "ann", "bob"]  # 450, 200, 150 and 100 cents
    assert found.left_out == {"past_profit": 1}
    assert found.expected_profit_cents == pytest.approx(450 + 200 + 150 - 3 * 120)
    assert found.expected_responses == pytest.approx(0.1 + 0.4 + 0.3)
    mean, _ = sized(
        Beside(order_cents=np.full(4, CENTS.mean())), margin_share=0.5, contact_cost_cents=120
    )
    assert mean == ["ann", "bob", "cid", "dan"]  # everybody at the mean: other people
    assert sized(worth, margin_share=0.1, contact_cost_cents=60)[0] == ["dan"]


def test_a_contact_that_changes_nothing_is_not_made_however_likely_the_response() -> None:
    moved = Beside(uplift=np.array([0.0, 0.1, -0.2, 0.05]))
    chosen, found = sized(moved, margin_cents=100, contact_cost_cents=5)
    assert chosen == ["bob", "dan"]
    assert found.expected_responses == pytest.approx(0.15)
    assert found.expected_profit_cents == pytest.approx(15 - 10)
    assert found.left_out == {"unmoved": 2}
    assert sized(moved, size=3)[0] == ["bob", "dan"]
    plain, _ = sized(Beside(), margin_cents=100, contact_cost_cents=5)
    assert plain == NAMES


def test_alike_uplift_leaves_the_order_to_the_probability_and_least_probability_holds() -> None:
    alike = Beside(uplift=np.full(4, 0.02))
    query = AudienceQuery(item_id="m", min_probability=0.2)
    found = choose(CHANCES[::-1], NAMES, query, salt="s", holdout=0.0, beside=alike)
    assert found.places.tolist() == [3, 2, 1]
    assert found.left_out == {"unlikely": 1}


def test_both_at_once_go_by_what_a_contact_adds_times_what_an_order_brings() -> None:
    both = Beside(np.array([0.1, 0.2, 0.3, 0.05]), CENTS)
    assert sized(both, margin_share=1.0, size=2)[0] == ["dan", "cid"]


@pytest.mark.parametrize(
    "said",
    [
        {"margin_cents": 5.0, "margin_share": 0.5},
        {"learnt_from": "spring"},
    ],
)
def test_a_question_that_contradicts_itself_is_refused(said) -> None:
    with pytest.raises(BadAudience):
        check_query(AudienceQuery(item_id="m", **said))


def test_a_share_over_one_and_an_unknown_order_are_refused() -> None:
    for raw in (b'{"item_id":"m","margin_share":1.1}', b'{"item_id":"m","by":"luck"}'):
        with pytest.raises(BadAudience):
            parse_query(raw)


def asked(ready: Ready, query: AudienceQuery, **more: object) -> Asked:
    return Asked(
        query,
        None if query.like else target_of(ready.catalogue, item_ids=["m03"]),
        None,
        Everybody(),  # type: ignore[arg-type]  # all that making asks of a guard
        "aud_1",
        datetime(2026, 1, 1, tzinfo=UTC),
        0.0,
        **more,  # type: ignore[arg-type]  # the two that may be left out
    )


def turned() -> MovedModel:
    """Whoever is least likely to respond is moved most."""
    n = len(UPLIFT_FEATURES)
    weight = np.zeros(n)
    weight[0] = -1.0
    uplift = Uplift("r", (Ridge(0.0, weight),), 0.5)
    parts = _Parts(uplift, Logistic(0.0, np.zeros(n)), np.zeros(2), np.array([1.0, np.inf]))
    return MovedModel("uplift", parts, 0.05, 0.01)


def test_ranked_by_uplift_an_audience_says_so_and_tells_both_figures(ready: Ready) -> None:
    model = turned()
    query = AudienceQuery(item_id="m03", by="uplift", size=50)
    found = make(ready, asked(ready, query, moved=model))
    plain = make(ready, asked(ready, AudienceQuery(item_id="m03", size=50)))
    assert (found.how, plain.how) == ("uplift", "model")
    assert plain.members.uplift is None
    assert found.members.uplift is not None
    assert set(found.members.account_ids).isdisjoint(plain.members.account_ids)
    assert (np.diff(found.members.uplift) <= 0).all()
    assert found.expected_responses == pytest.approx(found.members.uplift.sum())
    place = {one: at for at, one in enumerate(ready.reach.units.account_ids)}
    everybody = make(ready, asked(ready, AudienceQuery(item_id="m03"))).members
    chance = np.empty(ready.reach.n_units)
    chance[[place[one] for one in everybody.account_ids]] = everybody.probability
    told = model.score(uplift_columns(chance, ready.reach))
    assert found.members.uplift == pytest.approx(
        told[[place[one] for one in found.members.account_ids]]
    )


def test_kept_and_read_again_an_audience_has_its_uplift_and_what_foretold_orders(
    ready: Ready,
) -> None:
    cents = np.linspace(1.0, 1_000.0, ready.reach.n_units)
    query = AudienceQuery(item_id="m03", by="uplift", margin_share=0.5, size=20)
    found = make(ready, asked(ready, query, moved=turned(), order_cents=(cents, "gamma_gamma")))
    back = audience_of("aud_1", *audience_bytes(found))
    assert back.valued_by == "gamma_gamma"
    assert back.members.uplift is not None
    assert found.members.uplift is not None
    assert back.members.uplift.tolist() == found.members.uplift.tolist()
    assert back.members.pick(np.array([2, 0])).uplift == pytest.approx(found.members.uplift[[2, 0]])
    place = {one: at for at, one in enumerate(ready.reach.units.account_ids)}
    margin = 0.5 * cents[[place[one] for one in found.members.account_ids]]
    assert back.members.margin_cents == pytest.approx(margin)
    assert back.members.pick(np.array([2, 0])).margin_cents == pytest.approx(margin[[2, 0]])
    plain = replace(found, members=Members((), (), np.empty(0), np.empty(0, np.bool_)))
    without = audience_of("aud_1", *audience_bytes(plain)).members
    assert without.uplift is without.margin_cents is None


def test_what_was_not_learnt_or_is_no_probability_is_refused(ready: Ready) -> None:
    for query, place in (
        (AudienceQuery(item_id="m03", by="uplift"), "by"),
        (AudienceQuery(item_id="m03", margin_share=0.5), "margin_share"),
        (AudienceQuery(like=("a001",), by="uplift"), "by"),
        (AudienceQuery(like=("a001",), margin_share=0.5), "margin_share"),
    ):
        with pytest.raises(BadAudience) as caught:
            make(ready, asked(ready, query))
        assert caught.value.place == place
