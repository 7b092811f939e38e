"""A data map that was read, and where each part of it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.datamap.findings import Finding, Severity
from schemas.data_map import DataMap

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a document."""


def locate(positions: Mapping[Path, int], path: Path) -> Path:
    """Find the written place that comes nearest to a path.

    Steps that are not written are left out: the position in a list that was written as one
    item, a role that is understood, a key that is missing.

    Args:
        positions: The lines of everything that is written.
        path: What the grammar would call the place.
    """
    found: Path = ()
    for step in path:
        if (*found, step) in positions:
            found = (*found, step)
    return found


def spell(path: Path) -> str:
    """Write a path for people: ``record_types.message.erasure[0].when``.

    Args:
        path: Keys and list positions.
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


@dataclass(frozen=True, slots=True)
class MapDocument:
    """A data map with the lines that it was read from.

    Attributes:
        data_map: What the document says.
        positions: The line, counted from 1, of every key and list item.
        digest: SHA-256 of the document's bytes, 64 hexadecimal digits.
    """

    data_map: DataMap
    positions: Mapping[Path, int]
    digest: str

    def error(self, path: Path, detail: str, remedy: str) -> Finding:
        """Say that something is wrong at a place.

        Args:
            path: The place, as the grammar calls it.
            detail: What is wrong, a sentence without a full stop.
            remedy: What to do, in sentences.
        """
        return self._find(Severity.ERROR, path, detail, remedy)

    def warning(self, path: Path, detail: str, remedy: str) -> Finding:
        """Say that something is doubtful at a place.

        Args:
            path: The place, as the grammar calls it.
            detail: What is doubtful, a sentence without a full stop.
            remedy: What to do, in sentences.
        """
        return self._find(Severity.WARNING, path, detail, remedy)

    def uncovered(self, path: Path, detail: str, remedy: str) -> Finding:
        """Say that the map is silent about something.

        Args:
            path: The place where it would be said.
            detail: What the map is silent about, a sentence without a full stop.
            remedy: What to do, in sentences.
        """
        return self._find(Severity.UNCOVERED, path, detail, remedy)

    def left_out(self, path: Path, detail: str, remedy: str) -> Finding:
        """Say what the map itself says that no right reaches.

        Args:
            path: The place that says so.
            detail: What is left out and why, a sentence without a full stop.
            remedy: What to do where that is no longer so, in sentences.
        """
        return self._find(Severity.LEFT_OUT, path, detail, remedy)

    def _find(self, severity: Severity, path: Path, detail: str, remedy: str) -> Finding:
        written = locate(self.positions, path)
        return Finding(severity, spell(written), self.positions.get(written, 1), detail, remedy)
