"""Uploads that lie in a directory (``file:///…``)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from app.domain.errors import SourceFailure

_CHUNK_BYTES = 1 << 20


class UploadDirectory:
    """A directory of uploads; nothing outside it is ever read.

    Args:
        name: The source's name in the data map, for errors.
        url: ``file:///path``.

    Raises:
        SourceFailure: The address is not that of a directory on this machine.
    """

    def __init__(self, name: str, url: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError as error:  # whose text may hold parts of the address
            raise SourceFailure(name, "its address cannot be read", transient=False) from error
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
            raise SourceFailure(name, "the address is not file:///…", transient=False)
        self._name = name
        self._root = Path(unquote(parts.path))

    @asynccontextmanager
    async def read(self, path: str) -> AsyncIterator[AsyncIterator[bytes] | None]:
        """Open an upload; None where it is missing, is no file or lies outside the directory.

        Args:
            path: Relative path, as a record names it.

        Raises:
            SourceFailure: The directory is not there, or may not be read.
        """
        with self._translated():
            file = await self._opened(path)
        if file is None:
            yield None
            return
        with file:
            yield self._chunks(file)

    async def is_there(self, path: str) -> bool:
        """Tell whether there is an upload to delete; what lies outside the directory is none.

        Args:
            path: Relative path, as a record named it.

        Raises:
            SourceFailure: The directory is not there, or may not be read.
        """
        with self._translated():
            return await asyncio.to_thread(self._place, path) is not None

    async def delete(self, path: str) -> bool:
        """Delete an upload for good; false where it was missing or lies outside the directory.

        Args:
            path: Relative path, as a record named it.

        Raises:
            SourceFailure: The directory is not there, or the file may not be deleted.
        """
        with self._translated("deleted"):
            return await asyncio.to_thread(self._delete, path)

    def _delete(self, path: str) -> bool:
        place = self._place(path)
        if place is None:
            return False
        place.unlink(missing_ok=True)
        return True

    async def _opened(self, path: str) -> BinaryIO | None:
        """Open in a thread; where nobody waits for it any more, it is closed again."""
        opening = asyncio.create_task(asyncio.to_thread(self._open, path))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise

    def _open(self, path: str) -> BinaryIO | None:
        place = self._place(path)
        return None if place is None else place.open("rb")

    def _place(self, path: str) -> Path | None:
        """Find a file of the directory."""
        root = self._root.resolve(strict=True)
        if "\x00" in path:
            return None
        place = (root / path).resolve()
        return place if place.is_relative_to(root) and place.is_file() else None

    async def _chunks(self, file: BinaryIO) -> AsyncIterator[bytes]:
        while chunk := await self._chunk(file):
            yield chunk

    async def _chunk(self, file: BinaryIO) -> bytes:
        with self._translated():
            return await asyncio.to_thread(file.read, _CHUNK_BYTES)

    @contextmanager
    def _translated(self, done: str = "read") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            detail = f"an upload cannot be {done}: {type(error).__name__}"
            raise SourceFailure(self._name, detail, transient=True) from error

    async def close(self) -> None:
        """Nothing is held open."""


def _close(opening: "asyncio.Task[BinaryIO | None]") -> None:
    if opening.exception() is None and (file := opening.result()) is not None:
        file.close()
