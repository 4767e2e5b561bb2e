import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import settee.store.ready_made as ready_made
from settee.store import (
    BundleDamaged,
    Made,
    NoSuchList,
    current_version,
    open_ready_made,
    write_bundle,
    write_ready_made,
)


def made(*account_ids):
    return [Made(one, f'{{"of":"{one}"}}'.encode(), mark) for mark, one in enumerate(account_ids)]


def test_each_account_finds_its_own_list_and_others_find_none(tmp_path):
    write_ready_made(tmp_path / "home", made("a7", "b", "né"), {"k": 20})
    lists = open_ready_made(tmp_path / "home")
    assert lists.find("né").body == '{"of":"né"}'.encode()
    assert lists.find("né").mark == 2
    assert lists.find("a7").mark == 0
    assert lists.find("a") is None
    assert lists.find("") is None
    assert len(lists) == 3
    assert lists.about == {"k": 20}
    assert lists.n_bytes == sum(len(one.body) for one in made("a7", "b", "né"))


def test_each_list_knows_its_items(tmp_path):
    rows = [Made("a", b"1", 0, ("x", "y")), Made("b", b"2", 0, ("y", "z", "x")), Made("c", b"", 0)]
    write_ready_made(tmp_path / "home", rows, {})
    lists = open_ready_made(tmp_path / "home")
    for one in rows:
        items = lists.find(one.account_id).items
        assert tuple(lists.item_ids[place] for place in items) == one.item_ids
    assert sorted(lists.item_ids) == ["x", "y", "z"]


def test_accounts_whose_hashes_are_the_same_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(ready_made, "_key", lambda _: np.uint64(7))
    write_ready_made(tmp_path / "home", made("a", "b", "c"), {})
    lists = open_ready_made(tmp_path / "home")
    assert [lists.find(one).body for one in "abc"] == [one.body for one in made("a", "b", "c")]
    assert lists.find("d") is None


def test_a_new_list_takes_the_place_of_the_old_one_and_only_the_last_two_are_kept(tmp_path):
    folder = tmp_path / "home"
    versions = [write_ready_made(folder, made(*"abcd"[:n]), {}) for n in (1, 2, 3)]
    assert current_version(folder) == versions[-1]
    assert len(open_ready_made(folder)) == 3
    assert not (folder / versions[0]).exists()
    assert (folder / versions[1]).exists()


def test_a_list_of_nobody_is_a_list(tmp_path):
    write_ready_made(tmp_path / "home", [], {})
    assert open_ready_made(tmp_path / "home").find("a") is None


def test_a_list_that_was_never_made_is_said_to_be_missing(tmp_path):
    with pytest.raises(NoSuchList, match="was made ahead") as caught:
        open_ready_made(tmp_path / "evening")
    assert caught.value.status == 404
    (tmp_path / "evening").mkdir()
    (tmp_path / "evening" / "current").write_text("0123456789abcdef")
    with pytest.raises(NoSuchList):
        open_ready_made(tmp_path / "evening")


def test_a_bundle_of_something_else_is_no_list(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    version = write_bundle(folder, {}, {"lists": {"keys": np.zeros(1, np.uint64)}}, {})
    (folder / "current").write_text(version)
    with pytest.raises(BundleDamaged, match="holds no lists"):
        open_ready_made(folder)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=20), st.binary(max_size=60), max_size=30))
def test_whatever_was_put_in_comes_out(tmp_path_factory, bodies):
    folder = tmp_path_factory.mktemp("lists")
    ids = {one.encode("utf-8", "ignore").decode(): body for one, body in bodies.items()}
    write_ready_made(folder, [Made(one, body, len(body)) for one, body in ids.items()], {})
    lists = open_ready_made(folder)
    assert {one: lists.find(one).body for one in ids} == ids
