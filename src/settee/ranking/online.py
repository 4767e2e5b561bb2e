"""Order again what the base ordered, by what people chose lately, once that is known to be better.

A conditional logit over six features that all persons share, and what each person adds to it. Every
choice is foretold before it is learnt from, beside the base order: if the base had it 4th and the
layer 2nd, the gain is 1/2 - 1/4. The layer acts only while the evidence, an interval that holds at
every instant, says that there is a gain; persons' own parts act by the same rule, all persons
pooled. Persons are bounded in number, and whoever was silent longest goes.

Reads: what was shown and what was chosen.  Writes: its own weights.
Not here: the steps (online_loops), the interval (online_evidence), the features (online_view).
"""

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.candidates import Arrays
from settee.core import BadInput, Damaged, OnlineSettings
from settee.ranking.online_evidence import Evidence, Judge
from settee.ranking.online_loops import learn_own, learn_shared, rank_of, spread, weigh
from settee.ranking.online_view import ONLINE_FEATURES

_BASE: Final = ONLINE_FEATURES.index("base")
_D: Final = len(ONLINE_FEATURES)
_FORMAT: Final = 1


class BadChoice(BadInput):
    """What was shown and what was chosen do not fit each other."""

    code = "bad_choice"


class OnlineDamaged(Damaged):
    """Stored arrays are no online layer."""

    code = "online_damaged"


@dataclass
class _Own:
    """What one person adds to the shared weights."""

    weight: NDArray[np.float64]
    precision: NDArray[np.float64]

    @classmethod
    def fresh(cls, prior: float) -> "_Own":
        return cls(np.zeros(_D), np.full(_D, prior))


@dataclass(frozen=True)
class Standing:
    """Where the layer stands.

    Args:
        shared: Evidence of what all share, beside the base order.
        own: Evidence of what persons add, beside what all share.
        n_persons: Persons with weights of their own.
        weights: Shared weight of each feature.
    """

    shared: Evidence
    own: Evidence
    n_persons: int
    weights: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """All of it as JSON."""
        return {
            "shared": self.shared.as_dict(),
            "own": self.own.as_dict(),
            "n_persons": self.n_persons,
            "weights": {name: round(value, 4) for name, value in self.weights.items()},
        }


