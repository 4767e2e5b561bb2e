import msgspec
import numpy as np
import pytest

from settee.federation import (
    BadMessage,
    Coordinator,
    Privacy,
    Recipe,
    Silo,
    SiloRefuses,
    Terms,
    places_of,
)
from settee.federation.messages import Parcels, Survivors
from tests.federation.rounds import ITEMS, N_CELLS, lead, parts


def planned(secrets=(b"", b"", b""), recipe=None, demands=None):
    led = Coordinator(Terms(3, recipe=recipe or Recipe(5, 0.5), items=ITEMS))
    silos = [Silo(name, secret, demands) for name, secret in zip("abc", secrets, strict=True)]
    for silo in silos:
        led.hello(silo.hello())
    return led, silos


def shared(led, silos):
    for silo in silos:
        led.put_parcels(silo.name, silo.shares(led.plan))


def test_shares_are_given_once_and_never_both_of_a_silo():
    led, silos = planned()
    shared(led, silos)
    for silo in silos[:2]:
        silo.masked(led.parcels_for(silo.name), np.zeros(N_CELLS), 1.0)
    with pytest.raises(SiloRefuses, match="who stayed and who left"):
        silos[0].opening(Survivors(("a", "b", "c"), ("c",)))
    with pytest.raises(SiloRefuses, match="who stayed and who left"):
        silos[0].opening(Survivors(("a", "b"), ()))
    first = silos[0].opening(Survivors(("a", "b"), ("c",)))
    assert (set(first.seeds), set(first.keys)) == ({"a", "b"}, {"c"})
    with pytest.raises(SiloRefuses, match="already"):
        silos[0].opening(Survivors(("a", "b", "c"), ()))


def test_a_silo_opens_nothing_for_too_few_or_without_itself():
    for survivors in (Survivors(("a",), ("b", "c")), Survivors(("b", "c"), ("a",))):
        led, silos = planned()
        shared(led, silos)
        silos[0].masked(led.parcels_for("a"), np.zeros(N_CELLS), 1.0)
        with pytest.raises(SiloRefuses, match="2 must"):
            silos[0].opening(survivors)


def test_a_silo_opens_nothing_before_it_was_planned_or_summed():
    led, silos = planned()
    with pytest.raises(SiloRefuses, match="nothing was planned"):
        silos[0].opening(Survivors(("a", "b"), ("c",)))
    silos[0].shares(led.plan)
    with pytest.raises(SiloRefuses, match="who stayed"):
        silos[0].opening(Survivors(("a", "b"), ("c",)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: {"threshold": 4}, "threshold of 4"),
        (lambda plan: {"members": plan.members[:2]}, "2 silos with a threshold"),
        (lambda plan: {"members": plan.members[1:]}, 'does not name the silo "a"'),
        (lambda plan: {"members": plan.members[::-1]}, 'does not name the silo "a"'),
        (
            lambda plan: {
                "members": (
                    *plan.members[:2],
                    msgspec.structs.replace(plan.members[2], mask_key=plan.members[1].mask_key),
                )
            },
            "same key",
        ),
        (
            lambda plan: {
                "members": (
                    msgspec.structs.replace(plan.members[0], mask_key=bytes(32)),
                    *plan.members[1:],
                )
            },
            'does not name the silo "a"',
        ),
    ],
    ids=["threshold", "two", "without me", "order", "twins", "my key"],
)
def test_a_plan_that_keeps_nothing_secret_is_refused(change, told):
    led, silos = planned()
    plan = msgspec.structs.replace(led.plan, **change(led.plan))
    with pytest.raises(SiloRefuses, match=told):
        silos[0].shares(plan)


def test_a_threshold_of_half_is_refused():
    led = Coordinator(Terms(4, items=ITEMS))
    silos = [Silo(name) for name in "abcd"]
    for silo in silos:
        led.hello(silo.hello())
    with pytest.raises(SiloRefuses, match="over half"):
        silos[0].shares(msgspec.structs.replace(led.plan, threshold=2))


def test_keys_are_proved_by_the_secret_of_the_silos():
    led, silos = planned((b"s" * 32,) * 3)
    silos[0].shares(led.plan)
    led, silos = planned((b"s" * 32, b"s" * 32, b"other" * 7))
    with pytest.raises(SiloRefuses, match='"c" was not sent by one that knows the secret'):
        silos[0].shares(led.plan)


def test_the_secret_hides_ids_and_nothing_else():
    open_, hidden = Silo("a"), Silo("a", b"s" * 32)
    assert open_.item_name("m1") == "m1"
    assert hidden.item_name("m1") == Silo("b", b"s" * 32).item_name("m1") != "m1"
    assert hidden.item_name("m1") != Silo("a", b"t" * 32).item_name("m1")
    assert open_.hello(("m2", "m1")).items == ("m1", "m2")


def test_a_silo_demands_privacy_and_refuses_less():
    demands = Privacy(1.0)
    for recipe, told in (
        (Recipe(5, 0.5), "no noise"),
        (Recipe(5, 0.5, 2.0), "epsilon 2"),
        (Recipe(5, 0.5, 1.0, 1e-3), "epsilon 1"),
    ):
        led, silos = planned(recipe=recipe, demands=demands)
        with pytest.raises(SiloRefuses, match=f"the plan has {told}"):
            silos[0].shares(led.plan)
    led, silos = planned(recipe=Recipe(5, 0.5, 0.9), demands=demands)
    silos[0].shares(led.plan)


def test_changed_parcels_and_amounts_beyond_the_range_are_refused():
    led, silos = planned()
    shared(led, silos)
    mine = led.parcels_for("a").sealed
    broken = bytes([mine["b"][0] ^ 1]) + mine["b"][1:]
    with pytest.raises(BadMessage, match="changed on its way"):
        silos[0].masked(Parcels(mine | {"b": broken}), np.zeros(N_CELLS), 1.0)
    with pytest.raises(BadMessage, match="not below 2,147,483,648"):
        silos[0].masked(Parcels(mine), np.full(N_CELLS, 1e10), 1.0)
    with pytest.raises(SiloRefuses, match="1 silos parted their secrets, and 2 must"):
        silos[0].masked(Parcels({}), np.zeros(N_CELLS), 1.0)


def test_a_silo_gives_its_secrets_away_nowhere():
    silo = Silo("a")
    assert repr(silo._seal) == f"KeyPair({silo._seal.public.hex()[:16]})"
    assert silo._seal.private.hex() not in repr(silo.hello())


def test_items_that_a_silo_does_not_have_have_no_place():
    assert places_of({}, ("m1",)).tolist() == [-1]


def test_the_secret_changes_no_total():
    amounts = parts(3)
    assert np.allclose(lead(amounts, secret=b"s" * 32).total(), sum(amounts), atol=1e-8)
