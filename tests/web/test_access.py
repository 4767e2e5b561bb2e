"""Keys and tenants over HTTP."""

import asyncio
import json
from datetime import timedelta

import pytest

from settee.app import open_workspace
from settee.core import Settings
from settee.govern import Terms
from settee.web import create_app
from tests.govern.world import NOON
from tests.web.world import Client


class Service:
    """A guarded service on a real folder, whose clock a test sets."""

    def __init__(self, root, **access):
        self.now = NOON
        self.context = open_workspace(
            Settings(home=root, serve={"require_key": "always"}, access=access), lambda: self.now
        )
        self.workspace = self.context.__enter__()
        self.owner = self.workspace.issue_key("boss").secret
        self.app = create_app(self.workspace)
        self.client = Client(self.app)

    def __call__(self, method, path, body=None, *, key=None):
        raw = b"" if body is None else json.dumps(body).encode()
        return self.client(method, path, raw, x_api_key=key or self.owner)

    def close(self):
        asyncio.run(self.app._house.close())
        self.context.__exit__(None, None, None)


@pytest.fixture
def service(tmp_path):
    opened = Service(tmp_path)
    yield opened
    opened.close()


def test_key_is_made_used_seen_and_revoked(service):
    asked = {
        "name": "shop", "role": "service", "scopes": ["items.read"], "expires_in_s": 3600,
        "rate_per_s": 9.5, "burst": 20, "quota_per_day": 1000,
    }  # fmt: skip
    made = service("POST", "/v1/keys", asked).json
    assert made["key"]["expires_at"] == "2026-11-21T13:00:00Z"
    me = service("GET", "/v1/me", key=made["secret"]).json
    assert me["permissions"] == ["items.read", "self.read"]
    assert me["expires_at"] == made["key"]["expires_at"]
    assert (me["key"]["n_today"], me["key"]["last_used_at"]) == (1, "2026-11-21T12:00:00Z")
    listed = service("GET", "/v1/keys")
    assert made["secret"].encode() not in listed.body
    assert {one["name"] for one in listed.json["keys"]} == {"boss", "shop"}
    key_id = made["key"]["key_id"]
    assert service("DELETE", f"/v1/keys/{key_id}").json["revoked_at"] == "2026-11-21T12:00:00Z"
    assert service("GET", "/v1/me", key=made["secret"]).status == 401
    assert service("DELETE", f"/v1/keys/{key_id}").status == 404


def test_admin_makes_no_owner_and_revokes_none(service):
    boss = service("GET", "/v1/keys").json["keys"][0]["key_id"]
    admin = service("POST", "/v1/keys", {"name": "admin", "role": "admin"}).json["secret"]
    response = service("POST", "/v1/keys", {"name": "coup", "role": "owner"}, key=admin)
    assert (response.status, response.code) == (403, "not_permitted")
    assert service("DELETE", f"/v1/keys/{boss}", key=admin).code == "not_permitted"
    assert service("POST", "/v1/keys", {"name": "x", "role": "service"}, key=admin).status == 200
    mine = service("GET", "/v1/me", key=admin).json["key"]["key_id"]
    assert service("DELETE", f"/v1/keys/{mine}", key=admin).status == 200, "one's own always"
    assert service("GET", "/v1/me", key=admin).status == 401


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"role": "root"}, "bad_role"),
        ({"role": "service", "scopes": ["rules.write"]}, "bad_role"),
        ({"name": ""}, "bad_request"),
        ({"name": "a\nb"}, "bad_input"),
        ({"expires_in_s": 0}, "bad_request"),
        ({"rate_per_s": -1}, "bad_request"),
        ({"burst": 5}, "bad_terms"),
        ({"quota_per_day": 0}, "bad_request"),
        ({"unknown": 1}, "bad_request"),
        ({"role": None}, "bad_request"),
    ],
)
def test_key_on_odd_terms_is_refused(service, changed, code):
    response = service("POST", "/v1/keys", {"name": "x", "role": "service", **changed})
    assert (response.status, response.code) == (400, code), response.body
    assert len(service("GET", "/v1/keys").json["keys"]) == 1


