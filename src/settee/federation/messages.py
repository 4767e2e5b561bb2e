"""Say what silos and coordinator send each other, step by step.

A silo says hello with its public keys; the plan names all of them. Each silo sends every other its
shares in sealed parcels, then its masked sums, and at last, told who is still there, the shares
that take the masks away: of a silo that stayed its own mask, of one that left the masks it had in
common with others, and never both.

Reads / Writes: nothing.
Source: Bonawitz et al. (2017), figure 4.
Not here: how they travel (federation.door, federation.caller).
"""

from typing import Annotated, TypeVar

import msgspec

from settee.federation.errors import BadMessage

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Key = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Hello(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A silo that wants to take part.

    Args:
        name: The silo's name.
        seal_key: Public key under which others seal parcels to it.
        mask_key: Public key from which its masks with others come.
        seed_hash: SHA-256 of the seed of the mask that is its own.
        items: Ids of its items; empty where the coordinator names the items.
        proof: The others' means to know that the coordinator changed no key; empty without a
            secret of the silos.
    """

    name: Name
    seal_key: Key
    mask_key: Key
    seed_hash: Key
    items: tuple[str, ...] = ()
    proof: bytes = b""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A silo as all others know it; see Hello."""

    name: Name
    seal_key: Key
    mask_key: Key
    seed_hash: Key
    proof: bytes = b""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each silo counts.

    Args:
        max_history: Latest distinct items of an account that count.
        account_power: An account of n items counts n to minus this power.
        epsilon: Privacy of an account, 0 for sums without noise.
        delta: Its delta.
    """

    max_history: Annotated[int, msgspec.Meta(ge=1)]
    account_power: Annotated[float, msgspec.Meta(ge=0, le=2)]
    epsilon: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    delta: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 1e-6


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes part in what.

    Args:
        session: Random bytes that no other federation has.
        threshold: So many silos must stay to the end.
        members: In the order of their names.
        items: Ids of the items that are counted, in the order of the cells.
        recipe: What each silo counts.
    """

    session: Key
    threshold: Annotated[int, msgspec.Meta(ge=2)]
    members: tuple[Member, ...]
    items: tuple[str, ...]
    recipe: Recipe


class Parcels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sealed shares: by receiver where a silo sends them, by sender where it gets them."""

    sealed: dict[str, bytes]


class Survivors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose sums came, and who parted shares but sent none."""

    stayed: tuple[str, ...]
    left: tuple[str, ...]


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of what takes the masks away.

    Args:
        seeds: For each silo that stayed, this silo's share of the seed of its own mask.
        keys: For each that left, this silo's share of the private key of its common masks.
    """

    seeds: dict[str, bytes]
    keys: dict[str, bytes]


class Learnt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of it; the weights follow on their own.

    Args:
        items: Ids of the items that the weights are of.
        n_silos: Whose sums are in it.
        sigma: Deviation of the noise in every co-count, 0 for none.
        epsilon: Privacy of an account, 0 without noise.
        delta: Its delta.
    """

    items: tuple[str, ...]
    n_silos: int
    sigma: float
    epsilon: float = 0.0
    delta: float = 0.0


Message = TypeVar("Message")


def read_message(raw: bytes, kind: type[Message]) -> Message:
    """A message from JSON.

    Raises:
        BadMessage: If it is not one of that kind.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadMessage(f"a {kind.__name__.lower()} cannot be read: {error}.") from None


def write_message(message: msgspec.Struct) -> bytes:
    """A message as JSON; bytes in it as base64."""
    return msgspec.json.encode(message)
