"""Take part in a sum without showing one's own part of it.

What leaves the silo is its amounts under a mask of its own and one mask with every other silo, of
which one of the two adds it and the other subtracts it. Once all sums are there, the common masks
are gone; those of silos that left and the own ones are taken away with shares that enough silos
hand over. Of each silo that is one of the two, never both, and only once: with both, the
coordinator could lay its amounts open.

Reads: the system's randomness.  Writes: nothing.
Source: Bonawitz et al. (2017), "Practical Secure Aggregation", figure 4, without signatures.
Not here: what is counted (candidates.federate), the way to the coordinator (federation.caller).
"""

import hashlib
import secrets
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from settee.federation.amounts import to_whole
from settee.federation.errors import BadMessage, SiloRefuses
from settee.federation.keys import KeyPair, agreed, hidden_id, seal, signature, unseal
from settee.federation.masks import add_stream
from settee.federation.messages import Hello, Member, Opening, Parcels, Plan, Survivors
from settee.federation.noise import Privacy, normal_noise
from settee.federation.sharing import SHARE_BYTES, parted

FEWEST = 3
"""With two silos each would know the other's sums by subtracting its own."""


def mask_seed(mine: KeyPair, theirs: bytes, session: bytes, one: str, other: str) -> bytes:
    """Seed of the mask that two silos have in common."""
    first, second = sorted((one, other))
    return agreed(mine, theirs, b"|".join((b"mask", session, first.encode(), second.encode())))


def adds(name: str, other: str) -> bool:
    """Does the silo of this name add the mask that it has with the other, or subtract it?"""
    return name < other


