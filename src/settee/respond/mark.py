"""Say in one value what an answer hangs on, beside the question itself.

Two questions that are alike get the same answer while their marks are equal: the same model, items
and rules, no fact since, the same rules in season. Whoever keeps answers compares marks and never
has to be told that something changed.

Reads: a serving.  Writes: nothing.
Not here: keeping answers (web).
"""

from dataclasses import dataclass

from settee.respond.serving import Serving
from settee.rules import Asking, rules_mark
from settee.store import HotState


@dataclass(frozen=True, eq=False)
class Same:
    """A value that equals itself alone, whatever its contents.

    >>> one, other = [1], [1]
    >>> Same(one) == Same(one), Same(one) == Same(other)
    (True, False)
    """

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def mark_of(serving: Serving, state: HotState, asking: Asking) -> tuple[object, ...]:
    """What an answer hangs on of the serving and of the account.

    Args:
        serving: What answers.
        state: What is read of an account.
        asking: The question, as rules see it.

    Raises:
        SetteeError: If what was shown cannot be read.
    """
    account_id = asking.account_id
    has_cap = any(part.rule.kind == "cap" for part in serving.rules.page)
    return (
        Same(serving),
        Same(serving.closed(asking.as_of_s)),
        rules_mark(serving.rules, asking),
        # Another process may have folded what this one never read.
        0 if serving.stage is None else serving.stage.living.tick,
        Same(state.profiles.get(account_id)),
        Same(state.preferences.get(account_id)),
        Same(state.shown.get(account_id)) if has_cap else None,
    )
