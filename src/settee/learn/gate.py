"""Let a version take over only when it is no worse than the one in use.

Two figures compare only when they answer the same requests, and a version trained on a period must
not be judged on it. So the version in use is held against the candidate in one of three ways:

``recorded``: both were judged on the very same requests; their recorded figures are compared.
``as_is``: the version in use is older than the candidate's judged period; it answers the requests.
``recipe``: it has seen that period; its recipe is tried again on the candidate's record.

A loss within `gate_tolerance` passes: .441 with 2 % lets .433 in and keeps .412 out.

Reads: two models, the record.  Writes: nothing.
Not here: the pointer that moves (release).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from settee.core import Conflict, Settings
from settee.events import Catalogue, Interactions, Progress, no_progress
from settee.learn.evaluation import judge_elsewhere, recorded
from settee.learn.folds import Split
from settee.learn.lists import BLEND, FUSION, MOST_POPULAR, RANKER
from settee.learn.requests import Window
from settee.learn.table import Table
from settee.learn.training import RECIPE
from settee.learn.trial import fused_by, judged_requests, try_recipe
from settee.ranking import Model

Way = Literal["first", "recorded", "as_is", "recipe"]
ReadRecord = Callable[[], tuple[Interactions, Catalogue]]
"""Reads the record and its catalogue; called only when the figures at hand do not suffice."""


class GateFailed(Conflict):
    """A version is worse than the one in use, or cannot be compared with it."""

    code = "gate_failed"


@dataclass(frozen=True)
class Verdict:
    """What the gate found.

    Args:
        passes: May the candidate take over?
        way: How it was compared.
        metric: What was compared, for all people.
        candidate: Its figure, None when it was never judged.
        champion: That of the version in use, None when there is none.
        popular: That of the list of the most popular, for the record.
        reason: The outcome in words.
    """

    passes: bool
    way: Way
    metric: str
    candidate: float | None
    champion: float | None
    popular: float | None
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """The verdict as JSON."""
        return dict(vars(self))


def compare(
    candidate: Model,
    champion: Model | None,
    settings: Settings,
    read: ReadRecord,
    progress: Progress = no_progress,
) -> Verdict:
    """Hold a candidate against the version in use.

    Args:
        candidate: A saved version.
        champion: The version in use, None before the first release.
        settings: `train.gate_metric` and `train.gate_tolerance`.
        read: Reads the record, when it is needed.
        progress: Told the stages of what has to be judged anew.

    Raises:
        GateFailed: If the two cannot be compared: the candidate was never judged, or the record
            has changed since it was.
    """
    metric = settings.train.gate_metric
    judged = recorded(candidate)
    mine = judged.table.value(judged.serving, metric)
    popular = judged.table.value(MOST_POPULAR, metric)
    if champion is None:
        reason = _first(metric, mine, popular)
        return Verdict(True, "first", metric, mine, None, popular, reason)
    if mine is None:
        raise GateFailed(
            f"bundle {candidate.version} not released: it was judged on no request, and the "
            f"bundle {champion.version} is in use.",
            hint="Train on a longer record, or force the release with a reason.",
        )
    way, theirs = _champions(candidate, champion, settings, read, progress)
    least = theirs * (1 - settings.train.gate_tolerance)
    passes = mine >= least
    word = "within" if passes else "under"
    reason = (
        f"{metric} {mine:.3f} against the {theirs:.3f} of {champion.version} on the same "
        f"requests ({way}): {word} the least accepted, {least:.3f}."
    )
    return Verdict(passes, way, metric, mine, theirs, popular, reason)


def refusal(candidate: Model, verdict: Verdict) -> GateFailed:
    """The error that says why a candidate was not released."""
    return GateFailed(
        f"bundle {candidate.version} not released: {verdict.metric} {verdict.candidate:.3f} is "
        f"under the champion's {verdict.champion:.3f}.",
        hint=f"settee evaluate {candidate.version} shows every figure; force needs a reason.",
    )


def _champions(
    candidate: Model, champion: Model, settings: Settings, read: ReadRecord, progress: Progress
) -> tuple[Way, float]:
    """How the champion was held against the candidate's requests, and its figure there."""
    metric = settings.train.gate_metric
    mine, theirs = recorded(candidate), recorded(champion)
    same = ("data", "requests")
    if all(mine.protocol.get(name) == theirs.protocol.get(name) for name in same):
        value = theirs.table.value(theirs.serving, metric)
        if value is not None:
            return "recorded", value
    interactions, catalogue = read()
    # What came in after the candidate was trained is not part of the comparison.
    interactions = interactions.where(interactions.at_s < candidate.trained_until_s)
    recipe = settings_of(candidate, settings)
    start_s = int(mine.protocol["test_start_s"])
    split = Split((), Window(start_s))
    requests = judged_requests(interactions, split, recipe)
    if requests.fingerprint() != mine.protocol["requests"]:
        raise GateFailed(
            f"bundle {candidate.version} not released: events or items from before "
            f"{mine.protocol['test_start']} came in after it was trained, so its recorded "
            f"figures no longer compare with those of {champion.version}.",
            hint="settee train judges a new version on the record as it is now.",
        )
    table: Table
    if champion.trained_until_s <= start_s:
        table = judge_elsewhere(champion, requests, interactions, catalogue, recipe, progress)
        way: Way = "as_is"
    else:
        theirs_again = _with_protocol_of(recipe, settings_of(champion, settings))
        table = try_recipe(interactions, catalogue, theirs_again, progress).judged.table
        way = "recipe"
    fused = fused_by(champion) if table.row(BLEND) is not None else FUSION
    system = RANKER if champion.is_promoted and table.row(RANKER) is not None else fused
    return way, table.value(system, metric) or 0.0


def settings_of(model: Model, settings: Settings) -> Settings:
    """The settings that a version was trained with; sections that are no recipe are today's."""
    told = model.manifest.get("settings", {})
    values = settings.model_dump(mode="json") | {
        name: told[name] for name in RECIPE if name in told
    }
    return Settings.model_validate(values)


def _with_protocol_of(candidate: Settings, champion: Settings) -> Settings:
    """The champion's recipe, judged on the period and the people of the candidate."""
    shared = ("seed", "test_share", "max_requests", "bootstrap")
    train = champion.train.model_copy(
        update={name: getattr(candidate.train, name) for name in shared}
    )
    sources = champion.sources.model_copy(update={"max_history": candidate.sources.max_history})
    return champion.model_copy(update={"train": train, "sources": sources})


def _first(metric: str, mine: float | None, popular: float | None) -> str:
    if mine is None or popular is None:
        return "the first release; it was judged on no request."
    word = "above" if mine > popular else "not above"
    return f"the first release; {metric} {mine:.3f} is {word} the {popular:.3f} of most_popular."
