import pytest

from settee.core import Settings
from settee.web import NoKeys, create_app
from tests.respond.world import NOW, with_settings
from tests.web.world import Client, Engine

PUBLIC = with_settings(Settings(), serve={"host": "0.0.0.0"})  # noqa: S104 -- never bound
ALWAYS = with_settings(Settings(), serve={"require_key": "always"})
ASK = ("GET", "/v1/accounts/x")


def engine_with_key(home, settings):
    engine = Engine(home, settings)
    return engine, engine.keys.create("shop", NOW).secret


def test_on_loopback_no_key_is_needed(client):
    assert client(*ASK).status == 404


@pytest.mark.parametrize("settings", [PUBLIC, ALWAYS])
def test_without_any_key_a_guarded_door_does_not_open(tmp_path, settings):
    engine = Engine(tmp_path, settings)
    with pytest.raises(NoKeys, match="no API key exists"):
        create_app(engine)
    engine.keys.create("shop", NOW)
    engine.keys.revoke("shop", NOW)
    with pytest.raises(NoKeys):
        create_app(engine)
    engine.close()


@pytest.mark.parametrize("settings", [PUBLIC, ALWAYS])
def test_key_opens_the_door_by_either_header(tmp_path, settings):
    engine, secret = engine_with_key(tmp_path, settings)
    client = Client(create_app(engine))
    assert client(*ASK, authorization=f"Bearer {secret}").status == 404
    assert client(*ASK, authorization=f"bearer  {secret}").status == 404
    assert client(*ASK, x_api_key=secret).status == 404
    for wrong in (
        {},
        {"authorization": "Bearer nonsense"},
        {"authorization": f"Basic {secret}"},
        {"x_api_key": secret[:-1]},
        {"x_api_key": "é" * 300},
        {"x_api_key": secret + "a" * 300},
    ):
        response = client(*ASK, **wrong)
        assert (response.status, response.code) == (401, "bad_key")
        assert response.headers["www-authenticate"] == "Bearer"
    engine.close()


def test_hot_routes_and_figures_ask_for_the_key_and_probes_do_not(tmp_path):
    engine, secret = engine_with_key(tmp_path, PUBLIC)
    client = Client(create_app(engine))
    for method, path in (
        ("POST", "/v1/events"),
        ("GET", "/v1/recommendations"),
        ("PUT", "/v1/items"),
        ("GET", "/metrics"),
        ("GET", "/nowhere"),
    ):
        assert client(method, path).status == 401
        assert client(method, path, x_api_key=secret).status != 401
    for path in ("/health", "/ready", "/docs", "/openapi.json"):
        assert client("GET", path).status == 200
    engine.close()


def test_revoked_key_is_out(tmp_path):
    engine, secret = engine_with_key(tmp_path, PUBLIC)
    client = Client(create_app(engine))
    engine.keys.revoke("shop", NOW)
    assert client(*ASK, x_api_key=secret).status == 401
    engine.close()
