from settee.core import PeopleSettings
from settee.people.account import Account
from settee.people.cache import AccountCache, Warm
from tests.people.fakes import FakeKeeper

KEEPER, PEOPLE = FakeKeeper(), PeopleSettings()


def warm(account_id: str, version: int = 1, n_bytes: int = 1000) -> Warm:
    return Warm(version, Account(account_id, KEEPER, PEOPLE), n_bytes)


def test_an_account_is_found_in_its_own_version_alone() -> None:
    cache = AccountCache(10**6)
    one = warm("a", 3)
    cache.put(one)
    assert cache.get("a", 3) is one
    assert cache.get("a", 4) is None
    assert cache.get("b", 3) is None


def test_the_account_that_was_not_asked_for_longest_goes_first() -> None:
    cache = AccountCache(63_000)
    for name in "abc":
        cache.put(warm(name))
    cache.get("a", 1)
    cache.put(warm("d"))
    assert [name for name in "abcd" if cache.get(name, 1)] == ["a", "c", "d"]
    assert cache.n_bytes == 63_000


def test_an_account_that_is_put_again_counts_once() -> None:
    cache = AccountCache(10**6)
    cache.put(warm("a", 1, 10))
    cache.put(warm("a", 2, 20))
    assert (len(cache), cache.n_bytes) == (1, 20_020)
    cache.clear()
    assert (len(cache), cache.n_bytes) == (0, 0)


def test_what_others_read_is_not_given_out_for_changing() -> None:
    cache = AccountCache(10**6)
    one = warm("a")
    cache.put(one)
    assert cache.take("a", 2) is None
    assert len(cache) == 0
    cache.put(one)
    assert cache.take("a", 1) is one.account
    one.is_lent = True
    cache.put(one)
    assert cache.take("a", 1) is None
    assert cache.take("a", 1) is None
