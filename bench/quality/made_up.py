"""Made-up stories of people with items, for scenarios that are run without their data.

Items lie on a ring; a person starts somewhere, mostly goes a step or two on, and now and then picks
what all pick. Figures on it say nothing; it only shows that a scenario runs.

Reads / Writes: nothing.
"""

import numpy as np

from settee.events import Interactions


def made_up_stories(seed: int, n_people: int = 400, n_items: int = 150) -> Interactions:
    """Stories of 4 to 14 distinct items, a minute apart, days between people."""
    rng = np.random.default_rng(seed)
    account, item, at_s = [], [], []
    for person in range(n_people):
        here = int(rng.integers(n_items))
        story: list[int] = []
        for _ in range(int(rng.integers(4, 15))):
            jumps = rng.random() < 0.2
            here = int(rng.geometric(0.05)) % n_items if jumps else (here + int(rng.integers(1, 3)))
            here %= n_items
            if here not in story:
                story.append(here)
        account += [person] * len(story)
        item += story
        at_s += [86_400 * int(rng.integers(30)) + 60 * place for place in range(len(story))]
    rows = np.lexsort((at_s, account))
    return Interactions(
        tuple(f"u{person}" for person in range(n_people)), n_items,
        np.array(account, np.int32)[rows], np.array(item, np.int32)[rows],
        np.array(at_s, np.int64)[rows], np.ones(len(rows), np.bool_),
    )  # fmt: skip
