"""Settings of access: tenants, limits, session tokens, other origins.

Reads / Writes: nothing.
Not here: whether a key is asked for at all (serve.require_key), how it is checked (govern).
"""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from settee.core.section import Section


class AccessSettings(Section):
    """Who may come in, as whom, and how often."""

    max_open_tenants: int = Field(
        8, ge=1, le=1000, description="Tenants beside the default one that are open at once; "
        "where all are busy, one more gets a 503."
    )  # fmt: skip
    tenant_idle_s: float = Field(
        900.0, gt=0, description="Seconds without a request after which a tenant is closed; it "
        "opens again by itself (speed only)."
    )  # fmt: skip
    max_failures: int = Field(
        30, ge=1, description="Wrong credentials from one address, at once and a minute, after "
        "which wrong ones get a 429; right ones never do."
    )  # fmt: skip
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses or networks whose X-Forwarded-For is believed, such as "
        "10.0.0.0/8."
    )  # fmt: skip
    cors_origins: tuple[str, ...] = Field(
        (), description="Origins whose pages may ask from a browser, such as "
        "https://shop.example; none by default."
    )  # fmt: skip
    user_per_s: float = Field(
        20.0, ge=0, description="Requests a second of one account by session tokens; 0 for any "
        "number."
    )  # fmt: skip
    user_burst: int = Field(
        40, ge=1, description="Requests that it may make at once after a pause."
    )
    jwt_algorithms: tuple[Literal["EdDSA", "RS256", "HS256"], ...] = Field(
        ("EdDSA", "RS256"), min_length=1, description="Signatures of session tokens that are "
        "accepted."
    )  # fmt: skip
    jwt_jwks: str = Field(
        "", description="File or https address of the public keys that sign session tokens (JWKS); "
        "empty for none."
    )  # fmt: skip
    jwt_refresh_s: float = Field(
        300.0, gt=0, description="Seconds after which the address is asked again; a file is looked "
        "at every second."
    )  # fmt: skip
    jwt_secret: SecretStr = Field(
        SecretStr(""), description="Secret of HS256, 32 random bytes or more; best by "
        "SETTEE_ACCESS__JWT_SECRET."
    )  # fmt: skip
    jwt_secret_file: str = Field(
        "", description="File that holds the secret of HS256 instead; empty for none."
    )
    jwt_issuer: str = Field("", description="Issuer (iss) that session tokens must name.")
    jwt_audience: str = Field("", description="Audience (aud) that session tokens must name.")
    jwt_tenant_claim: str = Field(
        "tenant", min_length=1, description="Claim that names the tenant; without it the token is "
        "for the first of jwt_tenants."
    )  # fmt: skip
    jwt_tenants: tuple[str, ...] = Field(
        ("default",), min_length=1, description="Tenants for which session tokens are accepted."
    )
    jwt_leeway_s: float = Field(
        30.0, ge=0, le=300, description="Seconds by which the issuer's clock may be off."
    )
    jwt_max_life_s: float = Field(
        86_400.0, gt=0, description="Seconds that a session token may have left to live; one that "
        "lives longer is refused, for it cannot be revoked."
    )  # fmt: skip

    @field_validator("jwt_secret", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """Take a secret of digits alone, which a file or the environment gives as a number."""
        return str(value) if isinstance(value, int) else value
