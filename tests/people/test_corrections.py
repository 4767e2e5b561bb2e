import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import BadInput, Conflict, Damaged, NotFound, SetteeError
from settee.people.changes import Told
from settee.people.corrections import (
    NEEDS,
    RECORD_KIND,
    BadCorrection,
    CannotMerge,
    Correction,
    NoSuchPerson,
    apply_correction,
    from_record,
    parse_correction,
    to_record,
)
from settee.people.ids import person_id, person_ids
from settee.store import Record

ANN, BOB, CAT, DAN = person_ids("a7", range(1, 5))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FOUR = Told(next_number=5)


def after(told: Told, *corrections: Correction) -> Told:
    for one in corrections:
        told, _ = apply_correction(told, one, "a7", 0)
    return told


def test_this_session_was_ann() -> None:
    told, (event,) = apply_correction(FOUR, Correction("was", ("e1",), (ANN,)), "a7", 60)
    assert told.persons("e1") == (1,)
    assert (event.kind, event.at_s, event.person_ids) == ("corrected", 60, (ANN,))
    assert event.evidence == (("by_hand", 1.0), ("sessions", 1.0))


def test_this_session_was_ann_and_bob_together() -> None:
    assert after(FOUR, Correction("was", ("e1",), (ANN, BOB))).persons("e1") == (1, 2)


def test_this_session_was_a_guest() -> None:
    assert after(FOUR, Correction("guest", ("e1",))).persons("e1") == ()


def test_the_later_word_counts_and_can_be_taken_back() -> None:
    told = after(FOUR, Correction("was", ("e1",), (ANN,)), Correction("guest", ("e1",)))
    assert told.persons("e1") == ()
    assert after(told, Correction("retract", ("e1", "e9"))) == FOUR


def test_sessions_split_off_are_somebody_with_a_new_id() -> None:
    told, (event,) = apply_correction(FOUR, Correction("split", ("e1", "e2"), (ANN,)), "a7", 0)
    assert told.persons("e2") == (5,)
    assert told.next_number == 6
    assert event.person_ids == (person_id("a7", 5), ANN)


def test_a_name_is_given_changed_and_removed() -> None:
    named = after(FOUR, Correction("rename", persons=(ANN,), name="Ann"))
    assert named.names == {1: "Ann"}
    assert after(named, Correction("rename", persons=(ANN,), name="A")).names == {1: "A"}
    assert after(named, Correction("rename", persons=(ANN,), name="")) == FOUR


def test_a_forgotten_person_leaves_nothing_and_cannot_be_named_again() -> None:
    told = after(
        FOUR,
        Correction("was", ("e1",), (ANN,)),
        Correction("was", ("e2",), (ANN, BOB)),
        Correction("guest", ("e3",)),
        Correction("rename", persons=(ANN,), name="Ann"),
        Correction("merge", persons=(ANN, CAT)),
        Correction("owns", persons=(ANN,), devices=("d1",)),
        Correction("same", persons=(ANN, "p_else")),
        Correction("forget", persons=(ANN,)),
    )
    assert told == Told({"e2": (2,), "e3": ()}, forgotten=frozenset({1}), next_number=5)
    with pytest.raises(NoSuchPerson):
        after(told, Correction("was", ("e1",), (ANN,)))


def test_a_device_is_somebodys_or_nobodys_and_that_can_be_taken_back() -> None:
    told = after(FOUR, Correction("owns", persons=(ANN,), devices=("d1", "d2")))
    told = after(told, Correction("owns", devices=("d2",)))
    assert told.devices == {"d1": 1, "d2": 0}
    assert after(told, Correction("retract", devices=("d1", "d2"))) == FOUR


def test_persons_of_two_accounts_are_one_until_told_apart() -> None:
    told = after(FOUR, Correction("same", persons=(ANN, "p_else")))
    assert told.others == {"p_else": (1, True)}
    assert after(told, Correction("apart", persons=(ANN, "p_else"))).others["p_else"] == (1, False)


def test_merging_and_unmerging_gives_back_the_very_same_persons() -> None:
    before = after(FOUR, Correction("was", ("e1",), (BOB,)))
    merged = after(before, Correction("merge", persons=(ANN, BOB)))
    assert merged.persons("e1") == (1,)
    parted, (event,) = apply_correction(merged, Correction("unmerge", persons=(BOB,)), "a7", 0)
    assert parted == before
    assert event.kind == "unmerged"
    assert event.person_ids == (BOB, ANN)


pairs = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=8)


