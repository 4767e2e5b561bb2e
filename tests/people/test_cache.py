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
    cache = AccountCache(18_000)
    for name in "abc":
        cache.put(warm(name))
    cache.get("a", 1)
    cache.put(warm("d"))
    assert [name for name in "abcd" if cache.get(name, 1)] == ["a", "c", "d"]
    assert cache.n_bytes == 18_000


def test_an_account_that_is_put_again_counts_once() -> None:
    cache = AccountCache(10**6)
    cache.put(warm("a", 1, 10))
    cache.put(warm("a", 2, 20))
    assert (len(cache), cache.n_bytes) == (1, 5_020)
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


def test_what_an_account_took_up_since_is_counted_when_it_is_weighed() -> None:
    cache = AccountCache(10**6)
    one, other = warm("a"), warm("b")
    cache.put(one)
    one.ahead = (), KEEPER.open("a", b"", -(2**62))
    assert cache.n_bytes == 6_000
    cache.weigh(one)
    assert cache.n_bytes == 7_000
    cache.weigh(other)  # which is not kept
    assert cache.n_bytes == 7_000
    cache.clear()
    cache.put(one)
    assert cache.n_bytes == 7_000


def test_an_account_that_grew_makes_room_for_itself() -> None:
    cache = AccountCache(12_000)
    one, other = warm("a"), warm("b")
    cache.put(one)
    cache.put(other)
    other.ahead = (), KEEPER.open("b", b"", -(2**62))
    cache.weigh(other)
    assert (cache.get("a", 1), cache.get("b", 1), cache.n_bytes) == (None, other, 7_000)
