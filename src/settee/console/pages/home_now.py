"""Know how the service is: the figures of this moment, and those of the moments before.

Counts are of the service since its workers started; rates are of the last five seconds, so 10
answers more than five seconds ago read 2 a second. Whoever may see the same shares them.

Reads: GET /stats.  Writes: nothing.
Not here: how they are drawn (pages.home).
"""

from dataclasses import dataclass, field
from datetime import datetime

from settee.client.results import Stats
from settee.console.charts import short
from settee.console.view import View
from settee.core import Clock, system_clock

EVERY_S = 5.0
SOON_S = 1.0
"""Seconds until the second look, without which there is no rate."""
_HOLDS_S = EVERY_S - SOON_S
"""Seconds in which nobody needs to ask again."""
_LEAST_S = SOON_S / 2
_NAME = "now"
_REMEMBERED = 60
_SHOWN_OF_VERSION = 8


@dataclass
class Now:
    """The figures of this moment and of those before.

    Args:
        times: When each was, as a text.
        events: Events a second.
        answers: Answers a second.
    """

    stats: Stats | None = None
    times: list[str] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    _before: tuple[int, int, datetime] | None = None

    def take(self, stats: Stats, at: datetime) -> None:
        """The figures of a new moment; one right after another makes no rate of its own."""
        self.stats = stats
        n_events, n_answers = sum(stats.events.values()), sum(stats.answers.values())
        if self._before is not None:
            passed_s = (at - self._before[2]).total_seconds()
            if passed_s < (_HOLDS_S if self.times else _LEAST_S):
                return
            self.times.append(f"{at:%H:%M:%S}")
            # A worker that was started anew counts from 0.
            self.events.append(max(0, n_events - self._before[0]) / passed_s)
            self.answers.append(max(0, n_answers - self._before[1]) / passed_s)
            for row in (self.times, self.events, self.answers):
                del row[:-_REMEMBERED]
        self._before = (n_events, n_answers, at)

    def figures(self) -> dict[str, str]:
        """What stands on the cards."""
        if self.stats is None:
            return {}
        total = self.stats.stages.get("total")
        return {
            "events a second": _latest(self.events),
            "answers a second": _latest(self.answers),
            "ms an answer, middle": "-" if total is None else str(short(total.p50_ms)),
            "ms an answer, 99th of 100": "-" if total is None else str(short(total.p99_ms)),
            "model in use": (self.stats.model_version or "none yet")[:_SHOWN_OF_VERSION],
            "titles": f"{self.stats.n_items:,}",
        }


def _latest(rates: list[float]) -> str:
    return str(short(float(rates[-1]))) if rates else "-"


async def now_of(view: View, clock: Clock = system_clock) -> Now | None:
    """The figures of this moment; None where the service did not say.

    Args:
        view: Who looks.
        clock: Tells the present instant.
    """
    now: Now | None = view.sessions.shared(view.session, _NAME)
    if now is not None:
        return now
    asked = view.ask.stats()
    stats = await view.get("Asking the service how it is", asked, by_itself=True)
    if stats is None:
        return None
    now = view.session.shared.last(_NAME) or Now()
    now.take(stats, clock())
    # Without a rate one looks again soon.
    view.sessions.share(view.session, _NAME, now, _HOLDS_S if now.times else 0.0)
    return now
