import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.audiences import Leaving, SmallSet, may_leave
from settee.store import ExportSet

SALT = bytes(range(32))
FLOOR = 5


def leaving(*pairs: str) -> Leaving:
    parts = [(*pair.split("/"), "")[:2] for pair in pairs]
    return Leaving.of([a for a, _ in parts], [p for _, p in parts], SALT)


def accounts(first: int, end: int) -> list[str]:
    return [f"a{number}" for number in range(first, end)]


def export(earlier: list[ExportSet], names: list[str], small_parts="refuse") -> list[str]:
    asked = leaving(*names)
    keep = may_leave(asked, earlier, floor=FLOOR, small_parts=small_parts)
    earlier.append(asked.part(keep))
    return [name for name, stays in zip(names, keep, strict=True) if stays]


def test_a_set_under_the_floor_does_not_leave() -> None:
    with pytest.raises(SmallSet, match="4 accounts may be addressed; 5 or more may leave"):
        export([], accounts(0, 4))
    assert len(export([], accounts(0, 5))) == 5


def test_persons_of_few_accounts_are_still_few() -> None:
    with pytest.raises(SmallSet, match="1 accounts"):
        export([], [f"a/p{number}" for number in range(20)])


def test_the_same_set_may_leave_again() -> None:
    earlier: list[ExportSet] = []
    export(earlier, accounts(0, 20))
    assert len(export(earlier, accounts(0, 20)[::-1])) == 20


@pytest.mark.parametrize(
    "second",
    [
        accounts(0, 19),  # one fewer
        accounts(0, 21),  # one more
        accounts(1, 21),  # one for another
        accounts(17, 40),  # three in both
    ],
)
def test_two_exports_that_would_tell_few_apart_are_refused(second: list[str]) -> None:
    earlier: list[ExportSet] = []
    export(earlier, accounts(0, 20))
    with pytest.raises(SmallSet, match="tell fewer than 5 people apart") as caught:
        export(earlier, second)
    assert "leave_out" in caught.value.hint
    assert len(earlier) == 1


def test_leaving_out_takes_the_least_likely_and_no_more_than_it_must() -> None:
    earlier: list[ExportSet] = []
    export(earlier, accounts(0, 20))
    assert export(list(earlier), accounts(0, 19), "leave_out") == accounts(0, 15)
    assert export(list(earlier), accounts(0, 21), "leave_out") == accounts(0, 20)
    assert export(list(earlier), accounts(17, 40), "leave_out") == accounts(20, 40)
    with pytest.raises(SmallSet, match="0 accounts are left beside earlier"):
        export([leaving(*accounts(0, 8)).part(np.ones(8, np.bool_))], accounts(0, 7), "leave_out")


def test_other_persons_of_the_same_accounts_are_a_difference() -> None:
    earlier: list[ExportSet] = []
    names = accounts(0, 20)
    export(earlier, [f"{name}/p1" for name in names])
    with pytest.raises(SmallSet):
        export(earlier, ["a0/p2", *[f"{name}/p1" for name in names[1:]]])
    assert len(export(earlier, [f"{name}/p2" for name in names])) == 20


def test_accounts_beside_their_own_persons_are_a_difference_too() -> None:
    earlier: list[ExportSet] = []
    export(earlier, accounts(0, 20))
    with pytest.raises(SmallSet):
        export(earlier, [f"{name}/p1" for name in accounts(0, 19)])


def test_another_salt_gives_other_hashes() -> None:
    one = Leaving.of(["a"], [""], SALT)
    other = Leaving.of(["a"], [""], bytes(32))
    assert one.accounts[0] != other.accounts[0]
    assert one.accounts[0] != one.units[0]


sets = st.lists(st.lists(st.integers(0, 29), max_size=30, unique=True), min_size=1, max_size=6)


@given(sets, st.sampled_from(["refuse", "leave_out"]), st.integers(2, 6))
def test_no_sequence_of_exports_gives_out_a_set_under_the_floor(
    wanted: list[list[int]], small_parts: str, floor: int
) -> None:
    earlier: list[ExportSet] = []
    out: list[set[int]] = []
    for numbers in wanted:
        asked = leaving(*[f"a{number}" for number in numbers])
        try:
            keep = may_leave(asked, earlier, floor=floor, small_parts=small_parts)  # type: ignore[arg-type]
        except SmallSet:
            continue
        assert small_parts == "leave_out" or keep.all()
        earlier.append(asked.part(keep))
        out.append({number for number, stays in zip(numbers, keep, strict=True) if stays})
    # Whatever is joined, crossed and taken away is made of those who were in the very same exports.
    signatures: dict[tuple[bool, ...], int] = {}
    for number in range(30):
        signature = tuple(number in one for one in out)
        if any(signature):
            signatures[signature] = signatures.get(signature, 0) + 1
    assert all(n >= floor for n in signatures.values())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, unique=True), sets)
def test_persons_and_accounts_each_keep_the_floor(
    persons: list[tuple[int, int]], wanted: list[list[int]]
) -> None:
    earlier: list[ExportSet] = []
    out: list[tuple[set[str], set[str]]] = []
    asked_for = [persons, *[[(one // 3, one % 3) for one in numbers] for numbers in wanted]]
    for pairs in asked_for:
        names = [f"a{account}/p{person}" for account, person in pairs]
        asked = leaving(*names)
        try:
            keep = may_leave(asked, earlier, floor=3, small_parts="leave_out")
        except SmallSet:
            continue
        earlier.append(asked.part(keep))
        gone = [name for name, stays in zip(names, keep, strict=True) if stays]
        out.append((set(gone), {name.split("/")[0] for name in gone}))
    for level in (0, 1):
        everybody = {name for one in out for name in one[level]}
        signatures = [tuple(name in one[level] for one in out) for name in everybody]
        assert all(signatures.count(one) >= 3 for one in signatures)
