"""Look over what there is: the catalogue, versions of the model, reports, what was refused.

Reads / Writes: nothing.
Not here: one item, one account (client.verbs.views).
"""

from settee.client.results import (
    Inventory,
    ItemPage,
    QuarantineList,
    QuarantinePage,
    ReportList,
    VersionList,
    VersionView,
)
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_ITEMS = Route("GET", "/v1/items", read_json(ItemPage))
_CATALOGUE = Route("GET", "/v1/catalogue", read_json(Inventory))
_VERSIONS = Route("GET", "/v1/models", read_json(VersionList))
_VERSION = Route("GET", "/v1/models/{version}", read_json(VersionView))
_REPORTS = Route("GET", "/v1/reports", read_json(ReportList))
_FILES = Route("GET", "/v1/quarantine", read_json(QuarantineList))
_ROWS = Route("GET", "/v1/quarantine/{name}", read_json(QuarantinePage))


@verb(_ITEMS)
def find_items(
    q: str = "", *, limit: int | None = None, after: str | None = None
) -> Call[ItemPage]:
    """Items whose title or id holds every word, what is named exactly first.

    Args:
        q: Words; empty finds all.
        limit: Most items of a page.
        after: The `after` of the page before.
    """
    return _ITEMS.call(query={"q": q or None, "limit": limit, "after": after})


@verb(_CATALOGUE)
def catalogue() -> Call[Inventory]:
    """What can be had, what the latest answers showed and never show, and what is cold."""
    return _CATALOGUE.call()


@verb(_VERSIONS)
def model_versions() -> Call[VersionList]:
    """Every trained version with its figures, and every release."""
    return _VERSIONS.call()


@verb(_VERSION)
def model_version(version: str = "current") -> Call[VersionView]:
    """Everything that was measured of a version.

    Args:
        version: Its name, or `current` for the one in use.
    """
    return _VERSION.call(version)


@verb(_REPORTS)
def reports(kind: str | None = None, *, limit: int | None = None) -> Call[ReportList]:
    """What imports, trainings and evaluations found, newest first.

    Args:
        kind: import, training, evaluation or tuning; all where absent.
        limit: Most reports.
    """
    return _REPORTS.call(query={"kind": kind, "limit": limit})


@verb(_FILES)
def quarantine() -> Call[QuarantineList]:
    """Every quarantine file with its rows by reason."""
    return _FILES.call()


@verb(_ROWS)
def refused_rows(
    name: str, *, reason: str | None = None, limit: int | None = None, after: int | None = None
) -> Call[QuarantinePage]:
    """Rows of a quarantine file, in order.

    Args:
        name: Of the file.
        reason: Only rows refused for that reason.
        limit: Most rows.
        after: The `after` of the page before.
    """
    return _ROWS.call(name, query={"reason": reason, "limit": limit, "after": after})
