"""Search better settings for each source, and adopt only what holds on windows not searched on.

Three windows follow each other in time. On the first one settings are tried, the present ones
first. The best of them meets the present ones on the second, and is adopted only where it is ahead
there. The third judges both once, for the report. Of 40 trials one is best by luck alone: in the
search it may lead by .010, and behind the search by .002.

Reads: the record.  Writes: the trials, through learn.ledger, so that a search can go on.
Source: Bergstra et al. (2011), "Algorithms for Hyper-Parameter Optimization" (the sampler, from
Optuna); Cawley and Talbot (2010), "On Over-fitting in Model Selection" (the nested windows).
Not here: bounds (learn.dials), judging one source (learn.arena).
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, SetteeError, Settings, SourceSettings
from settee.events import Catalogue, Interactions, Progress, no_progress
from settee.learn.arena import Arena
from settee.learn.dials import DIALS, Dial, Value
from settee.learn.folds import split_record
from settee.learn.intervals import Figure, figures
from settee.learn.ledger import Ledger, Tried
from settee.learn.trial import TooLittle, check_enough

if TYPE_CHECKING:
    from optuna import Study

_STARTUP = 8
"""Trials drawn at random before the sampler learns from them."""
_LEAST_REQUESTS = 20


class NothingToTune(BadInput):
    """A source was named that is not known or has no dial."""

    code = "nothing_to_tune"


@dataclass(frozen=True)
class TuningPlan:
    """What is searched and how long.

    Args:
        sources: Names; empty for every enabled source.
        minutes: For all sources together; a fit that has begun is ended.
        trials: Most trials of each source, those of earlier runs included.
        now_s: A steady clock in seconds.
    """

    sources: tuple[str, ...] = ()
    minutes: float = 30.0
    trials: int = 100
    now_s: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class SourceOutcome:
    """What the search found for one source.

    Args:
        source: Its name.
        n_trials: Trials in the ledger, and `n_new` of them from this run.
        n_new: See there.
        before: Dials as the settings have them.
        best: Dials of the best trial of the search.
        is_adopted: Was the best ahead on the second window too?
        searched: Present settings and best on the window that was searched on.
        confirmed: Best less present settings on the second window.
        judged: Present, adopted and their difference on the third window.
    """

    source: str
    n_trials: int
    n_new: int
    before: dict[str, Value]
    best: dict[str, Value]
    is_adopted: bool
    searched: tuple[float, float]
    confirmed: Figure
    judged: tuple[Figure, Figure, Figure]

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        present, adopted, gain = self.judged
        return {
            "source": self.source,
            "n_trials": self.n_trials,
            "n_new": self.n_new,
            "before": self.before,
            "best": self.best,
            "is_adopted": self.is_adopted,
            "searched": {
                "before": round(self.searched[0], 6), "best": round(self.searched[1], 6)
            },
            "confirmed": self.confirmed.as_dict(),
            "judged": {
                "before": present.as_dict(), "after": adopted.as_dict(), "gain": gain.as_dict()
            },
        }  # fmt: skip


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Args:
        metric: What was compared.
        outcomes: Per source.
        values: Settings that were adopted, by name.
        n_requests: Questions in the three windows.
    """

    metric: str
    outcomes: tuple[SourceOutcome, ...]
    values: dict[str, Value]
    n_requests: tuple[int, int, int]

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "metric": self.metric,
            "n_requests": list(self.n_requests),
            "values": self.values,
            "sources": [one.as_dict() for one in self.outcomes],
        }


def tune(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    plan: TuningPlan,
    folder: Path,
    progress: Progress = no_progress,
) -> Tuned:
    """Search, confirm, judge.

    Args:
        interactions: The record.
        catalogue: In the same item space.
        settings: Where the search starts; `train` says windows, metric and seed.
        plan: What is searched and how long.
        folder: Of the ledgers.
        progress: Told the source, how many trials are done and how many there may be.

    Raises:
        NothingToTune: If a source is not known, has no dial, or cannot be fitted at all.
        TooLittle: If the record has no three later windows with people in them.
    """
    sources = plan.sources or tuple(name for name in settings.sources.enabled if name in DIALS)
    unknown = [name for name in sources if name not in DIALS]
    if unknown or not sources:
        named = unknown[0] if unknown else ""
        raise NothingToTune(
            f'there is nothing to tune in "{named}"; known are {", ".join(DIALS)}.',
            hint="settee tune --source ease",
        )
    arenas = _arenas(interactions, catalogue, settings)
    box_s = plan.minutes * 60.0 / len(sources)
    outcomes = []
    for source in sources:
        search = _Search(source, settings, arenas, folder)
        n_new = search.run(plan, box_s, progress)
        outcomes.append(search.outcome(n_new, progress))
    adopted = {
        name: value for one in outcomes if one.is_adopted for name, value in one.best.items()
    }
    n_requests = (arenas[0].n_requests, arenas[1].n_requests, arenas[2].n_requests)
    return Tuned(settings.train.gate_metric, tuple(outcomes), adopted, n_requests)


def _arenas(
    interactions: Interactions, catalogue: Catalogue, settings: Settings
) -> tuple[Arena, Arena, Arena]:
    check_enough(interactions)
    split = split_record(interactions.at_s, settings)
    windows = [*split.slices[-2:], split.test]
    seed = settings.train.seed
    made = [
        Arena.of(interactions, catalogue, window, settings, seed + place)
        for place, window in enumerate(windows)
    ]
    fewest = min(one.n_requests for one in made)
    if len(made) < 3 or fewest < _LEAST_REQUESTS:
        raise TooLittle(
            f"tuning needs three later windows with {_LEAST_REQUESTS} questions each; the record "
            f"has {len(made)}, the smallest with {fewest}.",
            hint="Import more, or widen train.valid_share and train.test_share.",
        )
    return made[0], made[1], made[2]


