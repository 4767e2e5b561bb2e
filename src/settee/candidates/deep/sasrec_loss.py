"""The loss of the next item among all that the person has not met, in little memory.

Of 3,700 items a person has met 200: only the 3,500 others can come next, so only they share the
probability. Logits of one window at a time are made, turned into their own gradient and dropped;
their products are of half precision, which a processor with such units does four times as fast.
With a draw of items, each drawn one stands for all that were not.

Reads / Writes: nothing.
Source: Kang and McAuley (2018); Klenitskiy and Vasilev (2023), "Turning Dross Into Gold Loss" (full
cross-entropy); Jean et al. (2015), "On Using Very Large Target Vocabulary" (a draw for all).
Not here: the windows (candidates.sasrec_stories), the steps (sasrec_train).
"""

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from settee.candidates.deep.sasrec_net import Net

_NEVER = -1e9
_LEAST = 1e-30


@dataclass(frozen=True)
class Asked:
    """One window as the loss sees it.

    Args:
        met: (n_steps,) items at the steps.
        met_before: Items of the story before the window.
        wanted: (n_steps,) items that came next.
        told: (n_steps, n_items) of the linear path, or None.
    """

    met: Tensor
    met_before: Tensor
    wanted: Tensor
    told: Tensor | None


@dataclass(frozen=True)
class Draw:
    """Items that stand for all.

    Args:
        items: (n,) int64, ascending, distinct.
        place_of: (n_items,) their places, -1 where an item was not drawn.
        stands_for: Logarithm of how many items each stands for.
    """

    items: Tensor
    place_of: Tensor
    stands_for: float


def draw_items(n_items: int, n_drawn: int, rng: np.random.Generator) -> Draw | None:
    """Draw items for one step; None where all of them stand for themselves."""
    if n_drawn == 0 or n_drawn >= n_items:
        return None
    drawn: NDArray[np.int64] = np.sort(rng.choice(n_items, n_drawn, replace=False))
    place_of = np.full(n_items, -1, np.int64)
    place_of[drawn] = np.arange(n_drawn)
    stands_for = math.log(n_items / n_drawn)
    here = torch.get_default_device()
    return Draw(torch.from_numpy(drawn).to(here), torch.from_numpy(place_of).to(here), stands_for)


@dataclass
class _Gradients:
    """What the steps of all windows ask of the items, their biases and the trust."""

    item: Tensor
    bias: Tensor
    trust: float = 0.0


class NextItemLoss(torch.autograd.Function):
    """Mean over steps of minus the log-probability of what came next."""

    @staticmethod
    def forward(
        ctx: BackwardCFunction,
        known: Tensor,
        item: Tensor,
        bias: Tensor,
        trust: Tensor,
        asked: list[Asked],
        draw: Draw | None,
    ) -> Tensor:
        """`known` is (windows, steps, factors); windows may be shorter than its steps."""
        model = _Model(item, item.bfloat16(), bias, float(trust))
        grads = _Gradients(torch.zeros_like(item), torch.zeros_like(bias))
        to_known = torch.zeros_like(known)
        loss = 0.0
        for row, one in enumerate(asked):
            n_steps = len(one.wanted)
            now = known[row, :n_steps]
            part, to_known[row, :n_steps] = (
                _among_all(now, model, one, grads)
                if draw is None
                else _among_drawn(now, model, one, draw, grads)
            )
            loss += part
        n = sum(len(one.wanted) for one in asked)
        to_trust = torch.as_tensor(grads.trust / n)
        ctx.save_for_backward(to_known / n, grads.item / n, grads.bias / n, to_trust)
        return torch.as_tensor(loss / n)

    @staticmethod
    def backward(ctx: BackwardCFunction, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """What was kept, times the step from above."""
        return (*(kept * grads[0] for kept in ctx.saved_tensors), None, None)


def next_item_loss(net: Net, known: Tensor, asked: list[Asked], draw: Draw | None) -> Tensor:
    """Mean loss of what is known at each step of the windows: (windows, steps, factors)."""
    given = (known, net.item, net.bias, net.trust, asked, draw)
    loss = NextItemLoss.apply(*given)  # type: ignore[no-untyped-call] # torch declares no types
    return cast("Tensor", loss)


@dataclass(frozen=True)
class _Model:
    item: Tensor
    half: Tensor
    bias: Tensor
    trust: float


def _among_all(now: Tensor, model: _Model, one: Asked, grads: _Gradients) -> tuple[float, Tensor]:
    """Loss of a window and its gradient, every item standing for itself."""
    now_half = now.bfloat16()
    logit = (now_half @ model.half.T).float().add_(model.bias)
    if one.told is not None:
        logit.add_(one.told, alpha=model.trust)
    n_steps, n_items = logit.shape
    if len(one.met_before):
        logit.index_fill_(1, one.met_before, _NEVER)
    at, met_at = torch.tril_indices(n_steps, n_steps)
    logit.view(-1).index_fill_(0, at * n_items + one.met[met_at], _NEVER)
    share = torch.softmax(logit, 1)
    wanted = one.wanted[:, None]
    loss = -float(share.gather(1, wanted).clamp_min(_LEAST).log().sum())
    share.scatter_add_(1, wanted, torch.full((n_steps, 1), -1.0))
    if one.told is not None:
        grads.trust += float(torch.dot(share.view(-1), one.told.view(-1)))
    grads.bias += share.sum(0)
    share_half = share.bfloat16()
    grads.item += share_half.T @ now_half
    return loss, (share_half @ model.half).float()


def _among_drawn(
    now: Tensor, model: _Model, one: Asked, draw: Draw, grads: _Gradients
) -> tuple[float, Tensor]:
    """The same beside the drawn items alone; column 0 is what came next."""
    wanted, drawn, n_steps = one.wanted, draw.items, len(one.wanted)
    logit = now @ model.item[drawn].T + (model.bias[drawn] + draw.stands_for)
    own = (now * model.item[wanted]).sum(1) + model.bias[wanted]
    if one.told is not None:
        logit.add_(one.told[:, drawn], alpha=model.trust)
        own.add_(one.told.gather(1, wanted[:, None])[:, 0], alpha=model.trust)
    logit[:, draw.place_of[one.met_before][draw.place_of[one.met_before] >= 0]] = _NEVER
    at, met_at = torch.tril_indices(n_steps, n_steps)
    at, hidden = torch.cat([at, torch.arange(n_steps)]), torch.cat([one.met[met_at], wanted])
    place = draw.place_of[hidden]
    logit[at[place >= 0], place[place >= 0]] = _NEVER
    share = torch.softmax(torch.cat([own[:, None], logit], 1), 1)
    loss = -float(share[:, 0].clamp_min(_LEAST).log().sum())
    share[:, 0] -= 1
    to_own, to_drawn = share[:, :1], share[:, 1:]
    if one.told is not None:
        own_told = one.told.gather(1, wanted[:, None])
        grads.trust += float((to_own * own_told).sum() + (to_drawn * one.told[:, drawn]).sum())
    grads.bias.index_add_(0, wanted, to_own[:, 0]).index_add_(0, drawn, to_drawn.sum(0))
    grads.item.index_add_(0, wanted, to_own * now).index_add_(0, drawn, to_drawn.T @ now)
    return loss, to_own * model.item[wanted] + to_drawn @ model.item[drawn]
