"""Score items by what came next in stories like this one: a sequence model with a linear path.

Blocks of attention tell from the latest items and the gaps between them what comes next; beside
them, where items are few enough, a ridge regression on fading memories of the history tells the
same in its own way, and both are trained as one. A score is the logarithm of how much likelier an
item is than one drawn by lot: at 2.3 it is ten times as likely. Items of the history score 0, for
each story was learnt as one of items that are met once.

Reads: interest events, in order.  Writes: nothing.
Source: Kang and McAuley (2018), "Self-Attentive Sequential Recommendation"; Shenbin et al. (2020)
and Vančura and Kordík (2021) for a linear path beside a deep one.
Not here: training (candidates.deep), the arithmetic of serving (candidates.sasrec_forward).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.histories import Checked, checked, read_only
from settee.candidates.sasrec_forward import Floats, Forward
from settee.candidates.sasrec_linear import Linear, Solved, solve_linear
from settee.candidates.sasrec_stories import Stories, gaps_of, modelled, stories_of
from settee.candidates.source import Arrays, NeedsTorch
from settee.core import BadInput, SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress

_PARAMETER = "net."
"""Before the names of the network's parameters among the arrays."""


class BadHeads(BadInput):
    """The factors of the sequence model cannot be shared out among its heads."""

    code = "bad_heads"


@dataclass(frozen=True)
class Sasrec:
    """A trained sequence model.

    Args:
        n_items: Size of the item space.
        items: (m,) int32, ascending: the items that are modelled; others score 0.
        parameters: The network's, by name; none where there was nothing to learn from.
        linear: The path beside it; without rows where there is none.
        curve: (n_rounds,) float32: mean loss of each round of training.
    """

    name: ClassVar[str] = "sasrec"
    needs_history: ClassVar[bool] = True

    n_items: int
    items: NDArray[np.int32]
    parameters: Mapping[str, Floats]
    linear: Linear
    curve: Floats

    @cached_property
    def place_of(self) -> NDArray[np.int32]:
        """Place of each item among the modelled ones, -1 where it is not."""
        place_of = np.full(self.n_items, -1, np.int32)
        place_of[self.items] = np.arange(len(self.items), dtype=np.int32)
        return read_only(place_of)

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        catalogue: Catalogue,
        settings: SourceSettings,
        progress: Progress = no_progress,
    ) -> Self:
        """Solve the linear path, then train.

        Raises:
            NeedsTorch: Torch is not installed.
            BadHeads: The heads do not divide the factors.
            SolveFailed: The linear path could not be solved.
        """
        if find_spec("torch") is None:
            raise NeedsTorch(cls.name)
        if settings.sasrec_factors % settings.sasrec_heads:
            raise BadHeads(
                f"{settings.sasrec_factors} factors cannot be shared by {settings.sasrec_heads} "
                "heads; the heads must divide the factors.",
                hint="Set sources.sasrec_heads to 1, 2, 4 or 8.",
            )
        items = modelled(interactions, settings.sasrec_max_items)
        stories = stories_of(interactions, items, settings.max_history)
        none = Linear(read_only(np.empty(0, np.float32)), read_only(np.empty((0, 0), np.float32)))
        if not (np.diff(stories.indptr) > 1).any():
            empty = np.empty(0, np.float32)
            return cls(catalogue.n_items, read_only(items), {}, none, read_only(empty))
        solved = _solved(stories, settings, progress)
        from settee.candidates.deep.sasrec_train import train  # torch, which serving needs not

        found = train(stories, solved, settings, progress)
        curve = read_only(found.pop("curve"))
        parameters = {name: read_only(array) for name, array in found.items()}
        linear = none if solved is None else solved.whole
        return cls(catalogue.n_items, read_only(items), parameters, linear, curve)

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """How much likelier than by lot each item comes next, as a logarithm."""
        given = checked(histories, self.n_items)
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        if self.parameters:
            for person in range(histories.n_people):
                self._score(given, histories.at_s, person, out[person])
        return out

    def _score(
        self, given: Checked, at_s: NDArray[np.int64], person: int, out: NDArray[np.float32]
    ) -> None:
        rows = slice(given.indptr[person], given.indptr[person + 1])
        place, amount = self.place_of[given.item[rows]], given.weight[rows].astype(np.float32)
        counts = (place >= 0) & (amount > 0)
        place, amount = place[counts], amount[counts]
        if not len(place) or len(place) == len(self.items):
            return
        newest = slice(-self.forward.window, None)
        gaps = gaps_of(np.asarray(at_s[rows])[counts])[newest]
        known = self.forward.known(place[newest], gaps, amount[newest])
        logit = self.parameters["item"] @ known + self.parameters["bias"]
        if len(self.linear.weight):
            logit += self.parameters["trust"] * self.linear.told(place, amount)
        logit[place] = -np.inf
        most = logit.max()
        chance = most + np.log(np.exp(logit - most).sum()) - math.log(len(logit) - len(place))
        out[self.items] = logit - np.float32(chance)
        out[self.items[place]] = 0.0

    @cached_property
    def forward(self) -> Forward:
        """The network."""
        return Forward(self.parameters)

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> None:
        """None: the items of a history speak together, not each for itself."""
        del history, items

    def to_arrays(self) -> Arrays:
        """The items, the network, the linear path and how training went."""
        parameters = {f"{_PARAMETER}{name}": array for name, array in self.parameters.items()}
        return {
            **parameters,
            "n_items": np.array(self.n_items, np.int64),
            "items": self.items,
            "linear.fading": self.linear.fading,
            "linear.weight": self.linear.weight,
            "curve": self.curve,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""

        def floats(name: str) -> Floats:
            return read_only(arrays[name].astype(np.float32, copy=False))

        return cls(
            int(arrays["n_items"]),
            read_only(arrays["items"].astype(np.int32, copy=False)),
            {
                name.removeprefix(_PARAMETER): floats(name)
                for name in arrays
                if name.startswith(_PARAMETER)
            },
            Linear(floats("linear.fading"), floats("linear.weight")),
            floats("curve"),
        )


def _solved(stories: Stories, settings: SourceSettings, progress: Progress) -> Solved | None:
    if stories.n_places > settings.sasrec_linear_items:
        return None

    def say(done: int, total: int) -> None:
        progress("solve sasrec's linear path", done, total)

    return solve_linear(stories, settings, say)
