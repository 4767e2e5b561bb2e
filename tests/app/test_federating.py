import numpy as np
import pytest

from settee.app import open_workspace
from settee.app.federating import solved
from settee.candidates import account_bound
from settee.core import Settings, SourceSettings
from settee.events import CannotSplit
from settee.federation import Coordinator, Privacy, Recipe, Silo, Terms

ITEMS = ("a", "b", "c")


def led(recipe, leave=0):
    """A federation of four silos that each saw a and b together 50 times, c never."""
    coordinator = Coordinator(Terms(4, 3, recipe, ITEMS))
    silos = [Silo(f"s{place}") for place in range(4)]
    for silo in silos:
        coordinator.hello(silo.hello())
    for silo in silos:
        coordinator.put_parcels(silo.name, silo.shares(coordinator.plan))
    stayed = silos[leave:]
    for silo in stayed:
        counts = np.array([50.0, 50, 0, 50, 0, 0, 100 / recipe.max_history])
        parcels = coordinator.parcels_for(silo.name)
        bound = account_bound(recipe.max_history, recipe.account_power)
        coordinator.put_sum(silo.name, silo.masked(parcels, counts, bound))
    if leave:
        coordinator.end_step()
    for silo in stayed:
        coordinator.put_opening(silo.name, silo.opening(coordinator.survivors))
    return coordinator


def test_the_total_becomes_ease_over_the_items_that_were_wanted():
    found = solved(led(Recipe(5, 0.0)), SourceSettings(ease_l2=1.0, ease_dropout=0.0))
    assert found.learnt.items == ("a", "b")
    assert (found.learnt.n_silos, found.learnt.sigma, found.learnt.epsilon) == (4, 0.0, 0.0)
    # Inverse of ((201, 200), (200, 201)): off the diagonal -200 / 401, on it 201 / 401.
    assert np.allclose(found.weights, [[0, 200 / 201], [200 / 201, 0]], atol=1e-4)


@pytest.mark.parametrize(("leave", "n_silos"), [(0, 4), (1, 3)])
def test_the_noise_that_silos_told_of_is_what_they_added(leave, n_silos):
    found = solved(led(Recipe(5, 0.5, 50.0), leave), SourceSettings())
    sigma = Privacy(50.0).sigma(account_bound(5, 0.5)) * (n_silos / 3) ** 0.5
    assert found.learnt.sigma == pytest.approx(sigma)
    assert (found.learnt.n_silos, found.learnt.epsilon) == (n_silos, 50.0)
    assert "a" in found.learnt.items
    assert np.isfinite(found.weights).all()


def test_an_empty_record_is_not_parted(tmp_path):
    with (
        open_workspace(Settings(home=tmp_path)) as workspace,
        pytest.raises(CannotSplit, match="no event"),
    ):
        workspace.cut_by_account(tmp_path / "parts", 3)
    assert not (tmp_path / "parts").exists()
