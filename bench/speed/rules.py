"""Judge 4,000 items by 21 rules, lift a pool of 300 and lay it out as a page, again and again.

Items and rules are made up: blocks, an age limit, lifts of every kind, pins, quotas, a cap. What a
request costs with no rule at all stands beside it, and what a new version costs once.

Reads / Writes: nothing.
Not here: whole answers (speed/respond, speed/answers).
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.harness import Bar, Context, Result
from settee.core import Item, to_json
from settee.rules import (
    Asking,
    ItemFacts,
    RuleSet,
    Verdict,
    compile_rules,
    judge,
    lay_page,
    lift,
    parse_rules,
    put_forward,
)

ID = "speed/rules"
SUMMARY = "rules over 4,000 items: judge, lift and page of one request"

_ITEMS, _POOL, _REPEATS, _QUICK = 4_000, 300, 5_000, 200
_AS_OF_S = 1_790_000_000


def run(context: Context) -> Result:
    """Time each step many times, and give its median and 99th percentile."""
    rng = np.random.default_rng(context.seed)
    repeats = _QUICK if context.quick else _REPEATS
    items = _items(rng)
    facts = ItemFacts.of_items([item.item_id for item in items], items)
    rules = parse_rules(to_json({"rules": _rules()}), "json")
    figures = {"rules": float(len(rules)), "items": float(_ITEMS)}
    compile_rules(rules, facts)
    figures |= _timed("compile", lambda: compile_rules(rules, facts), 50)
    for name, some in (("", rules), ("_without_rules", RuleSet.empty())):
        figures |= _request(name, some, facts, rng, repeats)
    bars = {
        "judge_p50_us": Bar(figures["judge_p50_us"], 100.0),
        "lift_p50_us": Bar(figures["lift_p50_us"], 200.0),
        "page_p50_us": Bar(figures["page_p50_us"], 200.0),
    }
    return Result(figures, bars)


def _request(
    name: str, rules: RuleSet, facts: ItemFacts, rng: np.random.Generator, repeats: int
) -> dict[str, float]:
    compiled = compile_rules(rules, facts)
    asking = Asking(_AS_OF_S, slot="home", segments=("new",), device_type="tv", profile_id="anna")
    closed, nobody = np.zeros(_ITEMS, np.uint8), np.zeros(0, np.int32)
    seen = rng.integers(0, _ITEMS, 100).astype(np.int32)
    pool = rng.permutation(_ITEMS)[:_POOL].astype(np.int32)
    utility, shown = np.linspace(3.0, 0.0, _POOL), np.zeros(_POOL, np.int32)

    def judged() -> Verdict:
        return judge(
            compiled, asking, closed=closed, seen=seen, excluded=nobody, disliked=nobody
        )  # fmt: skip

    verdict = judged()
    return {
        **_timed(f"judge{name}", judged, repeats),
        **_timed(f"forward{name}", lambda: put_forward(compiled, asking, verdict), repeats),
        **_timed(f"lift{name}", lambda: lift(compiled, asking, pool), repeats),
        **_timed(
            f"page{name}",
            lambda: lay_page(
                compiled, asking, pool, utility, lambda _: shown, verdict=verdict
            ),
            repeats,
        ),
    }  # fmt: skip


def _timed(name: str, call: Callable[[], object], repeats: int) -> dict[str, float]:
    for _ in range(20):
        call()
    taken = np.empty(repeats)
    for number in range(repeats):
        started_s = time.perf_counter()
        call()
        taken[number] = time.perf_counter() - started_s
    p50, p99 = np.percentile(taken * 1e6, [50, 99])
    return {f"{name}_p50_us": float(p50), f"{name}_p99_us": float(p99)}


def _items(rng: np.random.Generator) -> list[Item]:
    return [
        Item(
            item_id=f"m{number}",
            kind="film",
            tags=tuple(f"t{tag}" for tag in rng.choice(18, 2, replace=False)),
            language=str(rng.choice(["en", "tr", "de", ""])),
            year=int(rng.integers(1950, 2020)),
            age_rating=int(rng.integers(0, 19)),
            margin=float(rng.random()),
            stock=int(rng.integers(0, 1000)),
        )
        for number in range(_ITEMS)
    ]


def _rules() -> list[dict[str, Any]]:
    """Twenty-one rules of every floor."""
    said: list[dict[str, Any]] = [
        {"kind": "block", "items": {"tags": [f"t{number}"], "max_year": 1960}}
        for number in range(4)
    ]
    said += [
        {"kind": "boost", "lift": 2, "items": {"tags": [f"t{number}"]}} for number in range(5, 10)
    ]
    said += [{"kind": "pin", "item": f"m{7 * n}", "rank": 1 + 3 * n} for n in range(3)]
    said += [
        {"kind": "age_limit", "max_age": 12, "profiles": ["kids*"]},
        {"kind": "language", "languages": ["en", "tr"], "slots": ["tv"]},
        {"kind": "recency", "lift": 2, "half_life_days": 30},
        {"kind": "margin", "lift": 2},
        {"kind": "prefer", "lift": 3, "tags": ["t1", "t2"]},
        {"kind": "quota", "max_share": 0.3, "per": "tag"},
        {"kind": "quota", "min_count": 3, "items": {"languages": ["tr"]}},
        {"kind": "newcomers", "days": 30, "min_count": 1},
        {"kind": "cap", "times": 3, "days": 7},
    ]
    return [{"name": f"r{number}", **one} for number, one in enumerate(said)]
