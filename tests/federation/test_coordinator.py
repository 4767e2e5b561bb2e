import numpy as np
import pytest

from settee.federation import (
    BadMessage,
    BadTerms,
    Coordinator,
    FederationFailed,
    Privacy,
    Recipe,
    Silo,
    Step,
    StrangeSilo,
    Terms,
    WrongStep,
)
from settee.federation.messages import Opening, Survivors
from tests.federation.rounds import ITEMS, N_CELLS, lead, nothing_sealed, parts, without_one


@pytest.mark.parametrize("n", [3, 5])
def test_the_total_is_the_sum_of_all_silos(n):
    amounts = parts(n)
    assert np.allclose(lead(amounts).total(), sum(amounts), rtol=0, atol=n * 2.0**-33)


@pytest.mark.parametrize("step", ["parcels", "sum"])
def test_a_silo_that_leaves_after_the_keys_were_agreed_is_not_in_the_total(step):
    amounts = parts(4)
    led = lead(amounts, leaves={2: step})
    assert led.survivors.left == (("s2",) if step == "sum" else ())
    others = amounts[0] + amounts[1] + amounts[3]
    assert np.allclose(led.total(), others, rtol=0, atol=1e-8)
    assert not np.allclose(led.total(), sum(amounts), atol=1)


def test_a_silo_that_leaves_after_its_sum_is_in_the_total_all_the_same():
    amounts = parts(4)
    led = lead(amounts, leaves={0: "opening"})
    assert np.allclose(led.total(), sum(amounts), rtol=0, atol=1e-8)


def test_two_of_five_may_leave_and_three_may_not():
    amounts = parts(5)
    led = lead(amounts, leaves={0: "sum", 4: "parcels"})
    assert np.allclose(led.total(), amounts[1] + amounts[2] + amounts[3], rtol=0, atol=1e-8)
    with pytest.raises(FederationFailed, match="3 must"):
        lead(amounts, leaves={0: "sum", 4: "sum", 2: "sum"})


def test_the_coordinator_is_never_sent_what_a_silo_holds():
    amounts, seen = [np.zeros(N_CELLS)] * 3, {}
    lead(amounts, seen=seen)
    # Nothing under a mask looks like any other number; the plain vector would be all zeros.
    every = np.concatenate([seen[name] for name in seen])
    assert len(set(every.tolist())) == 3 * N_CELLS
    assert (every > 2**40).all()


def test_masked_numbers_are_spread_evenly_whatever_they_hide():
    terms = Terms(3, items=tuple(f"i{n:02}" for n in range(90)))
    led = Coordinator(terms)
    silos = [Silo(f"s{place}") for place in range(3)]
    for silo in silos:
        led.hello(silo.hello())
    for silo in silos:
        led.put_parcels(silo.name, silo.shares(led.plan))
    hidden = np.full(led.n_cells, 12.5)
    vector = silos[0].masked(led.parcels_for("s0"), hidden, 1.0)
    counts = np.bincount((vector >> np.uint64(60)).astype(np.int64), minlength=16)
    expected = led.n_cells / 16
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert chi2 < 44.3, "15 degrees of freedom leave this in 1 of 10,000"
    plain = (np.full(led.n_cells, 12.5 * 2**32).astype(np.uint64) >> np.uint64(60)).astype(int)
    assert np.bincount(plain, minlength=16).max() == led.n_cells


def test_masks_of_the_same_silo_differ_from_one_federation_to_the_next():
    first, second = {}, {}
    lead(parts(3), seen=first)
    lead(parts(3), seen=second)
    assert not np.any(first["s0"] == second["s0"])


def test_fewer_than_three_silos_or_half_of_them_keep_nothing_secret():
    with pytest.raises(BadTerms, match="fewer than 3"):
        Terms(2)
    with pytest.raises(BadTerms, match="between 3"):
        Terms(4, threshold=2)
    with pytest.raises(BadTerms, match="between 3"):
        Terms(4, threshold=5)
    assert Terms(4).stays == Terms(5).stays == 3


def test_a_federation_that_two_joined_ends_without_a_plan():
    led = Coordinator(Terms(3, items=ITEMS))
    for name in ("a", "b"):
        led.hello(Silo(name).hello())
    with pytest.raises(FederationFailed, match="of 3 silos came a, b, and 3 must"):
        led.end_step()
    assert (led.step, led.came, led.expected) == (Step.FAILED, (), 0)
    with pytest.raises(FederationFailed):
        led.hello(Silo("c").hello())
    led.end_step()
    assert led.step == Step.FAILED


def test_silos_name_the_items_where_the_terms_do_not():
    owned = {"a": ("m1", "m2"), "b": ("m2", "m3"), "c": ("m2", "m1")}
    for shared_by, expected in ((1, ("m1", "m2", "m3")), (2, ("m1", "m2")), (3, ("m2",))):
        led = Coordinator(Terms(3, shared_by=shared_by))
        for name, items in owned.items():
            led.hello(Silo(name).hello(items))
        assert led.items == expected
        assert led.n_cells == len(expected) * (len(expected) + 1) // 2 + 1


