"""Settings of the variational autoencoder.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from typing import Annotated, Literal

from pydantic import Field

from settee.core.section import Section, Share

Width = Annotated[int, Field(ge=1, le=8192)]


class VaeSettings(Section):
    """The `vae_*` settings of the source "vae"."""

    vae_layers: tuple[Width, ...] = Field(
        (600, 600, 600),
        min_length=1,
        max_length=16,
        description="Widths of the encoder; a layer as wide as those before also sees their sum. "
        "(512, 256) with vae_latent = 64 is the plain tower.",
    )
    vae_latent: Width = Field(200, description="Numbers that stand for a person.")
    vae_prior: Literal["normal", "composite"] = Field(
        "composite",
        description="Where people are expected: around the origin, or also near where the encoder "
        "put them an epoch ago (RecVAE).",
    )
    vae_dropout: float = Field(
        0.6, ge=0, lt=1, description="Share of each history that is hidden from the encoder."
    )
    vae_beta: float = Field(
        0.005,
        ge=0,
        le=10,
        description="Pull of a person towards the prior, for each item of the history.",
    )
    vae_anneal_epochs: int = Field(
        10, ge=0, le=10_000, description="Epochs over which that pull grows to its full size."
    )
    vae_members: int = Field(
        3, ge=1, le=32, description="Nets that are trained from different starts; scores are means."
    )
    vae_epochs: int = Field(40, ge=1, le=10_000, description="Most epochs of each.")
    vae_patience: int = Field(
        10, ge=1, description="Epochs without gain on held-out accounts after which one ends."
    )
    vae_minutes: float = Field(
        30.0,
        gt=0,
        description="Most minutes for all of them; a fit that they cut short depends on the "
        "machine.",
    )
    vae_batch: int = Field(500, ge=1, le=100_000, description="Accounts per step.")
    vae_learning_rate: float = Field(0.003, gt=0, le=1, description="Size of a step (Adam).")
    vae_weight_decay: float = Field(
        0.5, ge=0, le=10, description="Part of the weights that a step of size 1 takes away."
    )
    vae_account_power: float = Field(
        0.5, ge=0, le=2, description="An account of n items counts n to minus this power."
    )
    vae_average: float = Field(
        0.98, ge=0, lt=1, description="Memory of the running mean of the weights that serves."
    )
    vae_linear: bool = Field(
        True,
        description="Let EASE, fitted by its own settings, vote beside the nets; how much it "
        "counts is chosen on held-out accounts.",
    )
    vae_content_terms: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Most frequent tags and words that tell the nets what an item is; 0 is none.",
    )
    vae_rating_weight: float = Field(
        0.0,
        ge=0,
        le=1000,
        description="Weight of telling wanted items from others that were met, beside finding "
        "them; 0 learns nothing from events without interest.",
    )
    vae_held_out: Share = Field(
        0.05, description="Share of accounts that choose the epoch and what EASE counts."
    )
    vae_max_items: int = Field(
        20_000, ge=2, description="Most popular items that the nets know; others score 0."
    )
    vae_seed: int = Field(7, ge=0, description="Seed of starts, batches and what is hidden.")
    vae_threads: int = Field(
        0, ge=0, le=256, description="Threads that train it; 0 is one per core (speed only)."
    )
    vae_device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where it is trained; auto is a GPU where torch finds one (speed only)."
    )