class _Search:
    """The search of one source: trials from the ledger, new ones, and what came of them."""

    def __init__(
        self, source: str, settings: Settings, arenas: tuple[Arena, Arena, Arena], folder: Path
    ) -> None:
        self.source = source
        self.settings = settings
        self.metric: str = settings.train.gate_metric
        self.arenas = arenas
        self.dials = DIALS[source]
        self.before: dict[str, Value] = {
            dial.name: getattr(settings.sources, dial.name) for dial in self.dials
        }
        self.ledger = Ledger(folder, source, self._protocol())
        self.tried = self.ledger.read()

    def run(self, plan: TuningPlan, box_s: float, progress: Progress) -> int:
        """Try until the time or the number is up; how many trials were new."""
        until_s = plan.now_s() + box_s
        study = self._study()
        n_before = len(self.tried)
        stage = f"tune {self.source}"
        while len(self.tried) < plan.trials:
            if len(self.tried) > n_before and plan.now_s() >= until_s:
                break
            progress(stage, len(self.tried), plan.trials)
            self._try_next(study, progress)
        progress(stage, len(self.tried), len(self.tried))
        return len(self.tried) - n_before

    def outcome(self, n_new: int, progress: Progress) -> SourceOutcome:
        """Confirm the best on the second window and judge on the third.

        Raises:
            NothingToTune: If no trial was fitted.
        """
        worked = [one for one in self.tried if one.worth is not None]
        if not worked:
            raise NothingToTune(f'no trial of "{self.source}" was fitted: {self.tried[-1].failed}')
        best = max(worked, key=lambda one: one.worth or 0.0)
        values = self.before | best.values
        confirmed = self._figure(
            self._worth(1, values, progress) - self._worth(1, self.before, progress)
        )
        is_adopted = confirmed.value > 0
        present = self._worth(2, self.before, progress)
        adopted = self._worth(2, values, progress) if is_adopted else present
        first = next((one.worth for one in worked if one.values == self.before), None)
        return SourceOutcome(
            self.source,
            len(self.tried),
            n_new,
            self.before,
            values,
            is_adopted,
            (first or 0.0, best.worth or 0.0),
            confirmed,
            (self._figure(present), self._figure(adopted), self._figure(adopted - present)),
        )

    def _try_next(self, study: "Study", progress: Progress) -> None:
        if not any(one.values == self.before for one in self.tried):
            self._note(study, self._try(self.before, progress))
            return
        trial = study.ask({dial.name: dial.distribution() for dial in self.dials})
        tried = self._try({name: tidy(value) for name, value in trial.params.items()}, progress)
        if tried.worth is None:
            from optuna.trial import TrialState

            study.tell(trial, state=TrialState.FAIL)
        else:
            study.tell(trial, tried.worth)

    def _try(self, values: Mapping[str, Value], progress: Progress) -> Tried:
        start = time.perf_counter()
        worth, failed = None, ""
        try:
            worth = float(self._worth(0, values, progress).mean())
        except SetteeError as error:
            failed = error.message
        tried = Tried(dict(values), worth, round(time.perf_counter() - start, 3), failed)
        self.ledger.add(tried)
        self.tried.append(tried)
        return tried

    def _study(self) -> "Study":
        """A search that knows the trials of the ledger."""
        import optuna  # a second to import, and only a search needs it

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        seed = self.settings.train.seed + len(self.tried)
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_STARTUP)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for tried in self.tried:
            self._note(study, tried)
        return study

    def _note(self, study: "Study", tried: Tried) -> None:
        """Tell the sampler of a trial that it did not ask for."""
        from optuna.trial import create_trial

        if tried.worth is not None and all(_inside(dial, tried.values) for dial in self.dials):
            ranges = {dial.name: dial.distribution() for dial in self.dials}
            study.add_trial(
                create_trial(params=tried.values, distributions=ranges, value=tried.worth)
            )

    def _worth(
        self, window: int, values: Mapping[str, Value], progress: Progress
    ) -> NDArray[np.float64]:
        told = self.settings.sources.model_dump() | dict(values)
        chosen = SourceSettings.model_validate(told)
        return self.arenas[window].judge(self.source, chosen, self.metric, progress)

    def _figure(self, values: NDArray[np.float64]) -> Figure:
        train = self.settings.train
        rng = np.random.default_rng(train.seed)
        found = figures(values[:, None], train.bootstrap, rng)[0]
        return Figure(0.0) if found is None else found

    def _protocol(self) -> str:
        """What a worth was measured on: record, questions, metric and all that is not searched."""
        fixed = self.settings.sources.model_dump(mode="json", exclude=set(self.before))
        told = f"{self.arenas[0].fingerprint()} {self.metric} {sorted(fixed.items())}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def tidy(value: Value) -> Value:
    """The value to four digits: what is tried, kept and written down is one number people can read.

    >>> tidy(0.05274907752472409), tidy(69.46937), tidy(200)
    (0.05275, 69.47, 200)
    """
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _inside(dial: Dial, values: Mapping[str, Value]) -> bool:
    return dial.name in values and dial.holds(values[dial.name])
