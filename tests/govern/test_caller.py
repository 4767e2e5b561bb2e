import pytest

from settee.core import Forbidden
from settee.govern import END_USER, KEYLESS, Caller, NotPermitted, NotYourAccount, grants


def test_whoever_sits_at_the_machine_may_do_everything_to_every_account() -> None:
    KEYLESS.must("tenants.write")
    KEYLESS.must_own("anybody")


def test_an_end_user_is_held_to_their_role_and_account() -> None:
    user = Caller("acme", END_USER, grants(END_USER, tenant_id="acme"), "you", account_id="a7")
    user.must("answers.read")
    user.must_own("a7")
    with pytest.raises(NotPermitted, match=r"needs the permission rules\.write; role end_user"):
        user.must("rules.write")
    for other in ("a8", "A7", "a7 ", "", "a7/people"):
        with pytest.raises(NotYourAccount) as caught:
            user.must_own(other)
        assert isinstance(caught.value, Forbidden)
        assert caught.value.status == 403
