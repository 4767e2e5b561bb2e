from dataclasses import dataclass, replace

import pytest

from settee.app import Workspace, open_workspace
from settee.core import Settings
from settee.learn import card_texts, facts_of
from settee.ranking import save_model
from settee.web import create_app
from tests.respond.world import small_model
from tests.web.world import Client


@dataclass
class Shop:
    """A service with a version in use, one that is not, and one from before there were cards."""

    workspace: Workspace
    client: Client
    used: str
    other: str
    bare: str

    def card(self, version: str):
        return self.client("GET", f"/v1/models/{version}/card")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with open_workspace(Settings(home=tmp_path_factory.mktemp("models"))) as workspace:
        model = small_model(workspace.settings)
        used, other, bare = (
            save_model(workspace.bundles, one, card_texts(one) if has_card else None)
            for one, has_card in (
                (model, True),
                (replace(model, trained_until_s=model.trained_until_s + 1), True),
                (replace(model, trained_until_s=model.trained_until_s + 2), False),
            )
        )
        workspace.tables.add_release(used, workspace.clock(), "first", {})
        yield Shop(workspace, Client(create_app(workspace)), used, other, bare)


def test_the_card_is_the_one_that_the_workspace_shows(shop):
    answer = shop.card(shop.other)
    assert answer.status == 200
    assert answer.json == shop.workspace.card(shop.other).as_dict()
    assert answer.json["version"] == shop.other


def test_current_is_the_version_in_use(shop):
    assert shop.card("current").json["version"] == shop.used
    assert shop.card("current").body == shop.card(shop.used).body


def test_a_bundle_without_a_card_has_one_made_of_its_model(shop):
    answer = shop.card(shop.bare).json
    assert answer == {"version": shop.bare, **facts_of(shop.workspace.load_model(shop.bare))}
    assert answer["sizes"] == shop.card(shop.used).json["sizes"]


def test_a_version_that_there_is_not_is_404_and_names_those_there_are(shop):
    answer = shop.card("nothing")
    assert (answer.status, answer.code) == (404, "no_such_version")
    assert shop.used in answer.json["error"]["message"]


def test_nothing_in_use_is_404(tmp_path):
    with open_workspace(Settings(home=tmp_path)) as workspace:
        answer = Client(create_app(workspace))("GET", "/v1/models/current/card")
    assert (answer.status, answer.code) == (404, "no_such_version")


def test_a_damaged_bundle_is_never_answered_from(shop):
    folder = shop.workspace.bundles / shop.other
    page = folder / "model-card.json"
    before = page.read_bytes()
    page.chmod(0o644)
    page.write_bytes(before.replace(b"fusion", b"ranker", 1))
    try:
        answer = shop.card(shop.other)
        assert answer.status >= 500
        assert "ranker" not in answer.json
    finally:
        page.write_bytes(before)
