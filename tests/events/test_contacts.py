"""Contacts and conversions as columns, from files as they are imported."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settee.app import Workspace
from settee.core import load_settings, system_clock
from settee.events import CONVERSION, SHOWN, TOUCH, all_accounts, read_contacts
from tests.measure.worlds import contacts_of
from tests.people.worlds import LOOSE

ROWS: tuple[dict[str, Any], ...] = (
    {"account_id": "b", "kind": "touch", "at": 5, "channel": "mail", "campaign": "spring"},
    {"account_id": "a", "kind": "touch", "at": 9, "device_id": "d1", "device_type": "tv"},
    {"account_id": "a", "kind": "impression", "at": 7, "item_id": "m", "channel": "home"},
    {"account_id": "a", "kind": "impression", "at": 8, "item_id": "m"},
    {"account_id": "a", "kind": "convert", "at": 9, "revenue_cents": 500, "currency": "EUR"},
    {"account_id": "a", "kind": "purchase", "at": 11, "item_id": "m", "revenue_cents": 70,
     "currency": "USD"},
    {"account_id": "c", "kind": "play", "at": 3, "item_id": "m"},
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    file = tmp_path / "events.jsonl"
    lines = [
        {**row, "event_id": f"e{number}", "at": f"2026-01-01T00:00:{row['at']:02d}Z"}
        for number, row in enumerate(ROWS)
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    flags = [f"home={tmp_path / 'home'}", "imports.threads=1", *LOOSE]
    workspace = Workspace(load_settings(flags=flags), system_clock)
    workspace.import_path(file)
    yield workspace
    workspace.close()


def test_contacts_come_by_account_and_instant_and_before_the_conversion_of_the_same_instant(
    workspace: Workspace,
) -> None:
    found = read_contacts(workspace.history)
    assert found.account_ids == ("a", "b")
    assert found.kind.tolist() == [SHOWN, TOUCH, CONVERSION, CONVERSION, TOUCH]
    assert found.event_id == ("e2", "e1", "e4", "e5", "e0")
    assert found.labels("channel")[0] == ("(unnamed)", "home", "mail")
    assert found.labels("campaign")[0][-1] == "spring"
    assert found.device_type.max() >= 0


def test_what_is_shown_without_a_channel_is_no_contact(workspace: Workspace) -> None:
    assert "e3" not in read_contacts(workspace.history).event_id


def test_amounts_in_another_currency_count_no_amount(workspace: Workspace) -> None:
    found = read_contacts(workspace.history)
    assert (found.currency, found.n_foreign, found.cents.sum()) == ("EUR", 1, 500)


def test_only_the_kinds_asked_for_are_conversions(workspace: Workspace) -> None:
    found = read_contacts(workspace.history, conversions=("convert",))
    assert found.is_conversion.sum() == 1


def test_nothing_is_read_from_the_end_on(workspace: Workspace) -> None:
    first = read_contacts(workspace.history).at_us.min()
    assert read_contacts(workspace.history, until_us=int(first) + 1).event_id == ("e0",)


def test_an_account_without_contacts_is_an_account_all_the_same(workspace: Workspace) -> None:
    assert all_accounts(workspace.history) == ("a", "b", "c")


def test_an_empty_record_has_no_contacts(tmp_path: Path) -> None:
    workspace = Workspace(load_settings(flags=[f"home={tmp_path / 'home'}"]), system_clock)
    assert len(read_contacts(workspace.history).united(0)) == 0
    assert all_accounts(workspace.history) == ()
    workspace.close()


def test_an_order_of_three_products_is_one_conversion_worth_their_sum() -> None:
    found = contacts_of([("a", 5, "buy", n) for n in (100.0, 50.0, 7.0)]).united(0)
    assert found.cents.tolist() == [157.0]


def test_contacts_that_follow_closely_are_one_and_other_channels_are_others() -> None:
    rows = [("a", 0, "touch", "m"), ("a", 8, "touch", "m"), ("a", 16, "touch", "m"),
            ("a", 8, "touch", "w"), ("b", 8, "touch", "m")]  # fmt: skip
    contacts = contacts_of(rows)
    assert len(contacts.united(0)) == 5
    assert contacts.united(10).at_us.tolist() == [0, 8_000_000, 8_000_000]
