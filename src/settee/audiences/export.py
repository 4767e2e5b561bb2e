"""Write those who are to be addressed into a file: CSV or Parquet, whole or not at all.

The columns are account_id, person_id, rank, probability, campaign and channel. Who is held out is
not in it. The file appears under its name once it is complete, readable by its owner alone.

Reads: members.  Writes: one file.
Source: RFC 4180 (CSV); Apache Parquet.
Not here: who may be in it (audiences.guard, audiences.floor), sending it (audiences.webhook).
"""

import csv
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from settee.audiences.definition import AudienceQuery, Members
from settee.core import BadInput, Columns, Unavailable

EXPORT_COLUMNS = (
    Columns.account_id, "person_id", Columns.rank, "probability", Columns.campaign, Columns.channel,
)  # fmt: skip
_KINDS = (".csv", ".parquet")


class BadExport(BadInput):
    """An audience cannot be exported to there."""

    code = "bad_export"


class NotExported(Unavailable):
    """An export could not be written or sent."""

    code = "audience_export_failed"


def check_path(path: Path) -> None:
    """Refuse a file that an audience cannot be written to.

    Raises:
        BadExport: If its name ends in something else, its folder is missing, or it is a folder.
    """
    if path.suffix.lower() not in _KINDS:
        raise BadExport(
            f'"{path.name}" ends in "{path.suffix}"; {" and ".join(_KINDS)} are accepted.',
            place="to",
        )
    if path.is_dir() or not path.parent.is_dir():
        raise BadExport(
            f'"{path.name}" cannot be a file there; a name in a folder that exists is accepted.',
            place="to",
        )


def write_file(path: Path, members: Members, query: AudienceQuery) -> None:
    """Write members to a file.

    Args:
        path: Ends in .csv or .parquet; what is there is replaced.
        members: Who leaves.
        query: Names campaign and channel.

    Raises:
        BadExport: If the name ends in something else, or the folder is missing.
        NotExported: If it cannot be written.
    """
    check_path(path)
    try:
        with _whole(path) as fresh:
            if path.suffix.lower() == ".csv":
                _write_csv(fresh, members, query)
            else:
                _write_parquet(fresh, members, query)
    except OSError as error:
        raise NotExported(
            f'"{path.name}" could not be written: {error.strerror}.',
            hint="Choose another folder, or make room.",
        ) from error


def rows_of(members: Members) -> Iterator[tuple[str, str, int, float]]:
    """Account, person, rank and probability of each member.

    Args:
        members: Who leaves; ranks are of them alone.
    """
    ranks, probability = members.rank.tolist(), members.probability.tolist()
    return zip(members.account_ids, members.person_ids, ranks, probability, strict=True)


def _write_csv(path: Path, members: Members, query: AudienceQuery) -> None:
    campaign, channel = query.campaign or "", query.channel or ""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(EXPORT_COLUMNS)
        for account_id, person_id, rank, chance in rows_of(members):
            writer.writerow((account_id, person_id, rank, f"{chance:.6g}", campaign, channel))


def _write_parquet(path: Path, members: Members, query: AudienceQuery) -> None:
    import pyarrow as pa  # loads much, and serving needs none
    import pyarrow.parquet as pq

    n = len(members)
    columns: tuple[Any, ...] = (
        pa.array(members.account_ids, pa.string()),
        pa.array(members.person_ids, pa.string()),
        pa.array(members.rank, pa.int64()),
        pa.array(members.probability, pa.float64()),
        pa.array([query.campaign or ""] * n, pa.string()),
        pa.array([query.channel or ""] * n, pa.string()),
    )
    pq.write_table(pa.table(dict(zip(EXPORT_COLUMNS, columns, strict=True))), path)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file beside it, which takes its place at the end."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
