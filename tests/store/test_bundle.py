import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.store import (
    BadBundle,
    BundleDamaged,
    BundleNotFound,
    DiskFull,
    StoreUnavailable,
    list_bundles,
    open_bundle,
    write_bundle,
)
from settee.store import bundle as module

MANIFEST: dict[str, Any] = {"sources": ["ease"], "metrics": {"ndcg@10": 0.25}, "title": "né"}
ARRAYS = {
    "ease": {"weights": np.arange(6, dtype="<f4").reshape(2, 3), "items": np.array([3, 1])},
    "popular": {"score": np.array([0.5])},
}
TEXTS = {"ranker": "tree\n", "notes": "né"}


def write(parent: Path) -> Path:
    return parent / write_bundle(parent, MANIFEST, ARRAYS, TEXTS)


def test_a_bundle_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = write(tmp_path / "home" / "bundles")
    found = open_bundle(folder)
    assert found.version == folder.name
    assert found.manifest == MANIFEST
    assert found.groups == ("ease", "popular")
    assert found.texts == ("notes", "ranker")
    assert found.text("notes") == "né"
    for group, arrays in ARRAYS.items():
        assert sorted(found.arrays(group)) == sorted(arrays)
        for name, array in arrays.items():
            assert np.array_equal(found.arrays(group)[name], array)


def test_texts_for_people_keep_their_ending_and_are_checked_like_all(tmp_path: Path) -> None:
    texts = {"model-card.md": "# Card\n", "facts.json": "{}", "ranker": "tree\n"}
    folder = tmp_path / write_bundle(tmp_path, MANIFEST, ARRAYS, texts)
    assert {"model-card.md", "facts.json", "ranker.txt"} < {one.name for one in folder.iterdir()}
    assert open_bundle(folder).text("model-card.md") == "# Card\n"
    (folder / "model-card.md").write_text("# Kard\n")
    with pytest.raises(BundleDamaged, match=r"model-card\.md is not what was written"):
        open_bundle(folder)
    with pytest.raises(BadBundle, match=r'"manifest\.json" cannot name a part'):
        write_bundle(tmp_path, MANIFEST, ARRAYS, {"manifest.json": "{}"})


def test_arrays_are_mapped_and_cannot_be_written_to(tmp_path: Path) -> None:
    weights = open_bundle(write(tmp_path)).arrays("ease")["weights"]
    assert not weights.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1.0


def test_changing_the_given_dict_does_not_change_the_bundle(tmp_path: Path) -> None:
    found = open_bundle(write(tmp_path))
    found.arrays("ease").clear()
    assert sorted(found.arrays("ease")) == ["items", "weights"]


def test_what_a_bundle_lacks_is_told_with_what_it_has(tmp_path: Path) -> None:
    found = open_bundle(write(tmp_path))
    with pytest.raises(BundleNotFound, match='no group of arrays "knn"; it has ease, popular'):
        found.arrays("knn")
    with pytest.raises(BundleNotFound, match='no text "x"; it has notes, ranker'):
        found.text("x")
    bare = open_bundle(tmp_path / write_bundle(tmp_path, {}, {}, {}))
    with pytest.raises(BundleNotFound, match="it has none"):
        bare.text("x")


