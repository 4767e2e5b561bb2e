import asyncio
from datetime import timedelta

import pytest

from settee.core import BadSettings, Settings
from settee.govern import BadKeySet, BadToken, Terms, UnclearTokens
from settee.web import NoKeys, create_app
from tests.govern.world import ed_key, key_set, public, token, trusting
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


def call_from(client, address, **headers):
    """Ask from another address than this machine's."""

    async def moved(scope, receive, send):
        await client.app({**scope, "client": (address, 1)}, receive, send)

    return Client(moved)(*ASK, **headers)


def access(**changed):
    return with_settings(PUBLIC, access=changed)


def test_who_guesses_is_held_up_and_never_locks_out_who_has_the_key(tmp_path):
    engine, secret = engine_with_key(tmp_path, access(max_failures=3))
    client = Client(create_app(engine))
    for _ in range(3):
        assert client(*ASK, x_api_key="wrong").status == 401
    for guess in ("wrong", secret[:-1], "a.b.c"):
        response = client(*ASK, x_api_key=guess)
        assert (response.status, response.code) == (429, "too_many_failures")
        assert response.headers["retry-after"] == "20"
    assert client(*ASK, x_api_key=secret).status == 404, "the key opens, also from that address"
    assert call_from(client, "10.0.0.9", x_api_key="wrong").status == 401, "others are not held up"
    assert client(*ASK).status == 401, "who sends nothing guesses nothing"
    engine.close()


def test_behind_a_proxy_that_is_trusted_the_true_sender_counts(tmp_path):
    settings = access(max_failures=1, trusted_proxies=("10.0.0.0/8",))
    engine, _ = engine_with_key(tmp_path, settings)
    client = Client(create_app(engine))
    proxied = {"x_api_key": "wrong", "x_forwarded_for": "9.9.9.9"}
    assert call_from(client, "10.0.0.1", **proxied).status == 401
    assert call_from(client, "10.0.0.2", **proxied).status == 429
    proxied["x_forwarded_for"] = "9.9.9.8"
    assert call_from(client, "10.0.0.1", **proxied).status == 401
    assert call_from(client, "11.0.0.1", **proxied).status == 401, "it may write what it likes"
    proxied["x_forwarded_for"] = "9.9.9.7"
    assert call_from(client, "11.0.0.1", **proxied).status == 429
    engine.close()


def test_rate_and_quota_answer_429_with_retry_after(tmp_path):
    engine = Engine(tmp_path, PUBLIC)
    slow = engine.keys.create("slow", NOW, Terms(rate_per_s=0.5, burst=2)).secret
    few = engine.keys.create("few", NOW, Terms(quota_per_day=2)).secret
    client = Client(create_app(engine))
    assert [client(*ASK, x_api_key=slow).status for _ in range(3)] == [404, 404, 429]
    refused = client(*ASK, x_api_key=slow)
    assert (refused.code, refused.headers["retry-after"]) == ("too_many_requests", "2")
    assert [client(*ASK, x_api_key=few).status for _ in range(3)] == [404, 404, 429]
    assert client(*ASK, x_api_key=few).code == "quota_used"
    engine.close()


def test_expired_key_is_out_and_a_door_with_only_such_keys_does_not_open(tmp_path):
    engine = Engine(tmp_path, PUBLIC)
    secret = engine.keys.create("guest", NOW, Terms(expires_at=NOW + timedelta(hours=1))).secret
    client = Client(create_app(engine))
    assert client(*ASK, x_api_key=secret).status == 404
    engine.world.now += timedelta(hours=1)
    assert client(*ASK, x_api_key=secret).status == 401
    with pytest.raises(NoKeys):
        create_app(engine)
    engine.close()


def test_on_loopback_a_credential_that_is_sent_must_be_right(client, engine):
    secret = engine.keys.create("reader", NOW, Terms("auditor")).secret
    assert client(*ASK, x_api_key="wrong").status == 401
    assert client("PUT", "/v1/items", b"[]", x_api_key=secret).status == 403, "it is who it says"
    assert client("PUT", "/v1/items", b"[]").status == 200
    assert client(*ASK, authorization="Basic abc").status == 404, "that is no credential of ours"