def test_two_keys_of_one_name_clash_within_a_tenant_alone(service):
    acme = service("POST", "/v1/tenants", {"tenant_id": "acme"}).json["owner"]["secret"]
    asked = {"name": "shop", "role": "service"}
    assert service("POST", "/v1/keys", asked).status == 200
    assert service("POST", "/v1/keys", asked).status == 409
    assert service("POST", "/v1/keys", asked, key=acme).status == 200


def test_tenant_comes_lives_and_goes_with_its_keys(service, tmp_path):
    made = service("POST", "/v1/tenants", {"tenant_id": "acme"}).json
    key = made["owner"]["secret"]
    assert service("PUT", "/v1/items", [{"item_id": "m1", "title": "M"}], key=key).status == 200
    assert service("GET", "/v1/items/m1", key=key).status == 200
    assert service("GET", "/v1/items/m1").status == 404, "not in the default tenant"
    assert service.app._house.open_tenants == ["acme"]
    assert (tmp_path / "tenants" / "acme" / "tables.db").exists()
    names = [one["tenant_id"] for one in service("GET", "/v1/tenants").json["tenants"]]
    assert names == ["default", "acme"]
    assert service("GET", "/v1/tenants", key=key).code == "not_permitted"
    assert service("POST", "/v1/tenants", {"tenant_id": "acme"}).code == "tenant_taken"
    assert service("POST", "/v1/tenants", {"tenant_id": "../x"}).code == "bad_tenant"
    assert service("DELETE", "/v1/tenants/acme").status == 200
    assert service("GET", "/v1/me", key=key).status == 401
    assert service("POST", "/v1/tenants", {"tenant_id": "acme"}).code == "tenant_taken"
    assert service("DELETE", "/v1/tenants/acme").status == 404
    assert service("DELETE", "/v1/tenants/default").code == "bad_tenant"


def test_no_more_tenants_are_open_than_are_set(tmp_path):
    service = Service(tmp_path, max_open_tenants=1)
    for name in ("one", "two"):
        key = service("POST", "/v1/tenants", {"tenant_id": name}).json["owner"]["secret"]
        assert service("GET", "/v1/items/none", key=key).status == 404
        assert service.app._house.open_tenants == [name]
    service.close()


def test_idle_tenant_is_closed_after_the_time_that_is_set(tmp_path, monkeypatch):
    monkeypatch.setattr("settee.web.house._SWEEP_S", 0.001)
    service = Service(tmp_path, tenant_idle_s=0.001)
    key = service("POST", "/v1/tenants", {"tenant_id": "acme"}).json["owner"]["secret"]
    assert service("GET", "/v1/items/none", key=key).status == 404
    assert service.app._house.open_tenants == ["acme"]
    inbox = asyncio.Queue()

    async def life():
        inbox.put_nowait({"type": "lifespan.startup"})

        async def send(message):
            if message["type"] == "lifespan.startup.complete":
                while service.app._house.open_tenants:
                    await asyncio.sleep(0.001)
                inbox.put_nowait({"type": "lifespan.shutdown"})

        await service.app({"type": "lifespan", "asgi": {"version": "3.0"}}, inbox.get, send)

    asyncio.run(asyncio.wait_for(life(), 20))
    assert service("GET", "/v1/items/none", key=key).status == 404, "it opens again by itself"
    service.close()


def test_keys_made_by_the_command_line_work_within_a_second(service):
    other = open_workspace(service.workspace.settings, lambda: service.now)
    with other as workspace:
        made = workspace.issue_key("late", Terms("auditor"))
        service("GET", "/v1/me")
        service.now += timedelta(seconds=1)
        assert service("GET", "/v1/me", key=made.secret).json["role"] == "auditor"
        workspace.revoke_key("late")
        service.now += timedelta(seconds=1)
        assert service("GET", "/v1/me", key=made.secret).status == 401
