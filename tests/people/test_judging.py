"""Answers and truth of a small record meet by account and last event."""

import numpy as np
import pytest

from settee.people.judging import Present, judge, session_keys
from settee.people.sessions import Sessions

DAY_US = 86_400 * 1_000_000


def record(n: int = 8) -> Sessions:
    """One account, a session each day, the even ones on a television."""
    at = np.arange(n) * DAY_US
    nothing = np.full(n, -1, np.int32)
    return Sessions(
        account_ids=("a",), device_ids=("d",), platforms=(), profile_ids=(), item_ids=(),
        account=np.zeros(n, np.int32), device=np.zeros(n, np.int32),
        device_type=(np.arange(n) % 2).astype(np.int8), platform=nothing, profile=nothing,
        start_us=at, last_us=at, end_us=at, n_events=np.ones(n, np.int32),
        watched_s=np.zeros(n, np.float32), item_indptr=np.zeros(n + 1, np.int64),
        item=np.zeros(0, np.int32), n_touches=np.zeros(0, np.int32),
        last_event_id=tuple(f"e{i}" for i in range(n)),
    )  # fmt: skip


def answer(n: int, person: str, p: float = 1.0) -> dict[str, object]:
    return {
        "account_id": "a", "event_id": f"e{n}", "persons": {person: p}, "together": False,
        "unsure": False,
    }  # fmt: skip


def there(*persons: str, guest: bool = False) -> Present:
    return Present(persons, guest, len(persons) + guest > 1)


ANN_AND_BOB = {n: there("ann" if n % 2 else "bob") for n in range(8)}


def test_who_told_two_apart_is_right_where_one_person_is_at_half() -> None:
    told = [answer(n, f"p{n % 2}") for n in range(8)]
    found = judge(record(), told, ANN_AND_BOB, share=1.0)
    assert found.score.accuracy is not None
    assert found.one_person.accuracy is not None
    assert (found.score.accuracy.value, found.one_person.accuracy.value) == (1.0, 0.5)
    assert found.n_unanswered == found.n_without_truth == 0


def test_only_the_last_part_of_the_days_is_judged() -> None:
    found = judge(record(), [answer(n, "p") for n in range(8)], ANN_AND_BOB, share=0.3)
    assert found.score.n_sessions == 3
    assert found.judged_from_s == 86_400 * 7 - round(86_400 * 7 * 0.3)


def test_a_session_without_truth_is_left_out_and_one_without_answer_is_wrong() -> None:
    known = {n: there("ann") for n in range(6)}
    told = [answer(n, "p") for n in range(5)] + [answer(99, "p")]
    found = judge(record(), told, known, share=1.0)
    assert (found.n_without_truth, found.n_unanswered) == (2, 1)
    assert found.score.accuracy is not None
    assert found.score.accuracy.value == pytest.approx(5 / 6)


def test_nothing_answered_names_nobody() -> None:
    found = judge(record(), [], {n: Present((), True, False) for n in range(8)}, share=1.0)
    assert found.score.accuracy is None
    assert found.n_unanswered == 8


def test_a_session_is_named_by_account_and_last_event() -> None:
    assert session_keys(record(2)) == {("a", "e0"): 0, ("a", "e1"): 1}
