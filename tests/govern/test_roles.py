import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.govern import END_USER, PERMISSIONS, ROLES, BadRole, grants

EVERYBODY = [*ROLES, END_USER]


def test_owner_of_the_default_tenant_may_do_everything() -> None:
    assert grants("owner", tenant_id="default") == set(PERMISSIONS)


@pytest.mark.parametrize("role", EVERYBODY)
def test_tenants_are_the_business_of_the_default_tenants_owner_alone(role: str) -> None:
    for tenant_id in ("default", "acme"):
        held = {"tenants.read", "tenants.write"} & grants(role, tenant_id=tenant_id)
        assert bool(held) == (role == "owner" and tenant_id == "default")


@pytest.mark.parametrize("role", EVERYBODY)
def test_everybody_may_see_who_they_are_and_nobody_holds_what_there_is_not(role: str) -> None:
    held = grants(role, tenant_id="acme")
    assert "self.read" in held
    assert held <= set(PERMISSIONS)


def test_each_permission_is_held_by_some_role_and_lacked_by_some() -> None:
    for permission in set(PERMISSIONS) - {"self.read", "items.read"}:
        holders = {role for role in EVERYBODY if permission in grants(role, tenant_id="default")}
        assert 0 < len(holders) < len(EVERYBODY), permission


def test_an_auditor_changes_nothing_and_a_service_makes_no_keys() -> None:
    assert not [one for one in grants("auditor", tenant_id="default") if one.endswith("write")]
    assert not [one for one in grants("service", tenant_id="default") if one.startswith("keys")]


def test_an_end_user_joins_no_accounts() -> None:
    held = grants(END_USER, tenant_id="default")
    assert not held & {"accounts.merge", "rules.read", "stats.read", "keys.read", "items.write"}


@given(
    role=st.sampled_from(EVERYBODY),
    scopes=st.lists(st.sampled_from(sorted(PERMISSIONS)), max_size=5),
    tenant_id=st.sampled_from(["default", "acme"]),
)
def test_a_scope_only_ever_takes_away(role: str, scopes: list[str], tenant_id: str) -> None:
    whole = grants(role, tenant_id=tenant_id)
    if set(scopes) <= whole:
        held = grants(role, scopes, tenant_id=tenant_id)
        assert held == (set(scopes) | {"self.read"} if scopes else whole)
    else:
        with pytest.raises(BadRole, match="is nothing that role"):
            grants(role, scopes, tenant_id=tenant_id)


def test_an_unknown_role_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadRole, match='"root" is no role; owner, admin'):
        grants("root", tenant_id="default")
