"""The file store of a world: small files on disk."""

import shutil
from collections.abc import Iterable
from pathlib import Path


class UploadFiles:
    """A directory of uploads.

    Args:
        directory: Where; made where it is missing.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def load(self, paths: Iterable[str]) -> None:
        """Have these files and no others; each says its own path."""
        for entry in self.directory.iterdir():
            shutil.rmtree(entry)
        for path in paths:
            place = self.directory / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(path)

    def read(self) -> set[str]:
        """Give the paths of the files that are there."""
        return {
            str(path.relative_to(self.directory))
            for path in self.directory.rglob("*")
            if path.is_file()
        }
