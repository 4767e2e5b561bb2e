"""Are lists for the person who is there better than lists for the account, and never worse?

Simulated households: somebody sits down in the last quarter of the days; whose past counts is
decided from what was known then. CAMRa2011 (with --data): members of real households, persons by
their label. Both lists come from the same model, hide the same items and are judged against the
same wishes; the difference is paired, with households drawn again. Then the persons are made wrong
by one: two are taken for one, or one for two by the toss of a coin, once as if that were sure and
once unsure. On CAMRa2011 it is also told what respond.others_seen changes: two of a household often
rate the same film, and a list for the account hides it from both as soon as one of them has.

Settings were chosen on the world of seed 888 and on a twentieth of the training ratings of
CAMRa2011.

Reads: a folder with the two files of camra2011, itself or its subfolder, or nothing.
Not here: who is there (quality/people), the questions (people_lists_world, people_lists_camra).
"""

from pathlib import Path

from bench.harness import Bar, Context, Result
from bench.quality import people_lists_camra as camra
from bench.quality import people_lists_world as invented
from bench.quality.people_listing import Question, compared, judged
from bench.quality.people_world import household_world
from settee.candidates import Source
from settee.core import RespondSettings, Settings

ID = "quality/people-lists"
SUMMARY = "lists for persons beside lists for accounts: simulated households and CAMRa2011"

SEED = 20_266
"""World that judges; nothing was chosen on it."""
_ACCOUNTS = 300
_QUICK_ACCOUNTS = 8
_QUESTIONS = 10
_WRONG = ("merged", "split", "split_even")


def run(context: Context) -> Result:
    """Both worlds where there is data for both."""
    figures = _invented(context)
    folder = _camra_folder(context.data)
    if folder is None:
        context.log("no data folder with camra2011: simulated households alone")
    else:
        figures |= _camra(context, folder)
    return Result(figures, _bars(figures))


def _invented(context: Context) -> dict[str, float]:
    n = _QUICK_ACCOUNTS if context.quick else _ACCOUNTS
    world = household_world("default", SEED, n, profiles=0.0)
    sources, catalogue = invented.fitted(world)
    asking = invented.Asking(RespondSettings(), _QUESTIONS, context.seed)
    asked = invented.questions(world, catalogue, asking)
    context.log(f"simulated: {n} households, {len(asked)} questions")
    return _compare(context, "simulated", sources, catalogue.n_items, asked)


def _camra(context: Context, folder: Path) -> dict[str, float]:
    ratings = camra.read_ratings(folder)
    sources, figures = camra.fitted(ratings), dict[str, float]()
    for name, others_seen in (("camra2011", 0.0), ("camra2011_own_seen", 0.1)):
        settings = RespondSettings(others_seen=others_seen)
        asked = camra.questions(ratings, settings, context.seed)
        context.log(f"{name}: {len(asked)} members, respond.others_seen = {others_seen:g}")
        figures |= _compare(context, name, sources, ratings.n_items, asked)
    return figures


def _compare(
    context: Context, name: str, sources: list[Source], n_items: int, asked: list[Question]
) -> dict[str, float]:
    ranking = Settings().ranking
    figures: dict[str, float] = {f"{name}.n_questions": float(len(asked))}
    for label, chosen in (("fusion", sources), ("ease", [_ease(sources)])):
        values = {
            variant: judged(chosen, n_items, asked, variant, ranking)
            for variant in asked[0].weights
        }
        found = compared(values, asked, "account", context.seed)
        for variant in values:
            gain = found.get(f"{variant}.gain")
            told = "" if gain is None else (
                f"  {gain:+.4f} [{found[f'{variant}.gain_low']:+.4f}, "
                f"{found[f'{variant}.gain_high']:+.4f}]"
            )  # fmt: skip
            context.log(f"  {name} {label:6} {variant:12} {found[variant]:.4f}{told}")
        figures |= {f"{name}.{label}.{key}": one for key, one in found.items()}
    return figures


def _ease(sources: list[Source]) -> Source:
    return next(one for one in sources if one.name == "ease")


def _bars(figures: dict[str, float]) -> dict[str, Bar]:
    """Better when right: the interval is above 0; not worse when wrong: it is not below."""
    bars = {}
    for name in ("simulated.fusion", "camra2011.fusion", "camra2011_own_seen.fusion"):
        low = figures.get(f"{name}.person.gain_low")
        if low is None:
            continue
        bars[f"{name}.person.gain_low"] = Bar(low, 0.0, at_most=False)
        for wrong in _WRONG:
            high = figures[f"{name}.{wrong}.gain_high"]
            bars[f"{name}.{wrong}.gain_high"] = Bar(high, 0.0, at_most=False)
    return bars


def _camra_folder(data: Path | None) -> Path | None:
    if data is None:
        return None
    for folder in (data, data / "camra2011"):
        if (folder / "member_ratings.parquet").is_file():
            return folder
    return None
