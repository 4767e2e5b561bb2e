"""The net of candidates.vae_net as torch trains it.

Reads / Writes: nothing.
Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering", equations 1 to
6; Shenbin et al. (2020), "RecVAE", sections 3.2 (encoder) and 3.3 (composite prior).
Not here: the steps (candidates.deep.vae), serving (candidates.vae_net).
"""

import math
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from settee.candidates.histories import read_only
from settee.candidates.vae_net import NORM_EPSILON, Floats, Layer, Net
from settee.core import SourceSettings

_START = 0.2
"""Length of an item's row at the start: small, so that what is learnt soon outweighs it."""

_LIKE_BEFORE = 0.15
_WIDE = 0.10
_PRIOR = (_LIKE_BEFORE, 1.0 - _LIKE_BEFORE - _WIDE, _WIDE)
"""Shares of the composite prior: the origin, where the encoder put people before, anywhere."""
_WIDE_LOG_VARIANCE = 10.0

_LOG_2_PI = math.log(2 * math.pi)


class TorchNet(nn.Module):
    """Encoder, decoder and, where it is asked for, the head that tells wanted from met.

    Args:
        terms: (m, n_terms) float32: what each item is; n_terms may be 0.
        log_share: (m,) float32: log of each item's part of all events, where its bias starts.
        settings: Widths and which heads.
    """

    def __init__(
        self, terms: torch.Tensor, log_share: torch.Tensor, settings: SourceSettings
    ) -> None:
        super().__init__()
        n_items, n_terms = terms.shape
        widths, n_latent = settings.vae_layers, settings.vae_latent
        self.terms = terms
        start = _START / math.sqrt(widths[0])
        self.item_in = nn.Parameter(torch.randn(n_items, widths[0]) * start)
        self.term_in = nn.Parameter(torch.zeros(n_terms, widths[0]))
        self.first_bias = nn.Parameter(torch.zeros(widths[0]))
        self.linear = nn.ModuleList([nn.Linear(*both) for both in pairwise(widths)])
        self.norm = nn.ModuleList([nn.LayerNorm(width, eps=NORM_EPSILON) for width in widths])
        self.to_latent = nn.Linear(widths[-1], 2 * n_latent)
        self.item_out = nn.Parameter(torch.rand(n_items, n_latent).sub(0.5) * n_latent**-0.5 * 2)
        self.term_out = nn.Parameter(torch.zeros(n_terms, n_latent))
        self.item_bias = nn.Parameter(log_share.clone())
        n_rated = n_items if settings.vae_rating_weight > 0 else 0
        self.like_out = nn.Parameter(torch.zeros(n_rated, n_latent))
        self.like_bias = nn.Parameter(torch.zeros(n_rated))

    def encode(
        self, index: torch.Tensor, start: torch.Tensor, scale: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log variance of the posterior of each bag."""
        x = functional.embedding_bag(index, self.rows_in(), start, mode="sum")
        x = x * scale[:, None] + self.first_bias
        seen: torch.Tensor = self.norm[0](functional.silu(x))
        for linear, norm in zip(self.linear, list(self.norm)[1:], strict=True):
            x = linear(seen)
            if x.shape == seen.shape:
                seen = seen + norm(functional.silu(x + seen))
            else:
                seen = norm(functional.silu(x))
        mean, log_variance = self.to_latent(seen).chunk(2, dim=1)
        return mean, log_variance

    def rows_in(self) -> torch.Tensor:
        """What each item of a history adds: its own row, and those of its terms."""
        if not self.terms.shape[1]:
            return self.item_in
        return torch.addmm(self.item_in, self.terms, self.term_in)

    def rows_out(self) -> torch.Tensor:
        """(m, n_latent): what each latent number says of each item."""
        if not self.terms.shape[1]:
            return self.item_out
        return torch.addmm(self.item_out, self.terms, self.term_out)

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Log odds of every item, but for one number per person."""
        return torch.addmm(self.item_bias, latent, self.rows_out().T)

    def liking(self, latent: torch.Tensor) -> torch.Tensor:
        """Log odds that an item is wanted once it is met."""
        return torch.addmm(self.like_bias, latent, self.like_out.T)


def pull(
    mean: torch.Tensor,
    log_variance: torch.Tensor,
    latent: torch.Tensor,
    before: tuple[torch.Tensor, torch.Tensor] | None,
) -> torch.Tensor:
    """How far each posterior lies from the prior, (n_people,), in nats.

    Args:
        mean: (n_people, n_latent).
        log_variance: (n_people, n_latent).
        latent: (n_people, n_latent) drawn from the posterior.
        before: Mean and log variance that the encoder gave an epoch ago, for the composite prior,
            whose distance is known by the draw alone; None is the normal prior.
    """
    if before is None:
        return 0.5 * (mean.square() + log_variance.exp() - log_variance - 1.0).sum(dim=1)
    zero = torch.zeros((), device=mean.device)
    parts = (
        _log_normal(latent, zero, zero),
        _log_normal(latent, *before),
        _log_normal(latent, zero, zero + _WIDE_LOG_VARIANCE),
    )
    logs = torch.stack([part + math.log(share) for part, share in zip(parts, _PRIOR, strict=True)])
    own = _log_normal(latent, mean, log_variance)
    return (own - torch.logsumexp(logs, dim=0)).sum(dim=1)


def _log_normal(x: torch.Tensor, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    square = (x - mean).square() / log_variance.exp()
    return -0.5 * (log_variance + _LOG_2_PI + square)


def exported(net: TorchNet) -> Net:
    """The net as it is served: plain arrays, terms folded into the items' rows."""

    def floats(tensor: torch.Tensor) -> Floats:
        return read_only(tensor.detach().cpu().numpy().astype(np.float32))

    none = torch.empty(0, 0)
    layers = []
    for place, norm in enumerate(net.norm):
        weight, bias = none, net.first_bias
        if place:
            weight, bias = net.linear[place - 1].parameters()
        scale, shift = norm.parameters()
        layers.append(Layer(floats(weight), floats(bias), floats(scale), floats(shift)))
    return Net(
        floats(net.rows_in()),
        tuple(layers),
        floats(net.to_latent.weight),
        floats(net.to_latent.bias),
        floats(net.rows_out()),
        floats(net.item_bias),
        floats(net.like_out),
        floats(net.like_bias),
    )
