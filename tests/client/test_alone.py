"""The client needs no room of settee, and says what it needs beside itself."""

import subprocess
import sys

ALONE = """
import sys
import settee.client
rooms = {name.split(".")[1] for name in sys.modules if name.startswith("settee.")}
heavy = {"numpy", "pydantic", "fastapi", "uvicorn", "numba", "sqlalchemy"} & set(sys.modules)
print(sorted(rooms), sorted(heavy))
"""
MISSING = """
import sys
sys.modules["httpx"] = None
try:
    import settee.client
except ModuleNotFoundError as error:
    print(error.name, error)
"""


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_client_loads_no_other_room_and_nothing_heavy():
    assert said(ALONE) == "['client'] []"


def test_without_httpx_it_says_how_to_get_it():
    assert said(MISSING).startswith("httpx settee.client needs httpx")
    assert "pip install 'settee[client]'" in said(MISSING)
