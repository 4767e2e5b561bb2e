"""Settings of audiences: who may be addressed, how often, and what may leave the house.

Reads / Writes: nothing.  Not here: how people are ranked (core.sections_response).
"""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from settee.core.section import Name, Section


class AudienceSettings(Section):
    """Who may be addressed, and what of it may leave."""

    unit: Literal["person", "account"] = Field(
        "person", description="Whom an audience is made of where it does not say: persons where "
        "they are known, or whole accounts."
    )  # fmt: skip
    holdout: float = Field(
        0.1, ge=0, le=0.9, description="Share that is chosen and not addressed, where an audience "
        "names none; without one there is no telling what a campaign did."
    )  # fmt: skip
    consent: Literal["required", "unless_refused"] = Field(
        "required", description="Address only who agreed, or everybody who did not refuse."
    )
    child_profiles: tuple[Name, ...] = Field(
        ("kid*", "kids*", "child*"), description="Accounts, persons and profiles called like this "
        "are children and never addressed, beside those that a rule age_limit names."
    )  # fmt: skip
    cap_contacts: int = Field(
        3, ge=0, description="Touches within cap_days after which nobody is addressed again; 0 for "
        "any number."
    )  # fmt: skip
    cap_days: int = Field(7, ge=1, le=400, description="Days in which touches count for that.")
    cap_per_channel: bool = Field(
        False, description="Count only touches of the channel that an audience is for."
    )
    quiet_days_touch: int = Field(
        0, ge=0, le=400, description="Days after a touch without another; 0 for none."
    )
    quiet_days_purchase: int = Field(
        0, ge=0, le=400, description="Days after a purchase or conversion without a touch; 0 for "
        "none."
    )  # fmt: skip
    min_size: int = Field(
        50, ge=2, le=1_000_000, description="Fewest people who may leave together, and fewest in "
        "whom exports may differ or agree."
    )  # fmt: skip
    small_parts: Literal["refuse", "leave_out"] = Field(
        "refuse", description="What becomes of an export that would tell fewer than that apart "
        "from earlier ones: it is refused, or goes without as many as it takes."
    )  # fmt: skip
    remember_exports_days: int = Field(
        365, ge=1, le=36_500, description="Days for which an export counts as an earlier one."
    )
    webhook_hosts: tuple[Name, ...] = Field(
        (), description="Hosts that audiences may be sent to, such as crm.example; none by default."
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Key that signs what is sent (HMAC-SHA256); without it nothing "
        "is sent."
    )  # fmt: skip
    webhook_timeout_s: Annotated[float, Field(gt=0, le=300)] = Field(
        10.0, description="Seconds to wait for an answer."
    )
    webhook_tries: int = Field(
        3, ge=1, le=10, description="Tries of each batch before an export fails."
    )
    webhook_batch: int = Field(1000, ge=1, le=100_000, description="Members of one request.")