def test_on_loopback_what_a_proxy_passes_on_needs_a_key(client, engine):
    secret = engine.keys.create("shop", NOW).secret
    for header in ("x_forwarded_for", "forwarded", "via", "x_real_ip"):
        response = client(*ASK, **{header: "9.9.9.9"})
        assert (response.status, response.code) == (401, "bad_key")
        assert client(*ASK, x_api_key=secret, **{header: "9.9.9.9"}).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3000"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_on_loopback_no_page_of_another_origin_gets_in_without_a_key(client, engine, headers):
    before = engine.journal.last_offset()
    response = client("POST", "/v1/events", b"[]", **headers)
    assert (response.status, response.code) == (403, "origin_refused")
    assert engine.journal.last_offset() == before
    assert "access-control-allow-origin" not in response.headers
    assert client(*ASK, origin="http://127.0.0.1:8321").status == 404, "its own pages may ask"
    assert client(*ASK, sec_fetch_site="same-origin").status == 404


def test_pages_of_other_origins_get_in_only_where_they_are_named(tmp_path):
    settings = access(cors_origins=("https://shop.example",))
    engine, secret = engine_with_key(tmp_path, settings)
    client = Client(create_app(engine))
    asks = {"access_control_request_method": "POST"}
    yes = client("OPTIONS", "/v1/events", origin="https://shop.example", **asks)
    assert (yes.status, yes.body) == (204, b"")
    assert yes.headers["access-control-allow-origin"] == "https://shop.example"
    assert "authorization" in yes.headers["access-control-allow-headers"]
    for origin in ("https://evil.example", "null", "https://shop.example.evil.example"):
        no = client("OPTIONS", "/v1/events", origin=origin, **asks)
        assert (no.status, no.code) == (403, "origin_refused")
        assert "access-control-allow-origin" not in no.headers
        answer = client(*ASK, origin=origin, x_api_key=secret)
        assert answer.status == 404, "a key is proof enough; the browser keeps the answer"
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "origin"
    answer = client(*ASK, origin="https://shop.example", x_api_key=secret)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    refused = client(*ASK, origin="https://shop.example")
    assert refused.status == 401
    assert refused.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-credentials" not in answer.headers
    engine.close()


def test_by_default_no_page_is_told_that_it_may_ask(client):
    response = client("OPTIONS", "/v1/events", origin="https://a.example",
                      access_control_request_method="POST")  # fmt: skip
    assert response.status == 403
    assert not [name for name in response.headers if name.startswith("access-control")]
    assert client("OPTIONS", "/v1/events").status == 405


def with_tokens(home, **changed):
    (home / "jwks.json").write_bytes(key_set(public(ed_key(), "ed")))
    settings = trusting(home / "jwks.json", **changed)
    return Settings(access=settings, serve={"require_key": "always"})


def good(seconds=600, **changed):
    return token(**{"exp": NOW.timestamp() + seconds, "iat": NOW.timestamp(), **changed}).decode()


def test_session_token_opens_its_account_until_it_expires(tmp_path):
    engine = Engine(tmp_path, with_tokens(tmp_path))
    client = Client(create_app(engine))  # without any key: tokens are enough to open a door
    bearer = {"authorization": "Bearer " + good()}
    own = ("GET", "/v1/accounts/a7")
    assert client(*own, **bearer).status == 404, "in, and there is nothing yet"
    assert client(*ASK, **bearer).code == "not_your_account"
    assert client("GET", "/metrics", **bearer).code == "not_permitted"
    me = client("GET", "/v1/me", **bearer).json
    assert (me["role"], me["account_id"], me["key"]) == ("end_user", "a7", None)
    engine.world.now += timedelta(seconds=629)
    assert client(*own, **bearer).status == 404
    engine.world.now += timedelta(seconds=1)
    assert client(*own, **bearer).code == "bad_token", "also one that was right a moment ago"
    engine.close()


def test_token_of_a_key_that_was_taken_away_is_out_within_a_second(tmp_path):
    engine = Engine(tmp_path, with_tokens(tmp_path))
    client = Client(create_app(engine))
    old, new = good(), token(ed_key(1), kid="new", exp=NOW.timestamp() + 600).decode()
    own = ("GET", "/v1/accounts/a7")
    assert client(*own, authorization=f"Bearer {old}").status == 404
    assert client(*own, authorization=f"Bearer {new}").code == "unknown_signer"
    (tmp_path / "jwks.json").write_bytes(key_set(public(ed_key(1), "new")))
    engine.world.now += timedelta(seconds=1)
    assert client(*own, authorization=f"Bearer {new}").status == 404
    assert client(*own, authorization=f"Bearer {old}").code == "unknown_signer"
    engine.close()