@settings(max_examples=80, deadline=None)
@given(pairs=pairs, last=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_any_merge_after_any_merges_is_undone_by_its_unmerge(
    pairs: list[tuple[int, int]], last: tuple[int, int]
) -> None:
    told = Told(next_number=7)
    for pair in pairs:
        told = tried(told, Correction("merge", persons=person_ids("a7", pair)))
    try:
        merged = after(told, Correction("merge", persons=person_ids("a7", last)))
    except SetteeError:
        return
    assert merged.root(last[1]) == merged.root(last[0])
    assert after(merged, Correction("unmerge", persons=(person_id("a7", last[1]),))) == told


def tried(told: Told, correction: Correction) -> Told:
    """What a fold does: facts that are refused change nothing."""
    try:
        return after(told, correction)
    except SetteeError:
        return told


some_persons = st.lists(st.sampled_from([ANN, BOB, CAT, DAN, person_id("a7", 5)]), unique=True)
some_corrections = st.builds(
    Correction,
    st.sampled_from(sorted(NEEDS)),
    st.lists(st.sampled_from(["e1", "e2", "e3"]), unique=True).map(tuple),
    some_persons.map(tuple),
    st.lists(st.sampled_from(["d1", "d2"]), unique=True).map(tuple),
    st.none() | st.text("AB", max_size=2),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(some_corrections, max_size=12))
def test_the_same_facts_give_the_same_persons_and_every_chain_ends(
    corrections: list[Correction],
) -> None:
    facts = []
    for number, one in enumerate(corrections):
        record = to_record(one, "a7", f"c{number}", NOON)
        try:
            facts.append(parse_correction(msg(one)))
        except BadCorrection:
            continue
        assert from_record(record) == one
    runs = []
    for _ in range(2):
        told = FOUR
        for fact in facts:
            told = tried(told, fact)
        runs.append(told)
    assert runs[0] == runs[1]
    assert all(runs[0].root(n) not in runs[0].part_of for n in range(1, runs[0].next_number))


def msg(correction: Correction) -> bytes:
    return to_record(correction, "a", "c", NOON).body.split(b'"correction":', 1)[1][:-1]


@pytest.mark.parametrize(
    ("persons", "part_of", "words"),
    [
        ((ANN, BOB), {2: 3}, "part of another already"),
        ((ANN, BOB), {1: 2}, "part of the second"),
        ((ANN, BOB), {1: 3, 3: 2}, "part of the second"),
    ],
)
def test_merges_that_make_no_sense_are_refused(
    persons: tuple[str, str], part_of: dict[int, int], words: str
) -> None:
    with pytest.raises(CannotMerge, match=words):
        after(Told(part_of=part_of, next_number=5), Correction("merge", persons=persons))


def test_who_is_not_merged_cannot_be_unmerged() -> None:
    with pytest.raises(CannotMerge, match="not merged"):
        after(FOUR, Correction("unmerge", persons=(ANN,)))


def test_persons_of_another_account_are_unknown_here() -> None:
    with pytest.raises(NoSuchPerson, match='account "a7" has no person'):
        after(FOUR, Correction("was", ("e1",), (person_id("a8", 1),)))


def test_each_error_has_its_family() -> None:
    assert issubclass(BadCorrection, BadInput)
    assert issubclass(CannotMerge, Conflict)
    assert issubclass(NoSuchPerson, NotFound)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "refused"),
        (b"[]", "refused"),
        (b"\xff", "refused"),
        (b'{"kind":"shout"}', "Invalid enum value 'shout'"),
        (b'{"kind":"was","sessions":["e1"]}', "has 0 persons; it takes 1 to 16"),
        (b'{"kind":"was","persons":["p"]}', "has 0 sessions"),
        (b'{"kind":"was","sessions":[""],"persons":["p"]}', "refused"),
        (b'{"kind":"was","sessions":["e"],"persons":["p"],"age":4}', "unknown field"),
        (b'{"kind":"was","sessions":["e","e"],"persons":["p"]}', "names one twice"),
        (b'{"kind":"guest","sessions":["e"],"persons":["p"]}', "it takes none"),
        (b'{"kind":"owns","persons":["p"]}', "has 0 devices; it takes 1 to 100"),
        (b'{"kind":"merge","persons":["p"]}', "it takes 2"),
        (b'{"kind":"merge","persons":["p","p"]}', "names one twice"),
        (b'{"kind":"retract"}', "names no session and no device"),
        (b'{"kind":"rename","persons":["p"]}', "needs name"),
        (b'{"kind":"forget","persons":["p"],"name":"x"}', "takes no name"),
        (b'{"kind":"rename","persons":["p"],"name":"a\\nb"}', "refused"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_reason(raw: bytes, words: str) -> None:
    with pytest.raises(BadCorrection, match=words):
        parse_correction(raw)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_correction_or_refused(raw: bytes) -> None:
    with contextlib.suppress(BadCorrection):
        assert isinstance(parse_correction(raw), Correction)


def test_a_correction_is_a_fact_in_the_journal() -> None:
    correction = Correction("was", ("e1",), (ANN,))
    record = to_record(correction, "a7", "c1", NOON)
    assert record.kind == RECORD_KIND
    assert record.at_us == 1_795_262_400_000_000
    assert from_record(record) == correction


def test_a_fact_that_holds_no_correction_is_damage() -> None:
    with pytest.raises(Damaged, match='record "c1"'):
        from_record(Record("c1", "a7", RECORD_KIND, 0, b'{"kind":"people"}'))
