"""Every role of every tenant at every route: what the table of permissions grants, and no more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter

from settee.app import Workspace, open_workspace
from settee.core import Settings
from settee.govern import END_USER, ROLES, Terms, grants
from settee.web import create_app
from settee.web.access import add_access
from settee.web.permissions import NEEDS, OPEN, UnlistedRoute, check_listed, need_of
from tests.govern.world import NOON, ed_key, key_set, public, token, trusting
from tests.web.world import Client, Response

TENANTS = ("default", "acme")
GUARDED = [row for row, need in NEEDS.items() if need is not OPEN]
ACCOUNT, STRANGER = "a7", "a8"
Sample = tuple[str, str, Any]


def samples(account_id: str) -> dict[tuple[str, str], Sample]:
    """Path, query and body of a harmless request to each route, about an account."""
    account, query = f"/v1/accounts/{account_id}", f"account_id={account_id}"
    event = {"event_id": f"by-{account_id}", "account_id": account_id, "kind": "browse",
             "at": NOON.isoformat()}  # fmt: skip
    about = {"account_id": account_id}
    return {
        ("POST", "/v1/events"): ("/v1/events", "", [event]),
        ("GET", "/v1/recommendations"): ("/v1/recommendations", query, None),
        ("POST", "/v1/recommendations"): ("/v1/recommendations", "", about),
        ("GET", "/v1/lists/{name}"): ("/v1/lists/home", query, None),
        ("POST", "/v1/who"): ("/v1/who", "", about),
        ("PUT", "/v1/items"): ("/v1/items", "", []),
        ("GET", "/v1/items/{item_id}/similar"): ("/v1/items/i-acme/similar", "", None),
        ("GET", "/v1/items/{item_id}"): ("/v1/items/i-acme", "", None),
        ("GET", "/v1/accounts/{account_id}"): (account, "", None),
        ("GET", "/v1/accounts/{account_id}/people"): (f"{account}/people", "", None),
        ("POST", "/v1/accounts/{account_id}/people/corrections"): (
            f"{account}/people/corrections", "", {},
        ),
        ("POST", "/v1/accounts/{account_id}/onboarding"): (f"{account}/onboarding", "", {"x": 1}),
        ("POST", "/v1/accounts/{account_id}/merge"): (f"{account}/merge", "", {}),
        ("GET", "/v1/accounts/{account_id}/contact"): (f"{account}/contact", "", None),
        ("PUT", "/v1/accounts/{account_id}/contact"): (f"{account}/contact", "", {}),
        ("GET", "/v1/explain"): ("/v1/explain", f"{query}&item_id=i-acme", None),
        ("POST", "/v1/explain"): ("/v1/explain", "", {**about, "item_id": "i-acme"}),
        ("DELETE", "/v1/keys/{key_id}"): ("/v1/keys/none", "", None),
        ("DELETE", "/v1/tenants/{tenant_id}"): ("/v1/tenants/none", "", None),
        ("GET", "/v1/rules/versions/{version}"): ("/v1/rules/versions/999", "", None),
    }  # fmt: skip


@dataclass
class House:
    """A service with two tenants, both of whom have an account a7 and an item of the same id."""

    client: Client
    root: Workspace
    acme: Workspace
    secrets: dict[tuple[str, str], str]

    def ask(
        self, row: tuple[str, str], role: str, tenant_id: str, about: str = ACCOUNT
    ) -> Response:
        secret = self.secrets[role, tenant_id]
        return self.send(row, about, authorization=f"Bearer {secret}")

    def send(self, row: tuple[str, str], about: str = ACCOUNT, **headers: str) -> Response:
        method, template = row
        path, query, body = samples(about).get(row, (template, "", {}))
        raw = b"" if body is None or method == "GET" else json.dumps(body).encode()
        return self.client(method, path, raw, query=query.encode(), **headers)


def fill(client: Client, secret: str, name: str) -> None:
    """Give a tenant an account and items whose words name the tenant."""
    items = [
        {"item_id": item_id, "title": f"secret of {name}", "tags": [f"tag-{name}"]}
        for item_id in ("i-both", f"i-{name}")
    ]
    event = {
        "event_id": f"e-{name}",
        "account_id": ACCOUNT,
        "kind": "play",
        "item_id": f"i-{name}",
        "device_id": f"device-{name}",
        "at": NOON.isoformat(),
    }
    for path, method, rows in (("/v1/items", "PUT", items), ("/v1/events", "POST", [event])):
        done = client(method, path, json.dumps(rows).encode(), x_api_key=secret)
        assert done.status == 200, done.body


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home: Path = tmp_path_factory.mktemp("home")
    (home / "jwks.json").write_bytes(key_set(public(ed_key(), "ed")))
    access = trusting(home / "jwks.json", jwt_tenants=TENANTS, user_per_s=0)
    settings = Settings(home=home, access=access, serve={"require_key": "always"})
    with ExitStack() as stack:
        root = stack.enter_context(open_workspace(settings, lambda: NOON))
        root.create_tenant("acme")
        acme = stack.enter_context(open_workspace(settings, lambda: NOON, "acme"))
        secrets = {
            (role, tenant_id): root.keys.create(role + "1", NOON, Terms(role, (), tenant_id)).secret
            for tenant_id in TENANTS
            for role in ROLES
        }
        for tenant_id in TENANTS:
            secrets[END_USER, tenant_id] = token(sub=ACCOUNT, tenant=tenant_id).decode()
        app = create_app(root)
        client = Client(app)
        for tenant_id in TENANTS:
            fill(client, secrets["owner", tenant_id], tenant_id)
        yield House(client, root, acme, secrets)
        asyncio.run(app._house.close())


def served(house: House) -> set[tuple[str, str]]:
    paths = house.client("GET", "/openapi.json").json["paths"]
    return {(method.upper(), path) for path, operations in paths.items() for method in operations}


def test_every_route_of_the_document_stands_in_the_table(house: House) -> None:
    assert served(house) <= set(NEEDS)


@pytest.mark.parametrize("row", GUARDED, ids=" ".join)
def test_each_role_of_each_tenant_may_do_what_it_may_and_no_more(
    house: House, row: tuple[str, str]
) -> None:
    if row not in served(house):
        pytest.skip("listed, and not served yet")
    need = NEEDS[row]
    for tenant_id in TENANTS:
        for role in (*ROLES, END_USER):
            response = house.ask(row, role, tenant_id)
            case = (role, tenant_id, response.status, response.body)
            if need.permission in grants(role, tenant_id=tenant_id):
                assert response.status not in (401, 403, 405), case
                assert response.status < 500 or response.status == 503, case
            else:
                assert (response.status, response.code) == (403, "not_permitted"), case


@pytest.mark.parametrize("row", GUARDED, ids=" ".join)
def test_without_a_credential_that_is_right_no_route_opens(
    house: House, row: tuple[str, str]
) -> None:
    good = house.secrets["owner", "default"]
    for headers in (
        {}, {"authorization": "Bearer nonsense"}, {"authorization": f"Basic {good}"},
        {"x_api_key": good[:-1]}, {"x_api_key": good.upper()},
        {"authorization": "Bearer " + token(ed_key(7)).decode()},
        {"authorization": "Bearer " + token(tenant="nobody").decode()},
    ):  # fmt: skip
        response = house.send(row, **headers)
        assert response.status in (401, 429), (headers, response.status)


ABOUT_ACCOUNTS = [row for row in GUARDED if NEEDS[row].about != "nobody"]


@pytest.mark.parametrize("row", ABOUT_ACCOUNTS, ids=" ".join)
def test_an_end_user_gets_no_other_account(house: House, row: tuple[str, str]) -> None:
    if row not in served(house):
        pytest.skip("listed, and not served yet")
    for tenant_id in TENANTS:
        response = house.ask(row, END_USER, tenant_id, about=STRANGER)
        allowed = NEEDS[row].permission in grants(END_USER, tenant_id=tenant_id)
        code = "not_your_account" if allowed else "not_permitted"
        assert (response.status, response.code) == (403, code), response.body
        assert house.ask(row, "service", tenant_id, about=STRANGER).status not in (401, 403)


def test_an_end_user_cannot_hide_another_account_in_a_batch_or_a_query(house: House) -> None:
    bearer = {"authorization": "Bearer " + house.secrets[END_USER, "default"]}
    shape = {"kind": "browse", "at": NOON.isoformat()}
    rows = [{**shape, "event_id": f"n-{one}", "account_id": one} for one in (ACCOUNT, STRANGER)]
    before = house.root.journal.last_offset()
    assert house.client("POST", "/v1/events", json.dumps(rows).encode(), **bearer).status == 403
    assert house.root.journal.last_offset() == before, "nothing of the batch was stored"
    for query in (b"account_id=a7&account_id=a8", b"account_id=a8&account_id=a7",
                  b"account_id=%61%38"):  # fmt: skip
        response = house.client("GET", "/v1/recommendations", query=query, **bearer)
        assert response.status in (400, 403), (query, response.body)
    for path in ("/v1/accounts/a8/people", "/v1/accounts/a7/../a8", "/v1/accounts/a8%2fpeople"):
        assert house.client("GET", path, **bearer).status in (403, 404), path


@pytest.mark.parametrize("row", GUARDED, ids=" ".join)
def test_no_answer_to_one_tenant_holds_a_word_of_the_other(
    house: House, row: tuple[str, str]
) -> None:
    for tenant_id, other in (TENANTS, TENANTS[::-1]):
        response = house.ask(row, "owner", tenant_id)
        assert f"secret of {other}".encode() not in response.body, row
        assert f"device-{other}".encode() not in response.body, row
        if tenant_id == "acme":
            ours = {key.key_id for key in house.root.keys.all("acme")}
            every = {key.key_id for key in house.root.keys.all()}
            assert not [key_id for key_id in every - ours if key_id.encode() in response.body]


def test_each_tenant_does_see_its_own(house: House) -> None:
    for tenant_id in TENANTS:
        key = {"x_api_key": house.secrets["owner", tenant_id]}
        item = house.client("GET", "/v1/items/i-both", **key).json
        assert item["item"]["title"] == f"secret of {tenant_id}"
        account = house.client("GET", f"/v1/accounts/{ACCOUNT}", **key)
        assert f"i-{tenant_id}".encode() in account.body
        assert house.client("GET", "/v1/me", **key).json["tenant_id"] == tenant_id
        other = TENANTS[1 - TENANTS.index(tenant_id)]
        assert house.client("GET", f"/v1/items/i-{other}", **key).status == 404


def test_what_one_tenant_writes_changes_no_byte_of_the_other(house: House) -> None:
    before = house.root.journal.last_offset(), list(house.root.tables.items())
    key = {"x_api_key": house.secrets["owner", "acme"]}
    event = {"event_id": "w1", "account_id": ACCOUNT, "kind": "play", "item_id": "i-both",
             "at": NOON.isoformat()}  # fmt: skip
    assert house.client("POST", "/v1/events", json.dumps([event]).encode(), **key).status == 200
    item = json.dumps([{"item_id": "i-new", "title": "new"}]).encode()
    assert house.client("PUT", "/v1/items", item, **key).status == 200
    assert (house.root.journal.last_offset(), list(house.root.tables.items())) == before
    assert house.acme.tables.n_items() == 3


def test_no_header_or_field_moves_a_caller_to_another_tenant(house: House) -> None:
    key = {"x_api_key": house.secrets["owner", "acme"]}
    for more in ({"x_tenant": "default"}, {"x_settee_tenant": "default"}, {"tenant": "default"}):
        assert house.client("GET", "/v1/me", **key, **more).json["tenant_id"] == "acme"
    asked = json.dumps({"name": "spy", "role": "owner", "tenant_id": "default"}).encode()
    assert house.client("POST", "/v1/keys", asked, **key).status == 400


def test_a_route_that_nobody_listed_makes_the_application_fail(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_strange(router: APIRouter, root: Workspace) -> None:
        add_access(router, root)

        @router.get("/v1/strange")
        def strange() -> None: ...

    monkeypatch.setattr("settee.web.application.add_access", add_strange)
    with pytest.raises(UnlistedRoute, match="GET /v1/strange is served"):
        create_app(house.root)


def test_a_route_that_slipped_past_the_check_stays_shut(house: House) -> None:
    app = create_app(house.root)

    @app._house.own.framework.get("/v1/late")  # type: ignore[attr-defined]  # FastAPI behind it
    def late() -> None: ...

    response = Client(app)("GET", "/v1/late", x_api_key=house.secrets["owner", "default"])
    assert response.status == 500
    assert response.code == "unlisted_route"


def test_the_table_knows_a_route_by_how_it_is_written() -> None:
    check_listed([("GET", "/v1/items/{item_id:path}")])
    assert need_of("GET", "/health") is OPEN
    with pytest.raises(UnlistedRoute):
        need_of("PATCH", "/v1/items")