class OnlineLayer:
    """The layer; safe to use from several threads.

    Args:
        settings: `online` (changes results).
    """

    def __init__(self, settings: OnlineSettings) -> None:
        self._settings = settings
        self._weight = np.zeros(_D)
        self._weight[_BASE] = 1.0
        self._precision = np.eye(_D) * settings.prior
        self._persons: dict[int, _Own] = {}  # the first was silent longest
        self._shared = Judge(settings.alpha, settings.span)
        self._own = Judge(settings.alpha, settings.span)
        self._lock = threading.Lock()
        self._n_learnt = 0

    @property
    def acts(self) -> bool:
        """Shall answers follow the layer?"""
        return self._settings.enabled and self._shared.acts

    @property
    def n_learnt(self) -> int:
        """Choices that were learnt from; says whether utilities may have changed."""
        return self._n_learnt

    def utility(
        self, person_key: str, x: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Utility of each item in log-odds, and how unsure it is.

        Args:
            person_key: Who is there; anybody unknown gets what all share.
            x: (m, 6) from `online_features`.

        Returns:
            (m,) mean and (m,) standard deviation beside the mean item of the pool.

        Raises:
            BadChoice: If `x` has other columns.
        """
        rows = _rows(x)
        with self._lock:
            weight, precision = self._weight.copy(), self._precision.copy()
            own = self._persons.get(_number(person_key)) if self._own.acts else None
            if own is not None:
                weight += own.weight
        return weigh(rows, weight), spread(rows, precision)

    def learn(
        self,
        person_key: str,
        x: NDArray[np.floating],
        chosen: NDArray[np.bool_] | NDArray[np.floating],
    ) -> None:
        """Foretell what was chosen, note whether that was better than the base, then learn.

        Args:
            person_key: Who chose.
            x: (m, 6) of the items that were seen, in the order of the base or of the page.
            chosen: (m,) truth or what each choice counts, 0 to 1; each is learnt on its own.

        Raises:
            BadChoice: If shapes do not fit, or a number is not finite.
        """
        rows = _rows(x)
        worth = np.asarray(chosen, np.float64)
        if worth.shape != (len(rows),) or not np.isfinite(worth).all() or (worth < 0).any():
            raise BadChoice(
                f"{worth.shape} choices of {len(rows)} items; send a number from 0 to 1 for each."
            )
        if not self._settings.enabled or len(rows) < 2:
            return
        with self._lock:
            for choice in np.flatnonzero(worth):
                self._learn_one(_number(person_key), rows, int(choice), min(worth[choice], 1.0))

    def _learn_one(self, person: int, rows: NDArray[np.float64], choice: int, worth: float) -> None:
        settings = self._settings
        base = rank_of(np.ascontiguousarray(rows[:, _BASE]), choice)
        shared = rank_of(weigh(rows, self._weight), choice)
        self._shared.see(1.0 / shared - 1.0 / base)
        if settings.per_person:
            own = self._persons.pop(person, None)
            if own is not None:  # somebody new has nothing to add yet
                own = _Own(own.weight.copy(), own.precision.copy())  # copies of the layer share it
                rank = rank_of(weigh(rows, self._weight + own.weight), choice)
                self._own.see(1.0 / rank - 1.0 / shared)
            else:
                own = _Own.fresh(settings.person_prior)
            learn_own(rows, choice, worth, self._weight, own.weight, own.precision)
            self._persons[person] = own
            while len(self._persons) > settings.persons:
                del self._persons[next(iter(self._persons))]
        keep = 1.0 - worth / settings.memory
        learn_shared(rows, choice, worth, keep, settings.prior, self._weight, self._precision)
        self._n_learnt += 1

    def copy(self) -> "OnlineLayer":
        """The same layer; what one learns from now on the other does not."""
        other = OnlineLayer(self._settings)
        with self._lock:
            other._weight, other._precision = self._weight.copy(), self._precision.copy()
            other._persons = dict(self._persons)
            other._shared, other._own = self._shared.copy(), self._own.copy()
            other._n_learnt = self._n_learnt
        return other

    def evidence(self) -> Evidence:
        """What is known of the gain of what all share over the base order."""
        return self._shared.evidence()

    def standing(self) -> Standing:
        """Evidence, weights and size, for people."""
        with self._lock:
            weights = dict(zip(ONLINE_FEATURES, self._weight.tolist(), strict=True))
            return Standing(
                self._shared.evidence(), self._own.evidence(), len(self._persons), weights
            )

    def forget(self, person_keys: Iterable[str]) -> int:
        """Forget what persons added; returns how many were known."""
        with self._lock:
            found = [self._persons.pop(_number(key), None) for key in person_keys]
        return sum(one is not None for one in found)

    def to_arrays(self) -> Arrays:
        """All of it as plain arrays; persons by a number that is not told from them."""
        with self._lock:
            own = list(self._persons.values())
            return {
                "format": np.array([_FORMAT, _D, self._n_learnt], np.int64),
                "weight": self._weight.copy(),
                "precision": self._precision.copy(),
                "shared": self._shared.to_array(),
                "own": self._own.to_array(),
                "person": np.array(list(self._persons), np.uint64),
                "person_weight": np.array([one.weight for one in own]).reshape(-1, _D),
                "person_precision": np.array([one.precision for one in own]).reshape(-1, _D),
            }

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: OnlineSettings) -> Self:
        """The layer that `to_arrays` described.

        Raises:
            OnlineDamaged: If the arrays are not of this version, or not finite.
        """
        wanted = {
            "weight": (_D,),
            "precision": (_D, _D),
            "person_weight": (len(arrays["person"]), _D),
        }
        if arrays["format"][:2].tolist() != [_FORMAT, _D]:
            raise OnlineDamaged(
                f"the online layer has the format {arrays['format'].tolist()}; "
                f"this version of settee reads {_FORMAT} over {_D} features.",
                hint="Train again with this version.",
            )
        for name, shape in wanted.items():
            if (
                arrays[name].shape != shape
                or not np.isfinite(arrays[name].astype(np.float64)).all()
            ):
                raise OnlineDamaged(f'"{name}" of the online layer has no shape {shape}.')
        layer = cls(settings)
        layer._n_learnt = int(arrays["format"][2])
        layer._weight = arrays["weight"].astype(np.float64)
        layer._precision = arrays["precision"].astype(np.float64)
        layer._shared = Judge.from_array(arrays["shared"], settings.alpha, settings.span)
        layer._own = Judge.from_array(arrays["own"], settings.alpha, settings.span)
        weight = arrays["person_weight"].astype(np.float64)
        precision = arrays["person_precision"].astype(np.float64)
        for row, person in enumerate(arrays["person"].tolist()):
            layer._persons[person] = _Own(weight[row].copy(), precision[row].copy())
        return layer


def _number(person_key: str) -> int:
    return int.from_bytes(hashlib.blake2b(person_key.encode(), digest_size=8).digest(), "little")


def _rows(x: NDArray[np.floating]) -> NDArray[np.float64]:
    rows = np.ascontiguousarray(x, np.float64)
    if rows.ndim != 2 or rows.shape[1] != _D or not np.isfinite(rows).all():
        raise BadChoice(
            f"features have the shape {rows.shape}; they must be (items, {_D}) and finite."
        )
    return rows
