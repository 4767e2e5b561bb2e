from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settee.store import etl_lines
from settee.store.etl_lines import count_bytes, find_records

NONE = np.empty(0, np.int64)


def naive(content: bytes, *, has_quotes: bool) -> list[tuple[int, int, int]]:
    """Line, start and end of every record that is not empty."""
    records, start, line, first_line, is_open = [], 0, 1, 1, False
    if content and not content.endswith(b"\n"):
        content += b"\n"
    for place, byte in enumerate(content):
        if byte == 34 and has_quotes:
            is_open = not is_open
        if byte == 10:
            line += 1
            if not is_open:
                if content[start:place] not in (b"", b"\r"):
                    records.append((first_line, start, place))
                start, first_line = place + 1, line
    return records


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.text(alphabet='a,"\n\r', max_size=60).map(str.encode),
    has_quotes=st.booleans(),
    has_header=st.booleans(),
    chunk=st.integers(1, 20),
    data=st.data(),
)
def test_records_are_found_as_a_plain_loop_finds_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    has_quotes: bool,
    has_header: bool,
    chunk: int,
    data: st.DataObject,
) -> None:
    monkeypatch.setattr(etl_lines, "_CHUNK", chunk)
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    records = naive(content, has_quotes=has_quotes)[int(has_header) :]
    is_bad = data.draw(st.lists(st.booleans(), min_size=len(records), max_size=len(records)))
    good = [record for record, bad in zip(records, is_bad, strict=True) if not bad]
    bad = [record for record, bad in zip(records, is_bad, strict=True) if bad]
    wanted = sorted(data.draw(st.sets(st.integers(0, len(good) - 1)))) if good else []
    found, rejected, n_good = find_records(
        path,
        has_quotes=has_quotes,
        has_header=has_header,
        good=np.array(wanted, np.int64),
        bad_starts=np.array([start for _, start, _ in bad], np.int64),
    )
    assert n_good == len(good)
    assert list(zip(found.line, found.start, found.end, strict=True)) == [good[n] for n in wanted]
    assert list(zip(rejected.line, rejected.start, rejected.end, strict=True)) == bad


def test_a_record_that_is_not_there_keeps_line_zero(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"a,b\nc,d\n")
    found, bad, n_good = find_records(
        path, has_quotes=False, has_header=False, good=np.array([9]), bad_starts=np.array([2, 4])
    )
    assert (found.line.tolist(), bad.line.tolist(), n_good) == ([0], [0, 2], 1)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=40), chunk=st.integers(1, 7))
def test_bytes_are_counted_across_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, chunk: int
) -> None:
    monkeypatch.setattr(etl_lines, "_CHUNK", chunk)
    path = tmp_path / "r.csv"
    path.write_bytes(content + b"\r\n")
    found = count_bytes(path)
    whole = content + b"\r\n"
    assert (found.size, found.n_newlines, found.n_returns) == (
        len(whole), whole.count(b"\n"), whole.count(b"\r"),
    )  # fmt: skip
    assert (found.n_pairs, found.n_quotes, found.n_zeros, found.is_ascii) == (
        whole.count(b"\r\n"), whole.count(b'"'), whole.count(b"\0"), whole.isascii(),
    )  # fmt: skip
    path.write_bytes(b"a\nb")
    assert count_bytes(path).n_newlines == 0  # nobody asks where there is no return
