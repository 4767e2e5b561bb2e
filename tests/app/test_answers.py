import time

from settee.app import open_workspace
from settee.candidates import Popular
from settee.core import Item, Settings
from settee.ranking import save_model
from tests.respond.world import ITEMS, small_model


def test_what_loads_at_the_first_question_costs_the_first_answer_no_source(tmp_path, monkeypatch):
    score, asked = Popular.score, []

    def slow_at_first(self, histories):
        asked.append(len(asked))
        if len(asked) == 1:
            time.sleep(0.5)  # as a loop that is compiled
        return score(self, histories)

    settings = Settings(home=tmp_path)
    assert settings.respond.source_budget_ms < 500
    with open_workspace(settings) as workspace:
        items = [Item(item_id=name, title=name) for name in ITEMS]
        workspace.tables.put_items(items, workspace.clock())
        version = save_model(workspace.bundles, small_model(settings))
        workspace.tables.add_release(version, workspace.clock(), "first", {})
        monkeypatch.setattr(Popular, "score", slow_at_first)
        answer = workspace.recommend("somebody-new")
    assert answer.rung != "catalogue"
    assert "popular" in {source.name for item in answer.items for source in item.sources}
