"""Attribution as an operator meets it: one folder, contacts of shared accounts, every setting."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from settee.app import Workspace
from settee.app.attribution import NoSuchAccount
from settee.core import Settings, from_epoch_s, load_settings, to_json
from settee.measure import (
    BadCreditQuery,
    CountedPath,
    CreditQuery,
    CreditReport,
    DrawnHoldout,
    NothingToCredit,
    PersonsOff,
    checked,
    parse_credit_query,
)
from tests.people.homes import ANN, BOB, DAY, T0, lived
from tests.people.worlds import LOOSE, wire

N_HOMES, N_DAYS = 6, 24
CHANNELS = ("mail", "search", "tv")
COST_MICROS = {"mail": 2_000, "search": 350_000}


def advertised() -> list[dict[str, Any]]:
    """Contacts and conversions of six homes, on the devices of two persons each."""
    rng = np.random.default_rng(3)
    rows: list[dict[str, Any]] = []
    for home in range(N_HOMES):
        for number in range(40):
            at_s = T0 + 6 * DAY + int(rng.integers(0, (N_DAYS - 7) * DAY))
            device = ("tablet", "tv")[int(rng.integers(2))]
            row: dict[str, Any] = {
                "account_id": f"a{home}",
                "device_id": device,
                "device_type": device,
            }
            row |= {"at": from_epoch_s(at_s), "event_id": f"ad-{home}-{number}"}
            if number % 4 == 0:
                row |= {"kind": "convert", "revenue_cents": 500, "currency": "EUR"}
            elif number == 1:
                row |= {"kind": "impression", "channel": "banner", "item_id": "drama1"}
            else:
                channel = CHANNELS[int(rng.integers(3))]
                row |= {"kind": "touch", "channel": channel, "campaign": f"c{number % 2}"}
                row |= {"cost_micros": COST_MICROS[channel]} if channel in COST_MICROS else {}
            rows.append(row)
    return rows


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attribution")
    lines = [wire(act) for n in range(N_HOMES) for act in lived(f"a{n}", (ANN, BOB), N_DAYS, n)[0]]
    lines += [to_json(row) for row in advertised()]
    file = folder / "events.jsonl"
    file.write_bytes(b"\n".join(lines))
    workspace = Workspace(settings_of(folder / "home"), lambda: from_epoch_s(T0 + 90 * DAY))
    workspace.import_path(file)
    workspace.fold()
    workspace.close()
    return folder / "home"


def settings_of(home: Path, *flags: str) -> Settings:
    base = ("attribution.bootstrap=0", "attribution.min_people=1", "attribution.imputations=3")
    return load_settings(flags=[f"home={home}", "imports.threads=1", *LOOSE, *base, *flags])


def asked(home: Path, query: CreditQuery | None = None, *flags: str) -> CreditReport:
    workspace = Workspace(settings_of(home, *flags), lambda: from_epoch_s(T0 + 90 * DAY))
    try:
        return workspace.attribute(query)
    finally:
        workspace.close()


@pytest.fixture(scope="module")
def plain(home: Path) -> CreditReport:
    return asked(home)


def spent_in(report: CreditReport) -> dict[str, float | None]:
    return {one.channel: one.spent_cents for one in report.channels}


def test_what_contacts_cost_is_told_by_channel_and_none_where_none_says(
    home: Path, plain: CreditReport
) -> None:
    touches = [row for row in advertised() if "cost_micros" in row]
    spent = spent_in(plain)
    for channel in COST_MICROS:
        micros = sum(row["cost_micros"] for row in touches if row["channel"] == channel)
        assert spent[channel] == pytest.approx(micros / 10_000)
    assert spent["tv"] is None
    assert spent["banner"] is None
    assert spent_in(asked(home, CreditQuery(unit="person"))) == spent

    middle = from_epoch_s(T0 + 15 * DAY)
    before = spent_in(asked(home, CreditQuery(until=middle)))
    after = spent_in(asked(home, CreditQuery(since=middle)))
    assert before["search"] + after["search"] == pytest.approx(spent["search"])
    by_campaign = spent_in(asked(home, CreditQuery(by="campaign")))
    assert sum(by_campaign[name] for name in ("c0", "c1")) == pytest.approx(
        sum(row["cost_micros"] for row in touches) / 10_000
    )
    united = spent_in(asked(home, None, "attribution.min_people=100"))
    assert united == {"(suppressed)": pytest.approx(spent["mail"] + spent["search"])}


def test_credit_sums_to_the_conversions_that_contacts_came_before(plain: CreditReport) -> None:
    assert plain.n_conversions == 60
    assert plain.n_credited + plain.n_unmet == 60
    for method in plain.methods:
        assert sum(row.conversions for row in method.channels) == pytest.approx(plain.n_credited)
        assert sum(row.value_cents for row in method.channels) == pytest.approx(
            plain.credited_value_cents
        )
    assert "not causal" in plain.cautions[0]


def test_two_answers_have_the_same_bytes(home: Path) -> None:
    flags = ("attribution.bootstrap=5",)
    query = CreditQuery(unit="person")
    assert to_json(asked(home, query, *flags)) == to_json(asked(home, query, *flags))


@pytest.mark.parametrize(
    "flag",
    [
        "lookback_days=1", "view_through_days=0", "dedupe_s=80000",
        "repeats=false", "order=2", "blend=1", 'worth="reachable"', "bootstrap=9", "min_people=7",
        'direct="search"', "position_ends=0.1", "half_life_days=1",
    ],
)  # fmt: skip
def test_every_setting_changes_the_answer(home: Path, plain: CreditReport, flag: str) -> None:
    assert to_json(asked(home, None, f"attribution.{flag}")) != to_json(plain)


def test_without_its_kind_of_conversion_there_is_nothing_to_credit(home: Path) -> None:
    with pytest.raises(NothingToCredit):
        asked(home, None, 'attribution.conversions=["purchase"]')


def test_settings_of_drawn_orders_change_the_answer(home: Path) -> None:
    query = CreditQuery(methods=["shapley"])
    base = ('attribution.worth="reachable"', "attribution.max_exact=1", "attribution.n_pairs=3")
    drawn = asked(home, query, *base).methods
    assert asked(home, query, *base[:1]).methods != drawn
    assert asked(home, query, *base, "attribution.n_pairs=4").methods != drawn


def test_the_highest_order_that_may_be_chosen_is_kept(tmp_path: Path) -> None:
    said = [("ab", 900.0, 100.0), ("ba", 100.0, 900.0), ("aa", 100.0, 900.0), ("bb", 100.0, 900.0)]
    paths = [CountedPath(list(path), won, 0.0, lost) for path, won, lost in said]
    query = CreditQuery(paths=paths, methods=["markov"])
    free, bound = (asked(tmp_path, query, f"attribution.max_order={most}").order for most in (3, 1))
    assert bound == 1
    assert free is not None
    assert free > 1


def test_settings_of_persons_change_the_answer_by_persons(home: Path) -> None:
    query = CreditQuery(unit="person", methods=["linear"])
    base = asked(home, query)
    for flag in ("imputations=5", "seed=9"):
        assert asked(home, query, f"attribution.{flag}").methods != base.methods


def test_persons_stand_beside_accounts_and_their_intervals_are_no_narrower(home: Path) -> None:
    query = CreditQuery(unit="person", methods=["last"])
    found = asked(home, query, "attribution.bootstrap=40")
    assert found.unit == "person"
    assert len(found.cautions) == 2
    [method], [beside] = found.methods, found.account_methods
    assert method.widening is not None
    assert 0 < method.widening <= 1
    assert beside.widening is None
    assert sum(row.share for row in method.channels) == pytest.approx(1)


def test_campaigns_stand_for_channels_where_asked(home: Path) -> None:
    found = asked(home, CreditQuery(by="campaign"))
    assert {row.channel for row in found.channels} == {"(unnamed)", "c0", "c1"}


def test_only_the_methods_asked_for_are_told(home: Path) -> None:
    found = asked(home, CreditQuery(methods=["last", "markov"]))
    assert [one.method for one in found.methods] == ["last", "markov"]


def test_the_time_of_conversions_may_be_bounded(home: Path, plain: CreditReport) -> None:
    half = from_epoch_s(T0 + 15 * DAY)
    before, after = asked(home, CreditQuery(until=half)), asked(home, CreditQuery(since=half))
    assert 0 < before.n_conversions < 60
    assert before.n_conversions + after.n_conversions == plain.n_conversions


def test_a_holdout_says_what_was_added_or_why_not(home: Path) -> None:
    found = asked(home, CreditQuery(held_out=["a0", "a1"]))
    assert found.holdout is not None
    assert (found.holdout.n_held_out, found.holdout.reason) == (2, "too_few")
    assert found.holdout.n_held_out_contacted == 2
    assert found.methods[0].channels[0].added is None
    drawn = asked(home, CreditQuery(holdout=DrawnHoldout("spring", 0.5)))
    assert drawn.holdout is not None
    assert 0 < drawn.holdout.n_held_out < N_HOMES


def test_the_paths_of_an_account_are_explained(home: Path) -> None:
    found = asked(home, CreditQuery(journey="a2"))
    assert found.journeys
    for path in found.journeys:
        for method in path.steps[0].credit:
            assert sum(step.credit[method] for step in path.steps) == pytest.approx(1)
    with pytest.raises(NoSuchAccount, match="nobody"):
        asked(home, CreditQuery(journey="nobody"))


def test_counted_paths_need_no_record(tmp_path: Path) -> None:
    paths = [CountedPath(["mail", "web"], 30.0, 900.0, 10.0), CountedPath(["web"], 20.0)]
    found = asked(tmp_path / "empty", CreditQuery(paths=paths, methods=["last"]))
    assert (found.by, found.n_credited) == ("path", 50)
    assert found.methods[0].channels[1].conversions == 50


def test_persons_cannot_be_asked_for_where_they_are_off(home: Path) -> None:
    with pytest.raises(PersonsOff, match=r"people\.enabled"):
        asked(home, CreditQuery(unit="person"), "people.enabled=false")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"by": "device"}, "by"),
        ({"nonsense": 1}, "body"),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
        ({"held_out": ["a"], "holdout": {"campaign": "c", "share": 0.1}}, "holdout"),
        ({"paths": [{"path": ["a"], "conversions": 1}], "unit": "person"}, "unit"),
        ({"paths": [{"path": [], "conversions": 1}]}, "paths[0].path"),
    ],
)
def test_a_question_that_cannot_be_understood_says_where(body: dict[str, Any], place: str) -> None:
    with pytest.raises(BadCreditQuery) as caught:
        parse_credit_query(json.dumps(body).encode())
    assert caught.value.place == place


def test_a_question_in_order_is_given_back() -> None:
    assert checked(CreditQuery()) == CreditQuery()
