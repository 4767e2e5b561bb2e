from settee.app import open_workspace
from settee.candidates import Popular
from settee.core import Item, Settings
from settee.ranking import save_model
from tests.respond.world import ITEMS, small_model


def test_sources_have_run_before_anybody_asks_so_no_answer_waits_for_what_compiles(
    tmp_path, monkeypatch
):
    score, asked = Popular.score, []

    def counted(self, histories):
        asked.append(histories.n_people)
        return score(self, histories)

    settings = Settings(home=tmp_path)
    with open_workspace(settings) as workspace:
        items = [Item(item_id=name, title=name) for name in ITEMS]
        workspace.tables.put_items(items, workspace.clock())
        version = save_model(workspace.bundles, small_model(settings))
        workspace.tables.add_release(version, workspace.clock(), "first", {})
        monkeypatch.setattr(Popular, "score", counted)
        workspace.responder()
        assert asked
        assert workspace.recommend("somebody-new").rung != "catalogue"
