import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.people.happenings import happening_of, happenings_at, is_event
from settee.store import Entry, Record, StoreDamaged
from tests.people.activities import Act, columns
from tests.people.test_sessions import accounts
from tests.people.worlds import wire


def entry(act: Act) -> Entry:
    return Entry(1, Record(act.event_id, act.account_id, act.kind, act.at_us, wire(act)))


@given(accounts(1), st.floats(0, 1e6, width=32))
def test_an_event_is_the_same_out_of_the_journal_and_out_of_columns(
    acts: list[Act], duration_s: float
) -> None:
    acts = [replace(act, duration_s=duration_s) for act in acts]
    imported = columns(acts)
    found = happenings_at(imported, np.arange(len(imported)))
    lived = [happening_of(entry(act)) for act in sorted(acts, key=lambda act: act.key)]
    assert found == lived


def test_answers_and_corrections_are_no_events() -> None:
    kinds = ("play", "touch", "exposure", "people")
    found = [is_event(Entry(1, Record("e", "a", kind, 0, b"{}"))) for kind in kinds]
    assert found == [True, True, False, False]


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", json.dumps({"item_id": 5}).encode()])
def test_an_entry_that_is_no_event_is_an_error(body: bytes) -> None:
    with pytest.raises(StoreDamaged, match="journal entry 7"):
        happening_of(Entry(7, Record("e", "a", "play", 0, body)))
