"""A household that forgets nothing: its state is a chain of hashes over all that it was told.

Two folds that tell a fake the same things in the same order, and only those, end at the same bytes;
any difference in content, order or population shows. A person is a device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec
import numpy as np

from settee.core import PeopleSettings
from settee.people import Sessions
from settee.people.changes import PersonEvent
from settee.people.corrections import Correction, NoSuchPerson
from settee.people.ids import person_id
from tests.people.activities import told


class _State(msgspec.Struct):
    link: str = ""
    n_sessions: int = 0
    devices: list[str] = []
    names: list[str] = []


@dataclass(frozen=True)
class FakeWho:
    persons: tuple[tuple[str, float], ...]
    is_together: bool
    is_unsure: bool
    link: str
    n_sessions: int
    session: Sessions
    beside: list[str]


class FakeHousehold:
    def __init__(self, account_id: str, raw: bytes, keeper: "FakeKeeper") -> None:
        self.account_id = account_id
        self.keeper = keeper
        self.state = msgspec.json.decode(raw, type=_State) if raw else _State()

    @property
    def household(self) -> "FakeHousehold":
        return self

    @property
    def n_bytes(self) -> int:
        return 1000 * (1 + len(self.state.devices))

    @property
    def persons(self) -> list[str]:
        return [person_id(self.account_id, n + 1) for n in range(len(self.state.devices))]

    def who(self, session: Sessions, beside: Sessions | None = None, /) -> FakeWho:
        (device,) = (one.device_id or "" for one in told(session))
        others = [] if beside is None else [one.device_id or "" for one in told(beside)]
        link = self._link(f"who {others}", session)
        found = [float(name == device) * 0.8 + 0.1 for name in self.state.devices]
        ids = [person_id(self.account_id, n + 1) for n in range(len(found))]
        return FakeWho(
            tuple(zip(ids, found, strict=True)), link[0] < "4", not found, link,
            self.state.n_sessions, session, others,
        )  # fmt: skip

    def absorb(self, session: Sessions) -> Sequence[PersonEvent]:
        (one,) = told(session)
        silent_s = one.end_us // 1_000_000 + self.keeper.gap_s
        generation = [name for until_s, name in self.keeper.generations if until_s <= silent_s]
        self.state.link = self._link(f"absorb {generation[-1:]}", session)
        self.state.n_sessions += 1
        if (one.device_id or "") in self.state.devices:
            return []
        self.state.devices.append(one.device_id or "")
        return [PersonEvent("born", one.end_us // 1_000_000, (self.persons[-1],))]

    def correct(self, correction: Correction, at_s: int) -> Sequence[PersonEvent]:
        if not set(correction.persons) <= set(self.persons):
            raise NoSuchPerson(f"no person of {correction.persons}")
        self.state.link = _hash(f"{self.state.link} correct {correction} {at_s}")
        return [PersonEvent("corrected", at_s, correction.persons)]

    def recall(self, sessions: Sessions) -> Sequence[FakeWho]:
        return [self.who(sessions.take(np.array([place]))) for place in range(len(sessions))]

    def to_bytes(self) -> bytes:
        self.keeper.n_written += 1
        return msgspec.json.encode(self.state)

    def _link(self, what: str, session: Sessions) -> str:
        return _hash(f"{self.state.link} {what} {told(session)}")


class FakeKeeper:
    def __init__(
        self, generations: Sequence[tuple[int, str]] = (), people: PeopleSettings | None = None
    ) -> None:
        self.model = "fake"
        self.generations = list(generations)
        self.gap_s = (people or PeopleSettings()).gap_s
        self.n_opened = 0
        self.n_written = 0

    def open(self, account_id: str, raw: bytes, passed_us: int) -> FakeHousehold:
        self.n_opened += 1
        assert (passed_us > -(2**62)) == bool(raw and msgspec.json.decode(raw)["n_sessions"])
        return FakeHousehold(account_id, raw, self)


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
