import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import settee.store.sliced as sliced
from settee.store import (
    BundleDamaged,
    NothingSliced,
    Sliceable,
    SlicedAnswers,
    sliced_mark,
    write_bundle,
    write_sliced,
)


def answer(key, *names, made_s=0, least=0.0):
    """An answer whose members are people called so."""
    members = [json.dumps({"account_id": name}).encode() for name in names]
    head = f'{{"item_id":{json.dumps(key)},"members":['.encode()
    return Sliceable(key, head, members, [(name, "") for name in names], made_s, least)


def names_in(raw):
    return [one["account_id"] for one in json.loads(raw)["members"]]


def test_any_length_is_a_slice_of_the_same_bytes(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a", "b", "né")], {})
    found = SlicedAnswers(tmp_path).find("m1")
    assert len(found) == 3
    assert [names_in(found.cut(n)) for n in range(4)] == [
        [], ["a"], ["a", "b"], ["a", "b", "né"],
    ]  # fmt: skip
    assert found.cut(9) == found.cut(3)
    assert found.cut(3).startswith(found.cut(2)[:-2])


def test_an_answer_knows_its_people_its_instant_and_what_would_change_it(tmp_path):
    one = Sliceable("m1", b"[", [b"1", b"2"], [("a", "p1"), ("a", "p2")], 77, 0.25)
    write_sliced(tmp_path, [answer("m0", "z"), one], {})
    found = SlicedAnswers(tmp_path).find("m1")
    assert found.units() == [("a", "p1"), ("a", "p2")]
    assert (found.made_s, found.least) == (77, 0.25)
    assert found.units(np.array([1])) == [("a", "p2")]
    assert found.as_sliceable("m1") == one


def test_an_answer_of_nobody_is_an_answer(tmp_path):
    write_sliced(tmp_path, [answer("m1")], {})
    assert names_in(SlicedAnswers(tmp_path).find("m1").cut(5)) == []


def test_whoever_was_touched_is_found_and_can_be_left_out(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a", "b", "c"), answer("m2", "c", "d")], {})
    write_sliced(tmp_path, [answer("m3", "b")], {})
    answers = SlicedAnswers(tmp_path)
    whole = answers.find("m1")
    assert whole.touched().tolist() == []
    answers.touch(["b", "x"])
    assert [answers.find(key).touched().tolist() for key in ("m1", "m2", "m3")] == [[1], [], [0]]
    left = whole.without(whole.touched())
    assert names_in(left.cut(9)) == ["a", "c"]
    assert left.units() == [("a", ""), ("c", "")]
    assert names_in(left.cut(1)) == ["a"]
    assert left.tag != whole.tag
    again = Sliceable("m1", whole.head, [whole.member(0), whole.member(2)], left.units(), 0, 0.0)
    write_sliced(tmp_path, [again], {})
    assert SlicedAnswers(tmp_path).find("m1").tag == left.tag


def test_what_is_old_or_has_somebody_who_was_touched_is_due(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a", made_s=5), answer("m2"), answer("m3", "b", "a")], {})
    write_sliced(tmp_path, [answer("m2", "c", made_s=9), answer("m4", made_s=9)], {})
    answers = SlicedAnswers(tmp_path)
    assert answers.due(0) == set()
    assert answers.due(5) == {"m3"}
    answers.touch(["a"])
    assert answers.due(0) == {"m1", "m3"}
    assert answers.due(10) == {"m1", "m2", "m3", "m4"}
    assert ("m4" in answers, "m5" in answers) == (True, False)


def test_what_was_not_made_is_not_found(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a")], {"k": 5})
    answers = SlicedAnswers(tmp_path)
    assert answers.find("m2") is None
    assert (len(answers), list(answers.keys()), answers.about) == (1, ["m1"], {"k": 5})
    with pytest.raises(NothingSliced, match='"none" holds no answers'):
        SlicedAnswers(tmp_path / "none")


def test_a_refresh_writes_only_what_changed_and_the_newer_answer_wins(tmp_path):
    write_sliced(tmp_path, [answer(key, "a") for key in ("m1", "m2", "m3")], {})
    before = SlicedAnswers(tmp_path)
    write_sliced(tmp_path, [answer("m2", "b")], {})
    after = SlicedAnswers(tmp_path)
    assert after.versions[0] == before.versions[0]
    assert len(after.versions) == 2
    assert [names_in(after.find(key).cut(9)) for key in ("m1", "m2", "m3")] == [["a"], ["b"], ["a"]]
    # Whoever had it open reads on.
    assert names_in(before.find("m2").cut(9)) == ["a"]
    assert before.mark != after.mark == sliced_mark(tmp_path)


def test_the_tag_changes_with_any_byte_and_with_nothing_else(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a"), answer("m2", "a")], {})
    first = SlicedAnswers(tmp_path)
    write_sliced(tmp_path, [answer("m1", "a", made_s=9), answer("m2", "b")], {})
    second = SlicedAnswers(tmp_path)
    assert first.find("m1").tag == second.find("m1").tag
    assert first.find("m2").tag != second.find("m2").tag


def test_what_is_gone_stays_gone_until_it_is_written_again(tmp_path):
    write_sliced(tmp_path, [answer(key, "a") for key in ("m1", "m2", "m3")], {})
    write_sliced(tmp_path, [answer("m4", "a")], {}, gone=["m1"])
    write_sliced(tmp_path, [answer("m4", "b")], {})
    assert set(SlicedAnswers(tmp_path).keys()) == {"m2", "m3", "m4"}
    write_sliced(tmp_path, [answer("m1", "c")], {})
    assert names_in(SlicedAnswers(tmp_path).find("m1").cut(9)) == ["c"]


def test_a_part_of_which_little_still_counts_is_written_over(tmp_path):
    write_sliced(tmp_path, [answer(key, "a") for key in "abcde"], {})
    old = SlicedAnswers(tmp_path).versions[0]
    write_sliced(tmp_path, [answer(key, "b") for key in "abc"], {})
    answers = SlicedAnswers(tmp_path)
    assert old not in answers.versions
    assert {key: names_in(answers.find(key).cut(1)) for key in "abcde"} == {
        "a": ["b"], "b": ["b"], "c": ["b"], "d": ["a"], "e": ["a"],
    }  # fmt: skip
    write_sliced(tmp_path, [answer("f", "a")], {})
    assert not (tmp_path / old).exists()


def test_writing_anew_lets_go_of_all_that_was_there(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a")], {}, gone=["m9"])
    write_sliced(tmp_path, [answer("m2", "a")], {}, anew=True)
    assert set(SlicedAnswers(tmp_path).keys()) == {"m2"}


def test_the_same_answers_again_are_the_same_part(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a")], {})
    write_sliced(tmp_path, [answer("m2", "a")], {})
    write_sliced(tmp_path, [answer("m1", "a")], {})
    assert len(SlicedAnswers(tmp_path).versions) == 2


def test_many_answers_lie_in_several_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(sliced, "PART_BYTES", 60)
    write_sliced(tmp_path, [answer(f"m{n}", "a") for n in range(6)], {})
    answers = SlicedAnswers(tmp_path)
    assert len(answers.versions) > 1
    assert all(names_in(answers.find(f"m{n}").cut(1)) == ["a"] for n in range(6))


def test_nothing_to_write_leaves_what_is_there(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a")], {"n": 1})
    write_sliced(tmp_path, [], {"n": 2})
    answers = SlicedAnswers(tmp_path)
    assert (set(answers.keys()), answers.about) == ({"m1"}, {"n": 2})


def test_a_damaged_part_or_list_of_parts_is_refused(tmp_path):
    write_sliced(tmp_path, [answer("m1", "a")], {})
    (tmp_path / "current").write_bytes(b"{")
    with pytest.raises(BundleDamaged, match="cannot be read"):
        SlicedAnswers(tmp_path)
    version = write_bundle(tmp_path, {}, {"other": {"x": np.zeros(1)}}, {})
    (tmp_path / "current").write_text(json.dumps({"parts": [version]}))
    with pytest.raises(BundleDamaged, match="holds no answers"):
        SlicedAnswers(tmp_path)
    (tmp_path / "current").write_text(json.dumps({"parts": ["0" * 16]}))
    with pytest.raises(NothingSliced):
        SlicedAnswers(tmp_path)


KEYS = st.sampled_from("abcdef")
NAMES = st.lists(st.text(min_size=1, max_size=6), max_size=4, unique=True)


@given(st.lists(st.tuples(st.dictionaries(KEYS, NAMES, max_size=4), st.sets(KEYS)), max_size=6))
@settings(max_examples=40, deadline=None)
def test_whatever_was_written_last_is_what_is_read(tmp_path_factory, writes):
    folder, expected = tmp_path_factory.mktemp("reach"), {}
    for rows, gone in writes:
        gone = gone - set(rows)
        write_sliced(folder, [answer(key, *names) for key, names in rows.items()], {}, gone=gone)
        expected = {key: one for key, one in (expected | rows).items() if key not in gone}
    if writes:
        answers = SlicedAnswers(folder)
        read = {key: names_in(answers.find(key).cut(9)) for key in answers.keys()}  # noqa: SIM118 -- no mapping
        assert read == expected
