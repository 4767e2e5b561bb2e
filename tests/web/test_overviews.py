"""The routes that look over what there is: items, catalogue, versions, reports, quarantine."""

import asyncio
import json
from datetime import timedelta

import pytest

from settee.app import open_workspace
from settee.core import Settings
from settee.govern import Terms
from settee.web import create_app
from tests.respond.world import NOW, World, small_model, with_settings
from tests.web.world import Client

BAD = {"event_id": "e1", "account_id": "ann@example.org", "kind": "nonsense"}


class House:
    """A workspace with a released model, three keys, and a clock that a test moves."""

    def __init__(self, home):
        world = World.at(home, with_settings(Settings(), serve={"require_key": "always"}))
        world.put_titles()
        self.version = world.release(small_model(world.settings))
        world.close()
        self.now = NOW
        self.opened = open_workspace(world.settings, lambda: self.now)
        self.workspace = self.opened.__enter__()
        keys = self.workspace.keys
        self.keys = {
            role: keys.create(role + "-key", NOW, Terms(role, (), "default")).secret
            for role in ("owner", "admin", "scientist", "service")
        }
        self.client = Client(create_app(self.workspace))

    def get(self, path, query="", role="scientist"):
        return self.client("GET", path, query=query.encode(), x_api_key=self.keys[role])

    def send(self, *events):
        body = json.dumps(events).encode()
        return self.client("POST", "/v1/events", body, x_api_key=self.keys["owner"])

    def close(self):
        asyncio.run(self.client.app._house.close())
        self.opened.__exit__(None, None, None)


@pytest.fixture
def house(tmp_path):
    one = House(tmp_path)
    yield one
    one.close()


def test_items_are_found_by_words_page_by_page(house):
    page = house.get("/v1/items", "q=FAR", role="service").json
    assert [one["title"] for one in page["items"]] == ["Fargo"]
    page = house.get("/v1/items", "limit=5").json
    rest = house.get("/v1/items", f"limit=5&after={page['after']}").json
    assert len(page["items"]) + len(rest["items"]) == page["n_found"] == 8
    assert rest["after"] is None


def test_an_item_that_was_just_put_is_found(house):
    house.client(
        "PUT", "/v1/items", b'{"item_id": "n", "title": "Newest"}', x_api_key=house.keys["owner"]
    )
    assert [one["is_known"] for one in house.get("/v1/items", "q=newest").json["items"]] == [False]


def test_the_state_of_the_catalogue_is_kept_for_half_a_minute(house):
    first = house.get("/v1/catalogue").json
    assert first["n_items"] == 8
    assert first["model_version"] == house.version
    house.now += timedelta(seconds=20)
    assert house.get("/v1/catalogue").json["at"] == first["at"]
    house.now += timedelta(seconds=20)
    assert house.get("/v1/catalogue").json["at"] > first["at"]


def test_versions_and_one_of_them(house):
    listed = house.get("/v1/models").json
    assert listed["in_use"] == house.version
    assert [one["version"] for one in listed["versions"]] == [house.version]
    for name in ("current", house.version):
        assert house.get(f"/v1/models/{name}").json["version"] == house.version
    for name in ("ffffffffffffffff", "..%2F..", "x" * 129):
        assert house.get(f"/v1/models/{name}").status in (400, 404)


def test_reports_come_by_kind_newest_first(house):
    for number, kind in enumerate(("import", "evaluation", "import")):
        house.workspace.tables.add_report(f"r{number}", kind, NOW, {"n": number})
    assert [one["body"]["n"] for one in house.get("/v1/reports").json["reports"]] == [2, 1, 0]
    told = house.get("/v1/reports", "kind=import&limit=1").json["reports"]
    assert [one["report_id"] for one in told] == ["r2"]
    assert house.get("/v1/reports", "kind=gossip").status == 400


def test_a_refused_row_comes_as_it_was_to_an_owner_alone(house):
    assert house.send(BAD).json["rejected"]
    (file,) = house.get("/v1/quarantine").json["files"]
    assert file["reasons"] == {"bad_event": 1}
    path = f"/v1/quarantine/{file['name']}"
    (row,) = house.get(path, role="owner").json["rows"]
    assert json.loads(row["raw"]) == BAD
    assert row["detail"]
    for role in ("admin", "scientist"):
        (row,) = house.get(path, role=role).json["rows"]
        assert (row["reason"], row["line"], row["raw"], row["detail"]) == (
            "bad_event", 1, None, None,
        )  # fmt: skip
        assert b"ann@" not in house.get(path, role=role).body
    assert house.get(path, role="service").code == "not_permitted"


def test_refused_rows_come_page_by_page(house):
    house.send(*(BAD | {"event_id": f"e{n}"} for n in range(5)))
    (file,) = house.get("/v1/quarantine").json["files"]
    path, seen, after = f"/v1/quarantine/{file['name']}", [], 0
    while after is not None:
        page = house.get(path, f"limit=2&after={after}&reason=bad_event").json
        seen += [row["number"] for row in page["rows"]]
        after = page["after"]
    assert seen == [1, 2, 3, 4, 5]
    assert house.get(path, "reason=other").json["rows"] == []
    assert house.get("/v1/quarantine/..%2Ftables.db").status == 404
    assert house.get("/v1/quarantine/none.jsonl").code == "no_such_quarantine"
