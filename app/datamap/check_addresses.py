"""Addresses of sources: what they may ask the environment for."""

from collections.abc import Iterator

from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.domain.source_addresses import withheld_from


def check_addresses(document: MapDocument) -> Iterator[Finding]:
    """Find addresses that ask for what no source gets.

    Args:
        document: Any data map.
    """
    for path, url in _addresses(document):
        if withheld := withheld_from(url):
            yield document.error(
                path,
                f"the address asks for {', '.join(withheld)}, which no source gets",
                "Names that begin with `HABEAS_` or `PG` are for Habeas itself: set and name another.",
            )


def _addresses(document: MapDocument) -> Iterator[tuple[Path, str]]:
    for name, spec in document.data_map.sources.items():
        yield ("sources", name, "url"), spec.url
