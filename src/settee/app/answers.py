"""The answers of a workspace: what to show, and to whom of an account.

Reads: every view.  Writes: exposures, through the responder.
Not here: how an answer is found (respond).
"""

import time
from collections.abc import Sequence
from functools import cached_property

from settee.home import Home
from settee.respond import Answer, Parts, Request, Responder

_START_S = 2.0  # for households before the first answer


class AnswersWork(Home):
    """Answers requests."""

    def responder(self) -> Responder:
        """What answers requests, the same one at each call."""
        return self._responder

    @cached_property
    def _responder(self) -> Responder:
        self.fold_profiles()
        people = self.people if self.settings.people.enabled else None
        until_s = time.monotonic() + _START_S
        while people is not None and people.step() and time.monotonic() < until_s:
            pass  # the rest comes while answers are given
        responder = Responder(
            Parts(
                self.state,
                self.tables,
                self.journal,
                self.settings,
                self.clock,
                self.bundles,
                people=people,
                rules=self.rulebook.current,
            )
        )
        responder.renew()  # live counts know from the first answer on what was lived
        return responder

    def recommend(
        self,
        account_id: str,
        *,
        k: int | None = None,
        exclude: Sequence[str] = (),
        device_type: str | None = None,
        slot: str | None = None,
    ) -> Answer:
        """Items for an account, with rung, sources and reasons; journalled as an exposure.

        Raises:
            BadQuestion: If an argument is out of range.
            NothingToShow: If not even the catalogue has an item.
        """
        return self.responder().recommend(
            Request(
                account_id,
                k if k is not None else self.settings.respond.k,
                self.clock(),
                tuple(exclude),
                device_type,
                slot,
            )
        )
