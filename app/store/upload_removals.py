"""Uploads that are to go from a file store, until they are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import JobId, new_id


@dataclass(frozen=True, slots=True)
class NewUploadRemoval:
    """An upload that no record names any more.

    Attributes:
        source: The file store.
        path_digest: The keyed digest of the path, 32 bytes.
        sealed: The path, sealed.
    """

    source: str
    path_digest: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class UploadRemoval(NewUploadRemoval):
    """An upload that is still to go.

    Attributes:
        id: By which it is ticked off.
    """

    id: UUID


_ADD = text("""
    INSERT INTO upload_removal (controller_id, id, job_id, source, path_digest, sealed)
    SELECT job.controller_id, new.id, job.id, new.source, new.path_digest, new.sealed
    FROM job, unnest(CAST(:ids AS uuid[]), CAST(:sources AS text[]), CAST(:digests AS bytea[]),
        CAST(:sealed AS bytea[])) AS new (id, source, path_digest, sealed)
    WHERE job.id = :job_id
    ON CONFLICT (controller_id, job_id, source, path_digest) DO NOTHING
""")
_LIST = text("""
    SELECT id, source, path_digest, sealed FROM upload_removal
    WHERE job_id = :job_id AND (CAST(:after_id AS uuid) IS NULL OR id > :after_id)
    ORDER BY id LIMIT :limit
""")
_DELETE = text("DELETE FROM upload_removal WHERE id = :id")
_COUNT = text("SELECT count(*) FROM upload_removal WHERE job_id = :job_id")


async def add_many(
    connection: AsyncConnection, job_id: JobId, removals: Sequence[NewUploadRemoval]
) -> int:
    """Store uploads that are to go; each is stored once a job.

    Args:
        connection: Bound to the controller.
        job_id: The job that removed the last record that named them.
        removals: At most 20,000.

    Returns:
        How many were not stored before.
    """
    if not removals:
        return 0
    parameters = {
        "job_id": job_id,
        "ids": [new_id() for _ in removals],
        "sources": [removal.source for removal in removals],
        "digests": [removal.path_digest for removal in removals],
        "sealed": [removal.sealed for removal in removals],
    }
    return (await connection.execute(_ADD, parameters)).rowcount


async def list_of_job(
    connection: AsyncConnection, job_id: JobId, limit: int, after_id: UUID | None = None
) -> list[UploadRemoval]:
    """List a job's uploads that are still to go.

    Args:
        connection: Bound to the controller.
        job_id: The job.
        limit: At most so many.
        after_id: The last one of the page before, so that one that will not go blocks no others.
    """
    parameters = {"job_id": job_id, "limit": limit, "after_id": after_id}
    return [
        UploadRemoval(**row) for row in (await connection.execute(_LIST, parameters)).mappings()
    ]


async def delete(connection: AsyncConnection, removal_id: UUID) -> bool:
    """Tick an upload off that is gone; false where that was done before."""
    return (await connection.execute(_DELETE, {"id": removal_id})).rowcount == 1


async def count(connection: AsyncConnection, job_id: JobId) -> int:
    """Count a job's uploads that are still to go."""
    return int((await connection.execute(_COUNT, {"job_id": job_id})).scalar_one())
