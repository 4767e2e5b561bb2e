"""Every setting: its name, default, unit, range and what it changes.

One section per part of the product. A description that ends in "(speed only)" leaves every result
as it is; all others change results, and each has a test that shows it.

Reads / Writes: nothing.  Not here: where values come from and which wins (core.settings).
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from settee.core.section import Name, Section, Share
from settee.core.sections_access import AccessSettings
from settee.core.sections_attribution import AttributionSettings
from settee.core.sections_audiences import AudienceSettings
from settee.core.sections_console import ConsoleSettings
from settee.core.sections_embedding import EmbeddingSettings
from settee.core.sections_factors import FactorSettings
from settee.core.sections_graph import GraphSettings
from settee.core.sections_linear import LinearSettings
from settee.core.sections_live import LiveSettings, OnlineSettings
from settee.core.sections_next import NextSettings
from settee.core.sections_precomputed import PrecomputedSettings
from settee.core.sections_response import ResponseSettings
from settee.core.sections_sequence import SequenceSettings
from settee.core.sections_serve import (
    BreakerSettings,
    ListSettings,
    ServeSettings,
    TracingSettings,
)
from settee.core.sections_state import StateSettings
from settee.core.sections_vae import VaeSettings
from settee.core.sections_variety import ExploreSettings, VarietySettings

SourceName = Literal[
    "popular",
    "content",
    "embedding",
    "content_map",
    "knn",
    "ease",
    "als",
    "graph",
    "slim",
    "vae",
    "next_ridge",
    "session_knn",
    "sasrec",
]
"""Every source that may be enabled."""


class JournalSettings(Section):
    """The append-only log of facts."""

    max_batch: int = Field(
        2048,
        ge=1,
        le=100_000,
        description="Events after which a commit takes in no further submission (speed only).",
    )
    max_waiting: int = Field(
        50_000, ge=1, description="Events waiting for the disk before new ones get a 429."
    )
    synchronous: Literal["full", "normal"] = Field(
        "full",
        description="full: an acknowledged event survives a power cut; normal: a process crash.",
    )


class ImportSettings(Section):
    """Files in other people's layouts."""

    columns: dict[str, str] = Field(
        default_factory=dict,
        description='Which column of the file is which field, e.g. {account_id = "customer"}.',
    )
    kind: Annotated[str, Field(max_length=64)] = Field(
        "", description="Kind of every row when the file has no such column."
    )
    timezone: Name = Field("UTC", description="Zone of instants in files that name none.")
    encoding: Literal["auto", "utf-8", "latin-1"] = Field(
        "auto",
        description="Encoding of text files; auto is UTF-8, and latin-1 where a layout says so.",
    )
    max_memory_mb: int = Field(2048, ge=256, description="Memory for sorting (speed only).")
    threads: int = Field(0, ge=0, description="Threads, 0 for one per core (speed only).")


class CheckSettings(Section):
    """Thresholds over which an import stops before anything is stored; shares are of all rows."""

    max_bad_share: Share = Field(0.05, description="Rows that cannot be read: schema, type, range.")
    max_duplicate_share: Share = Field(0.20, description="Rows that repeat another row.")
    max_age_days: float = Field(
        0.0, ge=0, description="Days since the newest event; 0 accepts any age."
    )
    max_missing_share: Share = Field(
        0.50, description="Empty cells of a mapped optional column (completeness)."
    )
    max_unknown_item_share: Share = Field(
        0.10, description="Events of items that no catalogue names, once a catalogue is there."
    )
    max_before_item_share: Share = Field(
        0.10, description="Events that are older than their item's release year or window."
    )
    max_disorder_share: Share = Field(
        1.0, description="Rows older than the row before them of the same account."
    )
    max_future_s: float = Field(
        86_400, ge=0, description="Seconds an event may lie ahead of the clock."
    )
    min_year: int = Field(1970, ge=1, le=3000, description="Events before this year are refused.")


class SignalSettings(Section):
    """Which events say that an account wanted an item."""

    kinds: tuple[str, ...] = Field(
        ("play", "complete", "like", "rate", "wishlist", "cart", "purchase", "click", "view"),
        description="Kinds that count as interest.",
    )
    min_rating: float = Field(
        3.5, ge=0, le=5, description="Least value of a rating that counts as interest."
    )
    min_duration_s: float = Field(
        0.0, ge=0, description="Least seconds of a play or view that names its duration."
    )


