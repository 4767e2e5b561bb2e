"""Train the sequence model: steps over windows of stories, and a running mean of the weights.

The step grows over a tenth of all, at most 200, then falls along a half cosine to a twentieth, by
rounds done or by minutes gone, whichever is further. What is kept is the running mean of the
weights, steadier than the last of them: with a memory of .998 some 500 steps share it.

Reads: stories.  Writes: nothing.
Source: Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization"; Polyak and Juditsky
(1992), "Acceleration of Stochastic Approximation by Averaging".
Not here: the network (sasrec_net), its loss (sasrec_loss).
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from settee.candidates.deep.sasrec_loss import Asked, draw_items, next_item_loss
from settee.candidates.deep.sasrec_net import Net
from settee.candidates.sasrec_linear import Solved
from settee.candidates.sasrec_stories import N_GAPS, Stories, Window, batches_of, windows_of
from settee.core import SourceSettings
from settee.events import Progress

_WARM_UP = 200
_WARM_SHARE = 0.1
_LEAST_STEP = 0.05
_CLIP = 5.0


def train(
    stories: Stories, linear: Solved | None, settings: SourceSettings, progress: Progress
) -> dict[str, NDArray[np.float32]]:
    """The parameters by name, and `curve`: the mean loss of each round.

    Args:
        stories: At least one has two items.
        linear: The linear path, or None where there is none.
        settings: The `sasrec_*` ones.
        progress: Told the rounds done.
    """
    # All that is made inside stands on the device; what comes from numpy is sent there.
    with _seeded(settings.sasrec_seed), _device(settings.sasrec_device):
        net = Net(stories.n_places, N_GAPS, settings, is_beside=linear is not None)
        curve = _Training(net, stories, linear, settings).run(progress)
    found = {name: np.asarray(value.cpu().numpy()) for name, value in net.state_dict().items()}
    return {**found, "curve": np.array(curve, np.float32)}


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch draws from `seed` inside, and as if nothing had been outside."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _sent(array: NDArray[np.generic]) -> torch.Tensor:
    """The array as a tensor where the training takes place."""
    return torch.from_numpy(array).to(torch.get_default_device())


class _Training:
    def __init__(
        self, net: Net, stories: Stories, linear: Solved | None, settings: SourceSettings
    ) -> None:
        self.net, self.stories, self.linear, self.settings = net, stories, linear, settings
        self.rng = np.random.default_rng(settings.sasrec_seed)
        self.weights = list(net.parameters())
        flat = [one for name, one in net.named_parameters() if one.ndim < 2 or "near" in name]
        rest = [one for name, one in net.named_parameters() if one.ndim >= 2 and "near" not in name]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": rest, "weight_decay": settings.sasrec_l2},
                {"params": flat, "weight_decay": 0.0},
            ],
            betas=(0.9, 0.98),
        )
        self.mean = [one.detach().clone() for one in self.weights]
        self.n_steps = 0
        self.start_s = time.monotonic()

    def run(self, progress: Progress) -> list[float]:
        """Every round; the net then holds the mean of its weights. Returns the rounds' losses."""
        self.net.train()
        curve: list[float] = []
        for done in range(self.settings.sasrec_epochs):
            progress("train sasrec", done, self.settings.sasrec_epochs)
            if self._time_gone() >= 1.0:
                break
            curve.append(self._round(done))
        for weight, mean in zip(self.weights, self.mean, strict=True):
            weight.data.copy_(mean)
        return curve

    def _round(self, done: int) -> float:
        windows = windows_of(self.stories, self.settings.sasrec_window, self.rng)
        batches = batches_of(windows, self.settings.sasrec_batch, self.rng)
        total, n = 0.0, 0
        for place, batch in enumerate(batches):
            gone = (done + place / len(batches)) / self.settings.sasrec_epochs
            gone = max(gone, self._time_gone())
            if gone >= 1.0:
                break
            n_steps = sum(len(window) for window in batch)
            total += self._step(batch, gone) * n_steps
            n += n_steps
        return total / max(n, 1)

    def _time_gone(self) -> float:
        """Share of the minutes that are over, 0 where there is no limit."""
        limit_s = 60.0 * self.settings.sasrec_minutes
        return (time.monotonic() - self.start_s) / limit_s if limit_s else 0.0

    def _step(self, batch: list[Window], gone: float) -> float:
        warm = min(1.0, max((self.n_steps + 1) / _WARM_UP, gone / _WARM_SHARE))
        fall = _LEAST_STEP + (1 - _LEAST_STEP) * 0.5 * (1 + math.cos(math.pi * gone))
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.sasrec_learning_rate * warm * fall
        items, gaps = _padded(self.stories, batch)
        asked = [self._asked(window) for window in batch]
        draw = draw_items(self.stories.n_places, self.settings.sasrec_negatives, self.rng)
        loss = next_item_loss(self.net, self.net(items, gaps), asked, draw)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.weights, _CLIP)
        self.optimiser.step()
        self.n_steps += 1
        kept = min(self.settings.sasrec_memory, (self.n_steps + 1) / (self.n_steps + 10))
        torch._foreach_lerp_(self.mean, [one.detach() for one in self.weights], 1 - kept)
        return float(loss.detach())

    def _asked(self, window: Window) -> Asked:
        places = self.stories.places(window.story).astype(np.int64)
        told = None
        if self.linear is not None:
            outside = self.linear.outside(window.story)
            told = _sent(outside.told_each(self.stories, window))
        return Asked(
            _sent(places[window.start : window.end]),
            _sent(places[: window.start]),
            _sent(places[window.start + 1 : window.end + 1]),
            told,
        )


def _padded(stories: Stories, batch: list[Window]) -> tuple[torch.Tensor, torch.Tensor]:
    """Items and gaps of the windows, (windows, longest); what is filled up comes last."""
    items = np.zeros((len(batch), max(len(window) for window in batch)), np.int64)
    gaps = np.zeros_like(items)
    for row, window in enumerate(batch):
        items[row, : len(window)] = stories.places(window.story)[window.start : window.end]
        gaps[row, : len(window)] = stories.gaps(window.story)[window.start : window.end]
    return _sent(items), _sent(gaps)
