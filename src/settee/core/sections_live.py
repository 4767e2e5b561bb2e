"""Settings of what learns while it serves: the live sources and the online layer.

Reads / Writes: nothing.  Not here: the other sections (core.sections).
"""

from typing import Annotated, Literal

from pydantic import Field

from settee.core.section import Section, Share

_HalfLife = Annotated[float, Field(ge=1.0, le=315_360_000.0)]


class LiveSettings(Section):
    """Sources that count every event as it comes."""

    sources: tuple[Literal["recent", "next", "fresh"], ...] = Field(
        ("recent", "next", "fresh"), description="Live sources that join the pool; () for none."
    )
    half_lives_s: Annotated[tuple[_HalfLife, ...], Field(min_length=1, max_length=6)] = Field(
        (1200.0, 7200.0, 86_400.0, 2_592_000.0),
        description="Speeds at which counts decay, fastest first, seconds; where a fast one has "
        "seen little, the slower ones answer.",
    )
    recent_prior: float = Field(
        100.0, gt=0, description="Events a speed must have seen to outvote the next slower one."
    )
    next_prior: float = Field(
        8.0, gt=0, description="Transitions a speed must have seen to outvote the next slower one."
    )
    lag_weights: Annotated[tuple[Share, ...], Field(min_length=1, max_length=10)] = Field(
        (1.0, 0.5, 0.3),
        description="What a transition from the last item, the one before it, ... counts.",
    )
    back_weight: Share = Field(
        0.15, description="What a transition counts in the direction against time."
    )
    gap_s: int = Field(
        1800, ge=1, description="Silence up to which a transition counts in full, seconds."
    )
    later_weight: Share = Field(0.1, description="What a transition over a longer silence counts.")
    history_weights: Annotated[tuple[Share, ...], Field(min_length=1, max_length=20)] = Field(
        (1.0, 0.2, 0.12, 0.08, 0.05),
        description="How loud the last item of a person speaks, the one before it, and so on.",
    )
    history_half_life_s: _HalfLife = Field(
        600.0, description="Seconds before the last item after which an item speaks half as loud."
    )
    fresh_until: int = Field(
        20, ge=0, description="Events up to which an item counts as fresh and is found by content."
    )
    fresh_items: int = Field(2000, ge=1, le=100_000, description="Most items that are fresh.")
    replay_days: float = Field(
        30.0, gt=0, description="Latest days of the record that the counts are filled from."
    )
    max_partners: Literal[4, 8, 16, 32, 64, 128, 256, 512, 1024] = Field(
        256, description="Most items that an item's transitions lead to; the weakest go."
    )
    max_pairs: int = Field(
        4_000_000, ge=1024, description="Most transitions in memory, 20 bytes each at four speeds."
    )
    max_streams: int = Field(
        100_000, ge=8, le=50_000_000,
        description="Devices whose last items are remembered; those silent longest go.",
    )  # fmt: skip


class OnlineSettings(Section):
    """The layer over the base order that learns from what people choose."""

    enabled: bool = Field(True, description="Learn, and act once the evidence allows it.")
    per_person: bool = Field(True, description="Learn for each person beside what all share.")
    persons: int = Field(
        10_000, ge=1, le=10_000_000, description="Most persons kept; who was silent longest goes."
    )
    prior: float = Field(
        1.0, gt=0, description="Precision of the start: larger holds on to the base order longer."
    )
    person_prior: float = Field(
        20.0, gt=0, description="The same of a person, who starts from what all share."
    )
    memory: float = Field(
        50_000, ge=10, description="Choices after which an old one counts 1/e in what all share."
    )
    alpha: float = Field(
        0.05, gt=0, lt=0.5, description="Error of the evidence: it acts where even the lower end "
        "of the interval that holds at every instant, at this error, is above 0."
    )  # fmt: skip
    window_s: int = Field(
        1800, ge=1, description="Seconds after an answer in which what is taken of it teaches."
    )
    waiting: int = Field(
        10_000, ge=1, le=1_000_000, description="Answers that wait for what is taken of them."
    )
    span: int = Field(
        20_000, ge=100, description="Choices that one interval looks at; then the next begins."
    )
    replay_choices: int = Field(
        5_000, ge=0, description="Choices of the record's later part from which the layer starts "
        "and on which it is judged."
    )  # fmt: skip
