"""What the service says, as frozen types; what a newer service adds is passed over.

Names are those of the OpenAPI document: an `Answer` has `items`, each a `Shown` with `rank` 1, 2,
3. Words that may grow in number, like rungs, are plain strings, so that a new one breaks nobody.

Reads / Writes: nothing.
Not here: what a caller says (client.said).
"""

from settee.client.results.accounts import (
    Account,
    ChangeView,
    DeviceView,
    Happened,
    HouseholdView,
    ItemView,
    PersonView,
    SessionView,
    StoredItem,
    TitleView,
)
from settee.client.results.answers import (
    Addend,
    Answer,
    Because,
    Mark,
    Part,
    Shown,
    Signal,
    Similar,
    Watcher,
    Watching,
    WhoIsThere,
    Without,
)
from settee.client.results.facts import (
    Corrected,
    Merged,
    Onboarded,
    Refused,
    Stored,
    Taken,
)
from settee.client.results.rules import Lifted, Moved, Removed, Trace, Unmet
from settee.client.results.service import (
    Health,
    Readiness,
)

__all__ = [
    "Account",
    "Addend",
    "Answer",
    "Because",
    "ChangeView",
    "Corrected",
    "DeviceView",
    "Happened",
    "Health",
    "HouseholdView",
    "ItemView",
    "Lifted",
    "Mark",
    "Merged",
    "Moved",
    "Onboarded",
    "Part",
    "PersonView",
    "Readiness",
    "Refused",
    "Removed",
    "SessionView",
    "Shown",
    "Signal",
    "Similar",
    "Stored",
    "StoredItem",
    "Taken",
    "TitleView",
    "Trace",
    "Unmet",
    "Watcher",
    "Watching",
    "WhoIsThere",
    "Without",
]
