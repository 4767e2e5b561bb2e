"""Hold the views that an answer reads at once: profiles, what was shown, preferences.

They follow the same journal, each with an offset of its own; whoever feeds them starts after the
least of the three, and the others pass over what they have. A view that is new, at 0, therefore
catches up by itself beside two that are at 5,000.

Reads: journal entries.  Writes: three vaults.
Not here: the households (people), which follow the journal in their own way.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from settee.core import SetteeError, StateSettings
from settee.store.closing import Closing
from settee.store.errors import plain_errors
from settee.store.journal import Entry
from settee.store.preferences import PREFERENCES_LAYOUT, Preferences
from settee.store.profiles import PROFILES_LAYOUT, Profiles
from settee.store.shown import SHOWN_LAYOUT, Shown
from settee.store.vault import Vault
from settee.store.vault_sqlite import SqliteVault

T = TypeVar("T")
_MB = 1024 * 1024
_SHARES = (4, 2, 1)  # of the memory: profiles, what was shown, preferences


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
        return sum(self._each(lambda view: view.apply(entries)))

    def offset(self) -> int:
        """Offset of the last journal entry that every view holds."""
        return min(view.offset() for view in self._views)

    def flush(self) -> None:
        """Write what was folded.

        Raises:
            SetteeError: If a vault cannot be used.
        """
        self._each(lambda view: view.flush())

    def restore_by(self, load_imports: Callable[[], None]) -> None:
        """Say how imported segments come back into the profiles, once those were lost."""
        self.profiles.restore = load_imports

    def root(self, account_id: str) -> str:
        """The account that this one was merged into, or the account itself."""
        return self.profiles.root(account_id)

    def close(self) -> None:
        """Write what was folded, then let everything go; closing twice is harmless."""
        self._each(lambda view: view.close())

    def _each(self, call: Callable[["Profiles | Shown | Preferences"], T]) -> list[T]:
        """Call for each view, whatever goes wrong with another; then raise what did."""
        found, errors = [], []
        for view in self._views:
            try:
                found.append(call(view))
            except SetteeError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return found

    @property
    def _views(self) -> tuple[Profiles, Shown, Preferences]:
        return self.profiles, self.shown, self.preferences


def open_state(
    home: Path, settings: StateSettings | None = None, journal_offset: int | None = None
) -> HotState:
    """The views of a home folder, in files of their own or in Redis.

    Args:
        home: The folder.
        settings: Where they are kept; None for the defaults.
        journal_offset: Of the newest entry of the journal, where it is known. A vault beyond it
            followed another journal, as after a restore from a backup, and is begun anew.

    Raises:
        BadSettings: If `state.url` cannot be understood, or its package is not installed.
        SetteeError: If a file or Redis cannot be used; see `store.errors`.
    """
    settings = settings or StateSettings()
    vaults = _redis_vaults(home, settings) if settings.url.get_secret_value() else _files(home)
    for vault in vaults:
        if journal_offset is not None and vault.mark().offset > journal_offset:
            vault.clear()
    profiles, shown, preferences = vaults
    share = settings.cache_mb * _MB // sum(_SHARES)
    return HotState(
        Profiles(profiles, max_cached_bytes=_SHARES[0] * share),
        Shown(shown, max_cached_bytes=_SHARES[1] * share),
        Preferences(preferences, max_cached_bytes=_SHARES[2] * share),
    )


def _files(home: Path) -> tuple[Vault, Vault, Vault]:
    return (
        SqliteVault(home / "profiles.db", PROFILES_LAYOUT),
        SqliteVault(home / "shown.db", SHOWN_LAYOUT),
        SqliteVault(home / "preferences.db", PREFERENCES_LAYOUT),
    )


def _redis_vaults(home: Path, settings: StateSettings) -> tuple[Vault, Vault, Vault]:
    # Only who asks for Redis needs the package, and pays for loading it.
    from settee.store.redis_calls import RedisCalls
    from settee.store.vault_redis import RedisVault

    def vault(name: str) -> Vault:
        calls = RedisCalls(settings.url.get_secret_value(), settings.timeout_ms / 1000)
        return RedisVault(calls, f"{settings.prefix}:{home_token(home)}:{name}")

    return vault("profiles"), vault("shown"), vault("preferences")


def home_token(home: Path) -> str:
    """What tells one home from another in a Redis that both use; drawn once, then kept there.

    A home that is deleted and begun anew has another one: what Redis holds of the old is not its.

    Raises:
        StoreUnavailable: If it cannot be written or read.
    """
    path = home / "state.id"
    with plain_errors(path):
        if not path.exists():
            fresh = path.with_name(f".state.id.{secrets.token_hex(4)}")
            fresh.write_text(secrets.token_hex(8))
            with suppress(FileExistsError):  # another process was faster
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text()
