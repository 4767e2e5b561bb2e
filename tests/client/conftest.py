import pytest

from settee.client import Client
from tests.client.world import PATIENT, running


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("service")) as (url, workspace):
        yield url, workspace


@pytest.fixture(scope="session")
def url(service):
    return service[0]


@pytest.fixture
def client(url):
    with Client(url, settings=PATIENT) as client:
        yield client
