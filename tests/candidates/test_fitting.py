from typing import get_args

import pytest

from settee.candidates import SOURCES, Source, WrongItemSpace, fit_sources
from settee.core import SourceSettings
from tests.candidates.world import crowd, films


def test_sources_come_in_the_order_of_the_setting():
    events = crowd(0)
    settings = SourceSettings(enabled=("ease", "popular"))
    fitted = fit_sources(events, films(40), settings)
    assert list(fitted) == ["ease", "popular"]
    assert all(isinstance(source, Source) for source in fitted.values())


def test_six_sources_that_need_no_torch_are_enabled_unless_said_otherwise():
    fitted = fit_sources(crowd(0), films(40), SourceSettings())
    assert list(fitted) == ["popular", "content", "knn", "ease", "als", "next_ridge"]


def test_every_source_may_be_enabled_and_nothing_else():
    [names] = set(get_args(SourceSettings.model_fields["enabled"].annotation)) - {...}
    assert set(get_args(names)) == set(SOURCES)


def test_progress_is_told_before_each_source_and_at_the_end():
    told = []
    settings = SourceSettings(enabled=("knn", "content"))
    fit_sources(crowd(0), films(40), settings, lambda *step: told.append(step))
    assert told == [("fit knn", 0, 2), ("fit content", 1, 2), ("fit sources", 2, 2)]


def test_events_of_another_catalogue_are_refused():
    with pytest.raises(WrongItemSpace, match="40 items, the catalogue has 39"):
        fit_sources(crowd(0), films(39), SourceSettings())
