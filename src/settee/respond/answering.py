"""Write the course of an answer down as the answer that goes out.

Reads: a course.  Writes: nothing.
Not here: the course itself (respond.course), items and reasons one by one (respond.telling).
"""

import time

import msgspec

from settee.respond.course import Course
from settee.respond.explaining import in_full, signals_of
from settee.respond.serving import Serving, version_of
from settee.respond.telling import shown_items, trace_of
from settee.respond.words import Answer, Request


def answer_of(
    serving: Serving, course: Course, request: Request, exposure_id: str, started_s: float
) -> Answer:
    """The answer to a request, not journalled yet.

    Args:
        serving: What answered.
        course: How it came about.
        request: What was asked; `explain` says how much is told.
        exposure_id: Its name; empty where nobody is shown it.
        started_s: When work on it began, by `time.perf_counter`.
    """
    laying, page, base = course.laying, course.page, course.page.base
    found_s = time.perf_counter()
    items = shown_items(serving, page, laying.known, with_reasons=bool(request.explain))
    is_full = request.explain == "full"
    if is_full:
        items = in_full(course, items)
    told_s = time.perf_counter()
    return Answer(
        exposure_id=exposure_id,
        account_id=request.account_id,
        at=request.as_of,
        person=course.whom.watching,
        rung=base.rung,
        because=base.because,
        model_version=version_of(serving),
        items=items,
        removed=laying.verdict.counts(),
        left_out=dict(base.left_out),
        journalled=False,
        timings_ms=base.timings_ms
        | {
            "who": round(1000 * (course.told_who_s - started_s), 3),
            "explain": round(1000 * (told_s - found_s), 3),
            "total": round(1000 * (told_s - started_s), 3),
        },
        online=page.doubt is not None,
        rules=trace_of(serving, laying.verdict, page) if request.explain else msgspec.UNSET,
        signals=signals_of(course) if is_full else msgspec.UNSET,
    )
