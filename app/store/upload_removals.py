"""Uploads that are to go from a file store, until their job is over and has told how many went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import DataMapVersionId, JobId, new_id


@dataclass(frozen=True, slots=True)
class NewUploadRemoval:
    """An upload that no record names any more.

    Attributes:
        source: The file store.
        path_digest: The keyed digest of the path, 32 bytes.
        sealed: The path, sealed.
        data_map_version_id: The data map by which it is found.
    """

    source: str
    path_digest: bytes
    sealed: bytes
    data_map_version_id: DataMapVersionId | None


@dataclass(frozen=True, slots=True)
class UploadRemoval(NewUploadRemoval):
    """An upload that is still to go, or has gone.

    Attributes:
        id: By which it is ticked off.
        was_there: Whether the file store had it; None until somebody looked.
    """

    id: UUID
    was_there: bool | None


_ADD = text("""
    INSERT INTO upload_removal (controller_id, id, job_id, source, path_digest, sealed,
        data_map_version_id)
    SELECT job.controller_id, new.id, job.id, new.source, new.path_digest, new.sealed,
        new.version_id
    FROM job, unnest(CAST(:ids AS uuid[]), CAST(:sources AS text[]), CAST(:digests AS bytea[]),
        CAST(:sealed AS bytea[]), CAST(:versions AS uuid[]))
        AS new (id, source, path_digest, sealed, version_id)
    WHERE job.id = :job_id
    ON CONFLICT (controller_id, job_id, source, path_digest) DO NOTHING
""")
_LIST = text("""
    SELECT id, source, path_digest, sealed, data_map_version_id, was_there FROM upload_removal
    WHERE job_id = :job_id AND (CAST(:after_id AS uuid) IS NULL OR id > :after_id)
    ORDER BY id LIMIT :limit
""")
_VERSIONS = text("""
    SELECT DISTINCT data_map_version_id FROM upload_removal
    WHERE job_id = :job_id AND data_map_version_id IS NOT NULL
""")
_SET_WAS_THERE = text("""
    UPDATE upload_removal SET was_there = looked.was_there
    FROM unnest(CAST(:ids AS uuid[]), CAST(:found AS boolean[])) AS looked (id, was_there)
    WHERE upload_removal.id = looked.id AND upload_removal.was_there IS NULL
""")
_DELETE = text("DELETE FROM upload_removal WHERE id = :id")
_DELETE_OF_JOB = text("DELETE FROM upload_removal WHERE job_id = :job_id")
_DELETE_OF_VERSIONS = text("""
    DELETE FROM upload_removal
    WHERE job_id = :job_id AND data_map_version_id = ANY(CAST(:versions AS uuid[]))
""")
_COUNT = text("SELECT count(*) FROM upload_removal WHERE job_id = :job_id")
_COUNT_FOUND = text("""
    SELECT was_there, count(*) AS uploads FROM upload_removal
    WHERE job_id = :job_id AND was_there IS NOT NULL
    GROUP BY was_there
""")


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
        "versions": [removal.data_map_version_id for removal in removals],
    }
    return (await connection.execute(_ADD, parameters)).rowcount


async def list_of_job(
    connection: AsyncConnection, job_id: JobId, limit: int, after_id: UUID | None = None
) -> list[UploadRemoval]:
    """List a job's uploads that are to go, or have gone.

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


async def versions(connection: AsyncConnection, job_id: JobId) -> list[DataMapVersionId]:
    """Name the data maps by which a job's uploads are found."""
    return list((await connection.execute(_VERSIONS, {"job_id": job_id})).scalars())


async def set_was_there(connection: AsyncConnection, found: Mapping[UUID, bool]) -> None:
    """Note, before they are deleted, which uploads the file store has; what was noted first stays.

    Args:
        connection: Bound to the controller.
        found: By id; at most 20,000.
    """
    parameters = {"ids": list(found), "found": list(found.values())}
    await connection.execute(_SET_WAS_THERE, parameters)


async def delete(connection: AsyncConnection, removal_id: UUID) -> bool:
    """Forget an upload that is not to go after all; false where that was done before."""
    return (await connection.execute(_DELETE, {"id": removal_id})).rowcount == 1


async def delete_of_job(connection: AsyncConnection, job_id: JobId) -> int:
    """Forget all of a job's uploads, in the transaction that ends it; give their number."""
    return (await connection.execute(_DELETE_OF_JOB, {"job_id": job_id})).rowcount


async def delete_of_versions(
    connection: AsyncConnection, job_id: JobId, versions: Sequence[DataMapVersionId]
) -> int:
    """Forget those of a job's uploads that are found by some data maps: all have gone; give their number."""
    parameters = {"job_id": job_id, "versions": list(versions)}
    return (await connection.execute(_DELETE_OF_VERSIONS, parameters)).rowcount


async def count(connection: AsyncConnection, job_id: JobId) -> int:
    """Count a job's uploads that are to go, or have gone."""
    return int((await connection.execute(_COUNT, {"job_id": job_id})).scalar_one())


async def count_found(connection: AsyncConnection, job_id: JobId) -> dict[bool, int]:
    """Count a job's uploads by whether the file store had them; those not looked for are left out."""
    rows = await connection.execute(_COUNT_FOUND, {"job_id": job_id})
    return {row.was_there: row.uploads for row in rows}
