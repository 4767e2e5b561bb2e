"""The rules of a workspace: what is in force, what was, and what others would change.

Reads: rules, items, exposures.  Writes: versions of the rules.
Not here: what rules do to an answer (rules, respond).
"""

from dataclasses import replace
from datetime import datetime

from settee.app.answers import AnswersWork
from settee.respond import recorded_requests
from settee.rules import (
    Change,
    Conflict,
    DryRun,
    ItemFacts,
    Put,
    RuleSet,
    RuleVersion,
    compare_lists,
    find_conflicts,
)


class RulesWork(AnswersWork):
    """Puts rules in force, takes them back, and tries them."""

    def rules(self, version: int | None = None) -> RuleSet:
        """The rules of a version, by default those in force.

        Raises:
            NoSuchRules: If there is no version of that number.
        """
        return self.rulebook.current() if version is None else self.rulebook.version(version)

    def check_rules(self, rules: RuleSet) -> tuple[Conflict, ...]:
        """What is odd about rules over the catalogue as it is."""
        return find_conflicts(rules, self._facts(), int(self.clock().timestamp()))

    def put_rules(
        self, rules: RuleSet, who: str, why: str = "", *, after: int | None = None,
        force: bool = False,
    ) -> Put:  # fmt: skip
        """Put rules in force: here at once, in other processes within two seconds.

        Args:
            rules: The rules.
            who: Who does it.
            why: Why, for people.
            after: The version that they looked at, 0 for none; None does not look.
            force: Take them although some contradict one another.

        Raises:
            RulesContradict: If rules contradict one another, unless `force`.
            Stale: If `after` is not the version in force.
        """
        change = Change(self.clock(), who, why, after)
        put = self.rulebook.put(rules, change, self._facts(), force=force)
        self._follow_rules()
        return put

    def rollback_rules(
        self, who: str, why: str = "", *, to: int | None = None, after: int | None = None
    ) -> Put:
        """Put the rules of an earlier version in force again, as a new version.

        Args:
            who: Who does it.
            why: Why, for people.
            to: That version; None is the one before the rules in force.
            after: The version that they looked at; None does not look.

        Raises:
            NoRulesBefore: If there is none.
            NoSuchRules: If there is no version of that number.
            Stale: If `after` is not the version in force.
        """
        put = self.rulebook.rollback(Change(self.clock(), who, why, after), to)
        self._follow_rules()
        return put

    def rules_history(self, limit: int) -> list[RuleVersion]:
        """The latest versions of the rules, newest first.

        Args:
            limit: Most versions to give.
        """
        return self.rulebook.history(limit)

    def dry_run_rules(
        self, rules: RuleSet, n: int = 200, *, slot: str | None = None, at: datetime | None = None
    ) -> DryRun:
        """What rules would have made of the latest recorded requests; nobody sees any of it.

        Args:
            rules: The rules.
            n: Most requests to answer again.
            slot: Only those of this slot, None for all.
            at: Answer as if it were this instant, to try a season; None takes each request's own.

        Raises:
            SetteeError: If the journal or a profile cannot be read.
        """
        responder = self.responder()
        responder.refresh_rules()
        version = self.rules().version
        recorded = recorded_requests(self.journal, n, slot)
        requests = {
            exposure_id: request if at is None else replace(request, as_of=at)
            for exposure_id, request in recorded.requests.items()
        }
        before, after = responder.dry_run(requests, rules)
        return DryRun(
            version,
            len(requests),
            dict(recorded.passed_over),
            list(self.check_rules(rules)),
            compare_lists(before, after),
        )

    def _facts(self) -> ItemFacts:
        items = list(self.tables.items())
        return ItemFacts.of_items([item.item_id for item in items], items)

    def _follow_rules(self) -> None:
        """Let the answers of this process follow at once."""
        if "_responder" in self.__dict__:
            self._responder.refresh_rules()
