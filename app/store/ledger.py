"""The erasure ledger: who was erased, by keyed digests only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, DataMapVersionId

# A key that the LMS gave out again may be erased again: a backup taken in between holds that person.
_ADD = text("""
    INSERT INTO erasure_ledger (controller_id, subject_digest, data_map_version_id)
    VALUES (:controller_id, :subject_digest, :data_map_version_id)
    ON CONFLICT (controller_id, subject_digest) DO UPDATE
    SET data_map_version_id = excluded.data_map_version_id, erased_at = excluded.erased_at
    RETURNING erased_at
""")
_RENEW = text("""
    UPDATE erasure_ledger SET erased_at = clock_timestamp()
    WHERE subject_digest = ANY (CAST(:subject_digests AS bytea[]))
""")
_HAS = text("SELECT EXISTS (SELECT FROM erasure_ledger WHERE subject_digest = :subject_digest)")
_FIND = text("""
    SELECT subject_digest FROM erasure_ledger
    WHERE subject_digest = ANY (CAST(:subject_digests AS bytea[]))
""")
_ERASED_SINCE = text("""
    SELECT subject_digest, erased_at FROM erasure_ledger
    WHERE subject_digest = ANY (CAST(:subject_digests AS bytea[])) AND erased_at >= :moment
""")


async def add(
    connection: AsyncConnection,
    controller_id: ControllerId,
    subject_digest: bytes,
    data_map_version_id: DataMapVersionId,
) -> datetime:
    """Record that a subject is erased, now.

    Args:
        connection: Bound to the controller, in the transaction that completes the erasure.
        controller_id: Whose subject it was.
        subject_digest: The keyed digest of the subject.
        data_map_version_id: The data map whose rules were carried out.

    Returns:
        The moment that was recorded.
    """
    parameters = {
        "controller_id": controller_id,
        "subject_digest": subject_digest,
        "data_map_version_id": data_map_version_id,
    }
    erased_at: datetime = (await connection.execute(_ADD, parameters)).scalar_one()
    return erased_at


async def renew(connection: AsyncConnection, subject_digests: Sequence[bytes]) -> None:
    """Record that the last of some erased subjects, their own row, is gone only now.

    A backup of the LMS that was taken since their erasure holds that row.

    Args:
        connection: Bound to the controller, in the transaction that settles the release.
        subject_digests: At most 20,000 keyed digests.
    """
    if subject_digests:
        await connection.execute(_RENEW, {"subject_digests": list(subject_digests)})


async def has(connection: AsyncConnection, subject_digest: bytes) -> bool:
    """Say whether a subject was erased."""
    found = await connection.execute(_HAS, {"subject_digest": subject_digest})
    return bool(found.scalar_one())


async def find(connection: AsyncConnection, subject_digests: Sequence[bytes]) -> set[bytes]:
    """Give those of many subjects who were erased.

    Args:
        connection: Bound to the controller.
        subject_digests: At most 20,000 keyed digests.
    """
    rows = await connection.execute(_FIND, {"subject_digests": list(subject_digests)})
    return set(rows.scalars())


async def erased_since(
    connection: AsyncConnection, subject_digests: Sequence[bytes], moment: datetime
) -> dict[bytes, datetime]:
    """Give those of many subjects who were erased at or after a moment, and when.

    Args:
        connection: Bound to the controller.
        subject_digests: At most 20,000 keyed digests.
        moment: Aware, such as that at which a backup of the LMS was taken.
    """
    parameters = {"subject_digests": list(subject_digests), "moment": moment}
    rows = await connection.execute(_ERASED_SINCE, parameters)
    return {row.subject_digest: row.erased_at for row in rows}
