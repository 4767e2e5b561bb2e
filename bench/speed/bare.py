"""A bare FastAPI service: one route that gives 20 items out of memory, and does nothing else.

What the same server and framework do without any of our work is the measure for what ours costs.
"""

import argparse
import os
from typing import Any

import uvicorn
from fastapi import FastAPI

_ITEMS = [
    {"item_id": f"m{n}", "title": f"Film {n}", "rank": n, "score": 1.0 / n, "sources": []}
    for n in range(1, 21)
]

app = FastAPI()


@app.get("/answer")
async def answer(account_id: str, k: int = 20) -> dict[str, Any]:
    """20 items for anybody."""
    return {"account_id": account_id, "items": _ITEMS[:k]}


def main() -> None:
    """Serve from one core until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("core", type=int)
    given = parser.parse_args()
    os.sched_setaffinity(0, {given.core})
    uvicorn.run(
        app, host="127.0.0.1", port=given.port, loop="uvloop", http="httptools",
        access_log=False, log_level="warning",
    )  # fmt: skip


if __name__ == "__main__":
    main()
