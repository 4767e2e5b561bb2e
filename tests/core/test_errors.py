import pytest

from settee.core import (
    BadInput,
    ChecksFailed,
    Conflict,
    Damaged,
    NotAllowed,
    NotFound,
    Overloaded,
    SetteeError,
    TooLarge,
    Unavailable,
)

FAMILIES = [
    (SetteeError, "internal", 500, 1),
    (BadInput, "bad_input", 400, 2),
    (TooLarge, "too_large", 413, 2),
    (ChecksFailed, "checks_failed", 422, 3),
    (NotFound, "not_found", 404, 4),
    (Conflict, "conflict", 409, 5),
    (NotAllowed, "not_allowed", 401, 6),
    (Overloaded, "overloaded", 429, 7),
    (Unavailable, "unavailable", 503, 8),
    (Damaged, "damaged", 500, 9),
]


@pytest.mark.parametrize(("family", "code", "status", "exit_code"), FAMILIES)
def test_each_family_fixes_code_status_and_exit_code(
    family: type[SetteeError], code: str, status: int, exit_code: int
) -> None:
    error = family("what happened")
    assert (error.code, error.status, error.exit_code) == (code, status, exit_code)


@pytest.mark.parametrize("family", [row[0] for row in FAMILIES])
def test_every_family_is_caught_by_the_root(family: type[SetteeError]) -> None:
    with pytest.raises(SetteeError, match=r"^what happened$"):
        raise family("what happened")


def test_hint_and_place_are_absent_from_the_shape_when_not_given() -> None:
    assert BadInput("no").as_dict() == {"code": "bad_input", "message": "no"}


def test_hint_and_place_are_in_the_shape_when_given() -> None:
    assert BadInput("no", hint="yes", place="here").as_dict() == {
        "code": "bad_input",
        "message": "no",
        "hint": "yes",
        "place": "here",
    }


def test_overload_says_when_to_come_back() -> None:
    error = Overloaded("journal is full: 50,000 events wait.", retry_after_s=3, hint="Wait.")
    assert (error.retry_after_s, error.hint) == (3, "Wait.")
    assert Overloaded("full").retry_after_s == 1


def test_what_was_refused_is_not_repeated_whole_and_what_is_accepted_still_stands() -> None:
    error = BadInput(f"kind is {'a' * 10**6}; send x or y.", place="b" * 10**6)
    assert len(error.message) <= 2000
    assert error.message.startswith("kind is aaa")
    assert error.message.endswith("; send x or y.")
    assert len(error.place) <= 200
    assert str(error) == error.message
