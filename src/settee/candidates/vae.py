"""Score items by nets that read a history and tell what the person would choose next to it.

Each net puts a person into a small space, not at one point: 3 items say less than 300. The score of
an item is the mean over the nets of how many standard deviations it lies above the person's mean
item, mixed with the same of EASE, which knows what goes with what; at shares of .8 and .2 an item
at 2 for the nets and 1 for EASE scores 1.8.

Reads: interest events, the catalogue's terms; the rating head also events without interest.
Writes: nothing.
Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering"; Vancura and
Kordik (2021), "Deep Variational Autoencoder with Shallow Parallel Path" (VASP: EASE beside it).
Not here: one net (candidates.vae_net), its training (candidates.deep.vae).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates.ease import Ease
from settee.candidates.histories import Checked, checked, read_only
from settee.candidates.source import Arrays, NeedsTorch
from settee.candidates.vae_net import Floats, Net, standardised, sum_of_nets
from settee.core import SourceSettings
from settee.events import Catalogue, Histories, Interactions, Progress, no_progress

_EASE = "ease_"


@dataclass(frozen=True)
class Vae:
    """Nets of one item space, and EASE where it has a say.

    Args:
        n_items: Size of the item space.
        items: (m,) int32, ascending: the items that are modelled; others score 0.
        nets: One or more; none where there was nothing to learn.
        ease: The linear path, or None.
        ease_share: Its part in the score, from 0 to 1.
    """

    name: ClassVar[str] = "vae"
    needs_history: ClassVar[bool] = True

    n_items: int
    items: NDArray[np.int32]
    nets: tuple[Net, ...]
    ease: Ease | None
    ease_share: float

    @cached_property
    def place_of(self) -> NDArray[np.int32]:
        """Row of each item in the nets, -1 where it is not modelled."""
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
        """Train the nets, and choose on held-out accounts what EASE counts.

        Raises:
            NeedsTorch: torch is not installed.
            SolveFailed: EASE could not be solved.
        """
        try:
            from settee.candidates.deep.vae import train
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise NeedsTorch(cls.name) from error
        return cls(*train(interactions, catalogue, settings, progress))

    def score(self, histories: Histories) -> Floats:
        """Mean of the standardised scores: (n_people, n_items)."""
        given = checked(histories, self.n_items)
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        told = self._told(given)
        if not self.nets or not told.any():
            return out
        total = sum_of_nets(self.nets, given, self.place_of) * np.float32(
            (1.0 - self.ease_share) / len(self.nets)
        )
        if self.ease is not None and self.ease_share > 0:
            linear, _ = standardised(self.ease.score(histories)[:, self.items])
            total += linear * np.float32(self.ease_share)
        out[:, self.items] = total
        out[~told] = 0.0
        return out

    def spread(self, histories: Histories) -> Floats:
        """Standard deviation of each score, (n_people, n_items): how unsure the nets are of it.

        A person is a distribution, and each net has its own; the variance is that of the mixture:
        the mean of the nets' own variances, exact as decoders are linear, and the variance among
        the nets. EASE counts as sure. Items and people without a score have 0.

        Source: Lakshminarayanan et al. (2017), "Simple and Scalable Predictive Uncertainty
        Estimation using Deep Ensembles", section 2.4.
        """
        given = checked(histories, self.n_items)
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        told = self._told(given)
        if not self.nets or not told.any():
            return out
        own = np.zeros((histories.n_people, len(self.items)), np.float32)
        scores = []
        for net in self.nets:
            mean, variance = net.encode(given, self.place_of)
            score, deviation = standardised(net.decode(mean))
            own += net.variance(variance) / np.square(deviation)
            scores.append(score)
        total = own / np.float32(len(self.nets)) + np.var(scores, axis=0)
        out[:, self.items] = np.sqrt(total) * np.float32(1.0 - self.ease_share)
        out[~told] = 0.0
        return out

    def liking(self, histories: Histories) -> Floats | None:
        """Chance that an item is wanted once it is met: (n_people, n_items), 0 where unknown.

        None where the nets were trained without the rating head (vae_rating_weight).
        """
        given = checked(histories, self.n_items)
        if not self.nets or not len(self.nets[0].like_bias):
            return None
        out = np.zeros((histories.n_people, self.n_items), np.float32)
        for net in self.nets:
            mean, _ = net.encode(given, self.place_of)
            out[:, self.items] += net.liking(mean) / np.float32(len(self.nets))
        out[~self._told(given)] = 0.0
        return out

    def _told(self, given: Checked) -> NDArray[np.bool_]:
        """(n_people,): does the history hold an item that the nets know?"""
        known = (self.place_of[given.item] >= 0) & (given.weight > 0)
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(known)])
        return np.diff(before[given.indptr]) > 0

    def shares(self, history: NDArray[np.int32], items: NDArray[np.int32]) -> None:
        """None: what an item adds depends on the others, so a score has no exact parts."""
        del history, items

    def to_arrays(self) -> Arrays:
        """The nets one after the other, and EASE."""
        out: Arrays = {
            "n_items": np.array(self.n_items, np.int64),
            "items": self.items,
            "n_nets": np.array(len(self.nets), np.int64),
            "share_of_ease": np.array(self.ease_share, np.float64),
            "has_ease": np.array(self.ease is not None, np.bool_),
        }
        for place, net in enumerate(self.nets):
            out |= net.to_arrays(f"net{place}_")
        if self.ease is not None:
            out |= {f"{_EASE}{name}": array for name, array in self.ease.to_arrays().items()}
        return out

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The source that `to_arrays` described."""
        ease = None
        if bool(arrays["has_ease"]):
            parts = {k.removeprefix(_EASE): v for k, v in arrays.items() if k.startswith(_EASE)}
            ease = Ease.from_arrays(parts)
        return cls(
            int(arrays["n_items"]),
            read_only(arrays["items"].astype(np.int32, copy=False)),
            tuple(Net.from_arrays(arrays, f"net{i}_") for i in range(int(arrays["n_nets"]))),
            ease,
            float(arrays["share_of_ease"]),
        )
