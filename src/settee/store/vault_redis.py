"""Keep the states of a view in Redis, for workers that shall share more than a disk.

A change is read, worked out here, and written by one script that first looks whether anybody else
wrote since: of two workers that began at version 7, one makes it 8, the other begins again. All of
a view is one Redis hash, so that it is there whole or not at all, also where Redis evicts keys. Its
`epoch` is drawn when it is made; another one tells every worker that what was there is gone.

Reads / Writes: one hash in Redis.
Source: Kung and Robinson (1981), "On Optimistic Methods for Concurrency Control".
Not here: what the states are (store.account_view), connections (store.redis_calls).
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from settee.store.errors import StoreBusy, VaultLost
from settee.store.redis_calls import RedisCalls
from settee.store.spool import Spool
from settee.store.vault import Change, Found, Joined, Mark, Merge

T = TypeVar("T")
_MARK = (b"epoch", b"offset", b"loads", b"merges")
_TRIES = 200
_PAGE = 5000
_GROUP = 500  # accounts of a segment that are one change
_DONE = b"all"
_LOST = -1
_CREATE = """
if not redis.call('HGET', KEYS[1], 'epoch') then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'offset', 0, 'loads', 0, 'merges', 0,
             'version', 0, 'items', 0, 'accounts', 0)
end
return redis.call('HGET', KEYS[1], 'epoch')
"""
_COMMIT = """
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return -1 end
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return 0 end
local last, born = 3 + 2 * tonumber(ARGV[3]), 0
for i = 4, last, 2 do
  local is_new = redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) == 1
  if is_new and string.sub(ARGV[i], 1, 2) == 'a:' then born = born + 1 end
end
for i = last + 1, #ARGV do born = born - redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('HINCRBY', KEYS[1], 'accounts', born)
redis.call('HINCRBY', KEYS[1], 'version', 1)
return 1
"""
_NUMBER = """
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return -1 end
local numbers = {}
for i = 2, #ARGV do
  local number = redis.call('HGET', KEYS[1], 'i:' .. ARGV[i])
  if not number then
    number = redis.call('HGET', KEYS[1], 'items')
    redis.call('HSET', KEYS[1], 'i:' .. ARGV[i], number, 'n:' .. number, ARGV[i])
    redis.call('HINCRBY', KEYS[1], 'items', 1)
  end
  numbers[i - 1] = tonumber(number)
