"""The examples of docs/impact.md run as they stand there, and come to what the page says."""

import json
import re
import shlex
from pathlib import Path

import pytest

from settee.cli import main
from settee.measure import ImpactInputs
from tests.docs.tables import DOCS

PAGE = (DOCS / "impact.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_every_figure_of_a_question_is_on_the_page() -> None:
    whole = PAGE.replace(
        "`…_low`, `…_high`", "engagement_to_revenue_low engagement_to_revenue_high"
    )
    assert [name for name in ImpactInputs.__struct_fields__ if name not in whole] == []


def test_every_command_of_the_page_works_and_gives_its_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "campaign.toml").write_text(blocks("toml")[0], encoding="utf-8")
    found = []
    for block in blocks("sh"):
        for line in block.splitlines():
            with pytest.raises(SystemExit) as caught:
                main([*shlex.split(line.removeprefix("settee ")), "--json"])
            out, err = capsys.readouterr()
            assert caught.value.code == 0, (line, err)
            found.append(json.loads(out))
    founding, campaign, _, cats = found
    assert founding["revenue_cents"]["value"] == pytest.approx(2_700_000_00)
    assert (founding["claim"], campaign["claim"]) == ("upper_bound", "forecast")
    lost = cats["conversions"]
    assert [round(-lost[end]) for end in ("value", "high", "low")] == [373, 142, 604]
    assert round(cats["lift"]["p_value"], 4) == 0.0016
