"""The folder in which sealed bundles lie."""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.bundles.output import fsync_directory
from app.domain.ids import BundleId, JobId

_SEALED = ".sealed"
_PART = re.compile(r"(?P<job>[0-9a-f-]{36})\.(?P<fence>\d{1,19})\.part")


class BundleDirectory:
    """Sealed bundles, and those being written. Only the process's own account can enter.

    Args:
        root: Made if it is not there; its parents too.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)
        self._root = root

    def temporary(self, job_id: JobId, fence: int) -> Path:
        """Name the file that one attempt of a job writes to; nobody else writes there.

        Args:
            job_id: The job.
            fence: The token of this attempt.
        """
        return self._root / f"{job_id}.{fence}.part"

    def path(self, bundle_id: BundleId) -> Path:
        """Name the file of a finished bundle.

        Args:
            bundle_id: The bundle.
        """
        return self._root / f"{bundle_id}{_SEALED}"

    def commit(self, temporary: Path, bundle_id: BundleId) -> None:
        """Give a finished bundle its name, for good.

        Args:
            temporary: A closed file of ``temporary``.
            bundle_id: The id that it was sealed for.
        """
        temporary.rename(self.path(bundle_id))
        fsync_directory(self._root)

    def delete(self, bundle_id: BundleId) -> bool:
        """Remove a bundle.

        Args:
            bundle_id: The bundle.

        Returns:
            Whether it was there.
        """
        try:
            self.path(bundle_id).unlink()
        except FileNotFoundError:
            return False
        fsync_directory(self._root)
        return True

    def discard_older(self, job_id: JobId, fence: int) -> int:
        """Remove what earlier attempts of a job left behind.

        Args:
            job_id: The job.
            fence: The token of the present attempt; files of lower ones go.

        Returns:
            How many files went.
        """
        gone = [
            part
            for part in self._root.glob(f"{job_id}.*.part")
            if (match := _PART.fullmatch(part.name)) and int(match["fence"]) < fence
        ]
        return _remove(gone)

    def sweep(self, known: Collection[BundleId], older_than: timedelta) -> int:
        """Remove what belongs to no bundle: finished files of no known bundle, and dead parts.

        Args:
            known: The bundles that should be there.
            older_than: How long a file must have been left alone; longer than a bundle needs
                from its last write to the transaction that makes it known.

        Returns:
            How many files went.
        """
        names = {self.path(bundle_id).name for bundle_id in known}
        before = (datetime.now(UTC) - older_than).timestamp()
        return _remove(
            file
            for file in self._orphans(names)
            if (stat := _stat_mtime(file)) is not None and stat < before
        )

    def _orphans(self, known_names: Collection[str]) -> Iterator[Path]:
        for file in self._root.iterdir():
            is_part = _PART.fullmatch(file.name) is not None
            if is_part or (file.suffix == _SEALED and file.name not in known_names):
                yield file


def _stat_mtime(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return None


def _remove(files: "Iterator[Path] | list[Path]") -> int:
    count = 0
    for file in files:
        file.unlink(missing_ok=True)
        count += 1
    return count
