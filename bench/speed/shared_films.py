"""A home folder in which two people of MovieLens share each account, ready to be served.

The films and who liked which are real where a folder of data is given. That two share an account is
made up: person one sits down on the television in the evening, person two on a tablet in the
afternoon and on the television now and then, eight films a sitting, every third day. So an answer
has somebody to tell apart; how well that is done is judged elsewhere (quality/people).

Reads / Writes: the home folder.
Not here: the data (bench.speed.movies), the load (bench.speed.door).
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.speed.movies import Movies, two_stage_model
from settee.app import open_workspace
from settee.core import Item, Settings, from_epoch_s
from settee.ranking import save_model

_EACH = 80
_A_SITTING = 8
_EVERY_S = 3 * 86_400
_HOUR_S = 3600


def account_ids(found: Movies) -> list[str]:
    """The accounts of the home."""
    return [f"h{number}" for number in range(found.events.n_accounts // 2)]


def fill_shared_home(
    home: Path, found: Movies, settings: Settings, seed: int, n_requests: int
) -> dict[str, float]:
    """Make the home: items, record, persons, a released model with a ranker.

    Returns:
        What is in it: accounts, events, and the share of accounts with several persons.
    """
    end_s = int(found.events.at_s.max())
    at = from_epoch_s(end_s)
    catalogue = found.catalogue
    rows = _shared_record(found, seed, end_s)
    file = home.parent / "shared.parquet"
    pq.write_table(rows, file)
    with open_workspace(settings.model_copy(update={"home": home}), lambda: at) as workspace:
        workspace.tables.put_items(
            [
                Item(item_id=item_id, title=title, tags=catalogue.tags_of(place))
                for place, (item_id, title) in enumerate(
                    zip(catalogue.item_ids, catalogue.titles, strict=True)
                )
            ],
            at,
        )
        workspace.import_path(file)
        workspace.fold()
        version = save_model(workspace.bundles, two_stage_model(found, settings, seed, n_requests))
        workspace.tables.add_release(version, at, "bench", {})
        homes = [workspace.people.household(one) for one in account_ids(found)]
        several = np.mean([one is not None and len(one.persons) > 1 for one in homes])
    file.unlink()
    return {
        "accounts": float(len(homes)),
        "events": float(len(rows)),
        "shared_accounts_share": float(several),
    }


def _shared_record(found: Movies, seed: int, end_s: int) -> pa.Table:
    """The latest films of two users as one account, dealt into sittings."""
    events = found.events
    rng = np.random.default_rng(seed)
    n = events.n_accounts // 2 * 2
    counts = np.bincount(events.account, minlength=events.n_accounts)
    ends = np.cumsum(counts)
    from_end = ends[events.account] - np.arange(len(events)) - 1
    kept = (from_end < _EACH) & (events.account < n)
    user, place = events.account[kept], from_end[kept]
    sitting, in_sitting = place // _A_SITTING, place % _A_SITTING
    second = user % 2 == 1
    on_tv = ~second | (rng.random((n, _EACH // _A_SITTING + 1))[user, sitting] < 0.25)
    usual = np.where(second, 15.0, 20.0)
    hour = usual + 0.75 * rng.standard_normal((n, _EACH // _A_SITTING + 1))[user, sitting]
    day_s = end_s // 86_400 * 86_400 - sitting * _EVERY_S - np.where(second, 86_400, 0)
    at_s = day_s + (hour * _HOUR_S).astype(np.int64) - in_sitting * 120
    kind = np.where(on_tv, "tv", "tablet")
    account = [f"h{one}" for one in (user // 2).tolist()]
    return pa.table(
        {
            "event_id": [f"e{number}" for number in range(len(user))],
            "account_id": account,
            "kind": ["rate"] * len(user),
            "at": pa.array(at_s * 1_000_000, pa.timestamp("us", "UTC")),
            "item_id": [found.catalogue.item_ids[one] for one in events.item[kept].tolist()],
            "value": pa.array(found.value[kept].astype(np.float64)),
            "device_id": [f"{one}-{what}" for one, what in zip(account, kind, strict=True)],
            "device_type": kind.tolist(),
        }
    )
