"""Checks a data map against a live database."""

from app.datamap.document import MapDocument
from app.datamap.findings import Finding, in_order
from app.datamap.live import Live
from app.datamap.live_columns import check_columns
from app.datamap.live_containers import check_containers
from app.datamap.live_coverage import check_coverage
from app.datamap.live_indexes import check_indexes
from app.datamap.live_keys import check_keys
from app.datamap.live_references import check_references
from app.datamap.live_restrictions import check_restrictions
from app.datamap.live_side_effects import check_side_effects
from app.datamap.live_types import check_types
from app.datamap.live_uniqueness import check_uniqueness
from app.domain.catalogue import Catalogue

_CHECKS = (
    check_columns,
    check_keys,
    check_types,
    check_uniqueness,
    check_indexes,
    check_containers,
    check_restrictions,
    check_coverage,
    check_side_effects,
    check_references,
)


def check_live(
    document: MapDocument, catalogue: Catalogue, source: str | None = None
) -> list[Finding]:
    """Check a data map against what a database says of itself.

    Args:
        document: A map that has been checked against itself; names that it does not define are
            passed over here.
        catalogue: The tables of the source's schema.
        source: The source that the database is; the subject's own where this is left out.

    Returns:
        The findings in the order of the document.
    """
    live = Live(document, catalogue, source or document.data_map.subject.source)
    if not catalogue.tables:
        path = ("sources", live.source)
        detail = f"the schema `{catalogue.schema}` holds no tables"
        return [document.error(path, detail, "Name another database, or add `schema: …`.")]
    return in_order(found for one in _CHECKS for found in one(live))
