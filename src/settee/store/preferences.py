"""Keep what an account, or a person of it, said they like: tags and languages.

Somebody new picks "Crime" and "en" before the first film. The latest word wins, field by field: a
later {"tags": ["Comedy"]} leaves the languages as they were, and [] takes them back. What was said
for a person goes before what was said for the whole account.

Reads: the facts of kind ``preferences`` in the journal.  Writes: a vault.
Source: Shapiro et al. (2011), "Conflict-free Replicated Data Types" (last writer wins, by field).
Not here: picked titles, which are likes like any others (events.onboarding), what answers make of
preferences (respond).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from settee.store.account_view import AccountView
from settee.store.errors import StoreDamaged
from settee.store.journal import Entry
from settee.store.merging import unreadable
from settee.store.stable_numbers import Numbers
from settee.store.vault import Vault
from settee.store.vault_sqlite import SqliteVault, vault_layout

PREFERENCES_KIND = "preferences"
"""Kind of a journal record that says what somebody likes."""
PREFERENCES_LAYOUT = vault_layout("view of preferences", 0x5E77EE06)
_EVERYBODY = ""
_BYTES_A_WORD = 80


class Preferred(msgspec.Struct, frozen=True):
    """What is liked; empty where nothing was said.

    Args:
        tags: Tags of items, as the catalogue has them.
        languages: Language tags, as items have them.
    """

    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class _Said(msgspec.Struct, frozen=True, array_like=True, order=True):
    """One field of one person: when it was said, at which offset, and what."""

    at_us: int
    offset: int
    words: tuple[str, ...]


class _OfOne(msgspec.Struct, frozen=True, array_like=True):
    person_id: str
    tags: _Said | None = None
    languages: _Said | None = None


class AccountPreferences(msgspec.Struct, frozen=True, array_like=True):
    """What was said for an account and its persons, sorted by person."""

    each: tuple[_OfOne, ...] = ()

    def of(self, person_id: str | None = None) -> Preferred:
        """What holds for a person, or for the account where nobody in particular is meant.

        Args:
            person_id: Whose; what was not said for them is taken from the account.
        """
        by_person = {one.person_id: one for one in self.each}
        whole = by_person.get(_EVERYBODY, _OfOne(_EVERYBODY))
        own = by_person.get(person_id or _EVERYBODY, whole)
        tags, languages = own.tags or whole.tags, own.languages or whole.languages
        return Preferred(tags.words if tags else (), languages.words if languages else ())


class _Fact(msgspec.Struct):
    person_id: str | None = None
    tags: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None


_decoder = msgspec.json.Decoder(_Fact)
_state_decoder = msgspec.json.Decoder(AccountPreferences)
_encoder = msgspec.json.Encoder()


class _PreferencesForm:
    """The latest word of each person and field."""

    empty = AccountPreferences()

    def take(
        self, entries: Sequence[Entry], _: Callable[[Sequence[str]], list[int]]
    ) -> list[tuple[Entry, list[_OfOne]]]:
        return [(one, _said_in(one)) for one in entries if one.record.kind == PREFERENCES_KIND]

    def add(self, state: AccountPreferences, rows: Sequence[_OfOne]) -> AccountPreferences:
        by_person = {one.person_id: one for one in state.each}
        for row in rows:
            known = by_person.get(row.person_id, _OfOne(row.person_id))
            by_person[row.person_id] = _OfOne(
                row.person_id,
                _later(known.tags, row.tags),
                _later(known.languages, row.languages),
            )
        return AccountPreferences(tuple(by_person[name] for name in sorted(by_person)))

    def join(self, state: AccountPreferences, other: AccountPreferences) -> AccountPreferences:
        return self.add(state, other.each)

    def renumber(
        self, state: AccountPreferences, _: Callable[[Numbers], Numbers]
    ) -> AccountPreferences:
        return state

    def size(self, state: AccountPreferences) -> int:
        said = [one for each in state.each for one in (each.tags, each.languages) if one]
        return _BYTES_A_WORD * (len(state.each) + sum(1 + len(one.words) for one in said))

    def to_bytes(self, state: AccountPreferences) -> bytes:
        return _encoder.encode(state)

    def from_bytes(self, account_id: str, raw: bytes) -> AccountPreferences:
        try:
            return _state_decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StoreDamaged(
                f'the preferences of "{account_id}" cannot be read: {error}.',
                hint="Delete preferences.db, or what Redis holds; it is a view and is built again.",
            ) from None


class Preferences(AccountView[AccountPreferences, _OfOne]):
    """The view "what was said to be liked"; any threads and processes may use it.

    Args:
        where: A file, made when missing, that may be deleted to start anew; or another vault.
        max_cached_bytes: Memory for what was asked for lately (speed only).

    Raises:
        SetteeError: If the vault cannot be used; see `store.errors`.
    """

    def __init__(self, where: Path | Vault, *, max_cached_bytes: int = 32 * 1024 * 1024) -> None:
        vault = SqliteVault(where, PREFERENCES_LAYOUT) if isinstance(where, Path) else where
        super().__init__(vault, _PreferencesForm(), max_cached_bytes=max_cached_bytes)


def _later(one: _Said | None, other: _Said | None) -> _Said | None:
    said = [each for each in (one, other) if each is not None]
    return max(said, default=None)


def _said_in(entry: Entry) -> list[_OfOne]:
    try:
        fact = _decoder.decode(entry.record.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(entry, error) from None
    tags, languages = (
        None if words is None else _Said(entry.record.at_us, entry.offset, words)
        for words in (fact.tags, fact.languages)
    )
    if tags is None and languages is None:
        return []
    return [_OfOne(fact.person_id or _EVERYBODY, tags, languages)]
