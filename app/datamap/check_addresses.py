"""Addresses of sources: what they may ask the environment for, and who may write them out."""

from collections.abc import Iterator

from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.domain.source_addresses import is_name_alone, withheld_from


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


def check_addresses_over_http(document: MapDocument) -> Iterator[Finding]:
    """Find addresses that a map may not have over HTTP, where whoever runs Habeas sets them.

    Args:
        document: Any data map.
    """
    yield from check_addresses(document)
    for path, url in _addresses(document):
        if not is_name_alone(url):
            yield document.error(
                path,
                "over HTTP an address is one `${NAME}` and nothing besides",
                "Let whoever runs Habeas set the whole address as an environment variable, and "
                "name that; or have them publish the map by command.",
            )


def _addresses(document: MapDocument) -> Iterator[tuple[Path, str]]:
    for name, spec in document.data_map.sources.items():
        yield ("sources", name, "url"), spec.url
