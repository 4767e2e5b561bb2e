import asyncio

import pytest

from settee.web import create_app
from settee.web.siblings import Siblings, merged_page
from tests.web.world import Client, Engine


def page_of(n):
    return (
        "# HELP asked_total Asked.\n# TYPE asked_total counter\n"
        f'asked_total{{route="/x"}} {n}.0\n'
        "# HELP asked_created Asked.\n# TYPE asked_created gauge\nasked_created 1.5\n"
        "# HELP took Took.\n# TYPE took histogram\n"
        f'took_bucket{{le="1.0"}} {n}.0\ntook_bucket{{le="+Inf"}} {n}.0\n'
        f"took_count {n}.0\ntook_sum {n}.5\n"
        f"# HELP lag Lag.\n# TYPE lag gauge\nlag {n}.0\n"
    )


def test_counters_of_workers_are_added_and_gauges_name_their_worker():
    pages = [page_of(n) for n in (2, 3)]
    merged = merged_page(list(enumerate(pages))).decode().splitlines()
    assert 'asked_total{route="/x"} 5.0' in merged
    assert 'took_bucket{le="+Inf"} 5.0' in merged
    assert "took_sum 6.0" in merged
    assert {'lag{worker="0"} 2.0', 'lag{worker="1"} 3.0'} <= set(merged)
    assert not [line for line in merged if "_created" in line]


def test_workers_tell_each_other_and_one_that_is_gone_is_left_out(tmp_path):
    async def talk():
        one, two = Siblings(tmp_path, 1), Siblings(tmp_path, 2)
        await one.listen(lambda tenant_id: {"from": 1, "of": tenant_id})
        await two.listen(lambda tenant_id: {"from": 2} if tenant_id == "default" else None)
        told = [
            await asyncio.to_thread(one.others, "default"),
            await asyncio.to_thread(two.others, "default"),
            await asyncio.to_thread(one.others, "elsewhere"),
        ]
        await two.close()
        await two.close()
        (tmp_path / "7.sock").touch()  # one that died
        told.append(await asyncio.to_thread(one.others, "default"))
        await one.close()
        return told

    first, second, third, fourth = asyncio.run(talk())
    assert first == [(2, {"from": 2})]
    assert second == [(1, {"from": 1, "of": "default"})]
    assert third == fourth == []


@pytest.fixture
def engine(tmp_path):
    engine = Engine(tmp_path)
    yield engine
    engine.close()


class Others:
    """Another worker that saw what this one saw."""

    number = 0

    def __init__(self):
        self.told = None

    def others(self, tenant_id):
        said = self.told(tenant_id)
        said["worker"]["worker"] = 1
        return [(1, said)]


def test_figures_of_all_workers_are_given_by_whichever_is_asked(engine):
    others = Others()
    app = create_app(engine, siblings=others)
    others.told = app.told
    client = Client(app)
    client("GET", "/v1/recommendations", query=b"account_id=x&k=2")
    client("GET", "/v1/recommendations", query=b"account_id=x&k=2")
    stats = client("GET", "/stats").json
    assert stats["cache"] == {"hit": 2, "miss": 2}
    assert sum(stats["answers"].values()) == 4
    assert stats["stages"]["total"]["n"] == 2
    assert [one["worker"] for one in stats["workers"]] == [0, 1]
    assert stats["workers"][0]["breakers"]["popular"] == "closed"
    assert stats["workers"][0]["cached_answers"] == 1
    page = client("GET", "/metrics").body.decode()
    assert 'settee_cache_total{outcome="hit"} 2.0' in page
    assert 'settee_journal_lag_events{worker="1"}' in page
    assert app.told("nobody's") is None


def test_stats_of_one_worker_tell_of_it_alone(engine):
    client = Client(create_app(engine))
    client("GET", "/v1/recommendations", query=b"account_id=x&k=2")
    stats = client("GET", "/stats").json
    assert stats["n_items"] == 8
    assert stats["turned_away"] == 0
    assert set(stats["events"]) <= {"accepted", "duplicate", "rejected"}
    assert len(stats["workers"]) == 1
    assert stats["workers"][0]["let_in"] == 1.0
