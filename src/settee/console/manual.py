"""Show the documentation that came with this version, so that every page can link to it.

Reads: docs/*.md beside the package.  Writes: nothing.
Not here: which page links where (console.pages).
"""

import re
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import ui

_NAME = re.compile(r"[a-z0-9-]{1,40}")
_PACKAGE = Path(str(files("settee")))
_FOLDERS = (_PACKAGE / "docs", _PACKAGE.parents[1] / "docs")
"""Where it is in a wheel, and in a checkout."""


def manual_text(name: str) -> str | None:
    """A page of the documentation as Markdown; None where there is none.

    Args:
        name: Such as "people" or "people.md".
    """
    bare = name.removesuffix(".md")
    if not _NAME.fullmatch(bare):
        return None
    for folder in _FOLDERS:
        path = folder / f"{bare}.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None


def add_manual(app: FastAPI) -> None:
    """Serve the documentation with its pictures."""
    for folder in _FOLDERS:
        if (folder / "images").is_dir():
            app.mount("/manual/images", StaticFiles(directory=folder / "images"))

    @ui.page("/manual/{name}", title="Manual - settee")
    def show(name: str) -> None:
        text = manual_text(name)
        with ui.column().classes("page manual-page").props('role="main"'):
            ui.link("Back to the console", "/")
            if text is None:
                ui.label("There is no such page.")
            else:
                ui.markdown(text, extras=["tables", "fenced-code-blocks"])
