import contextlib
import json

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from settee.app import open_workspace
from settee.core import Settings
from settee.respond import Account, Answer
from settee.web import create_app
from settee.web.hot import EVENTS, RECOMMENDATIONS
from tests.respond.world import World, at, event, small_model, with_settings

CALM = list(HealthCheck)


@pytest.fixture
def document(client):
    return client("GET", "/openapi.json").json


@pytest.mark.usefixtures("untraced")
def test_every_route_keeps_the_promises_of_the_document(tmp_path):
    public = with_settings(Settings(), serve={"host": "0.0.0.0"})  # noqa: S104 -- never bound
    world = World.at(tmp_path, public)
    world.put_titles()
    world.release(small_model(world.settings))
    world.happened(event("e0", "a", "alien"))
    world.close()
    # 503 where nothing is left to show is a promise too.
    served = {"expected-statuses": ["2xx", "3xx", "4xx", "503"]}
    config = SchemathesisConfig.from_dict({"checks": {"not_a_server_error": served}})
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    with open_workspace(world.settings) as workspace:
        key = {"x-api-key": workspace.keys.create("fuzz", workspace.clock()).secret}
        api = schemathesis.openapi.from_asgi(
            "/openapi.json", create_app(workspace), config=config, headers=key
        )
        operations = [result.ok() for result in api.get_all_operations()]
        assert len(operations) >= 20
        for operation in operations:
            for mode in GenerationMode:
                keeps_its_promises(operation.as_strategy(generation_mode=mode), key, checks)


def keeps_its_promises(cases, key, checks) -> None:
    @settings(
        max_examples=8, deadline=None, database=None, derandomize=True, suppress_health_check=CALM
    )
    @given(case=cases)
    def keeps(case):
        case.call_and_validate(headers=key, checks=checks)

    with contextlib.suppress(Unsatisfiable):  # nothing to get wrong: no parameters
        keeps()


def test_hot_routes_stand_in_the_document(document):
    assert set(document["paths"][EVENTS]) == {"post"}
    assert set(document["paths"][RECOMMENDATIONS]) == {"get", "post"}
    assert document["openapi"].startswith("3.1")


def test_document_names_every_route_of_the_application(client, document):
    for path, operations in document["paths"].items():
        filled = path.replace("{item_id}", "alien").replace("{account_id}", "x")
        for method in operations:
            assert client(method.upper(), filled, b"{}").status != 405, (method, path)


def test_fields_of_a_question_are_the_same_in_both_forms(document):
    query = {one["name"] for one in document["paths"][RECOMMENDATIONS]["get"]["parameters"]}
    body = document["components"]["schemas"]["Asked"]["properties"]
    assert query == set(body)


def test_answer_has_the_fields_that_the_document_promises(client, document):
    answer = client("GET", "/v1/recommendations", query=b"account_id=x&explain=full").json
    assert set(answer) == set(document["components"]["schemas"]["Answer"]["properties"])
    assert set(answer) == set(Answer.__struct_fields__)


def test_account_has_the_fields_that_the_document_promises(client, engine, document):
    engine.world.happened(event("e1", "x", "alien"))
    account = client("GET", "/v1/accounts/x").json
    assert set(account) == set(document["components"]["schemas"]["Account"]["properties"])
    assert msgspec.convert(account, Account).n_events == 1


def test_outcome_of_a_batch_has_the_fields_that_the_document_promises(client, document):
    body = json.dumps([{"event_id": "e1", "account_id": "x", "kind": "browse",
                        "at": at().isoformat()}, 3]).encode()  # fmt: skip
    taken = client("POST", EVENTS, body).json
    schemas = document["components"]["schemas"]
    assert set(taken) == set(schemas["Taken"]["properties"])
    assert set(taken["rejected"][0]) == set(schemas["Refused"]["properties"])


def test_manual_is_one_page_that_loads_nothing(client, document):
    response = client("GET", "/docs")
    page = response.body.decode()
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for path in document["paths"]:
        assert path in page
    for outside in ("http://", "https://", "<script", "<img", "<link"):
        assert outside not in page
