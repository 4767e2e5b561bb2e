"""Where accounts are not shared, nobody is looked for and nothing is kept about it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from settee.app import open_workspace
from settee.core import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("enabled", [True, False])
def test_persons_are_looked_for_only_where_that_is_switched_on(
    tmp_path: Path, *, enabled: bool
) -> None:
    settings = Settings.model_validate({"home": tmp_path, "people": {"enabled": enabled}})
    with open_workspace(settings, lambda: NOON) as workspace:
        event = {
            "event_id": "e1", "account_id": "a1", "kind": "play", "at": "2026-03-01T11:00:00Z",
            "item_id": "m1",
        }  # fmt: skip
        workspace.accept([json.dumps(event).encode()])
        workspace.fold()
        workspace.responder()
        assert bool(workspace.people.n_accounts()) == enabled
