from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.measure import BadPaths, read_paths
from settee.measure.path_files import BadPathFile, NoPathFile

TEXT = "path,total_conversions,total_conversion_value,total_null\nmail > web,3,2.50,4\nweb,1,,0\n"


def written(tmp_path: Path, text: str, name: str = "paths.csv") -> Path:
    file = tmp_path / name
    file.write_text(text)
    return file


def test_the_layout_of_channel_attribution_is_read(tmp_path: Path) -> None:
    paths = read_paths(written(tmp_path, TEXT))
    assert paths.channels == ("mail", "web")
    assert paths.step.tolist() == [0, 1, 1]
    assert paths.converted.tolist() == [3.0, 1.0]
    assert paths.nulls.tolist() == [4.0, 0.0]
    assert paths.value.tolist() == [250.0, 0.0]


def test_parquet_and_tsv_say_the_same_as_csv(tmp_path: Path) -> None:
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq

    csv = written(tmp_path, TEXT)
    pq.write_table(arrow_csv.read_csv(csv), tmp_path / "paths.parquet")
    tsv = written(tmp_path, TEXT.replace(",", "\t"), "paths.tsv")
    for file in (tsv, tmp_path / "paths.parquet"):
        assert read_paths(file).value.tolist() == read_paths(csv).value.tolist()


def test_cents_are_taken_as_they_are_and_nulls_may_be_missing(tmp_path: Path) -> None:
    paths = read_paths(written(tmp_path, "path,conversions,value_cents\na/b,1,70\n"), "/")
    assert (paths.value.tolist(), paths.nulls.tolist()) == ([70.0], [0.0])
    assert paths.channels == ("a", "b")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("path,nulls\na,1\n", "no column conversions"),
        ("path,conversions\na >  > b,1\n", "a channel has no name"),
        ("path,conversions\na,-2\n", "row 1 has -2"),
        ("path,conversions\na,many\n", '"conversions"'),
        ("", "no table"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadPathFile, match=says):
        read_paths(written(tmp_path, text))


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NoPathFile, match="no file"):
        read_paths(tmp_path / "none.csv")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_any_bytes_are_paths_or_a_plain_error(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes(b"path,conversions\n" + raw)
    with suppress(BadPathFile, BadPaths):
        assert read_paths(file).n_conversions >= 0
