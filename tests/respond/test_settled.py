from types import SimpleNamespace

import pytest

from settee.respond.settled import IN_BETWEEN, answered_at, settled_offset
from settee.respond.whom import EVERYBODY, Whom, account_level


def views(profiles: int, live: int | None) -> tuple[SimpleNamespace, SimpleNamespace]:
    stage = None if live is None else SimpleNamespace(living=SimpleNamespace(offset=live))
    state = SimpleNamespace(offset=lambda: profiles)
    return SimpleNamespace(state=state), SimpleNamespace(stage=stage)


def test_profiles_and_live_counts_have_one_offset_or_none():
    assert settled_offset(*views(40, None)) == 40
    assert settled_offset(*views(40, 40)) == 40
    assert settled_offset(*views(40, 39)) == IN_BETWEEN


@pytest.mark.parametrize(
    ("before", "after", "households", "found"),
    [
        (40, 40, 40, 40),
        (40, 40, None, 40),
        (40, 40, 41, IN_BETWEEN),
        (40, 41, 40, IN_BETWEEN),
        (IN_BETWEEN, IN_BETWEEN, 40, IN_BETWEEN),
    ],
)
def test_an_answer_is_of_an_offset_where_all_that_it_is_made_of_is_there(
    before, after, households, found
):
    assert answered_at(before, after, Whom(EVERYBODY.watching, offset=households)) == found


def test_an_answer_for_whom_the_households_failed_is_of_no_offset():
    assert answered_at(40, 40, account_level("people_failed")) == IN_BETWEEN
    assert answered_at(40, 40, account_level("switched_off")) == 40
