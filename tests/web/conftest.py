import pytest

from tests.web.world import open_door


@pytest.fixture
def door(tmp_path):
    client, engine = open_door(tmp_path)
    yield client, engine
    engine.close()


@pytest.fixture
def client(door):
    return door[0]


@pytest.fixture
def engine(door):
    return door[1]
