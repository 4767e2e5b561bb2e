from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.audiences import (
    Audience,
    AudienceDamaged,
    AudienceQuery,
    Members,
    audience_bytes,
    audience_of,
)

MEMBERS = Members(("a", "b", "ü"), ("", "p", ""), np.array([0.5, 0.1, 0.1]),
                  np.array([False, True, False]))  # fmt: skip
AUDIENCE = Audience(
    "aud1", AudienceQuery(item_id="m", campaign="spring"), datetime(2026, 1, 1, tzinfo=UTC),
    "model", 9, 0.6, None, {"child": 1}, MEMBERS,
)  # fmt: skip


def test_an_audience_comes_back_to_the_last_bit() -> None:
    body, packed = audience_bytes(AUDIENCE)
    found = audience_of("aud1", body, packed)
    assert found.query == AUDIENCE.query
    assert (found.name, found.n_chosen, found.n_held_out) == ("spring", 3, 1)
    assert (found.left_out, found.expected_profit_cents) == ({"child": 1}, None)
    assert found.members.account_ids == MEMBERS.account_ids
    assert found.members.person_ids == MEMBERS.person_ids
    assert np.array_equal(found.members.probability, MEMBERS.probability)
    assert np.array_equal(found.members.held_out, MEMBERS.held_out)
    assert audience_bytes(found) == (body, packed)


@given(st.integers(0, 2), st.data())
def test_bytes_that_were_harmed_are_told_and_nothing_else_breaks(part: int, data) -> None:  # type: ignore[no-untyped-def] -- hypothesis has no name for it
    body, packed = audience_bytes(AUDIENCE)
    if part == 0:
        body = body[: data.draw(st.integers(0, len(body) - 1))]
    elif part == 1:
        packed = packed[: data.draw(st.integers(0, len(packed) - 1))]
    else:
        packed = data.draw(st.binary(max_size=60))
    with pytest.raises(AudienceDamaged, match='audience "aud1" cannot be read'):
        audience_of("aud1", body, packed)


def test_columns_of_different_lengths_are_damage() -> None:
    odd = Members(("a",), (), np.array([0.5]), np.array([False]))
    harmed = Audience("aud1", AUDIENCE.query, AUDIENCE.as_of, "model", 1, 0, None, {}, odd)
    with pytest.raises(AudienceDamaged, match=r"rows"):
        audience_of("aud1", *audience_bytes(harmed))