class PeopleSettings(Section):
    """Persons inside shared accounts."""

    enabled: bool = Field(
        True, description="Look for persons in accounts; false spares that work where accounts are "
        "not shared, as on a portal of strangers."
    )  # fmt: skip
    gap_s: int = Field(
        1800, ge=60, le=86_400, description="Silence on a device that ends a session, seconds."
    )
    lateness_s: int = Field(
        600,
        ge=0,
        le=604_800,
        description="How late an event may come and still be sorted into place, seconds.",
    )
    learn_every_days: float = Field(
        7.0,
        ge=0.5,
        le=365,
        description="Days of record after which a population is learnt first; then ever rarer.",
    )
    max_persons: int = Field(8, ge=1, le=20, description="Most persons of one account.")
    half_life_days: float = Field(
        240.0, gt=0, le=3650, description="Days after which a session counts half."
    )
    unsure_below: Share = Field(
        0.5, description="Probability of the likeliest person below which nobody is named."
    )
    together_above: Share = Field(
        0.13, description="Probability from which on a session is said to be of several persons."
    )
    link_threshold: Share = Field(
        0.6, description="Least posterior probability with which a device or pair is linked."
    )
    drift_false_alarms: float = Field(
        0.01,
        gt=0,
        le=0.5,
        description="Share of households without any change at which alarms in 90 days are aimed; "
        "docs/people-identity.md says what is reached.",
    )


class SourceSettings(
    EmbeddingSettings,
    FactorSettings,
    GraphSettings,
    LinearSettings,
    VaeSettings,
    SequenceSettings,
    NextSettings,
):
    """Candidate sources."""

    enabled: tuple[SourceName, ...] = Field(
        ("popular", "content", "knn", "ease", "als", "next_ridge"),
        min_length=1,
        description="Sources to train.",
    )
    popular_half_life_days: float = Field(
        30.0, gt=0, description="Days after which an event counts half towards popularity."
    )
    content_neighbours: int = Field(
        200, ge=1, description="Similar items kept per item by content."
    )
    content_text_weight: float = Field(
        2.0, ge=0, description="Weight of words of title, text and year beside tags at 1."
    )
    content_popularity_power: float = Field(
        0.5, ge=0, le=2, description="Lift of alike items by (1 + audience / mean) to this power."
    )
    knn_neighbours: int = Field(200, ge=1, description="Neighbours kept per item.")
    knn_shrinkage: float = Field(
        30.0, ge=0, description="Imaginary co-less events; damps neighbours with little evidence."
    )
    knn_account_power: float = Field(
        1.0, ge=0, le=2, description="An account of n items counts n to minus this power."
    )
    knn_history_power: float = Field(
        0.7, ge=0, le=1, description="Damps what much-wanted items of a history say; 0.5 is cosine."
    )
    knn_threads: int = Field(
        0, ge=0, le=256, description="Threads that compare items; 0 is one per core (speed only)."
    )
    knn_target_power: float = Field(
        0.4, ge=0, le=1, description="Damps much-wanted items as an answer; 0.5 is cosine."
    )
    ease_l2: float = Field(
        0.0, ge=0, description="Ridge of EASE; larger is smoother. 0 is two mean audiences of an "
        "item, which films, music, games and gifts ask for alike."
    )  # fmt: skip
    ease_dropout: float = Field(
        0.5, ge=0, lt=1, description="Share of each history hidden in fitting; 0 is plain EASE."
    )
    ease_account_power: float = Field(
        0.5, ge=0, le=2, description="An account of n items counts n to minus this power."
    )
    ease_max_items: int = Field(
        20_000, ge=2, description="Most popular items that EASE models; memory grows squared."
    )
    max_history: int = Field(
        500, ge=1, description="Latest events of an account that sources look at."
    )


class RankingSettings(Section):
    """The second stage."""

    per_source: int = Field(150, ge=1, le=5000, description="Items each source puts forward.")
    pool: int = Field(300, ge=1, le=10_000, description="Items the ranker sees, best fused first.")
    rrf_constant: float = Field(60.0, gt=0, description="Constant of reciprocal-rank fusion.")
    blend: bool = Field(
        True, description="Learn weights of the sources, which order pools where they beat rank "
        "fusion and the best source; false always fuses ranks."
    )  # fmt: skip
    blend_l2: float = Field(
        0.01, ge=0, description="Ridge that draws the weights of a blend to one size."
    )
    blend_depth: int = Field(
        20, ge=1, description="Places of each source's list that a blend learns to order; what is "
        "lower on all lists teaches nothing."
    )  # fmt: skip
    trees: int = Field(200, ge=1, le=5000, description="Most trees; early stopping takes fewer.")
    leaves: int = Field(15, ge=2, le=1024, description="Leaves per tree.")
    forests: int = Field(
        1, ge=1, le=32, description="Rankers, each of a seed of its own, whose scores are averaged."
    )
    learning_rate: float = Field(0.05, gt=0, le=1, description="Shrinkage of each tree.")
    min_leaf: int = Field(100, ge=1, description="Least rows in a leaf.")
    monotone: bool = Field(
        True, description="More of what a source says for an item never makes the ranker like it "
        "less; false leaves that to the data."
    )  # fmt: skip
    threads: int = Field(
        1, ge=1, le=256, description="Threads that fit the ranker; keep under the idle cores, for "
        "LightGBM's wait by spinning (speed only)."
    )  # fmt: skip
    time_bucket_s: int = Field(
        3600, ge=1, description="Item counters are as of the start of a bucket this wide."
    )
    live_share: Share = Field(
        0.5, description="Share of the lessons that are asked in the middle of what accounts do; "
        "the rest is asked at the start of each slice, of everybody at once."
    )  # fmt: skip
    cold_share: Share = Field(
        1.0, description="Most of that rest that may be of accounts without a history; below 1, "
        "those with one are asked first."
    )  # fmt: skip


