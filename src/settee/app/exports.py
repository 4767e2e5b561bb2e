"""The audiences of a workspace that are kept, and what of them leaves the house.

Whoever reads or takes out an audience gets those who may be addressed then, not those who could be
when it was made; and what leaves must not, laid beside what left before, tell few people apart.

Reads: audiences, contacts.  Writes: audiences, exports, their log, files, requests.
Not here: how an audience is made (app.audiences), the floor itself (audiences.floor).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from settee.app.contacts import ContactsWork
from settee.audiences import (
    MAY,
    Audience,
    AudienceQuery,
    Leaving,
    Members,
    SmallParts,
    SmallSet,
    Webhook,
    audience_bytes,
    audience_of,
    check_path,
    count_kept_out,
    may_leave,
    write_file,
)
from settee.core import SetteeError, new_id
from settee.store import ExportSet, Logged, StoredAudience

_SALT = "exports"


@dataclass(frozen=True)
class Exported:
    """What left the house.

    Args:
        export_id: Names it.
        audience_id: Of which audience.
        n_exported: How many people.
        left_out: How many of the audience did not leave, by reason.
        to: The name of the file, or the host.
    """

    export_id: str
    audience_id: str
    n_exported: int
    left_out: dict[str, int]
    to: str


class ExportsWork(ContactsWork):
    """Keeps audiences, and lets them out."""

    def keep_audience(self, audience: Audience, who: str) -> StoredAudience:
        """Keep an audience that was made.

        Args:
            audience: A new one.
            who: Who made it.

        Raises:
            RowTaken: If there is one of that id.
        """
        body, members = audience_bytes(audience)
        kept = self.audience_tables.add(
            StoredAudience(
                audience.audience_id,
                audience.as_of,
                who,
                audience.query.campaign or "",
                audience.n_chosen,
                body,
            ),
            members,
        )
        self.audience_tables.log(
            "made",
            at=audience.as_of,
            who=who,
            audience_id=audience.audience_id,
            n_chosen=audience.n_chosen,
            n_held_out=audience.n_held_out,
            how=audience.how,
        )
        return kept

    def audience(self, audience_id: str) -> Audience:
        """An audience as it was made.

        Raises:
            NotFound: If there is none of that id.
            AudienceDamaged: If it is not what was written.
        """
        kept = self.audience_tables.audience(audience_id)
        return audience_of(audience_id, kept.body, self.audience_tables.members(audience_id))

    def audiences(self, limit: int = 50, offset: int = 0) -> list[StoredAudience]:
        """The latest audiences, newest first, without their members."""
        return self.audience_tables.audiences(limit, offset)

    def reachable(self, audience: Audience) -> tuple[Members, dict[str, int]]:
        """Those of an audience who may be addressed now, and how many may not, by reason.

        Args:
            audience: Any; the held out among its members stay.
        """
        members = audience.members
        found = self.guard().look(
            members.account_ids,
            members.person_ids,
            as_of_s=int(self.clock().timestamp()),
            channel=audience.query.channel,
        )
        return members.pick(found == MAY), count_kept_out(found)

    def export_audience(
        self,
        audience_id: str,
        to: Path | str,
        who: str,
        *,
        small_parts: SmallParts | None = None,
    ) -> Exported:
        """Let those of an audience out who may be addressed now and are not held out.

        What left counts as having left from before it is written or sent, so that an export that
        broke off half-way is remembered too.

        Args:
            audience_id: Which audience.
            to: A file ending in .csv or .parquet, or the address of a webhook.
            who: Who does it.
            small_parts: See audiences.small_parts, which it goes before.

        Raises:
            NotFound: If there is no such audience.
            BadExport: If it cannot go there.
            SmallSet: If too few would leave, or be told apart from earlier exports.
            NotExported: If it could not be written or sent.
        """
        send, name = self._way(to)
        audience = self.audience(audience_id)
        members, left_out = self.reachable(audience)
        n_held_out = int(members.held_out.sum())
        members = members.pick(~members.held_out)
        export_id = new_id("exp", self.clock())
        try:
            members = self._let_out(audience, members, who, (export_id, name), small_parts)
        except SmallSet as error:
            self._log(audience_id, who, "export_refused", error, to=name)
            raise
        n_out = audience.n_chosen - sum(left_out.values()) - n_held_out - len(members)
        extra = {"held_out": n_held_out, "too_few_alike": n_out}
        left_out |= {reason: n for reason, n in extra.items() if n}
        try:
            send(members, audience.query, export_id)
        except SetteeError as error:
            self._log(audience_id, who, "export_failed", error, to=name)
            raise
        return Exported(export_id, audience_id, len(members), left_out, name)

    def audience_log(
        self, limit: int = 50, audience_id: str | None = None, *, before: int | None = None
    ) -> list[Logged]:
        """What was done with audiences, newest first; every seal is looked at before.

        Args:
            limit: Most rows.
            audience_id: Of one audience only.
            before: Only rows with a smaller number, for the next page.

        Raises:
            StoreDamaged: If the log is not what was written.
        """
        self.audience_tables.check()
        return self.audience_tables.history(limit, audience_id, before)

    def _let_out(
        self,
        audience: Audience,
        members: Members,
        who: str,
        name: tuple[str, str],
        small_parts: SmallParts | None,
    ) -> Members:
        settings = self.settings.audiences
        salt = self.audience_tables.salt(_SALT)
        leaving = Leaving.of(members.account_ids, members.person_ids, salt)
        at = self.clock()
        kept = members

        def decide(earlier: Sequence[ExportSet]) -> tuple[ExportSet, dict[str, Any]]:
            nonlocal kept
            keep = may_leave(
                leaving,
                earlier,
                floor=settings.min_size,
                small_parts=small_parts or settings.small_parts,
            )
            kept = members.pick(keep)
            export_id, to = name
            return leaving.part(keep), {"export_id": export_id, "n": len(kept), "to": to}

        self.audience_tables.release(
            audience.audience_id,
            at=at,
            since=at - timedelta(days=settings.remember_exports_days),
            who=who,
            decide=decide,
        )
        return kept

    def _way(self, to: Path | str) -> tuple[Callable[[Members, AudienceQuery, str], None], str]:
        """What brings members there, and what to call the place in the log."""
        if isinstance(to, Path):
            check_path(to)
            return lambda members, query, _: write_file(to, members, query), to.name
        webhook = Webhook(to, self.settings.audiences, time.sleep)
        host = webhook.check().hostname or ""

        def send(members: Members, query: AudienceQuery, export_id: str) -> None:
            at_s = int(self.clock().timestamp())
            webhook.deliver(members, query, export_id=export_id, as_of_s=at_s)

        return send, host

    def _log(self, audience_id: str, who: str, what: str, error: SetteeError, *, to: str) -> None:
        self.audience_tables.log(
            what, at=self.clock(), who=who, audience_id=audience_id, code=error.code, to=to
        )
