"""Files over the network: the same people, the same floor and the same log as files on disk."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from settee.app import Workspace, open_workspace
from settee.audiences import Audience, AudienceQuery, Members
from settee.core import AudienceSettings, Settings
from settee.events import ContactWord
from settee.web import create_app
from tests.web.world import Client, Response

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
LOG = "/v1/audiences/log"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    everybody = AudienceSettings(consent="unless_refused", min_size=5)
    settings = Settings(home=tmp_path / "home", audiences=everybody)
    with open_workspace(settings, lambda: NOON) as workspace:
        yield workspace


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return Client(create_app(workspace))


def made(workspace: Workspace, audience_id: str, n: int, n_held_out: int = 0) -> None:
    members = Members(
        tuple(f"a{number}" for number in range(n)), ("",) * n, np.linspace(0.9, 0.1, n),
        np.arange(n) < n_held_out,
    )  # fmt: skip
    query = AudienceQuery(item_id="m", channel="email", campaign="spring")
    audience = Audience(audience_id, query, NOON, "model", n, 1.0, None, {}, members)
    workspace.keep_audience(audience, "ada")


def download(client: Client, audience_id: str, **asked: str) -> Response:
    return client("POST", f"/v1/audiences/{audience_id}/download", json.dumps(asked).encode())


def test_a_download_has_who_may_be_addressed_and_stands_in_the_log(
    workspace: Workspace, client: Client, tmp_path: Path
) -> None:
    made(workspace, "aud1", 20, n_held_out=4)
    workspace.put_contact("a7", ContactWord({"email": False}))
    got = download(client, "aud1")
    assert got.status == 200
    rows = list(csv.DictReader(io.StringIO(got.body.decode())))
    assert [row["account_id"] for row in rows] == [f"a{n}" for n in range(4, 20) if n != 7]
    assert got.headers["content-type"].startswith("text/csv")
    assert got.headers["content-length"] == str(len(got.body))
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["x-settee-exported"] == "15"
    assert got.headers["x-settee-left-out"] == "no_consent=1, held_out=4"
    export_id = got.headers["x-settee-export-id"]
    assert got.headers["content-disposition"] == f'attachment; filename="{export_id}.csv"'
    newest = workspace.audience_log(1)[0]
    assert json.loads(newest.body) == {"export_id": export_id, "n": 15, "to": "download.csv"}
    # The very bytes that a file on disk holds.
    workspace.export_audience("aud1", tmp_path / "out.csv", "bo")
    assert (tmp_path / "out.csv").read_bytes() == got.body


def test_parquet_comes_whole(workspace: Workspace, client: Client) -> None:
    made(workspace, "aud1", 20)
    got = download(client, "aud1", format="parquet")
    table = pq.read_table(io.BytesIO(got.body))
    assert table["account_id"].to_pylist() == [f"a{n}" for n in range(20)]
    assert got.headers["content-type"] == "application/vnd.apache.parquet"


def test_the_floor_counts_downloads_beside_files(
    workspace: Workspace, client: Client, tmp_path: Path
) -> None:
    made(workspace, "few", 4)
    made(workspace, "aud1", 20)
    made(workspace, "aud2", 22)
    assert (download(client, "few").status, download(client, "few").code) == (409, "small_set")
    assert download(client, "aud1").status == 200
    assert download(client, "aud2").code == "small_set"
    wide = download(client, "aud2", small_parts="leave_out")
    assert wide.headers["x-settee-left-out"] == "too_few_alike=2"
    workspace.export_audience("aud1", tmp_path / "again.csv", "bo")
    assert not list(Path(tmp_path).glob("**/download*"))


@pytest.mark.parametrize(
    "body", [b"{", b'{"format": "xls"}', b'{"to": "x"}', b"[]", b"\xff", b"[" * 100_000]
)
def test_what_is_no_download_is_refused(workspace: Workspace, client: Client, body: bytes) -> None:
    made(workspace, "aud1", 20)
    refused = client("POST", "/v1/audiences/aud1/download", body)
    assert (refused.status, refused.code) == (400, "bad_request")
    assert [one.what for one in workspace.audience_log()] == ["made"]


def test_an_audience_that_is_not_there_is_404(client: Client) -> None:
    assert download(client, "none").status == 404


def test_the_log_is_told_page_by_page_newest_first(workspace: Workspace, client: Client) -> None:
    for number in range(5):
        made(workspace, f"aud{number}", 20)
    download(client, "aud0")
    seen, before = [], None
    while True:
        page = client("GET", LOG, query=f"limit=2{f'&before={before}' if before else ''}".encode())
        seen += page.json["rows"]
        if (before := page.json["before"]) is None:
            break
    assert [row["number"] for row in seen] == [6, 5, 4, 3, 2, 1]
    assert [row["what"] for row in seen] == ["exported", *["made"] * 5]
    assert seen[0]["figures"]["n"] == 20
    assert b"a1" not in json.dumps(seen[0]["figures"]).encode()
    of_one = client("GET", LOG, query=b"audience_id=aud0").json
    assert [row["what"] for row in of_one["rows"]] == ["exported", "made"]
    assert of_one["before"] is None
    assert client("GET", LOG, query=b"limit=0").status == 400


def test_a_log_that_was_altered_is_not_told(workspace: Workspace, client: Client) -> None:
    made(workspace, "aud1", 20)
    with workspace.audience_tables._database.writing() as connection:
        connection.exec_driver_sql("UPDATE audience_log SET who = 'nobody'")
    assert client("GET", LOG).code == "store_damaged"


def test_before_any_trial_there_are_no_curves(client: Client) -> None:
    none = client("GET", "/v1/audiences/curves")
    assert (none.status, none.code) == (404, "no_audience_curves")
