"""Learn who responds from the record, and keep it in a bundle of its own.

It has a verb of its own because rooms `learn` and `audiences` do not know each other, an audience
must not wait for the gate of pages, and what a campaign brought can be learnt the next morning.

Reads: the record.  Writes: bundles of responses, beside those of models.
Not here: what is learnt (audiences.response).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from settee.audiences.response import ResponseModel
from settee.candidates import Source, fit_sources
from settee.core import Damaged, NotFound, Settings, SignalSettings
from settee.events import Catalogue, Interactions, Progress, no_progress
from settee.store import list_bundles, open_bundle, write_bundle

_FORMAT: Final = 1
_GROUP: Final = "response"


class NoResponses(NotFound):
    """It was never learnt who responds."""

    code = "no_responses"


class ResponsesDamaged(Damaged):
    """A bundle is whole, but holds no model of responses."""

    code = "responses_damaged"


def response_signals(settings: Settings) -> SignalSettings:
    """Which events are a response: `signals` with the kinds of `response.kinds`, where it has any.

    >>> response_signals(Settings()) == Settings().signals
    True
    """
    kinds = settings.response.kinds
    return settings.signals.model_copy(update={"kinds": kinds}) if kinds else settings.signals


def train_responses(
    events: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    *,
    responses: Interactions | None = None,
    progress: Progress = no_progress,
) -> ResponseModel:
    """Learn who responds.

    Args:
        events: The record.
        catalogue: In the same item space.
        settings: `response`, `sources` and `train.seed`.
        responses: The same rows with `is_interest` where an event is a response, read again with
            `response_signals`; None is every interest.
        progress: Told which cut is being learnt.

    Raises:
        TooShort: If the record holds no past with responses behind it.
    """
    total = settings.response.cuts + 1
    done = 0

    def fit(past: Interactions) -> Mapping[str, Source]:
        nonlocal done
        progress("responses", done, total)
        done += 1
        return fit_sources(past, catalogue, settings.sources)

    model = ResponseModel.fit(
        events, catalogue, fit, settings.response, seed=settings.train.seed, responses=responses
    )
    progress("responses", total, total)
    return model


def activity_told(model: ResponseModel) -> dict[str, Any]:
    """Which model foretells who comes, why, and the log loss of each: for reports.

    Args:
        model: From `train_responses` or `load_responses`.
    """
    active = model.active
    losses = {kind: round(loss, 6) for kind, loss in active.log_loss.items()}
    return {"model": active.kind, "reason": active.reason, "log_loss": losses}


def save_responses(parent: Path, model: ResponseModel, manifest: Mapping[str, Any]) -> str:
    """Write a model as a bundle; the same model with the same manifest has the same version.

    Raises:
        BadBundle: If the manifest cannot be said in JSON.
        StoreUnavailable: If the folder cannot be written.
    """
    told = {"format": _FORMAT, "training": dict(manifest)}
    return write_bundle(parent, told, {_GROUP: model.to_arrays()}, {})


def load_responses(parent: Path, version: str) -> ResponseModel:
    """Open a model that was saved.

    Raises:
        NoResponses: If no bundle has that version.
        ResponsesDamaged: If it holds something else.
        Damaged: If a byte differs from what was written.
    """
    if version not in list_bundles(parent):
        raise NoResponses(
            f'no model of responses is called "{version}".', hint="Run settee audience train."
        )
    bundle = open_bundle(parent / version)
    try:
        return ResponseModel.from_arrays(bundle.arrays(_GROUP))
    except (KeyError, TypeError, ValueError, IndexError, NotFound) as error:
        raise ResponsesDamaged(
            f"bundle {version} holds no model of responses: {type(error).__name__} {error}.",
            hint="Run settee audience train again.",
        ) from error
