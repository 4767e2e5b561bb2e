"""All pages of the console, in the order of the menu."""

from settee.console.pages.attribution import draw_attribution
from settee.console.pages.audiences import draw_audiences
from settee.console.pages.catalogue import draw_catalogue
from settee.console.pages.data import draw_data
from settee.console.pages.home import draw_home
from settee.console.pages.households import draw_households
from settee.console.pages.impact import draw_impact
from settee.console.pages.models import draw_models
from settee.console.pages.rules import draw_rules
from settee.console.pages.tour import draw_tour
from settee.console.pages.watch import draw_watch
from settee.console.view import Page

PAGES: tuple[Page, ...] = (
    Page(
        "/", "Home", "home", "What happens now, and whether it is well.", "serving.md",
        "stats.read", draw_home,
    ),
    Page(
        "/watch", "Watch", "live_tv", "Who of an account is there, what they get, and why.",
        "reasons.md", "explain.read", draw_watch,
    ),
    Page(
        "/households", "Households", "group", "Who lives in an account, and what was told of them.",
        "people.md", "people.read", draw_households,
    ),
    Page(
        "/catalogue", "Catalogue", "movie", "What there is, what is shown, and what never is.",
        "console.md", "items.read", draw_catalogue,
    ),
    Page(
        "/rules", "Rules", "gavel", "What may be shown, what is lifted, and what stands where.",
        "rules.md", "rules.read", draw_rules,
    ),
    Page(
        "/audiences", "Audiences", "groups", "Whom to reach, how many, and who may be addressed.",
        "audiences.md", "audiences.read", draw_audiences,
    ),
    Page(
        "/models", "Models", "model_training",
        "Which version answers, what each is worth, and what is in it.",
        "models.md", "stats.read", draw_models,
    ),
    Page(
        "/attribution", "Attribution", "hub", "Which contacts earned conversions, by every method.",
        "attribution.md", "measure.read", draw_attribution,
    ),
    Page(
        "/impact", "Impact", "calculate", "What a campaign is worth, with every sum written out.",
        "impact.md", "measure.read", draw_impact,
    ),
    Page(
        "/data", "Data", "fact_check", "How good the data are, what was refused, and a way in.",
        "events.md", "data.read", draw_data,
    ),
    Page(
        "/tour", "Tour", "tour", "The whole product in five minutes.", "console.md", "", draw_tour,
    ),
)  # fmt: skip
"""Each with its path, menu title, icon, sentence, manual page, permission and function."""
