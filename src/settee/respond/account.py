"""Show what is known of one account: counts, tastes, and what it did last.

Tastes are the tags of the distinct items of interest: two Dramas and a Comedy read
{"Drama": 2, "Comedy": 1}.

Reads: profiles, a serving.  Writes: nothing.
Not here: turning a profile into a history (respond.person).
"""

from collections import Counter
from datetime import UTC, datetime

import numpy as np

from settee.core import KINDS
from settee.respond.errors import UnknownAccount
from settee.respond.serving import Serving
from settee.respond.words import Account, Happened
from settee.store import Profiles

_LATEST = 20
_TAGS = 20


def view_account(profiles: Profiles, serving: Serving, account_id: str) -> Account:
    """What is known of an account.

    Args:
        profiles: Profiles of all accounts.
        serving: Titles and tags; without a model there are no tags.
        account_id: Its id.

    Raises:
        UnknownAccount: If nothing was ever recorded of it.
    """
    profile = profiles.get(account_id)
    if len(profile) == 0:
        raise UnknownAccount(
            f'Nothing is recorded of the account "{account_id}".',
            hint="POST /v1/events records events.",
        )
    ids = profiles.item_ids()
    tags: Counter[str] = Counter()
    if serving.stage is not None:
        catalogue = serving.stage.model.catalogue
        for number in np.unique(profile["item_no"][serving.reader.interest(profile)]).tolist():
            position = catalogue.index.get(ids[number])
            if position is not None:
                tags.update(catalogue.tags_of(position))
    return Account(
        account_id=account_id,
        n_events=len(profile),
        n_items=len(np.unique(profile["item_no"])),
        n_by_kind=most_frequent(
            Counter(KINDS[one] for one in profile["kind"].tolist()), len(KINDS)
        ),
        tags=most_frequent(tags, _TAGS),
        latest=[_happened(serving, ids, row) for row in profile[::-1][:_LATEST].tolist()],
    )


def most_frequent(counts: Counter[str], limit: int) -> dict[str, int]:
    """The `limit` largest counts, the largest first, ties by name.

    >>> most_frequent(Counter({"War": 1, "Drama": 3, "Action": 1}), 2)
    {'Drama': 3, 'Action': 1}
    """
    order = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(order[:limit])


def _happened(serving: Serving, ids: list[str], row: tuple[int, int, int, float]) -> Happened:
    item_no, kind, at_s, value = row
    position = serving.offer.index.get(ids[item_no])
    title = "" if position is None else serving.offer.titles[position]
    at = datetime.fromtimestamp(at_s, tz=UTC)
    if np.isnan(value):  # the event named none
        return Happened(ids[item_no], title, KINDS[kind], at)
    return Happened(ids[item_no], title, KINDS[kind], at, value)