class TrainSettings(Section):
    """Datasets, splits, evaluation and the gate."""

    seed: int = Field(7, ge=0, description="Seed of every random choice.")
    test_share: Share = Field(0.1, description="Latest share of events that judges the model.")
    valid_share: Share = Field(
        0.1, description="Share of events in each slice before it that the ranker learns from."
    )
    slices: int = Field(
        6, ge=1, le=50, description="Most such slices; each fits all sources on what was before."
    )
    ranker_requests: int = Field(
        10_000, ge=10, description="Requests that the ranker learns from, over all slices."
    )
    max_requests: int = Field(20_000, ge=10, description="Accounts sampled for evaluation.")
    bootstrap: int = Field(1000, ge=100, description="Resamples behind each interval.")
    gate_metric: Literal["ndcg@10", "recall@20", "recall@50", "ndcg@100"] = Field(
        "ndcg@10", description="Metric that the release gate compares."
    )
    gate_tolerance: Share = Field(
        0.02, description="Relative loss against the version in use that still passes."
    )


class RuleSettings(Section):
    """What is never shown."""

    exclude_seen: tuple[str, ...] = Field(
        ("play", "complete", "rate", "purchase", "dislike"),
        description="Kinds after which an item is not shown to that account again.",
    )
    honour_availability: bool = Field(
        True, description="Leave out items outside their window or out of stock."
    )


class RespondSettings(Section):
    """One request."""

    k: int = Field(20, ge=1, le=1000, description="Items in an answer that asks for no number.")
    max_k: int = Field(200, ge=1, le=1000, description="Most items one answer may ask for.")
    source_budget_ms: float = Field(
        50.0, gt=0, description="Time for all sources; those that come too late are left out."
    )
    total_budget_ms: float = Field(
        100.0, gt=0, description="Time after which the ranker is skipped and fusion serves."
    )
    max_new_items: int = Field(
        50_000, ge=0, description="Most items that came after the training and can be shown before "
        "the next."
    )  # fmt: skip
    journal_exposures: bool = Field(True, description="Journal every answer as an exposure.")
    for_persons: bool = Field(
        True, description="Make lists for the person who is there; false: for the whole account."
    )
    preference_lift: float = Field(
        3.0, ge=1, le=100, description="By what an item is lifted that has a tag or language which "
        "the account said it likes, at first; half of that, in logs, after ten items of history."
    )  # fmt: skip
    others_weight: Share = Field(
        0.25, description="What an event of another person counts in a person's list; 1 is the "
        "account's list."
    )  # fmt: skip
    unsure_weight: Share = Field(
        0.4, description="The same at least, where it is unsure who is there."
    )
    others_seen: Share = Field(
        0.0, description="Probability of having seen an item from which it counts as seen; 0 hides "
        "what anybody of the account saw."
    )  # fmt: skip
    together_above: Share = Field(
        0.5, description="Probability that several watch, above which a list is for several: more "
        "than it takes to say so (people.together_above), for one person's list is the better bet."
    )  # fmt: skip
    together_share: Share = Field(
        0.25, description="Part of the likeliest person's probability from which another belongs "
        "to those who watch together."
    )  # fmt: skip
    together_least: Share = Field(
        0.5, description="In a list for several: 0 pleases them on average, 1 the least pleased."
    )  # fmt: skip


class Settings(Section):
    """All sections; `home` is the folder that holds everything settee stores."""

    home: Path = Field(Path("settee-data"), description="Folder of journal, history and bundles.")
    preset: str = Field(
        "", max_length=4096, description="Preset below these settings: a name, or the path of a "
        "TOML file that settee tune wrote."
    )  # fmt: skip
    journal: JournalSettings = JournalSettings()
    imports: ImportSettings = ImportSettings()
    checks: CheckSettings = CheckSettings()
    signals: SignalSettings = SignalSettings()
    people: PeopleSettings = PeopleSettings()
    sources: SourceSettings = SourceSettings()
    ranking: RankingSettings = RankingSettings()
    train: TrainSettings = TrainSettings()
    rules: RuleSettings = RuleSettings()
    respond: RespondSettings = RespondSettings()
    live: LiveSettings = LiveSettings()
    online: OnlineSettings = OnlineSettings()
    state: StateSettings = StateSettings()
    serve: ServeSettings = ServeSettings()
    console: ConsoleSettings = ConsoleSettings()
    breaker: BreakerSettings = BreakerSettings()
    lists: ListSettings = ListSettings()
    precomputed: PrecomputedSettings = PrecomputedSettings()
    tracing: TracingSettings = TracingSettings()
    access: AccessSettings = AccessSettings()
    variety: VarietySettings = VarietySettings()
    explore: ExploreSettings = ExploreSettings()
    attribution: AttributionSettings = AttributionSettings()
    response: ResponseSettings = ResponseSettings()
    audiences: AudienceSettings = AudienceSettings()
