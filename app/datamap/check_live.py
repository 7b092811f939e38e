"""Checks a data map against a live database."""

from app.datamap.document import MapDocument
from app.datamap.findings import Finding, in_order
from app.domain.catalogue import Catalogue


def check_live(document: MapDocument, catalogue: Catalogue) -> list[Finding]:
    """Check a data map against what a database says of itself."""
    return in_order([])
