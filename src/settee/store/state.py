"""Hold the views that an answer reads at once: profiles, what was shown, preferences.

They follow the same journal, each with an offset of its own; whoever feeds them starts after the
least of the three, and the others pass over what they have. A view that is new, at 0, therefore
catches up by itself beside two that are at 5,000.

Reads: journal entries.  Writes: three vaults.
Not here: the households (people), which follow the journal in their own way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from settee.store.closing import Closing
from settee.store.journal import Entry
from settee.store.preferences import Preferences
from settee.store.profiles import Profiles
from settee.store.shown import Shown


@dataclass(frozen=True)
class HotState(Closing):
    """The three views.

    Args:
        profiles: What each account did lately.
        shown: How often each item was shown to each account.
        preferences: What accounts and persons said they like.
    """

    profiles: Profiles
    shown: Shown
    preferences: Preferences

    def apply(self, entries: Sequence[Entry]) -> int:
        """Fold entries of the journal that follow `offset()`, in order and without gaps.

        Returns:
            How many entries went into a view, counted once for each.

        Raises:
            SetteeError: If an entry is not what settee journals, or a vault cannot be used.
        """
        return sum(view.apply(entries) for view in self._views)

    def offset(self) -> int:
        """Offset of the last journal entry that every view holds."""
        return min(view.offset() for view in self._views)

    def flush(self) -> None:
        """Write what was folded.

        Raises:
            SetteeError: If a vault cannot be used.
        """
        for view in self._views:
            view.flush()

    def root(self, account_id: str) -> str:
        """The account that this one was merged into, or the account itself."""
        return self.profiles.root(account_id)

    def close(self) -> None:
        """Write what was folded, then let everything go; closing twice is harmless."""
        for view in self._views:
            view.close()

    @property
    def _views(self) -> tuple[Profiles, Shown, Preferences]:
        return self.profiles, self.shown, self.preferences


def open_state(home: Path) -> HotState:
    """The views of a home folder, in files of their own.

    Args:
        home: The folder.

    Raises:
        SetteeError: If a file cannot be used; see `store.errors`.
    """
    return HotState(
        Profiles(home / "profiles.db"),
        Shown(home / "shown.db"),
        Preferences(home / "preferences.db"),
    )
