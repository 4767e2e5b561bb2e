"""Lead silos through a sum of which only the total is ever seen.

Four steps: hello, parcels, masked sums, openings. A step ends when everybody came or when its time
is over; silos that did not come are left out, and as long as the threshold stays the sum goes on.
Of 5 silos with a threshold of 3, two may leave at any step, even after their keys are agreed.

The coordinator is trusted to follow the steps and to keep the token, not to see anything: it holds
the sum of masked vectors, parcels that it cannot open, and at the end the total.

Reads / Writes: nothing; a sum is added up in memory and one silo's vector is dropped once added.
Source: Bonawitz et al. (2017), figure 4.
Not here: clocks and connections (federation.door).
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from settee.federation.amounts import to_amounts
from settee.federation.errors import BadMessage, BadTerms, FederationFailed, StrangeSilo, WrongStep
from settee.federation.keys import KEY_BYTES, KeyPair
from settee.federation.masks import add_stream
from settee.federation.messages import (
    Hello,
    Member,
    Opening,
    Parcels,
    Plan,
    Recipe,
    Survivors,
)
from settee.federation.sharing import joined
from settee.federation.silo import FEWEST, adds, mask_seed


class Step(StrEnum):
    """Where a federation is."""

    HELLO = "hello"
    PARCELS = "parcels"
    SUMS = "sums"
    OPENINGS = "openings"
    TOTAL = "total"
    FAILED = "failed"


@dataclass(frozen=True)
class Terms:
    """What a coordinator calls silos together for.

    Args:
        n_silos: How many are expected; at least 3.
        threshold: How many must stay to the end; over half of those expected. 0 is the least.
        recipe: What each counts.
        items: Names of the items that are counted, sorted; empty takes those that silos name.
        shared_by: Where silos name the items: by how many of them an item must be named.
        max_items: Most items that are counted.

    Raises:
        BadTerms: If the sum would keep nothing secret, or could never be finished.
    """

    n_silos: int
    threshold: int = 0
    recipe: Recipe = field(default_factory=lambda: Recipe(500, 0.5))
    items: tuple[str, ...] = ()
    shared_by: int = 1
    max_items: int = 20_000

    def __post_init__(self) -> None:
        least = self.n_silos // 2 + 1
        if self.n_silos < FEWEST:
            raise BadTerms(
                f"{self.n_silos} silos were asked for; with fewer than {FEWEST} each knows the "
                "other's sums by subtracting its own.",
                place="--silos",
            )
        if self.threshold and not least <= self.threshold <= self.n_silos:
            raise BadTerms(
                f"a threshold of {self.threshold} is not between {least} (over half) and "
                f"{self.n_silos} (all).",
                place="--threshold",
            )

    @property
    def stays(self) -> int:
        """How many silos must stay to the end."""
        return self.threshold or self.n_silos // 2 + 1


class Coordinator:
    """One federation.

    Args:
        terms: What it is for.
    """

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.step = Step.HELLO
        self.why = ""
        self.plan: Plan | None = None
        self.survivors: Survivors | None = None
        self._hellos: dict[str, Hello] = {}
        self._tickets: dict[str, bytes] = {}
        self._parcels: dict[str, dict[str, bytes]] = {}
        self._sum: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._summed: list[str] = []
        self._openings: dict[str, Opening] = {}

    @property
    def came(self) -> tuple[str, ...]:
        """Who did what the present step asks for, by name."""
        by_step: dict[Step, Iterable[str]] = {
            Step.HELLO: self._hellos,
            Step.PARCELS: self._parcels,
            Step.SUMS: self._summed,
            Step.OPENINGS: self._openings,
        }
        return tuple(sorted(by_step.get(self.step, ())))

    @property
    def expected(self) -> int:
        """How many silos the present step waits for."""
        by_step = {
            Step.HELLO: self.terms.n_silos,
            Step.PARCELS: len(self._hellos),
            Step.SUMS: len(self._parcels),
            Step.OPENINGS: len(self._summed),
        }
        return by_step.get(self.step, 0)

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the items that are counted."""
        return self._planned().items

    @property
    def n_items(self) -> int:
        """How many items are counted."""
        return len(self.items)

    @property
    def n_stayed(self) -> int:
        """How many silos are in the total."""
        return len(self._summed)

    @property
    def n_cells(self) -> int:
        """Cells of each silo's sum: every pair of items, and one for all events."""
        return self.n_items * (self.n_items + 1) // 2 + 1

    def hello(self, hello: Hello) -> bytes:
        """Take a silo in; the ticket that it must show from now on.

        Raises:
            WrongStep: If the hellos are over.
            StrangeSilo: If another silo has that name.
        """
        self._demand(Step.HELLO)
        known = self._hellos.get(hello.name)
        if known is not None and known != hello:
            raise StrangeSilo(f'another silo is called "{hello.name}"; names are different.')
        self._hellos[hello.name] = hello
        ticket = self._tickets.setdefault(hello.name, secrets.token_bytes(KEY_BYTES))
        self._go_on_when_all_came()
        return ticket

    def check_ticket(self, name: str, ticket: bytes) -> None:
        """Refuse a caller that is not the silo of that name.

        Raises:
            StrangeSilo: If it is not.
        """
        known = self._tickets.get(name)
        if known is None or not secrets.compare_digest(known, ticket):
            raise StrangeSilo(f'the caller is not the silo "{name}" that said hello.')

    def put_parcels(self, name: str, parcels: Parcels) -> None:
        """Take a silo's sealed shares for the others.

        Raises:
            WrongStep: If another step is on.
            BadMessage: If they are not for every other silo.
        """
        self._demand(Step.PARCELS)
        others = {one.name for one in self._planned().members} - {name}
        if set(parcels.sealed) != others:
            raise BadMessage(f'the silo "{name}" did not seal a parcel for every other silo.')
        self._parcels[name] = dict(parcels.sealed)
        self._go_on_when_all_came()

    def parcels_for(self, name: str) -> Parcels | None:
        """What others sealed for a silo; None until all came."""
        if self.step in (Step.HELLO, Step.PARCELS):
            return None
        senders = self._parcels.items()
        return Parcels({sender: out[name] for sender, out in senders if sender != name})

    def expect_sum(self, name: str) -> None:
        """Refuse a sum before it is sent.

        Raises:
            WrongStep: If another step is on, or the silo parted no secrets or came before.
        """
        self._demand(Step.SUMS)
        if name not in self._parcels or name in self._summed:
            raise WrongStep(f'the silo "{name}" has no sum to bring: none planned, or it came.')

    def put_sum(self, name: str, masked: NDArray[np.uint64]) -> None:
        """Add a silo's masked vector to the sum.

        Raises:
            WrongStep: If another step is on, or the silo parted no secrets or came before.
            BadMessage: If it has not one number per cell.
        """
        self.expect_sum(name)
        if len(masked) != self.n_cells:
            raise BadMessage(
                f'the silo "{name}" sent {len(masked):,} numbers; the plan has {self.n_cells:,}.'
            )
        if not self._summed:
            self._sum = np.zeros(self.n_cells, np.uint64)
        self._sum += masked
        self._summed.append(name)
        self._go_on_when_all_came()

    def put_opening(self, name: str, opening: Opening) -> None:
        """Take a silo's shares of what takes the masks away.

        Raises:
            WrongStep: If another step is on, or the silo brought no sum.
            BadMessage: If they are not of the silos that stayed and left.
        """
        self._demand(Step.OPENINGS)
        told = self.survivors
        if told is None or name not in told.stayed:
            raise WrongStep(f'the silo "{name}" brought no sum; it opens nothing.')
        if set(opening.seeds) != set(told.stayed) or set(opening.keys) != set(told.left):
            raise BadMessage(f'the silo "{name}" did not open what was asked for.')
        self._openings[name] = opening
        self._go_on_when_all_came()

    def end_step(self) -> None:
        """Go on with those who came, because the step's time is over.

        Raises:
            FederationFailed: If too few came.
        """
        if self.step in (Step.TOTAL, Step.FAILED):
            return
        least = self.terms.stays if self.step != Step.HELLO else max(FEWEST, self.terms.stays)
        if len(self.came) < least:
            told = ", ".join(self.came) or "none"
            self.fail(f"{self.step}: of {self.expected} silos came {told}, and {least} must.")
            raise FederationFailed(
                self.why, hint="Start the coordinator and the silos again, or wait longer."
            )
        self._go_on()

    def fail(self, why: str) -> None:
        """End it without a total."""
        self.step, self.why = Step.FAILED, why

    def total(self) -> NDArray[np.float64]:
        """The sum of all that stayed, (n_cells,), with every mask taken away.

        Raises:
            WrongStep: If the openings are not all there.
            FederationFailed: If shares do not fit the keys that silos said hello with.
        """
        self._demand(Step.TOTAL)
        plan, told = self._planned(), self.survivors
        if told is None:  # the step says that there are some
            raise WrongStep("nobody stayed.")
        whole = self._sum.copy()
        for name in told.stayed:
            add_stream(whole, self._seed_of(name), is_subtracted=True)
        by_name = {one.name: one for one in plan.members}
        for gone in told.left:
            pair = self._keys_of(gone)
            for name in told.stayed:
                seed = mask_seed(pair, by_name[name].mask_key, plan.session, name, gone)
                add_stream(whole, seed, is_subtracted=adds(name, gone))
        return to_amounts(whole)

    def _planned(self) -> Plan:
        if self.plan is None:
            raise WrongStep("nothing is planned yet; silos are still saying hello.")
        return self.plan

    def _demand(self, step: Step) -> None:
        if self.step == Step.FAILED:
            raise FederationFailed(self.why)
        if self.step != step:
            raise WrongStep(f"the federation is at {self.step}; {step} is not what it takes now.")

    def _go_on_when_all_came(self) -> None:
        if len(self.came) == self.expected:
            self._go_on()

    def _go_on(self) -> None:
        if self.step == Step.HELLO:
            self.plan = self._make_plan()
            self.step = Step.PARCELS
        elif self.step == Step.PARCELS:
            self.step = Step.SUMS
        elif self.step == Step.SUMS:
            stayed = tuple(sorted(self._summed))
            self.survivors = Survivors(stayed, tuple(sorted(set(self._parcels) - set(stayed))))
            self.step = Step.OPENINGS
        else:
            self.step = Step.TOTAL

    def _make_plan(self) -> Plan:
        hellos = [self._hellos[name] for name in sorted(self._hellos)]
        members = tuple(
            Member(one.name, one.seal_key, one.mask_key, one.seed_hash, one.proof) for one in hellos
        )
        named = Counter(item for one in hellos for item in set(one.items))
        shared = sorted(item for item, n in named.items() if n >= self.terms.shared_by)
        items = self.terms.items or tuple(shared)
        if not 0 < len(items) <= self.terms.max_items:
            why = (
                f"the silos have {len(items):,} items to count; 1 to {self.terms.max_items:,} are "
                "accepted."
            )
            self.fail(why)
            raise FederationFailed(why, hint="--items FILE names those that are counted.")
        session = secrets.token_bytes(KEY_BYTES)
        return Plan(session, self.terms.stays, members, items, self.terms.recipe)

    def _shares_of(self, name: str, kind: str) -> dict[int, bytes]:
        """Enough shares of a silo's secret, by the place of who held them."""
        places = {one.name: place for place, one in enumerate(self._planned().members, 1)}
        given = sorted(self._openings.items())[: self.terms.stays]
        return {places[who]: getattr(one, kind)[name] for who, one in given}

    def _seed_of(self, name: str) -> bytes:
        """The seed of a silo's own mask, held against the hash that it said hello with."""
        seed = self._joined(name, "seeds")
        if hashlib.sha256(seed).digest() != self._hellos[name].seed_hash:
            raise self._misfit(name)
        return seed

    def _keys_of(self, name: str) -> KeyPair:
        """The keys of a silo that left, held against its public one."""
        pair = KeyPair.of(self._joined(name, "keys"))
        if pair.public != self._hellos[name].mask_key:
            raise self._misfit(name)
        return pair

    def _joined(self, name: str, kind: str) -> bytes:
        try:
            return joined(self._shares_of(name, kind), KEY_BYTES)
        except BadMessage:
            raise self._misfit(name) from None

    def _misfit(self, name: str) -> FederationFailed:
        self.fail(f'the shares of the silo "{name}" do not give its secret; a silo changed one.')
        return FederationFailed(self.why, hint="Start again, without the silo that is broken.")
