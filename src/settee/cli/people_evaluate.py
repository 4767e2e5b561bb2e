"""``settee evaluate people TRUTH``: how well the persons that were found are those who were there.

Reads: the record, its households, the truth.  Writes: stdout.
Not here: the truth as a file (cli.people_truth), the figures (people).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from settee.cli.call import Call
from settee.cli.screen import Screen, when
from settee.core import from_epoch_s, instant_text

if TYPE_CHECKING:
    from settee.people import Estimate, Verdict

_MEANING = {
    "accuracy": "top person was there, matched on the judged sessions",
    "accuracy_earlier": "the same, matched on the sessions before",
    "accuracy_household": "mean over households",
    "adjusted_rand": "agreement of groupings, chance is 0",
    "size_exact": "households with the right number of persons",
    "size_within_one": "at most one off",
    "size_excess": "persons too many; negative: too few",
    "brier": "0 perfect, 2 sure and wrong",
    "calibration_error": "how sure against how right",
    "accuracy_at_80": "of the surest 80 %",
    "accuracy_when_sure": 'where the answer was not "don\'t know"',
    "coverage_when_sure": "share answered so",
    "together_precision": "of those called together",
    "together_recall": "of those together",
    "together_f1": "both",
    "together_f1_tv": "calling every television together",
    "guest_auc": "guests found, chance is .5",
}


def evaluate_people(call: Call, truth: Path, share: float = 0.25) -> None:
    """Judge the answers as known at the time on the last part of the days.

    Args:
        call: The call.
        truth: JSON lines or CSV.
        share: Part of the days that is judged.

    Raises:
        NoTruth: If there is no truth about any session.
        BadTruth: If a line of it cannot be understood.
    """
    from settee.cli.people_truth import read_truth  # loads numba: not for `settee --help`
    from settee.people import judge, read_sessions, session_keys

    with call.workspace() as workspace, call.screen.progress() as tell:
        workspace.fold(tell)
        workspace.seal(tell)
        sessions = read_sessions(workspace.history, workspace.settings.people)
        tell("truth", 0, 0)
        present = read_truth(truth, session_keys(sessions))
        tell("judge", 0, 0)
        verdict = judge(sessions, workspace.people.export("as_known"), present, share)
    if call.screen.is_json:
        call.screen.emit(_as_dict(verdict))
    else:
        _show(call.screen, verdict)


def _as_dict(verdict: "Verdict") -> dict[str, Any]:
    plain = verdict.one_person.estimates()
    return {
        "judged_from": instant_text(from_epoch_s(verdict.judged_from_s)),
        "n_households": verdict.score.n_households,
        "n_sessions": verdict.score.n_sessions,
        "n_without_truth": verdict.n_without_truth,
        "n_unanswered": verdict.n_unanswered,
        "figures": {
            name: {**_numbers(one), "one_person": _numbers(plain[name])["value"]}
            for name, one in verdict.score.estimates().items()
        },
    }


def _numbers(one: "Estimate | None") -> dict[str, float | None]:
    if one is None:
        return {"value": None, "low": None, "high": None}
    return {
        name: None if number is None else round(number, 6)
        for name, number in (("value", one.value), ("low", one.low), ("high", one.high))
    }


def _show(screen: Screen, verdict: "Verdict") -> None:
    plain = verdict.one_person.estimates()
    rows = [
        (name, _cell(one), _cell(plain[name], with_interval=False), _MEANING[name])
        for name, one in verdict.score.estimates().items()
    ]
    title = (
        f"Who was watching: {verdict.score.n_sessions:,} sessions of "
        f"{verdict.score.n_households:,} households from "
        f"{when(from_epoch_s(verdict.judged_from_s))} on, as known at the time"
    )
    screen.table(title, ("figure", "#settee", "#one person", "meaning"), rows)
    if verdict.n_without_truth:
        screen.line(f"{verdict.n_without_truth:,} sessions without truth were left out.")
    if verdict.n_unanswered:
        screen.line(f"{verdict.n_unanswered:,} sessions had no answer; nobody was named there.")


def _cell(one: "Estimate | None", *, with_interval: bool = True) -> str:
    if one is None:
        return "-"
    text = f"{one.value:.3f}"
    if with_interval and one.low is not None and one.high is not None:
        text += f" [{one.low:.3f}, {one.high:.3f}]"
    return text
