from settee.console import tour
from settee.console.pages import PAGES
from tests.console.world import faults


class Session:
    def __init__(self):
        self.kept = {}


def test_every_stop_is_a_page_and_asks_something():
    paths = {one.path for one in PAGES}
    assert all(step.path in paths and step.asks.endswith("?") for step in tour.STEPS)


def test_the_tour_ends_after_its_last_stop():
    session = Session()
    assert tour.place(session) is None
    assert tour.go_on(session) is None
    tour.begin(session)
    walked = 1
    while tour.go_on(session) is not None:
        walked += 1
    assert walked == len(tour.STEPS)
    assert tour.place(session) is None


def test_the_banner_leads_from_stop_to_stop_and_can_be_left(page):
    page.goto("/tour")
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Tour, 1 of").wait_for()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Tour, 2 of").wait_for()
    assert page.url.endswith("/watch")
    assert faults(page) == []
    page.get_by_role("link", name="Home").click()
    page.get_by_role("button", name="Go there").click()
    page.wait_for_url("**/watch")
    page.get_by_role("button", name="Leave the tour").click()
    page.get_by_text("Tour, 2 of").wait_for(state="detached")
    page.goto("/")
    page.get_by_role("heading", name="Home", level=1).wait_for()
    assert page.get_by_text("Tour, ").count() == 0