end
return numbers
"""


class RedisVault:
    """A vault in Redis; any number of workers may use it.

    Args:
        calls: The way to Redis; closed with the vault.
        key: Name of the hash.

    Raises:
        VaultAway: If Redis cannot be reached.
        StoreUnavailable: If it refuses.
    """

    def __init__(self, calls: RedisCalls, key: str) -> None:
        self._calls = calls
        self._key = key.encode()
        self._numbering = threading.Lock()
        self._number: dict[str, int] = {}
        self._ids: list[str] = []
        self._epoch = b""
        self._n_breaks = 0
        self.renew()

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return f"{self._calls.name} {self._key.decode()}"

    def renew(self) -> None:
        """Take up what is there now; lay it out where nothing is."""
        n_breaks = self._calls.n_breaks
        drawn = secrets.token_hex(8).encode()
        epoch = self._calls.write("EVAL", _CREATE, 1, self._key, drawn)
        with self._numbering:
            self._number, self._ids = {}, []
            self._epoch, self._n_breaks = epoch, n_breaks

    def clear(self) -> None:
        """Drop all that is there; every worker builds it anew."""
        self._calls.write("UNLINK", self._key)
        self.renew()

    def mark(self) -> Mark:
        """How far it is."""
        return self._mark(self._fields(_MARK))

    def get(self, account_id: str) -> Found:
        """The state of an account, for an answer that cannot wait for long."""
        *mark, raw = self._checked(self._calls.read, (*_MARK, _of(account_id)))
        return Found(raw, self._mark(mark))

    def change(self, work: Callable[[Change], T]) -> T:
        """Do some work as one change; it is done again where another worker was faster."""
        return self._attempt(work)

    def load_segment(
        self, segment_id: str, parts: Iterable[tuple[str, bytes]], joined: Joined
    ) -> None:
        """Add rows to accounts, some hundred in a change that also says how far it came.

        Whatever the rows come from is read to its end first, so that one that breaks off leaves
        nothing; a worker that is killed meanwhile, or two at once, count nothing twice.
        """
        place = b"s:" + segment_id.encode()
        if self._fields((place,))[0] == _DONE:
            return
        with Spool(parts, joined) as spool:
            done = 0
            for group in spool.groups(_GROUP):
                done += len(group)
                self._load(place, group, done, joined)

            def finish(attempt: _Attempt) -> None:
                if attempt.fields((place,))[0] != _DONE:
                    attempt.sets |= {place: _DONE, b"loads": b"%d" % (attempt.n_loads + 1)}

            self._attempt(finish)

    def merges(self, after: int) -> list[Merge]:
        """Merges with numbers over `after`, in order."""
        names = [b"m:%d" % number for number in range(after + 1, self.mark().n_merges + 1)]
        return [
            Merge(number, *msgspec.json.decode(raw, type=tuple[str, str]))
            for number, raw in enumerate(self._pages(names), start=after + 1)
        ]

    def item_nos(self, item_ids: Sequence[str]) -> list[int]:
        """Numbers of items from 0 on, given on first use; they stay while the hash lives."""
        with self._numbering:
            known, epoch = self._number, self._epoch
        fresh = [one for one in dict.fromkeys(item_ids) if one not in known]
        for start in range(0, len(fresh), _PAGE):
            page = fresh[start : start + _PAGE]
            numbers = self._script(_NUMBER, epoch, *(one.encode() for one in page))
            known.update(zip(page, numbers, strict=True))
        return [known[one] for one in item_ids]

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        (n_items,) = self._fields((b"items",))
        with self._numbering:
            ids = self._ids
            names = [b"n:%d" % number for number in range(len(ids), int(n_items))]
            ids += [item_id.decode() for item_id in self._pages(names)]
            return list(ids)

    def n_accounts(self) -> int:
        """How many accounts have a state."""
        return int(self._fields((b"accounts",))[0])

    def account_ids(self, limit: int, offset: int, begins: str = "") -> list[str]:
        """Ids of accounts that have a state and an id that begins so, sorted; reads all of them."""
        start = begins.encode()
        found = sorted({name for name in self._names() if name.startswith(start)})
        return [name.decode() for name in found[offset : offset + limit]]

    def close(self) -> None:
        """Let the connections go; closing twice is harmless."""
        self._calls.close()

    # -- the way there -------------------------------------------------------------------------

    def _fields(self, names: Sequence[bytes]) -> list[Any]:
        """Values of fields, None where there is none; all as of one instant."""
        return self._checked(self._calls.write, names)

    def _checked(self, call: Callable[..., Any], names: Sequence[bytes]) -> list[Any]:
        self._check_line()
        epoch: bytes | None
        values: list[Any]
        epoch, *values = call("HMGET", self._key, b"epoch", *names)
        if epoch != self._epoch:
            raise self._lost()
        return values

    def _pages(self, names: Sequence[bytes]) -> list[Any]:
        """Values of many fields that are there and never change."""
        return [
            value
            for start in range(0, len(names), _PAGE)
            for value in self._fields(names[start : start + _PAGE])
        ]

    def _script(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 -- as scripts answer
        self._check_line()
        found = self._calls.write("EVAL", script, 1, self._key, *arguments)
        if found == _LOST:
            raise self._lost()
        return found

    def _attempt(self, work: Callable[["_Attempt"], T]) -> T:
        for _ in range(_TRIES):
            attempt = _Attempt(self._fields)
            result = work(attempt)
            if self._commit(attempt):
                return result
        raise StoreBusy(
            f"{self.name}: {_TRIES} times somebody else wrote first; nothing of this was stored.",
            hint="Try again; if it stays, see how many workers use this Redis.",
        )

    def _commit(self, attempt: "_Attempt") -> bool:
        if not (attempt.sets or attempt.drops):
            return True
        pairs = [part for pair in attempt.sets.items() for part in pair]
        written = self._script(
            _COMMIT, self._epoch, attempt.version, len(attempt.sets), *pairs, *attempt.drops
        )
        return bool(written)

    def _load(
        self, place: bytes, group: Sequence[tuple[str, bytes]], end: int, joined: Joined
    ) -> None:
        """Add the rows of some accounts; `end` are done then."""

        def work(attempt: _Attempt) -> None:
            raw = attempt.fields((place,))[0] or b"0"
            done = end if raw == _DONE else int(raw)
            left = group[max(len(group) - (end - done), 0) :] if done < end else []
            if not left:
                return
            roots = attempt.roots([account_id for account_id, _ in left])
            states = dict(attempt.stored(roots))
            for root, (_, rows) in zip(roots, left, strict=True):
                states[root] = joined(states.get(root), rows)
            attempt.put({root: states[root] for root in roots})
            attempt.sets[place] = b"%d" % end

        self._attempt(work)

    def _names(self) -> Iterator[bytes]:
        cursor = b"0"
        while True:
            self._check_line()
            cursor, found = self._calls.write(
                "HSCAN", self._key, cursor, "MATCH", "a:*", "COUNT", _PAGE
            )
            yield from (name[2:] for name in found[::2])
            if cursor == b"0":
                return

    def _mark(self, values: Sequence[bytes]) -> Mark:
        epoch, offset, n_loads, n_merges = values
        return Mark(int(offset), int(n_loads), int(n_merges), epoch.decode())

    def _check_line(self) -> None:
        if self._calls.n_breaks != self._n_breaks:
            raise self._lost()

    def _lost(self) -> VaultLost:
        return VaultLost(
            f"{self.name}: Redis was away or lost what it held; it is taken up again.",
            hint="Try again in a second.",
        )


class _Attempt:
    """A change that is written down here and tried at the end."""

    def __init__(self, fields: Callable[[Sequence[bytes]], list[Any]]) -> None:
        self.fields = fields
        version, offset, n_loads, n_merges = fields((b"version", b"offset", b"loads", b"merges"))
        self.version: bytes = version
        self.offset = int(offset)
        self.n_loads = int(n_loads)
        self._n_merges = int(n_merges)
        self.sets: dict[bytes, bytes] = {}
        self.drops: list[bytes] = []

    def root(self, account_id: str) -> str:
        return self.roots([account_id])[0]

    def roots(self, account_ids: Sequence[str]) -> list[str]:
        """Where each of several accounts belongs; most belong to themselves."""
        found = list(account_ids)
        moved = list(range(len(found)))
        while moved:
            values = self.fields([b"t:" + found[place].encode() for place in moved])
            into = [(place, raw) for place, raw in zip(moved, values, strict=True) if raw]
            for place, raw in into:
                found[place] = raw.decode()
            moved = [place for place, _ in into]
        return found

    def stored(self, account_ids: Sequence[str]) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for start in range(0, len(account_ids), _PAGE):
            page = account_ids[start : start + _PAGE]
            values = self.fields([_of(one) for one in page])
            found |= {one: raw for one, raw in zip(page, values, strict=True) if raw is not None}
        return found

    def put(self, states: Mapping[str, bytes]) -> None:
        self.sets |= {_of(name): state for name, state in states.items()}

    def merge(self, account_id: str, into: str) -> None:
        self._n_merges += 1
        pair = msgspec.json.encode((account_id, into))
        self.drops.append(_of(account_id))
        self.sets |= {
            b"t:" + account_id.encode(): into.encode(),
            b"m:%d" % self._n_merges: pair,
            b"merges": b"%d" % self._n_merges,
        }

    def move_to(self, offset: int) -> None:
        self.sets[b"offset"] = b"%d" % offset


def _of(account_id: str) -> bytes:
    return b"a:" + account_id.encode()