def test_the_version_is_the_content(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    assert one.name == two.name
    assert len(one.name) == 16
    others = [
        write_bundle(tmp_path, {**MANIFEST, "title": "ne"}, ARRAYS, TEXTS),
        write_bundle(tmp_path, MANIFEST, {"ease": ARRAYS["ease"]}, TEXTS),
        write_bundle(tmp_path, MANIFEST, ARRAYS, {**TEXTS, "ranker": "tree"}),
    ]
    assert len({one.name, *others}) == 4
    assert list_bundles(tmp_path) == sorted(others)


def test_writing_it_again_leaves_it_as_it_is(tmp_path: Path) -> None:
    folder = write(tmp_path)
    before = folder.stat().st_ino
    assert write(tmp_path) == folder
    assert folder.stat().st_ino == before


def test_writing_it_again_mends_a_damaged_one(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "ranker.txt").write_text("tree!")
    write(tmp_path)
    assert open_bundle(folder).text("ranker") == "tree\n"
    assert {path.name for path in tmp_path.iterdir()} == {folder.name, ".lock"}


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_changed_byte_refuses_to_load(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = write(tmp_path_factory.getbasetemp() / "flip")
    path = folder / data.draw(st.sampled_from(sorted(one.name for one in folder.iterdir())))
    good = path.read_bytes()
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bad)
    with pytest.raises(BundleDamaged, match=f"bundle {folder.name} refused"):
        open_bundle(folder)
    path.write_bytes(good)
    open_bundle(folder)


def add(folder: Path) -> None:
    (folder / "extra.txt").write_text("hello")


def add_folder(folder: Path) -> None:
    (folder / "extra").mkdir()


def remove(folder: Path) -> None:
    (folder / "ease.npz").unlink()


def remove_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def shorten(folder: Path) -> None:
    os.truncate(folder / "ease.npz", 100)


def lengthen(folder: Path) -> None:
    with (folder / "ease.npz").open("ab") as stream:
        stream.write(b"more")


def link(folder: Path) -> None:
    (folder / "ease.npz").rename(folder.parent / "elsewhere.npz")
    (folder / "ease.npz").symlink_to(folder.parent / "elsewhere.npz")


def link_manifest(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parent / "elsewhere.json")
    (folder / "manifest.json").symlink_to(folder.parent / "elsewhere.json")


def replace_by_folder(folder: Path) -> None:
    (folder / "ease.npz").unlink()
    (folder / "ease.npz").mkdir()


def replace_by_pipe(folder: Path) -> None:
    (folder / "ease.npz").unlink()
    os.mkfifo(folder / "ease.npz")


@pytest.mark.parametrize(
    "change",
    [add, add_folder, remove, remove_manifest, shorten, lengthen, link, link_manifest,
     replace_by_folder, replace_by_pipe],
)  # fmt: skip
def test_a_folder_that_was_tampered_with_refuses_to_load(tmp_path: Path, change: Any) -> None:
    folder = write(tmp_path)
    change(folder)
    with pytest.raises(BundleDamaged):
        open_bundle(folder)


def test_a_bundle_under_another_name_refuses_to_load(tmp_path: Path) -> None:
    folder = write(tmp_path)
    with pytest.raises(BundleDamaged, match=r"manifest\.json does not belong to that name"):
        open_bundle(folder.rename(tmp_path / "0123456789abcdef"))


def test_a_bundle_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (tmp_path / "link").symlink_to(folder)
    for place in (tmp_path / "none", tmp_path / "link", folder / "manifest.json"):
        with pytest.raises(BundleNotFound):
            open_bundle(place)


def forge(parent: Path, files: dict[str, bytes], manifest: Any) -> Path:
    """A folder whose name and hashes are right, by somebody who knows how they are made."""
    raw = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    folder = parent / hashlib.sha256(raw).hexdigest()[:16]
    folder.mkdir()
    (folder / "manifest.json").write_bytes(raw)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def entry(name: str, content: bytes, kind: str = "text") -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "n_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        [],
        {},
        {"format": 2, "files": [], "manifest": {}},
        {"format": 1, "files": [], "manifest": []},
        {"format": 1, "files": [], "manifest": {}, "code": "x"},
        {"format": 1, "files": [entry("../ranker", b"")], "manifest": {}},
        {"format": 1, "files": [entry("/ranker", b"")], "manifest": {}},
        {"format": 1, "files": [entry("..", b"")], "manifest": {}},
        {"format": 1, "files": [entry("", b"")], "manifest": {}},
        {"format": 1, "files": [entry("ranker", b"", "pickle")], "manifest": {}},
        {"format": 1, "files": [{**entry("ranker", b""), "sha256": "ab"}], "manifest": {}},
        {"format": 1, "files": [{**entry("ranker", b""), "n_bytes": -1}], "manifest": {}},
        {"format": 1, "files": [{**entry("ranker", b""), "mode": 7}], "manifest": {}},
    ],
)
def test_a_forged_manifest_refuses_to_load(tmp_path: Path, manifest: Any) -> None:
    (tmp_path / "ranker.txt").write_text("")
    with pytest.raises(BundleDamaged, match=r"manifest\.json cannot be read"):
        open_bundle(forge(tmp_path, {}, manifest))


