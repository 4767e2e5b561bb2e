"""Have ChannelAttribution share out the conversions of some paths, in its own interpreter.

Its arguments are a file of paths (names, indptr, step, converted, nulls, value), where the answer
goes, the order, and how many seeds; order 0 asks for its heuristics. It is called and never copied.
Once its table stands it prints the instant, so that who gives it up knows how long it computed.

Reads / Writes: the two files named, standard output.
"""

import sys
import time
from itertools import pairwise

import ChannelAttribution
import numpy as np
import pandas as pd


def frame(found: dict[str, np.ndarray]) -> pd.DataFrame:
    """Paths as the package takes them: names joined by an arrow."""
    names = found["names"][found["step"]]
    ends = found["indptr"]
    return pd.DataFrame(
        {
            "path": [" > ".join(names[i:j]) for i, j in pairwise(ends)],
            "conversions": found["converted"],
            "value": found["value"],
            "nulls": found["nulls"],
        }
    )


def by_channel(table: pd.DataFrame, names: np.ndarray) -> np.ndarray:
    """Columns of credit in the order of the names; a channel that it does not name has none."""
    table = table.set_index("channel_name").reindex(names).fillna(0.0)
    return table.to_numpy(float)


def markov(table: pd.DataFrame, order: int, seed: int) -> tuple[pd.DataFrame, tuple[float, float]]:
    """One run: credit, the seconds it took, and those of them that it had a core."""
    begun, worked = time.perf_counter(), time.process_time()
    answer = ChannelAttribution.markov_model(
        table,
        "path",
        "conversions",
        var_value="value",
        var_null="nulls",
        order=order,
        seed=seed,
        verbose=False,
        flg_pro=False,
    )
    return answer, (time.perf_counter() - begun, time.process_time() - worked)


def main() -> None:
    """Answer the file."""
    task, target, order, n_seeds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with np.load(task) as found:
        found = dict(found)
    names, table = found["names"], frame(found)
    print(time.monotonic(), flush=True)
    if order == 0:
        begun, worked = time.perf_counter(), time.process_time()
        answer = ChannelAttribution.heuristic_models(
            table, "path", "conversions", var_value="value", flg_pro=False
        )
        seconds = [(time.perf_counter() - begun, time.process_time() - worked)]
        credit = [by_channel(answer, names)]
    else:
        # Seeds that follow each other give it the same numbers; these lie far apart.
        seeds = np.random.default_rng(1).integers(1, 2**31 - 1, n_seeds).tolist()
        runs = [markov(table, order, seed) for seed in seeds]
        credit = [by_channel(answer, names) for answer, _ in runs]
        seconds = [spent for _, spent in runs]
    seconds = np.array(seconds)
    np.savez(target, credit=np.array(credit), seconds=seconds[:, 0], cpu_s=seconds[:, 1])


if __name__ == "__main__":
    main()
