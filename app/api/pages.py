"""Writes the few HTML pages of the service: no scripts, one style known by its hash, a strict policy."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--ink:#20282d;--soft:#56616a;--accent:#0b5a63;--on:#fff}
@media (prefers-color-scheme:dark){
:root{--paper:#14191c;--ink:#e7eaeb;--soft:#a7b2b9;--accent:#83cdd4;--on:#14191c}}
body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:42rem;margin:2.5rem auto;padding:0 1.25rem;
background:var(--paper);color:var(--ink);overflow-wrap:break-word}
h1{font-size:1.75rem;line-height:1.25;text-wrap:balance}h2{font-size:1.2rem;margin-top:2rem}
a{color:var(--accent);text-underline-offset:.15em}
code{font-family:ui-monospace,monospace;font-size:.95em;overflow-wrap:anywhere}
dt{font-weight:600;margin-top:1rem}dd{margin:0;color:var(--soft)}
button{font:inherit;font-weight:600;padding:.6rem 1.4rem;cursor:pointer;border:0;border-radius:.5rem;
background:var(--accent);color:var(--on)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
"""
_STYLE_SOURCE = f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
POLICY = (
    f"default-src 'none'; style-src {_STYLE_SOURCE}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The content security policy of these pages."""

PUBLIC = {"Content-Security-Policy": POLICY, "Cache-Control": "public, max-age=3600"}
"""The headers of a page that is the same for everybody."""

PRIVATE = {
    "Content-Security-Policy": POLICY.replace("form-action 'none'", "form-action 'self'"),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
"""The headers of a page for one person, with a form that leads back to it."""


def page(
    title: str, body: str, *, status: int = 200, headers: Mapping[str, str] = PUBLIC
) -> HTMLResponse:
    """Write a page.

    Args:
        title: Plain text.
        body: HTML, made by this package alone.
        status: The status code.
        headers: ``PUBLIC`` or ``PRIVATE``.
    """
    return HTMLResponse(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} | Habeas</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n",
        status,
        dict(headers),
    )


def paragraph(text: str) -> str:
    """Write a paragraph; what stands between backticks is set as code.

    Args:
        text: Plain text.
    """
    parts = escape(text).split("`")
    marked = (f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
    return f"<p>{''.join(marked)}</p>"
