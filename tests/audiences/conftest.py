"""One shop, learnt once for all tests of this folder."""

import pytest

from settee.audiences import Ready, prepare, reach_of, train_responses
from settee.candidates import fit_sources

from .world import CUT_S, SETTINGS, shop


@pytest.fixture(scope="session")
def ready() -> Ready:
    """A model of the shop as of thirty days before its end."""
    catalogue, record = shop()
    past = record.where(record.at_s < CUT_S)
    model = train_responses(past, catalogue, SETTINGS)
    sources = fit_sources(past, catalogue, SETTINGS.sources)
    return prepare(reach_of(past, CUT_S), model, sources, catalogue, SETTINGS.response)