def test_keys_at_an_address_are_fetched_when_a_token_needs_them(tmp_path, monkeypatch):
    answers = [BadKeySet("down"), key_set(public(ed_key(), "ed"))]

    def fetch(_):
        one = answers.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr("settee.govern.key_set._fetch", fetch)
    settings = Settings(
        access=trusting("https://login.example/jwks"), serve={"require_key": "always"}
    )
    engine = Engine(tmp_path, settings)
    client = Client(create_app(engine))
    ask = {"authorization": "Bearer " + good()}
    down = client("GET", "/v1/me", **ask)
    assert (down.status, down.code) == (503, "no_signers"), "nobody can say whether it is right"
    engine.world.now += timedelta(seconds=10)
    assert client("GET", "/v1/me", **ask).status == 200
    assert answers == []
    engine.close()


def test_rate_of_an_account_holds_for_all_its_tokens(tmp_path):
    engine = Engine(tmp_path, with_tokens(tmp_path, user_per_s=1.0, user_burst=2))
    client = Client(create_app(engine))
    bearers = [{"authorization": "Bearer " + good(jti=str(n))} for n in range(3)]
    assert [client("GET", "/v1/me", **one).status for one in bearers] == [200, 200, 429]
    other = {"authorization": "Bearer " + good(sub="a8")}
    assert client("GET", "/v1/me", **other).status == 200
    engine.close()


def test_tokens_kept_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("settee.web.keeper._MAX_SESSIONS", 3)
    engine = Engine(tmp_path, with_tokens(tmp_path))
    app = create_app(engine)
    for number in range(9):
        bearer = {"authorization": "Bearer " + good(jti=str(number))}
        assert Client(app)("GET", "/v1/me", **bearer).status == 200
    assert len(app._keeper._sessions) == 3
    engine.close()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"cors_origins": ("*",)}, BadSettings),
        ({"cors_origins": ("https://shop.example/",)}, BadSettings),
        ({"trusted_proxies": ("proxy",)}, BadSettings),
        ({"jwt_jwks": "no-such-file", "jwt_issuer": "i", "jwt_audience": "a"}, BadKeySet),
        ({"jwt_jwks": "x"}, UnclearTokens),
    ],
)
def test_settings_that_would_leave_the_door_ajar_keep_it_shut(tmp_path, changed, error):
    engine, _ = engine_with_key(tmp_path, access(**changed))
    with pytest.raises(error):
        create_app(engine)
    engine.close()


@pytest.mark.parametrize(("refresh_s", "is_out"), [(60.0, True), (7200.0, False)])
def test_keys_at_an_address_are_asked_again_after_the_time_that_is_set(
    tmp_path, monkeypatch, refresh_s, is_out
):
    published = [key_set(public(ed_key(), "ed"))]
    monkeypatch.setattr("settee.govern.key_set._fetch", lambda _: published[0])
    trusted = trusting("https://login.example/jwks", jwt_refresh_s=refresh_s)
    engine = Engine(tmp_path, Settings(access=trusted, serve={"require_key": "always"}))
    client = Client(create_app(engine))
    ask = {"authorization": "Bearer " + good()}
    assert client("GET", "/v1/me", **ask).status == 200
    published[0] = key_set(public(ed_key(1), "new"))
    engine.world.now += timedelta(seconds=61)
    seen = [client("GET", "/v1/me", **ask).status for _ in range(3)]
    assert seen[-1] == (401 if is_out else 200), "the look is taken beside the first request"
    engine.close()


def test_token_for_a_tenant_that_was_removed_is_out_within_a_second(tmp_path):
    engine = Engine(tmp_path, with_tokens(tmp_path, jwt_tenants=("default", "acme")))
    keeper = create_app(engine)._keeper
    bearer = {b"authorization": b"Bearer " + good(tenant="acme").encode()}

    def who():
        return asyncio.run(keeper.admit({"headers": list(bearer.items())}, bearer)).tenant_id

    with pytest.raises(BadToken, match="a tenant that is not there"):
        who()
    engine.tenants.create("acme", NOW)
    engine.world.now += timedelta(seconds=1)
    assert who() == "acme"
    engine.tenants.remove("acme", NOW)
    engine.world.now += timedelta(seconds=1)
    with pytest.raises(BadToken):
        who()
    engine.close()