def test_a_file_that_is_listed_twice_refuses_to_load(tmp_path: Path) -> None:
    manifest = {"format": 1, "files": [entry("ranker", b"x")] * 2, "manifest": {}}
    with pytest.raises(BundleDamaged, match="listed twice"):
        open_bundle(forge(tmp_path, {"ranker.txt": b"x"}, manifest))


def test_a_text_that_is_not_utf8_refuses_to_load(tmp_path: Path) -> None:
    manifest = {"format": 1, "files": [entry("ranker", b"\xff")], "manifest": {}}
    with pytest.raises(BundleDamaged, match=r"ranker\.txt is not UTF-8"):
        open_bundle(forge(tmp_path, {"ranker.txt": b"\xff"}, manifest))


def test_pickled_arrays_with_the_right_hash_refuse_to_load(tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", x=np.array([{}], dtype=object))
    raw = (tmp_path / "bad.npz").read_bytes()
    manifest = {"format": 1, "files": [entry("ease", raw, "arrays")], "manifest": {}}
    with pytest.raises(BundleDamaged, match=r"ease\.npz: member"):
        open_bundle(forge(tmp_path, {"ease.npz": raw}, manifest))


@pytest.mark.parametrize(
    "manifest",
    [{"at": object()}, {"x": float("nan")}, {("a",): 1}, {1: 1, "a": 1}],
    ids=["object", "nan", "tuple", "mixed"],
)
def test_a_manifest_that_json_cannot_say_is_not_written(tmp_path: Path, manifest: Any) -> None:
    with pytest.raises(BadBundle, match="the manifest is not JSON"):
        write_bundle(tmp_path / "bundles", manifest, {}, {})
    assert not (tmp_path / "bundles").exists()


def test_a_manifest_without_bottom_is_not_written(tmp_path: Path) -> None:
    manifest: dict[str, Any] = {}
    manifest["self"] = manifest
    with pytest.raises(BadBundle):
        write_bundle(tmp_path, manifest, {}, {})


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\0b", "-", "x" * 101])
def test_parts_of_odd_names_are_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadBundle, match="cannot name a part"):
        write_bundle(tmp_path, {}, {name: {}}, {})
    with pytest.raises(BadBundle, match="cannot name a part"):
        write_bundle(tmp_path, {}, {}, {name: ""})


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadBundle):
        write_bundle(tmp_path, {}, {"ease": {"x": np.array([{}], dtype=object)}}, TEXTS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DiskFull):
            write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    write(tmp_path)


def test_a_parent_that_is_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "bundles").write_text("")
    with pytest.raises(StoreUnavailable):
        write(tmp_path / "bundles")


def test_list_names_only_bundles(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (tmp_path / ".writing-0123456789abcdef").mkdir()
    (tmp_path / "other").mkdir()
    assert list_bundles(tmp_path) == [folder.name]
    assert list_bundles(tmp_path / "none") == []


def test_several_that_write_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    versions: list[str] = []

    def write_one(number: int) -> None:
        versions.append(write_bundle(tmp_path, {"number": number % 3}, ARRAYS, TEXTS))

    threads = [threading.Thread(target=write_one, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(versions)) == list_bundles(tmp_path)
    assert [open_bundle(tmp_path / one).version for one in list_bundles(tmp_path)]


KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from settee.store import bundle

def stop(folder):
    print("written", flush=True)
    sys.stdin.readline()

bundle._sync_folder = stop
bundle.write_bundle(Path(sys.argv[1]), {}, {"ease": {"x": np.zeros(10)}}, {})
"""


def test_a_kill_before_the_rename_leaves_no_bundle_and_is_swept_later(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        process.kill()
    assert list_bundles(tmp_path) == []
    assert list(tmp_path.glob(".writing-*"))
    folder = write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {folder.name, ".lock"}


def test_a_bundle_too_large_to_read_its_manifest_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path)
    monkeypatch.setattr(module, "_MAX_MANIFEST_BYTES", 10)
    with pytest.raises(BundleDamaged):
        open_bundle(folder)


def test_a_bundle_that_cannot_be_read_now_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path)

    def no_more(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", no_more)
    with pytest.raises(StoreUnavailable, match="Too many open files"):
        open_bundle(folder)


def test_a_copied_bundle_opens(tmp_path: Path) -> None:
    folder = write(tmp_path)
    copy = tmp_path / "copies" / folder.name
    shutil.copytree(folder, copy)
    assert open_bundle(copy).version == folder.name