@pytest.mark.parametrize(("items", "most"), [((), 5), (("m1", "m2"), 1)])
def test_no_items_and_too_many_items_end_it_before_anything_is_counted(items, most):
    led = Coordinator(Terms(3, max_items=most))
    led.hello(Silo("a").hello(items))
    led.hello(Silo("b").hello(items))
    with pytest.raises(FederationFailed, match=f"1 to {most} are accepted"):
        led.hello(Silo("c").hello(items))


def test_a_name_is_one_silo_and_its_ticket_proves_it():
    led = Coordinator(Terms(3, items=ITEMS))
    first = Silo("a")
    ticket = led.hello(first.hello())
    assert led.hello(first.hello()) == ticket, "said again, as after a lost answer"
    with pytest.raises(StrangeSilo, match="another silo"):
        led.hello(Silo("a").hello())
    led.check_ticket("a", ticket)
    for name, shown in (("a", b"x"), ("b", ticket)):
        with pytest.raises(StrangeSilo):
            led.check_ticket(name, shown)


def test_messages_of_another_step_are_refused():
    led = Coordinator(Terms(3, items=ITEMS))
    silos = [Silo(name) for name in "abc"]
    with pytest.raises(WrongStep, match="nothing is planned"):
        led.n_cells  # noqa: B018 -- reading it is the test
    with pytest.raises(WrongStep):
        led.put_parcels("a", nothing_sealed())
    for silo in silos:
        led.hello(silo.hello())
    assert led.parcels_for("a") is None
    with pytest.raises(WrongStep):
        led.hello(Silo("d").hello())
    with pytest.raises(WrongStep):
        led.put_sum("a", np.zeros(N_CELLS, np.uint64))
    with pytest.raises(WrongStep):
        led.total()
    with pytest.raises(BadMessage, match="every other silo"):
        led.put_parcels("a", nothing_sealed())


def test_a_sum_comes_once_and_has_one_number_per_cell():
    led = Coordinator(Terms(4, items=ITEMS))
    silos = [Silo(name) for name in "abcd"]
    for silo in silos:
        led.hello(silo.hello())
    for silo in silos[:3]:
        led.put_parcels(silo.name, silo.shares(led.plan))
    led.end_step()
    with pytest.raises(BadMessage, match=r"sent 3 numbers; the plan has 7"):
        led.put_sum("a", np.zeros(3, np.uint64))
    led.put_sum("a", np.zeros(N_CELLS, np.uint64))
    for name in ("a", "d"):  # came; parted no secrets
        with pytest.raises(WrongStep):
            led.put_sum(name, np.zeros(N_CELLS, np.uint64))
    assert led.n_stayed == 1


def test_only_silos_of_the_total_open_it_and_open_all_of_it():
    with pytest.raises(BadMessage, match="did not open"):
        lead(parts(3), change=without_one)
    led = Coordinator(Terms(3, items=ITEMS))
    silos = [Silo(name) for name in "abc"]
    for silo in silos:
        led.hello(silo.hello())
    for silo in silos:
        led.put_parcels(silo.name, silo.shares(led.plan))
    for silo in silos[:2]:
        led.put_sum(silo.name, silo.masked(led.parcels_for(silo.name), np.zeros(N_CELLS), 1.0))
    led.end_step()
    assert led.survivors == Survivors(("a", "b"), ("c",))
    with pytest.raises(WrongStep, match="brought no sum"):
        led.put_opening("c", Opening({}, {}))


@pytest.mark.parametrize("kind", ["seeds", "keys"])
@pytest.mark.parametrize("garbage", [b"\x01" * 66, bytes(65) + b"\x07"])
def test_a_changed_share_is_noticed(kind, garbage):
    def change(opening):
        broken = dict.fromkeys(getattr(opening, kind), garbage)
        both = {"seeds": opening.seeds, "keys": opening.keys} | {kind: broken}
        return Opening(**both)

    led = lead(parts(4), leaves={3: "sum"}, change=change)
    with pytest.raises(FederationFailed, match="shares of the silo"):
        led.total()
    assert led.step == Step.FAILED


def test_noise_of_the_silos_adds_up_to_what_the_privacy_asks_for():
    privacy = Privacy(1.0, 1e-5)
    items = tuple(f"i{n:02}" for n in range(100))
    led = Coordinator(Terms(4, 3, Recipe(5, 0.5, privacy.epsilon, privacy.delta), items))
    silos = [Silo(f"s{place}", demands=Privacy(2.0, 1e-5)) for place in range(4)]
    for silo in silos:
        led.hello(silo.hello())
    for silo in silos:
        led.put_parcels(silo.name, silo.shares(led.plan))
    for silo in silos[:3]:
        vector = silo.masked(led.parcels_for(silo.name), np.zeros(led.n_cells), 2.0)
        led.put_sum(silo.name, vector)
    led.end_step()
    for silo in silos[:3]:
        led.put_opening(silo.name, silo.opening(led.survivors))
    total = led.total()
    assert total.std() == pytest.approx(privacy.sigma(2.0), rel=0.05)
    assert lead([np.zeros(N_CELLS)] * 3).total().any() == np.False_
