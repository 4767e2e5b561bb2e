import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Files go to workers whole, and all that needs a browser to one, so that two never compete."""
    for item in items:
        is_in_browser = "chrome" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("browser" if is_in_browser else str(item.path)))
