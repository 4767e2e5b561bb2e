"""Say what a marketer asks for, and what an audience is once it was made.

    {"item_id": "m318", "margin_cents": 400, "contact_cost_cents": 12, "campaign": "spring"}

asks for whoever is worth 12 cents when one in a hundred responses brings 400: everybody from a
probability of 0.03 on. One of four things is named: an item, a tag, attributes of items, or
accounts that others should be like. A field that is absent asks for nothing.

Reads: bytes of JSON or TOML.  Writes: nothing.
Not here: who is ranked how (audiences.response), where it stops (audiences.sizing), who may be
addressed at all (audiences.guard).
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from settee.core import BadInput, Id, Short

AudienceUnit = Literal["person", "account"]
AUDIENCE_UNITS: tuple[AudienceUnit, ...] = get_args(AudienceUnit)
How = Literal["model", "similar_items", "content", "lookalike", "uplift"]
"""What ranked people: the model, buyers of similar items, an item's words, likeness to seeds, or
the difference that a contact makes."""
RankedBy = Literal["probability", "uplift"]
ValuedBy = Literal["gamma_gamma", "mean"]
DeviceKind = Literal["tv", "desktop", "mobile", "tablet", "console", "speaker", "other"]
MAX_BYTES = 4 * 1024 * 1024
ANY_CHANNEL = "*"
"""The channel of an audience that names none, and of consent that holds for all."""

_Words = Annotated[tuple[Short, ...], Meta(max_length=64)]
_Year = Annotated[int, Meta(ge=1000, le=3000)]
_Cents = Annotated[int, Meta(ge=0, le=10**12)]
_Money = Annotated[float, Meta(ge=0, le=1e12)]
_Days = Annotated[float, Meta(gt=0, le=36_500)]
_Share = Annotated[float, Meta(ge=0, le=0.9)]
_Chance = Annotated[float, Meta(ge=0, le=1)]


class BadAudience(BadInput):
    """What is asked of an audience cannot be understood."""

    code = "bad_audience"


class ItemQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Items by attributes; all that is said must hold.

    Args:
        tags_any: At least one of these tags.
        tags_all: All of these tags.
        kind: The item's own kind, such as film.
        language: The item's language.
        year: First and last year.
        price_cents: Least and greatest price.
    """

    tags_any: _Words = ()
    tags_all: _Words = ()
    kind: Short | None = None
    language: Short | None = None
    year: tuple[_Year, _Year] | None = None
    price_cents: tuple[_Cents, _Cents] | None = None


class PeopleQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom to look at; all that is said must hold.

    Args:
        active_within_days: Their last event is no older.
        min_purchases: Purchases on record.
        min_value_cents: Revenue on record.
        device_types: They used at least one of these.
        accounts: Only these accounts.
    """

    active_within_days: _Days | None = None
    min_purchases: Annotated[int, Meta(ge=0, le=10**6)] = 0
    min_value_cents: _Cents = 0
    device_types: Annotated[tuple[DeviceKind, ...], Meta(max_length=7)] = ()
    accounts: Annotated[tuple[Id, ...], Meta(max_length=100_000)] = ()


class AudienceQuery(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What a marketer asks for.

    Args:
        item_id: Ranked by how likely they respond to this item.
        tag: To any item with this tag.
        items: To any item with these attributes.
        like: By likeness to these accounts, who are no part of the audience.
        people: Whom to look at.
        size: Most to choose; absent for as many as profit or probability allow.
        budget_cents: Most to spend on contacts; needs `contact_cost_cents`.
        contact_cost_cents: What one contact costs.
        margin_cents: What one response brings before the contact; with it, choosing stops where
            the expected profit of a contact ends.
        margin_share: Instead, the share of an order that is margin; what the next order of each
            account brings is then foretold from what it paid.
        by: Rank and size by the probability of a response, or by what a contact adds to it.
        learnt_from: With uplift, the campaign it was learnt from; absent for the latest.
        holdout: Share that is chosen and not addressed; absent for the setting.
        exclude_buyers: Leave out who has bought the item, or one of the items.
        exclude_buyers_days: Only who bought it within so many days.
        channel: By which they will be addressed; consent and caps are looked up for it.
        campaign: What the audience is for; the holdout stays the same under one campaign.
        min_probability: Least probability of a response.
        horizon_days: Days within which a response counts; absent for the model's own.
        unit: Persons where they are known, or whole accounts; absent for the setting.
        name: For people.
    """

    item_id: Id | None = None
    tag: Short | None = None
    items: ItemQuery | None = None
    like: Annotated[tuple[Id, ...], Meta(max_length=10_000)] = ()
    people: PeopleQuery = PeopleQuery()
    size: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None
    budget_cents: _Cents | None = None
    contact_cost_cents: _Money = 0.0
    margin_cents: _Money | None = None
    margin_share: _Chance | None = None
    by: RankedBy = "probability"
    learnt_from: Short | None = None
    holdout: _Share | None = None
    exclude_buyers: bool = False
    exclude_buyers_days: _Days | None = None
    channel: Short | None = None
    campaign: Short | None = None
    min_probability: _Chance = 0.0
    horizon_days: _Days | None = None
    unit: AudienceUnit | None = None
    name: Annotated[str, Meta(max_length=200)] = ""


