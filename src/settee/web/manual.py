"""Show the OpenAPI document as one page that needs nothing from elsewhere.

Servers are often offline, so the page has no script and loads no file: a table of routes, their
parameters and what they return, made once at start.

Reads: the OpenAPI document.  Writes: nothing.
Not here: the document (web.document).
"""

from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#222;background:#fff}h2{border-top:1px solid #ccc;padding-top:1rem;font-size:1.1rem}"
    "code{font-family:ui-monospace,monospace;background:#f3f3f3;padding:0 .2em}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;"
    "vertical-align:top}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}"
    "code{background:#2a2a2a}}"
)


def manual_page(document: dict[str, Any]) -> bytes:
    """The page as HTML.

    Args:
        document: An OpenAPI document.
    """
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>settee {escape(document['info']['version'])}</title>",
        f"<style>{_STYLE}</style></head><body><h1>settee</h1>",
        f"<p>{escape(document['info'].get('summary', ''))} ",
        'The same in full for programs: <a href="openapi.json">openapi.json</a>.</p>',
        "<p>Every error is <code>{&quot;error&quot;: {code, message, hint, place}}</code>.</p>",
    ]
    for path, operations in sorted(document["paths"].items()):
        for method, operation in sorted(operations.items()):
            parts += _operation(path, method, operation)
    parts.append("</body></html>")
    return "".join(parts).encode()


def _operation(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    parts = [
        f"<h2><code>{escape(method.upper())} {escape(path)}</code> ",
        f"{escape(operation.get('summary', ''))}</h2>",
        f"<p>{escape(operation.get('description', ''))}</p><table>",
    ]
    for field in operation.get("parameters", ()):
        needed = "needed" if field.get("required") else ""
        parts.append(
            f"<tr><td><code>{escape(field['name'])}</code></td><td>{escape(field['in'])}</td>"
            f"<td>{needed}</td><td>{escape(field.get('description', ''))}</td></tr>"
        )
    body = operation.get("requestBody")
    if body is not None:
        types = ", ".join(sorted(body["content"]))
        parts.append(
            f"<tr><td>body</td><td>{escape(types)}</td><td>needed</td>"
            f"<td>{escape(body.get('description', ''))}</td></tr>"
        )
    parts.append("</table><table>")
    for status, response in sorted(operation["responses"].items()):
        parts.append(
            f"<tr><td>{escape(status)}</td><td>{escape(response['description'])}</td></tr>"
        )
    parts.append("</table>")
    return parts
