"""What people upload: files in the file store, and what the LMS notes of them."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from app.demo.documents import pdf, png

MEDIA_TYPES = {"pdf": "application/pdf", "txt": "text/plain", "png": "image/png"}
POOL_SIZE = 16
"""How many files of each kind the pool holds."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file.

    Attributes:
        path: Where it lies in the file store, relative, with slashes.
        original_name: What the uploader called it.
        media_type: As in ``Content-Type``.
        size_bytes: Its length.
    """

    path: str
    original_name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that somebody is about to upload.

    Attributes:
        folder: The folder in the file store.
        name: What the uploader calls it; the ending says what kind it is: pdf, txt or png.
        text: What it says.
    """

    folder: str
    name: str
    text: str


class Uploads:
    """Writes uploads to disk.

    Args:
        directory: The root of the file store; made where it is missing.
        own_files: Whether each upload has a file of its own, or all share a pool.
    """

    def __init__(self, directory: Path, *, own_files: bool) -> None:
        self._directory = directory
        self._own_files = own_files
        self._folders: set[Path] = set()
        self._pool: dict[str, int] = {}

    def store(self, chance: Random, draft: Draft) -> Upload:
        """Store a file under a name that says nothing about the person.

        Args:
            chance: Chooses the stored name.
            draft: The file.
        """
        ending = draft.name.rpartition(".")[2]
        stored = f"{chance.getrandbits(80):020x}"
        if not self._own_files:
            path = f"pool/{int(stored, 16) % POOL_SIZE:02d}.{ending}"
            size_bytes = self._pooled(path, draft)
            return Upload(path, draft.name, MEDIA_TYPES[ending], size_bytes)
        path = f"{draft.folder}/{stored[:2]}/{stored}.{ending}"
        content = _content(Random(stored), draft)  # noqa: S311 - not for secrets
        self._write(path, content)
        return Upload(path, draft.name, MEDIA_TYPES[ending], len(content))

    def lose(self, upload: Upload) -> None:
        """Remove a file of its own from disk, as after an accident.

        Args:
            upload: Stored before.
        """
        (self._directory / upload.path).unlink()

    def _pooled(self, path: str, draft: Draft) -> int:
        if path not in self._pool:
            shared = Draft("pool", draft.name, "A document of the pool.")
            content = _content(Random(path), shared)  # noqa: S311 - not for secrets
            self._write(path, content)
            self._pool[path] = len(content)
        return self._pool[path]

    def _write(self, path: str, content: bytes) -> None:
        place = self._directory / path
        if place.parent not in self._folders:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(place.parent)
        place.write_bytes(content)


def _content(chance: Random, draft: Draft) -> bytes:
    match draft.name.rpartition(".")[2]:
        case "pdf":
            return pdf(draft.name, draft.text)
        case "png":
            return png(chance)
        case _:
            return draft.text.encode()