@dataclass(frozen=True)
class Members:
    """Who was chosen, the first first; one value a member in every column.

    Args:
        account_ids: Their accounts.
        person_ids: The person in it, "" where the account stands for itself.
        probability: Of a response within the horizon.
        held_out: Chosen, and not to be addressed.
        uplift: What a contact adds to the probability; None where nobody asked.
        margin_cents: What a response of theirs brings; None where it is not told for each.
    """

    account_ids: tuple[str, ...]
    person_ids: tuple[str, ...]
    probability: NDArray[np.float64]  # (members,)
    held_out: NDArray[np.bool_]  # (members,)
    uplift: NDArray[np.float64] | None = None  # (members,)
    margin_cents: NDArray[np.float64] | None = None  # (members,)

    def __len__(self) -> int:
        return len(self.account_ids)

    @property
    def rank(self) -> NDArray[np.int64]:
        """(members,) ranks, from 1."""
        return np.arange(1, len(self) + 1)

    def pick(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> "Members":
        """Only some of them.

        Args:
            places: Positions, or one yes or no a member.
        """
        chosen = np.flatnonzero(places) if places.dtype == np.bool_ else places
        return Members(
            tuple(self.account_ids[place] for place in chosen),
            tuple(self.person_ids[place] for place in chosen),
            self.probability[chosen],
            self.held_out[chosen],
            None if self.uplift is None else self.uplift[chosen],
            None if self.margin_cents is None else self.margin_cents[chosen],
        )


@dataclass(frozen=True)
class Audience:
    """An audience as it was made.

    Args:
        audience_id: Names it.
        query: What was asked.
        as_of: The instant up to which the record was looked at, aware.
        how: What ranked people.
        n_eligible: Looked at and allowed to be addressed.
        expected_responses: Sum of the probabilities of those who will be addressed; of their
            uplift where that ranks.
        expected_profit_cents: Margin times that, less the cost of the contacts; None without a
            margin.
        left_out: How many were left out by each reason; see `audiences.LEFT_OUT`.
        members: Who was chosen.
        valued_by: With `margin_share`, what foretold orders: Gamma-Gamma, or their plain mean.
        active_by: The model that foretold who comes at all; "" where that was not yet noted.
    """

    audience_id: str
    query: AudienceQuery
    as_of: datetime
    how: How
    n_eligible: int
    expected_responses: float
    expected_profit_cents: float | None
    left_out: dict[str, int]
    members: Members
    valued_by: ValuedBy | None = None
    active_by: str = ""

    @property
    def name(self) -> str:
        """Its name, else its campaign, else its id."""
        return self.query.name or self.query.campaign or self.audience_id

    @property
    def n_chosen(self) -> int:
        """How many were chosen, the held out among them."""
        return len(self.members)

    @property
    def n_held_out(self) -> int:
        """How many of them are not to be addressed."""
        return int(self.members.held_out.sum())


_decoder = msgspec.json.Decoder(AudienceQuery)
_HINT = 'Send {"item_id": "…"}; docs/audiences.md lists every field.'


def parse_query(raw: bytes, kind: Literal["json", "toml"] = "json") -> AudienceQuery:
    """Read and check what is asked.

    Args:
        raw: One document.
        kind: What it is written in.

    Raises:
        BadAudience: If it cannot be read, a field is unknown, mistyped or out of range, or fields
            contradict one another.

    >>> parse_query(b'{"item_id": "m318", "size": 500}').size
    500
    """
    if len(raw) > MAX_BYTES:
        raise BadAudience(
            f"the question is {len(raw):,} bytes; at most {MAX_BYTES:,} are accepted."
        )
    try:
        query = (
            _decoder.decode(raw) if kind == "json" else msgspec.convert(_toml(raw), AudienceQuery)
        )
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadAudience(f"the question is refused: {error}.", hint=_HINT) from None
    check_query(query)
    return query


def check_query(query: AudienceQuery) -> None:
    """Refuse what no single field can tell.

    Raises:
        BadAudience: If not exactly one thing is asked for, a range ends before it starts, an
            account is named twice, a budget has no cost, or a margin is said twice.
    """
    asked = [
        name
        for name in ("item_id", "tag", "items", "like")
        if getattr(query, name) not in (None, ())
    ]
    if len(asked) != 1:
        raise BadAudience(
            f"{' and '.join(asked) or 'nothing'} is asked for; exactly one of item_id, tag, items "
            "and like is accepted.",
            hint="Make one audience for each." if asked else _HINT,
            place=asked[1] if asked else "item_id",
        )
    if query.items is not None:
        _check_items(query.items)
    for place, named in (("like", query.like), ("people.accounts", query.people.accounts)):
        if len(set(named)) < len(named):
            raise BadAudience(f"{place} names one twice; each may come once.", place=place)
    if query.budget_cents is not None and not query.contact_cost_cents:
        raise BadAudience(
            f"budget_cents is {query.budget_cents:,} and a contact costs nothing; a budget needs "
            "contact_cost_cents above 0.",
            place="contact_cost_cents",
        )
    _check_worth(query)
    if query.exclude_buyers_days is not None and not query.exclude_buyers:
        raise BadAudience(
            f"exclude_buyers_days is {query.exclude_buyers_days:g} and exclude_buyers is false; "
            "it is accepted beside true.",
            place="exclude_buyers_days",
        )


def _check_worth(query: AudienceQuery) -> None:
    if query.margin_cents is not None and query.margin_share is not None:
        raise BadAudience(
            f"margin_cents is {query.margin_cents:g} and margin_share is {query.margin_share:g}; "
            "one of both is accepted.",
            place="margin_share",
        )
    if query.learnt_from is not None and query.by != "uplift":
        raise BadAudience(
            f'learnt_from is "{query.learnt_from}" and by is "{query.by}"; it is accepted beside '
            '"uplift".',
            place="learnt_from",
        )


def _check_items(items: ItemQuery) -> None:
    if items == ItemQuery():
        raise BadAudience(
            "items says nothing, which would be every item; at least one attribute is accepted.",
            hint='Send {"items": {"tags_any": ["Drama"]}}.',
            place="items",
        )
    for place, reach in (("year", items.year), ("price_cents", items.price_cents)):
        if reach is not None and reach[0] > reach[1]:
            raise BadAudience(
                f"items.{place} goes from {reach[0]} to {reach[1]}; the end must not be before "
                "the start.",
                place=f"items.{place}",
            )


def _toml(raw: bytes) -> dict[str, Any]:
    return tomllib.loads(raw.decode())