class Silo:
    """One silo in one federation.

    Args:
        name: Its name, lower-case letters, digits, ".", "_" and "-".
        secret: What the silos know and the coordinator does not; empty without one. It hides the
            ids of items from the coordinator, and proves that no key was changed on its way.
        demands: The privacy of an account that the plan must keep at least; None for none.
    """

    def __init__(self, name: str, secret: bytes = b"", demands: Privacy | None = None) -> None:
        self.name = name
        self._secret = secret
        self._demands = demands
        self._seal = KeyPair.new()
        self._mask = KeyPair.new()
        self._seed = secrets.token_bytes(32)
        self._plan: Plan | None = None
        self._own = b""
        self._parcels: dict[str, bytes] | None = None
        self._has_opened = False

    def item_name(self, item_id: str) -> str:
        """What the federation calls an item: its id, or a hash of it where there is a secret."""
        return hidden_id(self._secret, item_id) if self._secret else item_id

    def hello(self, item_ids: tuple[str, ...] = ()) -> Hello:
        """The first message.

        Args:
            item_ids: The silo's items; none where the coordinator names them.
        """
        digest = hashlib.sha256(self._seed).digest()
        return Hello(
            self.name,
            self._seal.public,
            self._mask.public,
            digest,
            tuple(sorted(map(self.item_name, item_ids))),
            self._proof(self.name, self._seal.public, self._mask.public, digest),
        )

    def shares(self, plan: Plan) -> Parcels:
        """This silo's secrets, parted among all silos and sealed for each.

        Raises:
            SiloRefuses: If the plan does not keep this silo's amounts safe.
        """
        self._check(plan)
        self._plan = plan
        n = len(plan.members)
        keys = parted(self._mask.private, n, plan.threshold)
        seeds = parted(self._seed, n, plan.threshold)
        sealed = {}
        for other, key, seed in zip(plan.members, keys, seeds, strict=True):
            text = key + seed
            sealed[other.name] = text if other.name == self.name else self._sealed(other, text)
        self._own = sealed.pop(self.name)
        return Parcels(sealed)

    def masked(
        self, parcels: Parcels, amounts: NDArray[np.float64], bound: float
    ) -> NDArray[np.uint64]:
        """This silo's amounts under its masks; the noise that the plan asks for is in them.

        Args:
            parcels: What the other silos sealed for this one, by sender.
            amounts: (n,) in the cells of the plan.
            bound: What one account may change in all amounts together (L2).

        Raises:
            SiloRefuses: If too few silos parted their secrets.
            BadMessage: If a parcel was changed, or an amount is too large.
        """
        plan = self._planned()
        self._parcels = {self.name: self._own}
        for other in plan.members:
            if other.name in parcels.sealed and other.name != self.name:
                self._parcels[other.name] = self._unsealed(other, parcels.sealed[other.name])
        if len(self._parcels) < plan.threshold:
            raise SiloRefuses(
                f"{len(self._parcels)} silos parted their secrets, and {plan.threshold} must."
            )
        whole = to_whole(amounts + self._noise(plan, len(amounts), bound))
        add_stream(whole, self._seed)
        for other in plan.members:
            if other.name in self._parcels and other.name != self.name:
                seed = mask_seed(self._mask, other.mask_key, plan.session, self.name, other.name)
                add_stream(whole, seed, is_subtracted=not adds(self.name, other.name))
        return whole

    def opening(self, survivors: Survivors) -> Opening:
        """This silo's shares of what takes the masks off the sum, given once.

        Raises:
            SiloRefuses: If they were given before, too few silos stayed, or a silo is said to have
                both stayed and left.
        """
        plan, parcels = self._planned(), self._parcels
        stayed, left = set(survivors.stayed), set(survivors.left)
        if self._has_opened:
            raise SiloRefuses("the shares were given already; a second time they could unmask.")
        if parcels is None or stayed & left or stayed | left != set(parcels):
            raise SiloRefuses("who stayed and who left are not the silos that parted secrets.")
        if self.name not in stayed or len(stayed) < plan.threshold:
            raise SiloRefuses(
                f"{len(stayed)} silos stayed, and {plan.threshold} must, this one among them."
            )
        self._has_opened = True
        return Opening(
            seeds={name: parcels[name][SHARE_BYTES:] for name in sorted(stayed)},
            keys={name: parcels[name][:SHARE_BYTES] for name in sorted(left)},
        )

    def _proof(self, name: str, *public: bytes) -> bytes:
        return signature(self._secret, name.encode(), *public) if self._secret else b""

    def _planned(self) -> Plan:
        if self._plan is None:
            raise SiloRefuses("nothing was planned yet; the plan comes first.")
        return self._plan

    def _check(self, plan: Plan) -> None:
        """Refuse a plan under which others could learn this silo's amounts."""
        names = [one.name for one in plan.members]
        mine = [one for one in plan.members if one.name == self.name]
        hello = self.hello()
        if names != sorted(set(names)) or len(mine) != 1 or mine[0].mask_key != hello.mask_key:
            raise SiloRefuses(f'the plan does not name the silo "{self.name}" as it said hello.')
        if len(names) < FEWEST or not len(names) / 2 < plan.threshold <= len(names):
            raise SiloRefuses(
                f"{len(names)} silos with a threshold of {plan.threshold} keep nothing secret; at "
                f"least {FEWEST} silos and a threshold over half of them do."
            )
        if len({one.mask_key for one in plan.members}) < len(names):
            raise SiloRefuses("two silos of the plan have the same key; each has its own.")
        for one in plan.members if self._secret else ():
            public = (one.seal_key, one.mask_key, one.seed_hash)
            if self._proof(one.name, *public) != one.proof:
                raise SiloRefuses(
                    f'the key of the silo "{one.name}" was not sent by one that knows the secret.',
                    hint="Give every silo the same secret file.",
                )
        self._check_privacy(plan)

    def _check_privacy(self, plan: Plan) -> None:
        demands, recipe = self._demands, plan.recipe
        if demands is None:
            return
        if not recipe.epsilon or Privacy(recipe.epsilon, recipe.delta).rho > demands.rho:
            told = f"epsilon {recipe.epsilon:g}" if recipe.epsilon else "no noise"
            raise SiloRefuses(
                f"the plan has {told}; this silo demands epsilon {demands.epsilon:g} or less.",
                hint="settee federate coordinator --epsilon sets it.",
            )

    def _noise(self, plan: Plan, n: int, bound: float) -> NDArray[np.float64] | float:
        """This silo's part of the noise: any silos that are enough add up to all of it."""
        if not plan.recipe.epsilon:
            return 0.0
        privacy = Privacy(plan.recipe.epsilon, plan.recipe.delta)
        part = privacy.sigma(bound) / plan.threshold**0.5
        return normal_noise(secrets.token_bytes(32), n, part)

    def _sealed(self, other: Member, text: bytes) -> bytes:
        purpose = self._purpose(self.name, other.name)
        return seal(agreed(self._seal, other.seal_key, purpose), text, purpose)

    def _unsealed(self, other: Member, sealed: bytes) -> bytes:
        purpose = self._purpose(other.name, self.name)
        text = unseal(agreed(self._seal, other.seal_key, purpose), sealed, purpose)
        if len(text) != 2 * SHARE_BYTES:
            raise BadMessage(f'the parcel of the silo "{other.name}" has not the size of shares.')
        return text

    def _purpose(self, sender: str, receiver: str) -> bytes:
        return b"|".join((b"parcel", self._planned().session, sender.encode(), receiver.encode()))


def places_of(names: Mapping[str, int], items: tuple[str, ...]) -> NDArray[np.int32]:
    """Position of each item of a plan in a catalogue, -1 where the silo does not have it.

    Args:
        names: Position by the name that the federation has for an item.
        items: Of the plan.

    >>> places_of({"m1": 0, "m2": 1}, ("m2", "m9")).tolist()
    [1, -1]
    """
    return np.array([names.get(item, -1) for item in items], np.int32)
