"""Train the nets of the variational autoencoder.

Each step hides part of a few hundred histories, encodes what is left, draws a point from each
posterior and asks which items the whole histories hold: the loss of one history of n items is
n times the cross entropy, and the pull to the prior grows with n too. What serves is a running
mean of the weights, as it was after the epoch that answered held-out accounts best.

Reads: events and terms.  Writes: nothing.
Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering" (annealed pull);
Shenbin et al. (2020), "RecVAE", section 3.4 (a pull that grows with the history).
Not here: bags (candidates.deep.vae_people), the net (candidates.deep.vae_net).
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from settee.candidates.deep.vae_net import exported
from settee.candidates.deep.vae_people import (
    People,
    as_interactions,
    gather,
    ndcg,
    shown_histories,
    with_held_out,
)
from settee.candidates.deep.vae_steps import Steps
from settee.candidates.ease import Ease
from settee.candidates.histories import checked, read_only
from settee.candidates.matrix import Cells
from settee.candidates.terms import item_terms
from settee.candidates.vae_net import Net, standardised, sum_of_nets
from settee.core import SourceSettings
from settee.events import Catalogue, Interactions, Progress

Trained = tuple[int, NDArray[np.int32], tuple[Net, ...], Ease | None, float]
"""The fields of candidates.vae.Vae, in their order."""

_SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""What EASE may count."""

_UNCHOSEN = 0.2
"""What it counts where nobody was held out to choose."""


def train(
    interactions: Interactions, catalogue: Catalogue, settings: SourceSettings, progress: Progress
) -> Trained:
    """Train every net, fit EASE beside them, and choose what it counts.

    Raises:
        SolveFailed: EASE could not be solved.
    """
    people = gather(interactions, settings)
    items = read_only(people.items)
    if not len(people.train) or len(items) < 2:
        return catalogue.n_items, items, (), None, 0.0
    terms = frequent_terms(item_terms(catalogue, 1.0), items, settings.vae_content_terms)
    with threads(settings.vae_threads):
        nets = _nets(people, terms, settings, progress)
    if not settings.vae_linear:
        return catalogue.n_items, items, nets, None, 0.0
    share = _chosen(people, nets, catalogue, settings)
    everybody = as_interactions(with_held_out(people), catalogue.n_items)
    return catalogue.n_items, items, nets, Ease.fit(everybody, catalogue, settings), share


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Let torch use that many threads (0: one per core), then as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(n or os.cpu_count() or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def frequent_terms(terms: Cells, items: NDArray[np.int32], n_most: int) -> NDArray[np.float32]:
    """The weights of the terms that most of those items have: (m, n_terms), rows of length 1.

    Terms of a single item are left out: they would be a second row of that item.
    """
    rows = np.full(terms.n_rows, -1, np.int64)
    rows[items] = np.arange(len(items))
    row = rows[terms.row_of_cell()]
    count = np.bincount(terms.index[row >= 0], minlength=terms.n_columns)
    most = np.argsort(-count, kind="stable")[:n_most]
    most = most[count[most] > 1]
    column = np.full(terms.n_columns, -1, np.int64)
    column[most] = np.arange(len(most))
    kept = (row >= 0) & (column[terms.index] >= 0)
    out = np.zeros((len(items), len(most)), np.float32)
    out[row[kept], column[terms.index[kept]]] = terms.value[kept]
    length = np.sqrt(np.square(out).sum(axis=1, keepdims=True))
    length[length == 0] = 1.0
    out /= length
    return out


def _nets(
    people: People, terms: NDArray[np.float32], settings: SourceSettings, progress: Progress
) -> tuple[Net, ...]:
    """All nets; each may use an equal part of the time that is left."""
    end = time.monotonic() + 60 * settings.vae_minutes
    nets = []
    for member in range(settings.vae_members):
        now = time.monotonic()
        until = now + (end - now) / (settings.vae_members - member)

        def tell(epoch: int, before: int = member * settings.vae_epochs) -> None:
            progress("train vae", before + epoch, settings.vae_members * settings.vae_epochs)

        nets.append(_net(Steps(people, terms, settings, settings.vae_seed + member), until, tell))
    return tuple(nets)


def _net(steps: Steps, until: float, tell: Callable[[int], None]) -> Net:
    """Train one net: the epoch that answers the held-out best, or the last where nobody is."""
    settings, people = steps.settings, steps.people
    best, best_worth, best_epoch = exported(steps.average.net), -1.0, 0
    for epoch in range(1, settings.vae_epochs + 1):
        steps.epoch(epoch)
        tell(epoch)
        net = exported(steps.average.net)
        worth = _worth(net, people) if len(people.shown) else float(epoch)
        if worth > best_worth:
            best, best_worth, best_epoch = net, worth, epoch
        if epoch - best_epoch >= settings.vae_patience or time.monotonic() > until:
            break
    tell(settings.vae_epochs)
    return best


def _worth(net: Net, people: People) -> float:
    """NDCG@100 of the held-out accounts."""
    places = np.arange(people.n_items, dtype=np.int32)
    own = replace(people, items=places)
    given = checked(shown_histories(own), people.n_items)
    return ndcg(net.decode(net.encode(given, places)[0]), people.shown, people.hidden)


def _chosen(
    people: People, nets: tuple[Net, ...], catalogue: Catalogue, settings: SourceSettings
) -> float:
    """What EASE counts such that held-out accounts are answered best; it must not know them."""
    if not len(people.shown):
        return _UNCHOSEN
    blind = Ease.fit(as_interactions(people, catalogue.n_items), catalogue, settings)
    histories = shown_histories(people)
    linear, _ = standardised(blind.score(histories)[:, people.items])
    place_of = np.full(catalogue.n_items, -1, np.int32)
    place_of[people.items] = np.arange(people.n_items, dtype=np.int32)
    deep = sum_of_nets(nets, checked(histories, catalogue.n_items), place_of)
    deep /= np.float32(len(nets))

    def worth(share: float) -> float:
        mixed = linear * np.float32(share) + deep * np.float32(1.0 - share)
        return ndcg(mixed, people.shown, people.hidden)

    return max(_SHARES, key=worth)
