"""Refusals of this room; each says what would be accepted.

Reads / Writes: nothing.
Not here: the families (core.errors).
"""

from settee.core import BadInput, NotFound, Unavailable


class NothingToShow(Unavailable):
    """There is neither a model nor a catalogue, or the rules leave no item at all."""

    code = "nothing_to_show"


class NoModel(Unavailable):
    """No model is released yet, and this answer needs one."""

    code = "no_model"


class UnknownItem(NotFound):
    """The model in use does not know the item."""

    code = "unknown_item"


class UnknownAccount(NotFound):
    """Nothing was ever recorded of the account."""

    code = "unknown_account"


class BadQuestion(BadInput):
    """A request is out of range."""

    code = "bad_question"
