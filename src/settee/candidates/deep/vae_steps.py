"""One epoch of the variational autoencoder, and the running mean of its weights.

Reads / Writes: nothing.
Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes", section 2.4 (the draw);
Izmailov et al. (2018), "Averaging Weights Leads to Wider Optima and Better Generalization".
Not here: how many epochs, which one serves (candidates.deep.vae).
"""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from settee.candidates.deep.vae_net import TorchNet, pull
from settee.candidates.deep.vae_people import Bags, People
from settee.core import SourceSettings


class Average:
    """A net whose weights are the running mean of another's.

    The mean forgets faster at first: after n steps at most 9 / (10 + n) of it is older.
    """

    def __init__(self, net: TorchNet, memory: float) -> None:
        self.net = copy.deepcopy(net)
        self._memory = memory
        self._n_steps = 0

    def take(self, net: TorchNet) -> None:
        """Move a step towards the weights of `net`."""
        self._n_steps += 1
        memory = min(self._memory, (1 + self._n_steps) / (10 + self._n_steps))
        with torch.no_grad():
            for own, new in zip(self.net.parameters(), net.parameters(), strict=True):
                own.lerp_(new, 1.0 - memory)


class Steps:
    """A net in training.

    Args:
        people: Whom it learns from.
        terms: (m, n_terms) float32: what each item is.
        settings: All that shapes a step.
        seed: Of its start, its batches and what it hides.
    """

    def __init__(
        self, people: People, terms: NDArray[np.float32], settings: SourceSettings, seed: int
    ) -> None:
        self.people, self.settings = people, settings
        self.device = _device(settings.vae_device)
        self._rng = np.random.default_rng(seed)
        self._generator = torch.Generator(self.device).manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = TorchNet(torch.from_numpy(terms), _log_shares(people), settings)
        self.net.to(self.device)
        self.net.terms = self.net.terms.to(self.device)
        self.average = Average(self.net, settings.vae_average)
        size = np.maximum(np.diff(people.train.indptr), 1)
        weight = size**-settings.vae_account_power
        self._weight = (weight / weight.mean()).astype(np.float32)
        matrices = [one for one in self.net.parameters() if one.ndim > 1]
        vectors = [one for one in self.net.parameters() if one.ndim <= 1]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": settings.vae_weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=settings.vae_learning_rate,
            fused=True,
        )

    def epoch(self, number: int) -> None:
        """Meet everybody once; `number` counts from 1."""
        bags, size = self.people.train, self.settings.vae_batch
        kept = self._rng.random(len(bags.index)) >= self.settings.vae_dropout
        order = self._rng.permutation(len(bags))
        grown = min(1.0, number / max(self.settings.vae_anneal_epochs, 1))
        before = None
        if self.settings.vae_prior == "composite":
            before = copy.deepcopy(self.average.net)
        for start in range(0, len(order), size):
            accounts = np.sort(order[start : start + size])
            self._step(accounts, kept, grown * self.settings.vae_beta, before)

    def _step(
        self,
        accounts: NDArray[np.int64],
        kept: NDArray[np.bool_],
        beta: float,
        before: TorchNet | None,
    ) -> None:
        whole = self.people.train.of(accounts)
        wanted = torch.from_numpy(whole.dense(self.people.n_items)).to(self.device)
        n_wanted = wanted.sum(dim=1, keepdim=True)
        bags = self.people.train.of(accounts, kept)
        mean, log_variance = self.net.encode(*bags.tensors(self.device))
        noise = torch.empty_like(mean).normal_(generator=self._generator)
        latent = mean + torch.exp(0.5 * log_variance) * noise
        odds = self.net.decode(latent)
        weight = torch.from_numpy(self._weight[accounts]).to(self.device)[:, None] / len(accounts)
        # The gradient of n_wanted * cross entropy is n_wanted * softmax - wanted; written down, it
        # takes a third of the memory and time that working it out would.
        slope = torch.softmax(odds.detach(), dim=1).mul_(n_wanted).sub_(wanted).mul_(weight)
        placed = None
        if before is not None:
            with torch.no_grad():
                placed = before.encode(*whole.tensors(self.device))
        far = pull(mean, log_variance, latent, placed) * n_wanted[:, 0]
        loss = beta * (far @ weight[:, 0])
        if self.settings.vae_rating_weight > 0:
            loss = loss + self.settings.vae_rating_weight * self._misjudged(
                latent, whole, self.people.others.of(accounts)
            )
        self._optimiser.zero_grad()
        torch.autograd.backward([odds, loss], [slope, None])
        self._optimiser.step()
        self.average.take(self.net)

    def _misjudged(self, latent: torch.Tensor, wanted: Bags, others: Bags) -> torch.Tensor:
        """Mean over people of the summed log loss of what they met: was it wanted?"""
        odds = self.net.liking(latent)
        losses = []
        for bags, is_wanted in ((wanted, 1.0), (others, 0.0)):
            row = np.repeat(np.arange(len(bags)), np.diff(bags.indptr))
            met = odds[torch.from_numpy(row).to(self.device), _to(bags.index, self.device)]
            losses.append(
                functional.binary_cross_entropy_with_logits(
                    met, torch.full_like(met, is_wanted), reduction="sum"
                )
            )
        return (losses[0] + losses[1]) / len(latent)


def _to(index: NDArray[np.int64], device: torch.device) -> torch.Tensor:
    return torch.from_numpy(index).to(device)


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _log_shares(people: People) -> torch.Tensor:
    """(m,): log of each item's part of all that those who train wanted, one more each."""
    count = np.bincount(people.train.index, minlength=people.n_items) + 1.0
    return torch.from_numpy(np.log(count / count.sum()).astype(np.float32))
