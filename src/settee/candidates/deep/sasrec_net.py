"""The sequence model while it learns: gated blocks of attention over the items of a window.

Each step may look at itself and what came before; how far back counts through a number learnt per
head and distance, which starts by favouring what is near. A block adds to what is known only as
much as its gates, between 0 and 1, let through. Of 5 items the third is told from three.

Reads / Writes: nothing.
Source: Kang and McAuley (2018), "Self-Attentive Sequential Recommendation"; Xiong et al. (2020),
"On Layer Normalization in the Transformer Architecture" (normalise first); Shazeer (2020), "GLU
Variants Improve Transformer"; Raffel et al. (2020) for a bias per distance; Borisyuk et al. (2024),
"LiGR", for the gates.
Not here: its errand (sasrec_train), serving it without torch (candidates.sasrec_forward).
"""

from typing import cast

import torch
from torch import Tensor, nn

from settee.core import SourceSettings

INPUT_SCALE = 3.0
"""An item's numbers are small, for they also stand in the answer; as a question they grow."""
_HIDDEN = 2
"""Width of a block's inner layer, in factors."""
_FAR = -1e9
_TRUST = 1.4
"""What the linear path counts at first."""
_FIRST_SAY = 0.3
"""What the network says at first beside a linear path: it starts from that, not from noise."""


def drop(x: Tensor, share: float, training: bool) -> Tensor:
    """Leave out factors of a whole window at once, (windows, steps, factors): cheap to draw."""
    if not training or share == 0:
        return x
    kept = (torch.rand(x.shape[0], 1, x.shape[2]) >= share).float() / (1 - share)
    return x * kept


class Block(nn.Module):
    """One round of attention and one inner layer, each behind a gate."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__()
        d, self.heads = settings.sasrec_factors, settings.sasrec_heads
        self.share = settings.sasrec_dropout
        self.before_look, self.before_think = nn.LayerNorm(d), nn.LayerNorm(d)
        self.look, self.seen, self.look_gate = nn.Linear(d, 3 * d), nn.Linear(d, d), nn.Linear(d, d)
        self.widen, self.narrow = nn.Linear(d, 2 * _HIDDEN * d), nn.Linear(_HIDDEN * d, d)
        self.think_gate = nn.Linear(d, d)
        nn.init.ones_(self.look_gate.bias)
        nn.init.ones_(self.think_gate.bias)
        steep = 2.0 ** -(3.0 + 3.0 * torch.arange(self.heads))[:, None]
        self.near = nn.Parameter(-steep * torch.arange(settings.sasrec_window)[None])

    def forward(self, x: Tensor) -> Tensor:
        """(windows, steps, factors) before and after."""
        n_windows, n_steps, d = x.shape
        now = self.before_look(x)
        parts = self.look(now).view(n_windows, n_steps, 3, self.heads, d // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).reshape(3, -1, n_steps, d // self.heads)
        step = torch.arange(n_steps)
        back = step[:, None] - step[None]
        bias = self.near[:, back.clamp(min=0)].masked_fill(back < 0, _FAR)
        bias = bias.repeat(n_windows, 1, 1)
        weight = torch.baddbmm(bias, q, k.transpose(1, 2), alpha=(d // self.heads) ** -0.5)
        seen = torch.bmm(weight.softmax(-1), v).view(n_windows, self.heads, n_steps, -1)
        seen = self.seen(seen.transpose(1, 2).reshape(n_windows, n_steps, d))
        x = x + torch.sigmoid(self.look_gate(now)) * drop(seen, self.share, self.training)
        now = self.before_think(x)
        up, gate = self.widen(now).chunk(2, -1)
        inner = drop(up * nn.functional.silu(gate), self.share, self.training)
        return x + torch.sigmoid(self.think_gate(now)) * drop(
            self.narrow(inner), self.share, self.training
        )


class Net(nn.Module):
    """Items and gaps in, what is known at each step out; `is_beside` a linear path or alone."""

    def __init__(
        self, n_items: int, n_gaps: int, settings: SourceSettings, *, is_beside: bool
    ) -> None:
        super().__init__()
        d = settings.sasrec_factors
        self.share = settings.sasrec_dropout
        self.item = nn.Parameter(torch.randn(n_items, d) * 0.08)
        self.bias = nn.Parameter(torch.zeros(n_items))
        self.gap = nn.Parameter(torch.randn(n_gaps, d) * 0.02)
        self.trust = nn.Parameter(torch.tensor(_TRUST))
        self.blocks = nn.ModuleList(Block(settings) for _ in range(settings.sasrec_blocks))
        self.out = nn.LayerNorm(d)
        nn.init.constant_(self.out.weight, _FIRST_SAY if is_beside else 1.0)

    def forward(self, items: Tensor, gaps: Tensor) -> Tensor:
        """(windows, steps) of both give (windows, steps, factors)."""
        x = drop(INPUT_SCALE * self.item[items] + self.gap[gaps], self.share, self.training)
        for block in self.blocks:
            x = block(x)
        return cast("Tensor", self.out(x))
