"""Ask how the service is: probes and figures.

Reads / Writes: nothing.
Not here: what it answers about people and items (client.verbs.answers, client.verbs.views).
"""

from settee.client.results import Health, ModelCard, Readiness, Stats
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json, read_text

_HEALTH = Route("GET", "/health", read_json(Health))
_READY = Route("GET", "/ready", read_json(Readiness), also=frozenset({503}))
_STATS = Route("GET", "/stats", read_json(Stats))
_METRICS = Route("GET", "/metrics", read_text)
_CARD = Route("GET", "/v1/models/{version}/card", read_json(ModelCard))


@verb(_HEALTH)
def health() -> Call[Health]:
    """Is the process up?"""
    return _HEALTH.call()


@verb(_READY)
def ready() -> Call[Readiness]:
    """Can it take events and answer? A service that is not ready is no error here."""
    return _READY.call()


@verb(_METRICS)
def metrics() -> Call[str]:
    """Figures in the text format of Prometheus."""
    return _METRICS.call()


@verb(_STATS)
def stats() -> Call[Stats]:
    """Times of stages, rungs, cache, breakers, and what each worker holds."""
    return _STATS.call()


@verb(_CARD)
def model_card(version: str = "current") -> Call[ModelCard]:
    """What a version is: data, split, figures with intervals, sizes and cost.

    Args:
        version: Its name, or `current` for the one in use.
    """
    return _CARD.call(version)
