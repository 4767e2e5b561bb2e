"""The lists of a workspace that are computed ahead: one of every account, for a place on a page.

Reads: every view.  Writes: ``home/lists``.
Not here: whether a list still holds (respond.ahead), the bytes (store.ready_made), giving (web).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from settee.app.answers import AnswersWork
from settee.core import BadInput, instant_text, to_json
from settee.events import Progress, no_progress
from settee.respond import Lists, NothingToShow, Request, made_ahead
from settee.store import Made, write_ready_made

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PAGE = 1000


class BadList(BadInput):
    """A list cannot be called that."""

    code = "bad_list"


class ListsWork(AnswersWork):
    """Computes lists ahead."""

    @cached_property
    def lists(self) -> Lists:
        """The lists that there are, each as it was last computed."""
        return Lists(self.home / "lists", self.responder(), self.settings.lists)

    def precompute(
        self,
        name: str,
        *,
        k: int | None = None,
        explain: bool = False,
        account_ids: Iterable[str] | None = None,
        progress: Progress = no_progress,
    ) -> dict[str, Any]:
        """Compute the list of every account, and put them to use.

        Nothing is journalled: nobody has seen them yet.

        Args:
            name: Of the list, and the slot that rules see.
            k: Items of each; None is `respond.k`.
            explain: With reasons.
            account_ids: Whose; None is everybody's.
            progress: Told how many are done.

        Returns:
            What is said of them: `name`, `version`, `n_accounts`, `n_bytes`, and more.

        Raises:
            BadList: If the name is none.
            BadQuestion: If `k` is out of range.
            SetteeError: If the folder cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise BadList(
                f'A list cannot be called "{name[:80]}"; letters, digits, "-" and "_" are '
                "accepted, 64 at most.",
                place="name",
            )
        at, k = self.clock(), self.settings.respond.k if k is None else k
        whose = self._account_ids() if account_ids is None else iter(account_ids)
        question = Request("", k, at, slot=name, explain=explain)
        made = list(self._made(name, whose, question, progress))
        about = {
            "name": name,
            "k": k,
            "explain": explain,
            "computed_at": instant_text(at),
            "n_accounts": len(made),
            "n_bytes": sum(len(one.body) for one in made),
        }
        return about | {"version": write_ready_made(self.home / "lists" / name, made, about)}

    def _made(
        self, name: str, whose: Iterator[str], question: Request, progress: Progress
    ) -> Iterator[Made]:
        responder = self.responder()
        n_accounts = self.profiles.n_accounts()
        for n_done, account_id in enumerate(whose):
            if n_done % _PAGE == 0:
                progress("precompute", n_done, n_accounts)
            mark = responder.mark_ahead(name, account_id, question.as_of)
            try:
                asked = replace(question, account_id=account_id)
                answer, _ = responder.recommend_to_keep(asked, is_shown=False)
            except NothingToShow:
                continue
            item_ids = tuple(one.item_id for one in answer.items)
            yield Made(
                account_id,
                to_json(made_ahead(answer, name, with_sources=bool(question.explain))),
                mark,
                item_ids,
            )
        progress("precompute", n_accounts, n_accounts)

    def _account_ids(self) -> Iterator[str]:
        for offset in range(0, self.profiles.n_accounts(), _PAGE):
            yield from self.profiles.account_ids(_PAGE, offset)
