"""Hold the rules in force: read them when they change, put new ones, go back to those before.

Every put is a new version and nothing is overwritten: after versions 1, 2 and a rollback, the
rules of 1 are version 3. A process that did not put them sees them when it next asks, which
whoever answers does twice a second, for the price of one look at a number.

Reads: the rules' versions.  Writes: one version a change.
Not here: how versions are kept (store), what rules do (rules.compiled).
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from settee.rules.conflicts import find_conflicts
from settee.rules.errors import NoRulesBefore, NoSuchRules, RulesContradict
from settee.rules.facts import ItemFacts
from settee.rules.parse import parse_rules
from settee.rules.told import Conflict
from settee.rules.words import RuleSet
from settee.rules.write import to_json
from settee.store import RuleTable, RuleVersion


@dataclass(frozen=True)
class Change:
    """Who changes the rules.

    Args:
        at: When, aware.
        who: Who: the name of a key, or whoever sits at the command line.
        why: Why, for people; "" for no reason.
        after: The version that they looked at, 0 for none; None does not look.
    """

    at: datetime
    who: str
    why: str = ""
    after: int | None = None


@dataclass(frozen=True)
class Put:
    """Rules that were put in force.

    Args:
        version: The version that they are.
        rules: The rules.
        conflicts: What is odd about them.
    """

    version: RuleVersion
    rules: RuleSet
    conflicts: tuple[Conflict, ...]


class Rulebook:
    """The rules of one home; safe to use from several threads.

    Args:
        table: Where the versions are kept.
    """

    def __init__(self, table: RuleTable) -> None:
        self._table = table
        self._rules = RuleSet.empty()
        self._reading = threading.Lock()

    def current(self) -> RuleSet:
        """The rules in force, none before the first version; cheap while they stay the same.

        Raises:
            StoreDamaged: If what is stored are no rules.
        """
        if self._table.mark() != self._rules.version:
            with self._reading:
                version = self._table.current()
                if version is not None and version.number != self._rules.version:
                    self._rules = rules_of(version)
        return self._rules

    def put(
        self, rules: RuleSet, change: Change, facts: ItemFacts | None = None, *, force: bool = False
    ) -> Put:
        """Put rules in force.

        Args:
            rules: The rules.
            change: Who, when and why.
            facts: What is known of the items, to find conflicts; None looks at the rules alone.
            force: Take them although some contradict one another.

        Raises:
            RulesContradict: If rules contradict one another, unless `force`.
            Stale: If `change.after` is not the version in force.
        """
        conflicts = find_conflicts(rules, facts, int(change.at.timestamp()))
        worst = next((one for one in conflicts if one.is_contradiction), None)
        if worst is not None and not force:
            raise RulesContradict(
                worst.message, hint=f"{worst.hint} To take them all the same, force it.",
                place=worst.rules[0],
            )  # fmt: skip
        version = self._add(rules, change, None)
        return Put(version, rules.at_version(version.number), conflicts)

    def rollback(self, change: Change, to: int | None = None) -> Put:
        """Put the rules of an earlier version in force again, as a new version.

        Args:
            change: Who, when and why.
            to: That version; None is the one before the one in force. After a rollback that is
                the one before those rules, so that going back twice goes back two changes.

        Raises:
            NoRulesBefore: If there is none.
            NoSuchRules: If there is no version of that number.
            Stale: If `change.after` is not the version in force.
        """
        number = self._before() if to is None else to
        rules = self.version(number)
        version = self._add(rules, change, number)
        return Put(version, rules.at_version(version.number), ())

    def version(self, number: int) -> RuleSet:
        """The rules of one version.

        Raises:
            NoSuchRules: If there is no version of that number.
        """
        newest = self._table.mark()
        if not 1 <= number <= newest:
            raise NoSuchRules(
                f"there is no version {number} of the rules; there are 1 to {newest}."
                if newest
                else f"there is no version {number} of the rules; none was put yet.",
                hint="settee rules history lists them.",
                place="version",
            )
        return rules_of(self._table.version(number))

    def history(self, limit: int) -> list[RuleVersion]:
        """The latest versions, newest first.

        Args:
            limit: Most versions to give.
        """
        return self._table.history(limit)

    def check(self) -> int:
        """Look at the seal of every version; how many there are.

        Raises:
            StoreDamaged: If one is missing or was changed.
        """
        return self._table.check()

    def _add(self, rules: RuleSet, change: Change, restored: int | None) -> RuleVersion:
        return self._table.add(
            to_json(rules), at=change.at, who=change.who, why=change.why, after=change.after,
            restored=restored,
        )  # fmt: skip

    def _before(self) -> int:
        """The version before the rules in force, walking back through earlier rollbacks."""
        newest = self._table.current()
        if newest is None:
            raise NoRulesBefore("there are no rules to go back from; none were put yet.")
        number = newest.number
        while newest.restored is not None:  # it stands where the rules it restored stood
            number = newest.restored
            newest = self._table.version(number)
        if number == 1:
            raise NoRulesBefore(
                "version 1 of the rules was the first; there are none before it.",
                hint="settee rules history lists all versions; any of them can be named.",
            )
        return number - 1


def rules_of(version: RuleVersion) -> RuleSet:
    """The rules that a stored version holds.

    Raises:
        BadRule: If they are none that this settee can read.
    """
    return parse_rules(version.body, "json").at_version(version.number)
