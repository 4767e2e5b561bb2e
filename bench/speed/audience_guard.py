"""Ask of a million people who may be addressed, as every audience, reading and export does.

Made up: everybody said a word on consent, half bought, a million touches within 30 days, two
million picks of profiles of which a third of accounts have a child's, 1,000 suppressed. Time is
processor time, and a tenth of the people is asked beside the whole: ten times as many should cost
about ten times as much, and memory no more than their columns.

Reads / Writes: a view of contacts in the work folder.
Not here: ranking (speed/audience-ranking), answers that lie ready (speed/audience).
"""

import re
import resource
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from bench.harness import Bar, Context, Result
from settee.audiences import MAY, Guard, child_pattern, entries_of
from settee.core import AudienceSettings
from settee.store import ContactView, PastEvent, contacts_of

ID = "speed/audience-guard"
SUMMARY = "who of a million people may be addressed: processor time and memory"

_PEOPLE: Final = 1_000_000
_NOW_S: Final = 20_000 * 86_400
_SALT: Final = bytes(32)


def run(context: Context) -> Result:
    """Ask a tenth of the people, then all of them."""
    n = _PEOPLE // 20 if context.quick else _PEOPLE
    figures: dict[str, float] = {"people": float(n)}
    few = _asked(context, n // 10, {})
    many = _asked(context, n, figures)
    figures["tenfold_costs"] = round(many / max(few, 1e-9), 2)
    bars = {
        "ten times as many cost at most": Bar(figures["tenfold_costs"], 15.0),
        "a look grows memory by, MB": Bar(figures["look_grew_mb"], 400.0),
    }
    return Result(figures, bars)


def _asked(context: Context, n: int, figures: dict[str, float]) -> float:
    """Seconds of processor time of one look at n persons."""
    rng = np.random.default_rng(context.seed)
    ids = [f"a{number}" for number in range(n)]
    said = [(one, "", "consent.*", 1) for one in ids]
    who, days = rng.integers(0, n, n).tolist(), rng.integers(0, 30, n).tolist()
    touches = [(ids[one], "email", 20_000 - day, 1) for one, day in zip(who, days, strict=True)]
    bought = [(one, _NOW_S - 86_400) for one in ids[::2]]
    pattern = child_pattern(AudienceSettings().child_profiles) or re.compile("$^")
    with ContactView(context.work / f"contacts-{n}.db") as view:
        picks = (
            PastEvent(one, "", 0, profile_id=name)
            for place, one in enumerate(ids)
            for name in ("ann", "bob" if place % 3 else "kids")
        )
        _timed(figures, "profiles_stored", lambda: view.load_segment("s1", picks))
        profiled = _timed(
            figures, "profiles_read", lambda: view.profiled(lambda name: bool(pattern.match(name)))
        )
    known = _timed(
        figures, "columns", lambda: contacts_of(1, said, touches, bought, dict[str, str]())
    )
    listed = frozenset(entries_of("\n".join(ids[:1000]).encode(), _SALT))
    guard = Guard(known, AudienceSettings(), listed, _SALT, (), profiled, lambda _: frozenset())
    persons = ["p1"] * n
    guard.look(ids[:10], persons[:10], as_of_s=_NOW_S)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = guard.look(ids, persons, as_of_s=_NOW_S)
    spent = time.process_time() - start
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    figures["look_cpu_s"], figures["look_grew_mb"] = round(spent, 3), round(grown / 1024, 1)
    figures["may"] = float((found == MAY).sum())
    return spent


def _timed(figures: dict[str, float], name: str, verb: Callable[[], Any]) -> Any:  # noqa: ANN401 -- whatever the verb gives
    start = time.process_time()
    found = verb()
    figures[f"{name}_cpu_s"] = round(time.process_time() - start, 3)
    return found
