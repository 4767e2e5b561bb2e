from settee.core import Settings
from tests.respond.world import NOW, with_settings
from tests.web.world import Client, Engine, create_app


def test_page_that_rebinds_its_name_gets_nothing(client):
    client.host = "evil.example"
    response = client("GET", "/v1/recommendations", query=b"account_id=x")
    assert (response.status, response.code) == (421, "host_refused")
    assert client("GET", "/health").status == 421


def test_behind_a_key_any_name_is_served(tmp_path):
    public = with_settings(Settings(), serve={"host": "0.0.0.0"})  # noqa: S104 -- never bound
    engine = Engine(tmp_path, public)
    secret = engine.keys.create("shop", NOW).secret
    client = Client(create_app(engine), host="shop.example")
    assert client("GET", "/v1/accounts/x", x_api_key=secret).status == 404
    engine.close()
