"""Say which fact makes one account a part of another, and read it.

Somebody who looked around as "anon-7f" signs in as "a7". The fact {"account_id": "a7", "kind":
"merge", "from": "anon-7f"} moves what "anon-7f" did into "a7", and what comes under the old id
later follows.

Reads: journal entries.  Writes: nothing.
Not here: what the views make of it (store.account_view, people).
"""

import msgspec

from settee.store.errors import StoreDamaged
from settee.store.journal import Entry

MERGE_KIND = "merge"
"""Kind of a journal record that merges the account `from` into its own."""


class _Fact(msgspec.Struct, rename={"origin": "from"}):
    origin: str


_decoder = msgspec.json.Decoder(_Fact)


def is_merge(entry: Entry) -> bool:
    """Does the entry make one account a part of another?"""
    return entry.record.kind == MERGE_KIND


def merged_from(entry: Entry) -> str:
    """The account that becomes a part of the entry's own.

    Raises:
        StoreDamaged: If the entry is not JSON of a merge.
    """
    try:
        return _decoder.decode(entry.record.body).origin
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(entry, error) from None


def unreadable(entry: Entry, error: Exception) -> StoreDamaged:
    """What to raise for an entry that is not what settee journals."""
    return StoreDamaged(
        f"journal entry {entry.offset} cannot be read: {error}; wire JSON is expected.",
        hint="settee doctor checks the journal.",
    )
