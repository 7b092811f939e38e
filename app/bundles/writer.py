"""Push a bundle through one background thread: zip, digests, sealing, file.

The event loop only gathers chunks; the thread does the work, with the interpreter's lock released
for nearly all of it. What waits for the thread is bounded.
"""

import asyncio
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

from app.bundles.archive import EARLIEST, ArchiveWriter, MemberDigest
from app.bundles.output import OutputFile
from app.bundles.sealing import SealingStream, SegmentCipher
from app.domain.errors import AttentionNeeded, IntegrityViolation

HAND_OVER_BYTES = 64 * 1024
"""Chunks are gathered up to here before the thread gets them."""

IN_FLIGHT_BYTES = 2 * HAND_OVER_BYTES
"""What may wait for the thread before ``write`` waits too."""

_LOWER_PRIORITY = 10
_FEW_CHUNKS = 16  # joining more of them costs less than handling each

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A bundle that lies on the disk.

    Attributes:
        size_bytes: Of the zip archive inside.
        sha256_hex: Of the same bytes.
    """

    size_bytes: int
    sha256_hex: str


def _step_back() -> None:
    """Let the event loop have a processor before this thread does, where threads have priorities.

    The loop feeds both this thread and the database. Where it has to wait for its turn, both run
    dry, and a processor idles: on two of them an export takes a seventh longer.
    """
    if sys.platform != "linux":  # elsewhere a thread's number means no process
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWER_PRIORITY)


class BundleWriter:
    """Writes one bundle. As a context manager it aborts unless it was closed.

    Args:
        path: The temporary file; it must not exist.
        bundle_id: Bound to every sealed segment.
        data_key: 32 bytes that no other bundle uses.
        limit_bytes: The most that the sealed file may hold.
        generated_at: Aware moment that every member carries.

    Every method may raise, and raises again when called again:
        AttentionNeeded: ``disk_full`` or ``bundle_too_large``.
        OSError: Anything else that the file system says.
    """

    def __init__(
        self,
        path: Path,
        bundle_id: UUID,
        data_key: bytes,
        limit_bytes: int,
        *,
        generated_at: datetime = EARLIEST,
    ) -> None:
        self._output = OutputFile(path, limit_bytes)
        self._seal = SealingStream(self._output, SegmentCipher(data_key, bundle_id))
        self._archive = ArchiveWriter(self._seal, generated_at)
        self._thread = ThreadPoolExecutor(1, "bundle", initializer=_step_back)
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._in_flight: deque[tuple[Future[None], int]] = deque()
        self._in_flight_bytes = 0
        self._failure: Exception | None = None
        self._is_half_done = False
        self._is_over = False

    async def __aenter__(self) -> Self:
        """Give the writer."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Abort, unless the bundle was closed."""
        await self.abort()

    async def begin(self, member_name: str) -> None:
        """Open a member. Members below ``files/`` are stored uploads and hardly compressed.

        Args:
            member_name: A safe relative path.
        """
        await self._await_result(self._submit(self._archive.begin, member_name))

    async def write(self, chunk: bytes) -> None:
        """Add bytes to the open member; wait only where the thread is behind.

        Args:
            chunk: Any size up to about 1 MiB. It must not change afterwards.
        """
        if self._failure is not None:
            raise self._failure
        self._gathered.append(chunk)
        self._gathered_bytes += len(chunk)
        if self._gathered_bytes >= HAND_OVER_BYTES:
            self._hand_over()
            await self._catch_up(IN_FLIGHT_BYTES)

    async def end(self) -> MemberDigest:
        """Close the open member.

        Returns:
            Its name, size and digest.
        """
        self._hand_over()
        await self._catch_up(0)
        return await self._await_result(self._submit(self._archive.end))

    async def close(self) -> SealedFile:
        """Finish the archive and bring it to the disk.

        Returns:
            The size and digest of the zip archive.
        """
        sealed = await self._await_result(self._submit(self._finish))
        self._is_over = True
        self._failure = IntegrityViolation("the bundle was closed")
        self._thread.shutdown(wait=False)
        return sealed

    async def abort(self) -> None:
        """Remove the temporary file. After ``close``, and a second time, this does nothing."""
        if self._is_over:
            return
        self._is_over = True
        self._failure = self._failure or IntegrityViolation("the bundle was aborted")
        for future, _ in self._in_flight:
            future.cancel()
        removal = self._thread.submit(self._output.discard)
        self._thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(removal))

    def _hand_over(self) -> None:
        """Give the gathered chunks to the thread as one."""
        if self._gathered:
            chunks, size = self._gathered, self._gathered_bytes
            self._gathered, self._gathered_bytes = [], 0
            self._in_flight.append((self._submit(self._write, chunks), size))
            self._in_flight_bytes += size

    async def _catch_up(self, allowed_bytes: int) -> None:
        """Wait until no more than this is in flight, and learn of failures on the way."""
        while self._in_flight and (
            self._in_flight_bytes > allowed_bytes or self._in_flight[0][0].done()
        ):
            future, size = self._in_flight.popleft()
            self._in_flight_bytes -= size
            await self._await_result(future)

    async def _await_result(self, future: Future[Result]) -> Result:
        """Wait for the thread. Being cancelled does not take its work out of the row."""
        if future.done():
            return future.result()
        return await asyncio.shield(asyncio.wrap_future(future))

    def _submit(self, work: Callable[..., Result], *arguments: object) -> Future[Result]:
        if self._failure is not None:
            raise self._failure
        return self._thread.submit(self._guarded, work, *arguments)

    def _guarded(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Run in the thread: nothing is written after a failure, or the archive would have a hole."""
        if self._failure is not None:
            raise self._failure
        if self._is_half_done:
            raise IntegrityViolation("a bundle was left half written")
        self._is_half_done = True
        try:
            result = work(*arguments)
        except (OSError, AttentionNeeded) as error:
            self._failure = error
            raise
        self._is_half_done = False
        return result

    def _write(self, chunks: list[bytes]) -> None:
        for chunk in chunks if len(chunks) <= _FEW_CHUNKS else (b"".join(chunks),):
            self._archive.write(chunk)

    def _finish(self) -> SealedFile:
        self._archive.finish()
        self._seal.finish()
        self._output.finish()
        return SealedFile(self._archive.size_bytes, self._archive.sha256_hex)
