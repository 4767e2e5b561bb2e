import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from settee.core import ITEM_KINDS, Settings
from settee.core.sections import Section


def settings() -> Iterator[tuple[str, FieldInfo]]:
    for section, field in Settings.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            for key, setting in inner.model_fields.items():
                yield f"{section}.{key}", setting
        else:
            yield section, field


@pytest.mark.parametrize(("name", "setting"), list(settings()))
def test_every_setting_says_what_it_means_in_a_sentence(name: str, setting: FieldInfo) -> None:
    assert setting.description, name
    assert re.search(r"[.)]$", setting.description), name


def test_every_section_refuses_unknown_keys_and_is_frozen() -> None:
    for field in Settings.model_fields.values():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            with pytest.raises(ValidationError, match="Extra inputs"):
                inner(surprise=1)  # type: ignore[call-arg]  # the point of the test
            assert inner.model_config["frozen"]


def test_kinds_named_by_default_are_kinds_about_items() -> None:
    assert set(Settings().rules.exclude_seen) <= ITEM_KINDS
    assert set(Settings().signals.kinds) <= ITEM_KINDS
