"""Render index.html: what is held about a person, for that person.

No scripts, no outside resources, one style sheet inside; it works from a folder, offline.
"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.bundles.contents import BundleContents
from app.bundles.glance import glance_rows, held_record_types
from app.bundles.header import BundleHeader
from app.bundles.records_html import records_html
from app.bundles.values import bytes_text, moment_text
from app.bundles.wording import (
    CATEGORY_TITLES,
    INTERNAL_LOGIC_REASON,
    LAWFUL_BASIS_TITLES,
    short_name,
)

_HERE = Path(__file__).parent
_BATCH_CHARACTERS = 64 * 1024

STYLE = (_HERE / "page.css").read_text("utf-8")

STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"
"""Names the page's one style sheet in a content security policy."""

CONTENT_SECURITY_POLICY = f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'"
"""All that the page needs; it stands in the page itself too."""

_environment = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {
    "moment": moment_text,
    "size": bytes_text,
    "count": lambda number: f"{number:,}",
    "short": short_name,
}

_TEMPLATE = _environment.get_template("page.html.j2")
_environment.get_template("record_type.html.j2")  # compiled before the first page, not during it


def render(header: BundleHeader, contents: BundleContents) -> Iterator[bytes]:
    """Give index.html in pieces of about 64 KiB.

    Args:
        header: Whose data it is, who holds it, and what Art. 15 asks to tell.
        contents: What is held.
    """
    categories = contents.by_category()
    pieces = _TEMPLATE.generate(
        header=header,
        contents=contents,
        categories=categories,
        rows=glance_rows(categories),
        held=held_record_types(categories),
        records_html=records_html,
        category_titles=CATEGORY_TITLES,
        basis_titles=LAWFUL_BASIS_TITLES,
        internal_logic_reason=INTERNAL_LOGIC_REASON,
        style=Markup(STYLE),  # noqa: S704 - a file of this program
        policy=CONTENT_SECURITY_POLICY,
    )
    batch: list[str] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += len(piece)
        if size >= _BATCH_CHARACTERS:
            yield _encoded(batch)
            batch, size = [], 0
    yield _encoded(batch)


def _encoded(pieces: list[str]) -> bytes:
    return "".join(pieces).encode(errors="replace")
