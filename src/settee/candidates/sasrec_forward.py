"""What the trained sequence model knows after a history, by numpy alone.

The same arithmetic as in training, one person at a time: every block needs all steps, but of the
last one only the newest is asked for, so two blocks cost little more than one. An item that is half
this person's is looked at half as much: the logarithm of its share is added to its attention.

Reads / Writes: nothing.
Source: as candidates.deep.sasrec_net, which writes the parameters.
Not here: scores of items (candidates.sasrec).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

INPUT_SCALE = np.float32(3.0)
"""As in training: an item's numbers grow by it where they are asked about."""
_EPSILON = np.float32(1e-5)
_FAR = np.float32(-1e9)


def _normal(x: Floats, weight: Floats, bias: Floats) -> Floats:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + _EPSILON)
    return np.asarray(centred / spread * weight + bias, np.float32)


def _gate(x: Floats) -> Floats:
    """The logistic function, by a form that cannot overflow."""
    return np.asarray(0.5 * (np.tanh(np.float32(0.5) * x) + 1.0), np.float32)


def _softmax(x: Floats) -> Floats:
    grown = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True), np.float32)


@dataclass(frozen=True)
class Forward:
    """The parameters by the names that training gave them."""

    parameters: Mapping[str, Floats]

    @property
    def n_blocks(self) -> int:
        """Rounds of attention."""
        return sum(name.endswith(".near") for name in self.parameters)

    @property
    def window(self) -> int:
        """Most items that are looked at."""
        return int(self.parameters["blocks.0.near"].shape[1])

    def known(self, places: NDArray[np.int32], gaps: NDArray[np.int8], amount: Floats) -> Floats:
        """What is known after the newest item: (factors,).

        Args:
            places: (n,) at most `window` items, one or more, oldest first.
            gaps: (n,) time since the item before, as `gaps_of` says.
            amount: (n,) above 0: how much of each is this person's.
        """
        of = self.parameters
        x = INPUT_SCALE * of["item"][places] + of["gap"][gaps]
        share = np.log(amount, dtype=np.float32)
        for block in range(self.n_blocks):
            n_asked = 1 if block == self.n_blocks - 1 else len(x)
            x = self._block(f"blocks.{block}", x, n_asked, share)
        return np.asarray(_normal(x[-1], of["out.weight"], of["out.bias"]), np.float32)

    def _linear(self, name: str, x: Floats) -> Floats:
        return x @ self.parameters[f"{name}.weight"].T + self.parameters[f"{name}.bias"]

    def _normal(self, name: str, x: Floats) -> Floats:
        return _normal(x, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])

    def _block(self, name: str, x: Floats, n_asked: int, share: Floats) -> Floats:
        """The newest `n_asked` steps after one block."""
        now = self._normal(f"{name}.before_look", x)
        seen = self._look(name, now, n_asked, share)
        x, now = x[-n_asked:], now[-n_asked:]
        x = x + _gate(self._linear(f"{name}.look_gate", now)) * seen
        now = self._normal(f"{name}.before_think", x)
        up, gate = np.split(self._linear(f"{name}.widen", now), 2, axis=-1)
        thought = self._linear(f"{name}.narrow", up * gate * _gate(gate))
        return np.asarray(x + _gate(self._linear(f"{name}.think_gate", now)) * thought)

    def _look(self, name: str, now: Floats, n_asked: int, share: Floats) -> Floats:
        near = self.parameters[f"{name}.near"]
        n_steps, d = now.shape
        step = np.arange(n_steps)
        back = step[-n_asked:, np.newaxis] - step
        bias = np.where(back < 0, _FAR, near[:, np.maximum(back, 0)] + share)
        weight, offset = (
            self.parameters[f"{name}.look.weight"],
            self.parameters[f"{name}.look.bias"],
        )
        # Queries of the newest steps alone, keys and values of all.
        q = (now[-n_asked:] @ weight[:d].T + offset[:d]).reshape(n_asked, len(near), -1)
        k, v = (
            (now @ weight[part].T + offset[part]).reshape(n_steps, len(near), -1)
            for part in (slice(d, 2 * d), slice(2 * d, 3 * d))
        )
        scale = np.float32((d // len(near)) ** -0.5)
        looked = _softmax(scale * (q.transpose(1, 0, 2) @ k.transpose(1, 2, 0)) + bias)
        seen = (looked @ v.transpose(1, 0, 2)).transpose(1, 0, 2).reshape(n_asked, d)
        return self._linear(f"{name}.seen", seen)
