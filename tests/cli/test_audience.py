from datetime import UTC, datetime

import numpy as np
import pytest

from settee.audiences import Audience, AudienceQuery, Members
from settee.cli.audience import _show
from settee.cli.screen import Screen

NOBODY = Members((), (), np.empty(0), np.empty(0, np.bool_))


def test_what_was_only_tried_says_that_it_is_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    _show(
        Screen(), Audience("", AudienceQuery(item_id="m1"), at, "model", 0, 0.0, None, {}, NOBODY)
    )
    assert capsys.readouterr().out.startswith("tried, and not kept, by model")


@pytest.mark.parametrize(
    ("n_eligible", "left_out", "is_told"),
    [
        (0, {"no_consent": 7}, True),
        (0, {"child": 7}, False),
        (5, {"no_consent": 2, "past_budget": 5}, False),
    ],
)
def test_where_nobody_agreed_to_be_addressed_it_is_said_how_that_is_told(
    n_eligible: int, left_out: dict[str, int], is_told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    query = AudienceQuery(item_id="m1")
    at = datetime(2026, 11, 21, tzinfo=UTC)
    _show(Screen(), Audience("aud_1", query, at, "model", n_eligible, 0.0, None, left_out, NOBODY))
    out, err = capsys.readouterr()
    assert "0 chosen of" in out
    assert ("settee contact put" in err) is is_told
