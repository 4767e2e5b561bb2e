import asyncio

import httpx
from fastapi import FastAPI

from settee.console import manual
from settee.console.manual import add_manual, manual_text


def test_every_page_of_the_manual_is_found_with_and_without_its_ending():
    assert manual_text("console.md") == manual_text("console")
    assert manual_text("console").startswith("# The console")


def test_what_is_no_page_is_none():
    for name in ("nowhere", "../README", "..", "", "console.md/..", "a" * 50, "CONSOLE"):
        assert manual_text(name) is None


def test_pictures_of_the_manual_are_served_and_nothing_beside_them(tmp_path, monkeypatch):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "home.jpg").write_bytes(b"picture")
    (tmp_path / "secret.md").write_text("secret")
    monkeypatch.setattr(manual, "_FOLDERS", (tmp_path,))
    monkeypatch.setattr(manual.ui, "page", lambda *_, **__: lambda draw: draw)
    app = FastAPI()
    add_manual(app)
    assert got(app, "/manual/images/home.jpg").content == b"picture"
    assert got(app, "/manual/images/..%2fsecret.md").status_code == 404
    assert got(app, "/manual/images/").status_code == 404


def got(app, path):
    async def ask():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            return await client.get(path)

    return asyncio.run(ask())
