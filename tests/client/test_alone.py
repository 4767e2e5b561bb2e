"""The client needs no room of settee, and says what it needs beside itself."""

import subprocess
import sys

import pytest

ALONE = """
import sys
import settee.client
rooms = {name.split(".")[1] for name in sys.modules if name.startswith("settee.")}
heavy = {"numpy", "pydantic", "fastapi", "uvicorn", "numba", "sqlalchemy"} & set(sys.modules)
print(sorted(rooms), sorted(heavy))
"""
MISSING = """
import sys
sys.modules[sys.argv[1]] = None
try:
    import settee.client
except ModuleNotFoundError as error:
    print(error.name, error)
"""


def said(code: str, *more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *more], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_client_loads_no_other_room_and_nothing_heavy():
    assert said(ALONE) == "['client'] []"


@pytest.mark.parametrize("name", ["httpx", "anyio"])
def test_without_what_it_needs_it_says_how_to_get_it(name):
    told = said(MISSING, name)
    assert told.startswith(f"{name} settee.client needs {name}")
    assert "pip install 'settee[client]'" in told


def test_what_is_missing_elsewhere_is_not_blamed_on_the_extra():
    told = said(MISSING, "httpx._client")
    assert told.startswith("httpx._client")
    assert "pip" not in told
