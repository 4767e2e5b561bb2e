import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from settee.core import BadInput, ImportSettings, SetteeError
from settee.store import Engine, Gathering, Known, Limits, TableFile, etl, stage_csv
from settee.store.etl_engine import BadFile, EtlFailed, OutOfMemory, in_words
from settee.store.etl_fields import Input, fields_sql, staged_type

LIMITS = Limits(0, 4 * 10**15, "then", "now")
PLACES = {"account_id": 0, "item_id": 1, "value": 2, "at": 3}
FORMS = {"account_id": "whole", "item_id": "whole", "value": "number", "at": "whole"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(tmp_path / "spill", ImportSettings(threads=2)) as made:
        yield made


def ratings(tmp_path: Path, rows: list[tuple[object, ...]]) -> TableFile:
    path = tmp_path / "r.csv"
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return TableFile(path, "r.csv", tuple("uirt"), PLACES, FORMS, "rate", has_header=False)  # type: ignore[arg-type]


def test_sorting_in_slices_gives_the_order_of_sorting_at_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(n * 7919 % 997, n % 13, 4, 10**9 + n % 50) for n in range(5000)]
    orders = []
    for slice_rows in (10**9, 700):
        monkeypatch.setattr(etl, "_SLICE_ROWS", slice_rows)
        staged = stage_csv(engine, "file_0", ratings(tmp_path, rows), LIMITS)
        assert staged is not None
        gathered = Gathering(engine, [staged])
        gathered.arrange(gathered.count().n_good)
        orders.append(engine.rows("SELECT * FROM arranged"))
        engine.rows("DROP TABLE arranged")
    assert orders[0] == orders[1]
    assert len(orders[0]) == 5000


def test_many_rows_keep_their_order_their_lines_and_one_of_each_repeat(
    engine: Engine, tmp_path: Path
) -> None:
    # More rows than DuckDB takes at once, so that its threads really share the work.
    rows: list[tuple[object, ...]] = []
    for number in range(400_000):
        value = 9 if number % 50_000 == 7 else 4
        rows.append((number // 100, number % 100, value, 10**9 + (number * 7919) % 1000))
        if number % 1000 == 0 and value == 4:
            rows.append(rows[-1])
    staged = stage_csv(engine, "file_0", ratings(tmp_path, rows), LIMITS)
    assert staged is not None
    lines = [line for line, row in enumerate(rows, 1) if row[2] == 9]
    assert [one.line for one in staged.refused] == lines
    gathered = Gathering(engine, [staged])
    counts = gathered.count()
    gathered.arrange(counts.n_good)
    assert gathered.find_repeats(Known()).n_duplicate == 400
    n_rows, *_ = gathered.write(tmp_path / "out.parquet")
    assert n_rows == 400_000 - len(lines)
    with duckdb.connect() as con:
        found = con.execute(
            'SELECT account_id::INT, epoch("at")::BIGINT, item_id::INT FROM read_parquet($1)',
            [str(tmp_path / "out.parquet")],
        ).fetchall()
    assert found == sorted(set(found))


def test_ids_that_are_numbers_stay_numbers() -> None:
    assert staged_type("item_id", "whole") == "BIGINT"
    fields = fields_sql(
        {"account_id": Input("u", "c0", "whole"), "at": Input("t", "c1", "whole")},
        "search",
        LIMITS,
        is_narrow=True,
    )
    assert ("account_id", "try_cast(c0 AS INTEGER)", "INTEGER") in fields.columns


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (duckdb.OutOfMemoryException("no room\nstack"), OutOfMemory, "r.csv: no room"),
        (duckdb.IOException("gone"), BadFile, "r.csv cannot be read: gone"),
        (duckdb.BinderException("oops"), EtlFailed, "r.csv: oops"),
    ],
)
def test_errors_of_the_engine_name_the_file(
    error: duckdb.Error, kind: type[SetteeError], words: str
) -> None:
    told = in_words(error, "r.csv")
    assert (type(told), told.message) == (kind, words)


def test_a_query_that_is_stopped_leaves_the_engine_usable(engine: Engine) -> None:
    def stop(_stage: str, done: int, _total: int) -> None:
        if done or threading.active_count() > 1:
            raise KeyboardInterrupt

    engine.progress = stop
    with pytest.raises(KeyboardInterrupt):
        engine.rows("SELECT count(*) FROM range(100000000000) t(a) WHERE a % 7 = 1", stage="count")
    assert engine.rows("SELECT 1") == [(1,)]


def test_a_long_query_tells_how_far_it_is(engine: Engine) -> None:
    told: list[int] = []
    engine.progress = lambda _stage, done, _total: told.append(done)
    engine.rows("CREATE TABLE t AS SELECT a FROM range(3000000) r(a)")
    engine.rows("SELECT sum(x.a % 3) FROM t x, range(40) y WHERE x.a > y.range", stage="sum")
    assert told[0] == 0
    assert told == sorted(told)
    assert told[-1] == 1000


def test_bad_sql_of_ours_is_an_internal_error(engine: Engine) -> None:
    with pytest.raises(EtlFailed):
        engine.rows("SELECT nothing FROM nowhere")
    with pytest.raises(EtlFailed):
        engine.one("SELECT nothing FROM nowhere")
    with pytest.raises(BadInput):
        engine.rows("SELECT * FROM read_parquet('/nowhere.parquet')", stage="read")
