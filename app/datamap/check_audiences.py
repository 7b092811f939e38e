"""Audiences made of audiences come to an end."""

from collections.abc import Iterator

from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from schemas.data_map import Audience


def check_audiences(document: MapDocument) -> Iterator[Finding]:
    """Find audiences that contain themselves.

    Args:
        document: Any data map.
    """
    audiences = document.data_map.audiences
    for name in audiences:
        chain = _way_back(audiences, name)
        if chain:
            detail = f"the audience contains itself: {' → '.join(chain)}"
            yield document.error(("audiences", name, "any"), detail, "Take one of them out.")


def _way_back(audiences: dict[str, Audience], start: str) -> list[str]:
    waiting = [[start]]
    seen: set[str] = set()
    while waiting:
        chain = waiting.pop()
        audience = audiences.get(chain[-1])
        for part in (audience.any_ or ()) if audience is not None else ():
            if part == start:
                return [*chain, start]
            if isinstance(part, str) and part not in seen:
                seen.add(part)
                waiting.append([*chain, part])
    return []
