"""Answers to questions: recommendations, similar items, who is there."""

from datetime import datetime

from msgspec import Struct

from settee.client.results.rules import Lifted, Moved, Trace


class Mark(Struct, frozen=True):
    """What one source said of an item: its place in the source's list, from 1, and its score."""

    name: str
    rank: int
    score: float
    spread: float | None = None


class Part(Struct, frozen=True):
    """The part, 0 to 1, that one item of the history has in what speaks for an item."""

    item_id: str
    title: str
    share: float


class Because(Struct, frozen=True):
    """Why an item is shown, in words and in figures."""

    kind: str
    text: str
    source: str
    shares: list[Part] = []
    other: float = 0.0
    against: float = 0.0


class Signal(Struct, frozen=True):
    """What one signal says for the likeliest person against the others, in bits."""

    name: str
    bits: float


class Addend(Struct, frozen=True):
    """One part of an item's score, in log odds; `kind` says what adds it, `of` shares it out."""

    kind: str
    adds: float
    name: str = ""
    text: str = ""
    value: float | None = None
    of: dict[str, float] = {}


class Without(Struct, frozen=True):
    """Where the item would stand if a title were not in the history; None where nowhere."""

    item_id: str
    title: str
    rank: int | None


class Shown(Struct, frozen=True):
    """One item of an answer; `rank` is from 1, `score` compares within one answer only.

    `doubt` is the standard deviation of the score; `propensity` how probable it was that the item
    stands there, and `explored` whether chance put it there. With reasons in full, `adds` sums to
    the score, and `without` says where the item would stand without a title of the history.
    """

    item_id: str
    title: str
    rank: int
    score: float
    sources: list[Mark]
    reason: Because | None = None
    doubt: float | None = None
    propensity: float = 1.0
    explored: bool = False
    adds: list[Addend] | None = None
    without: list[Without] | None = None


class Watcher(Struct, frozen=True):
    """A person of the account, and how likely they are there, 0 to 1."""

    person_id: str
    probability: float


class Watching(Struct, frozen=True):
    """For whom of an account an answer is made, and what is known of who is there."""

    mode: str
    because: str
    stage: str
    persons: list[Watcher] = []
    guest: float = 0.0
    together: float = 0.0
    is_unsure: bool = False


class Answer(Struct, frozen=True):
    """A whole answer; `rung` says what gave it, and `because` why no higher one did.

    `online` says that what was learnt since ordered the items anew; `rules` says what each rule
    did, and `signals` what tells who is there, where that was asked for.
    """

    exposure_id: str
    account_id: str
    at: datetime
    person: Watching
    rung: str
    because: str
    model_version: str | None
    items: list[Shown]
    removed: dict[str, int]
    left_out: dict[str, str]
    journalled: bool
    timings_ms: dict[str, float]
    rules: Trace | None = None
    signals: list[Signal] | None = None
    online: bool = False


class Why(Struct, frozen=True):
    """Why one item is where it is in an answer, or why it is not there; `text` says it in words.

    `rank` is its place among `n_candidates`, and None where no source put it forward or the rule
    `removed_by` removed it; `is_shown` says whether that is on the page of `k`.
    """

    account_id: str
    at: datetime
    item_id: str
    title: str
    text: str
    is_shown: bool
    rank: int | None
    k: int
    n_candidates: int
    removed_by: str | None
    item: Shown | None
    lifted: list[Lifted]
    moved: list[Moved]
    person: Watching
    signals: list[Signal]
    rung: str
    because: str
    model_version: str | None


class ListAnswer(Answer, frozen=True, kw_only=True):
    """An answer of a list that is made ahead: which list, and when it was computed.

    Made ahead it has no exposure id and is not journalled; computed at once, because it no longer
    held, it is an answer as any other.
    """

    list_name: str
    computed_at: datetime


class PrecomputedList(Struct, frozen=True):
    """A list that was computed ahead, for how many accounts and when."""

    name: str
    k: int
    explain: bool
    computed_at: datetime
    n_accounts: int
    n_bytes: int


class PrecomputedLists(Struct, frozen=True):
    """All lists that there are, by name."""

    lists: list[PrecomputedList]


class Similar(Struct, frozen=True):
    """Items like one item, best first."""

    item_id: str
    at: datetime
    rung: str
    model_version: str | None
    items: list[Shown]
    removed: dict[str, int]
    left_out: dict[str, str]


class WhoIsThere(Struct, frozen=True):
    """Who is on the screen, the likeliest first."""

    account_id: str
    at: datetime
    stage: str
    persons: list[Watcher]
    guest: float
    together: float
    is_together: bool
    is_unsure: bool
    signals: list[Signal]
