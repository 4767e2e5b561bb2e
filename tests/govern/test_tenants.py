from collections.abc import Iterator
from pathlib import Path

import pytest

from settee.core import NotFound
from settee.govern import BadTenant, Tenants, TenantTaken, home_of
from settee.store import Tables
from tests.govern.world import NOON


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[Tenants]:
    with Tables(tmp_path / "tables.db") as tables:
        yield Tenants(tmp_path, tables)


def test_a_tenant_gets_a_folder_that_nobody_else_may_read(tenants: Tenants, tmp_path: Path) -> None:
    assert tenants.create("acme", NOON).tenant_id == "acme"
    folder = tmp_path / "tenants" / "acme"
    assert folder.stat().st_mode & 0o077 == 0
    assert [one.tenant_id for one in tenants.all()] == ["acme"]
    assert tenants.is_there("acme")
    assert tenants.is_there("default")
    tenants.demand("acme")
    with pytest.raises(NotFound, match='there is no tenant "other"'):
        tenants.demand("other")


@pytest.mark.parametrize(
    "name",
    ["", "..", "a/b", "/etc", "A", "é", "a b", "a.b", "-a", "a" * 64, "a\n", "con\0", "../default"],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tenants: Tenants, name: str) -> None:
    with pytest.raises(BadTenant):
        tenants.create(name, NOON)
    with pytest.raises(BadTenant):
        home_of(Path("home"), name)
    assert tenants.all() == []


def test_the_default_tenant_is_neither_made_nor_removed(tenants: Tenants) -> None:
    with pytest.raises(TenantTaken, match="always there"):
        tenants.create("default", NOON)
    with pytest.raises(BadTenant, match="cannot be removed"):
        tenants.remove("default", NOON)


def test_whoever_takes_the_name_of_a_removed_tenant_does_not_get_its_data(
    tenants: Tenants, tmp_path: Path
) -> None:
    tenants.create("acme", NOON)
    with pytest.raises(TenantTaken, match="is there already"):
        tenants.create("acme", NOON)
    (tmp_path / "tenants" / "acme" / "journal.db").write_text("theirs")
    assert tenants.remove("acme", NOON) == tmp_path / "tenants" / "acme"
    with pytest.raises(TenantTaken, match="holds data"):
        tenants.create("acme", NOON)
    with pytest.raises(NotFound):
        tenants.remove("acme", NOON)
    (tmp_path / "tenants" / "acme" / "journal.db").unlink()
    tenants.create("acme", NOON)


def test_a_tenant_is_removed_with_its_data_where_that_is_wanted(
    tenants: Tenants, tmp_path: Path
) -> None:
    tenants.create("acme", NOON)
    (tmp_path / "tenants" / "acme" / "journal.db").write_text("theirs")
    tenants.remove("acme", NOON, with_data=True)
    assert not (tmp_path / "tenants" / "acme").exists()
    tenants.create("acme", NOON)


def test_a_link_is_no_folder_of_a_tenant(tenants: Tenants, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious").write_text("")
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "acme").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TenantTaken):
        tenants.create("acme", NOON)
    assert (tmp_path / "elsewhere" / "precious").exists()
