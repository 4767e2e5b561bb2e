"""Name what the HTTP door needs of the workspace behind it.

The door may not open the cellar (store), so it sees journal, tables and keys through the few
calls that it makes; records pass through unseen. The workspace has them all.

Reads / Writes: nothing.
Not here: how the parts are built (app).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from settee.audiences import (
    Audience,
    AudienceCurves,
    AudienceQuery,
    Members,
    ReadyAudiences,
    SmallParts,
)
from settee.core import Item, Settings
from settee.events import (
    Contacted,
    ContactState,
    ContactWord,
    Merged,
    Onboarded,
    Onboarding,
    RefusedFiles,
    Rejected,
)
from settee.govern import Keys, Limits, Tenants
from settee.learn import VersionList, VersionView
from settee.measure import CampaignReading, CreditQuery, CreditReport
from settee.people import Correction
from settee.respond import Corrected, Inventory, Lists, Responder
from settee.rules import Conflict, DryRun, Put, RuleSet, RuleVersion


class JournalDoor(Protocol):
    """Where events go."""

    def submit(self, records: Sequence[Any], /) -> Future[Any]:
        """Queue records; the result has n_new, n_duplicate and last_offset."""
        ...

    def last_offset(self) -> int:
        """Offset of the newest entry."""
        ...


class TablesDoor(Protocol):
    """Where items go."""

    def put_items(self, items: Sequence[Item], at: datetime, /) -> int:
        """Insert or replace items; the number that changed."""
        ...

    def items(self, item_ids: Sequence[str] | None = None, /) -> Iterator[Item]:
        """Items by id, or all."""
        ...


class KeptAudience(Protocol):
    """An audience that is kept, without its members."""

    @property
    def audience_id(self) -> str:
        """Names it."""
        ...

    @property
    def at(self) -> datetime:
        """When it was made."""
        ...

    @property
    def who(self) -> str:
        """Who made it."""
        ...

    @property
    def campaign(self) -> str:
        """What it is for."""
        ...

    @property
    def n_members(self) -> int:
        """How many were chosen."""
        ...


class CardDoor(Protocol):
    """What is to be said of a version."""

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        ...


class AudienceDone(Protocol):
    """A row of the log of audiences."""

    @property
    def number(self) -> int:
        """1 for the first."""
        ...

    @property
    def at(self) -> datetime:
        """When it was done."""
        ...

    @property
    def who(self) -> str:
        """Who did it."""
        ...

    @property
    def what(self) -> str:
        """What was done."""
        ...

    @property
    def audience_id(self) -> str:
        """With which audience."""
        ...

    @property
    def body(self) -> bytes:
        """Figures as JSON."""
        ...

    @property
    def seal(self) -> str:
        """Over the row and the one before."""
        ...


class KeptReport(Protocol):
    """What an import, training, evaluation or search found."""

    @property
    def report_id(self) -> str:
        """Names it."""
        ...

    @property
    def kind(self) -> str:
        """What it is about."""
        ...

    @property
    def at(self) -> datetime:
        """When it was made."""
        ...

    @property
    def body(self) -> dict[str, Any]:
        """What was found."""
        ...


class AudienceLeft(Protocol):
    """What left the house."""

    @property
    def export_id(self) -> str:
        """Names it."""
        ...

    @property
    def n_exported(self) -> int:
        """How many people."""
        ...

    @property
    def left_out(self) -> dict[str, int]:
        """How many did not, by reason."""
        ...


class Engine(Protocol):
    """All that the door needs."""

    @property
    def settings(self) -> Settings:
        """Effective settings."""
        ...

    @property
    def journal(self) -> JournalDoor:
        """The journal."""
        ...

    @property
    def tables(self) -> TablesDoor:
        """The tables."""
        ...

    @property
    def keys(self) -> Keys:
        """The API keys of all tenants."""
        ...

    @property
    def limits(self) -> Limits:
        """Where requests are counted."""
        ...

    @property
    def tenants(self) -> Tenants:
        """The tenants beside the default one."""
        ...

    def open_tenant(self, tenant_id: str, /) -> "Engine":
        """The engine of a tenant, which is the caller's to close."""
        ...

    def close(self) -> None:
        """Let everything go."""
        ...

    @property
    def tenant_id(self) -> str:
        """Whose folder it is."""
        ...

    @property
    def lists(self) -> Lists:
        """The lists that were computed ahead."""
        ...

    @property
    def audiences_ahead(self) -> ReadyAudiences:
        """The people of items, as they were computed ahead."""
        ...

    def make_audience(self, query: AudienceQuery, who: str, /) -> Audience:
        """Make an audience and keep it with its members."""
        ...

    def preview_audience(self, query: AudienceQuery, /) -> Audience:
        """What would be made; nothing of it is kept, and it has no id."""
        ...

    def audience(self, audience_id: str, /) -> Audience:
        """An audience as it was made."""
        ...

    def audiences(self, limit: int, /) -> Sequence[KeptAudience]:
        """The latest audiences, newest first, without their members."""
        ...

    def reachable(self, audience: Audience, /) -> tuple[Members, dict[str, int]]:
        """Those of an audience who may be addressed now, and how many may not, by reason."""
        ...

    def export_audience(
        self, audience_id: str, to: str | Path, who: str, /, *, small_parts: SmallParts | None
    ) -> AudienceLeft:
        """Let those of an audience out who may be addressed now and are not held out."""
        ...

    def audience_log(
        self, limit: int, audience_id: str | None, /, *, before: int | None
    ) -> Sequence[AudienceDone]:
        """What was done with audiences, newest first."""
        ...

    def audience_curves(self) -> AudienceCurves:
        """What orders of people were worth, as it was found last."""
        ...

    def clock(self) -> datetime:
        """The present instant."""
        ...

    def refuse(self, rejected: Sequence[Rejected], /) -> None:
        """Keep refused events in quarantine, with the reason."""
        ...

    def correct(
        self, account_id: str, correction: Correction, event_id: str | None = None, /
    ) -> Corrected:
        """Take in what somebody told of the persons of an account; on disk when it returns."""
        ...

    def onboard(self, account_id: str, picked: Onboarding, /) -> Onboarded:
        """Take in what somebody new picked; on disk when it returns."""
        ...

    def merge_accounts(self, account_id: str, origin: str, /) -> Merged:
        """Make an account a part of another; on disk when it returns."""
        ...

    def contact(self, account_id: str, /) -> ContactState:
        """What an account and its persons said about being contacted."""
        ...

    def put_contact(self, account_id: str, word: ContactWord, /) -> Contacted:
        """Take in what somebody says about being contacted; on disk when it returns."""
        ...

    def suppress(self, raw: bytes, who: str, why: str = "", /) -> int:
        """Never address whom a list names; how many are new on it."""
        ...

    def free(self, raw: bytes, who: str, why: str = "", /) -> int:
        """Take whom a list names from the suppression list; how many were on it."""
        ...

    def rules(self, version: int | None = None, /) -> RuleSet:
        """The rules of a version, by default those in force."""
        ...

    def check_rules(self, rules: RuleSet, /) -> tuple[Conflict, ...]:
        """What is odd about rules over the catalogue as it is."""
        ...

    def put_rules(
        self, rules: RuleSet, who: str, why: str, /, *, after: int | None, force: bool
    ) -> Put:
        """Put rules in force, here at once."""
        ...

    def rollback_rules(self, who: str, why: str, /, *, to: int | None, after: int | None) -> Put:
        """Put the rules of an earlier version in force again."""
        ...

    def rules_history(self, limit: int, /) -> list[RuleVersion]:
        """The latest versions of the rules, newest first."""
        ...

    def dry_run_rules(
        self, rules: RuleSet, n: int, /, *, slot: str | None, at: datetime | None
    ) -> DryRun:
        """What rules would have made of the latest recorded requests."""
        ...

    def attribute(self, query: CreditQuery, /) -> CreditReport:
        """The credit of channels."""
        ...

    def campaign(self, campaign: str, /, *, margin: float, confidence: float) -> CampaignReading:
        """What a campaign changed, by what is on record."""
        ...

    def inventory(self) -> Inventory:
        """The state of the catalogue, at most half a minute old."""
        ...

    def versions(self) -> VersionList:
        """Every trained version and every release."""
        ...

    def version(self, version: str | None = None, /) -> VersionView:
        """Everything that was measured of a version, by default the one in use."""
        ...

    def reports(self, kind: str | None = None, limit: int = 20, /) -> Sequence[KeptReport]:
        """What imports, trainings and evaluations found, newest first."""
        ...

    @property
    def refused(self) -> RefusedFiles:
        """The quarantine, to look through."""
        ...

    def card(self, version: str | None = None, /) -> CardDoor:
        """What is to be said of a version, by default the one in use."""
        ...

    def responder(self) -> Responder:
        """The responder, the same one at each call."""
        ...
