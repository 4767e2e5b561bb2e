"""All pages of the console, in the order of the menu."""

from settee.console.pages.home import draw_home
from settee.console.pages.watch import draw_watch
from settee.console.view import Page

PAGES: tuple[Page, ...] = (
    Page(
        "/", "Home", "home", "What happens now, and whether it is well.", "serving.md",
        "stats.read", draw_home,
    ),
    Page(
        "/watch", "Watch", "live_tv", "Who of an account is there, what they get, and why.",
        "reasons.md", "answers.read", draw_watch,
    ),
)  # fmt: skip
"""Each with its path, menu title, icon, sentence, manual page, permission and function."""
