"""Say whether an answer that was made ahead still holds, and how it looks.

Made at night, given at noon: it holds while the bundle, the rules, what the account did and said,
and the windows and stock of its items are what they were. The first three are one number of 64
bits; a rule that begins or ends at an instant counts as a change from then on. Nobody's `dislike`
is ignored for a day because a list was quicker.

Reads: a serving, the state of accounts.  Writes: nothing.
Not here: where such answers lie (store.ready_made), giving them (web.lists).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import to_json
from settee.respond.serving import Serving, version_of
from settee.respond.words import Answer
from settee.rules import Asking, rules_mark
from settee.store import HotState

_MAX_REMEMBERED = 100_000
_HOUR_S = 3600


class ListAnswer(Answer, frozen=True, kw_only=True):
    """An answer of a list that is made ahead: which list, and when it was computed.

    Made ahead it has no exposure id and is not journalled; computed at once, because it no longer
    held, it is an answer as any other.
    """

    list_name: str
    computed_at: datetime


def made_ahead(answer: Answer, name: str, *, with_sources: bool) -> ListAnswer:
    """An answer as a list that is kept; it has neither an exposure nor timings.

    Args:
        answer: What was answered.
        name: Of the list.
        with_sources: Keep what each source said, two thirds of the bytes.
    """
    items = answer.items
    if not with_sources:
        items = [msgspec.structs.replace(one, sources=[]) for one in items]
    bare = msgspec.structs.replace(
        answer, exposure_id="", journalled=False, timings_ms={}, items=items
    )
    return made_at_once(bare, name)


def made_at_once(answer: Answer, name: str) -> ListAnswer:
    """An answer as a list that was computed when it was asked for."""
    fields: dict[str, Any] = {one: getattr(answer, one) for one in Answer.__struct_fields__}
    return ListAnswer(**fields, list_name=name, computed_at=answer.at)


class AheadMarks:
    """Marks of what answers made ahead hang on; one object may serve many threads.

    Args:
        state: What accounts did and said.
    """

    def __init__(self, state: HotState) -> None:
        self._state = state
        self._common: tuple[tuple[int, str, int], bytes] | None = None
        self._known: OrderedDict[str, tuple[object, object, bytes, int]] = OrderedDict()

    def of(self, serving: Serving, name: str, account_id: str, as_of_s: int) -> int:
        """The mark of a list of an account, 0 to 2^64 - 1.

        Args:
            serving: What answers.
            name: Of the list, the slot that rules see.
            account_id: Whose.
            as_of_s: The instant, epoch seconds.
        """
        common = self._common_part(serving, name, as_of_s)
        profile = self._state.profiles.get(account_id)
        said = self._state.preferences.get(account_id)
        known = self._known.get(account_id)
        # Views give the very same object while nothing has changed.
        if known is not None and known[0] is profile and known[1] is said and known[2] == common:
            return known[3]
        digest = hashlib.blake2b(common, digest_size=8)
        digest.update(profile.tobytes())
        digest.update(to_json(said))
        mark = int.from_bytes(digest.digest(), "little")
        self._known[account_id] = profile, said, common, mark
        if len(self._known) > _MAX_REMEMBERED:
            self._known.popitem(last=False)
        return mark

    def _common_part(self, serving: Serving, name: str, as_of_s: int) -> bytes:
        """The part of the mark that is everybody's; rules begin and end on whole seconds."""
        key = id(serving), name, as_of_s
        if self._common is None or self._common[0] != key:
            ageing_s, *acting = rules_mark(serving.rules, Asking(as_of_s, slot=name))
            hour = cast("int", ageing_s) // _HOUR_S  # items cease to be new at any second
            whole = version_of(serving), serving.rules.rules.version, hour, acting
            self._common = key, to_json(whole)
        return self._common[1]


def closed_among(serving: Serving, item_ids: Sequence[str], as_of_s: int) -> NDArray[np.bool_]:
    """Which of these items cannot be had at an instant, or are not known any more.

    Args:
        serving: What answers.
        item_ids: Any ids.
        as_of_s: The instant, epoch seconds.
    """
    closed, index = serving.closed(as_of_s), serving.offer.index
    return np.array(
        [(at := index.get(one)) is None or closed[at] != 0 for one in item_ids], np.bool_
    )
