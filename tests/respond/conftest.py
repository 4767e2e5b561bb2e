"""Compile what an answer runs through before any test counts milliseconds."""

import pytest

from settee.core import Settings
from tests.respond.world import World, small_model


@pytest.fixture(scope="session", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = World.at(tmp_path_factory.mktemp("warm"))
    world.responder(small_model(Settings())).warm()
    world.close()
