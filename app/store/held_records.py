"""What erasures kept since it is held: by subject, record type and role; no record is named."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, DataMapVersionId, SubjectRequestId, new_id
from schemas.vocabulary import HeldBy, HoldArticle


@dataclass(frozen=True, slots=True)
class HeldKind:
    """Records of a subject that were kept alike.

    Attributes:
        record_type: Their type.
        role: The role that they were kept in.
        position: The place of the rule that kept them.
        article: What that rests on.
        held_by: Why.
        held_types: The record types that have to be held for that: theirs, or what hangs on them.
    """

    record_type: str
    role: str
    position: int
    article: HoldArticle
    held_by: HeldBy
    held_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldSubject:
    """A subject of whom something is held.

    Attributes:
        subject_request_id: The erasure that kept it.
        subject_digest: The keyed digest of the subject.
        data_map_version_id: The data map that the erasure ran under.
        sealed: The subject's key, sealed.
        kinds: What was kept.
    """

    subject_request_id: SubjectRequestId
    subject_digest: bytes
    data_map_version_id: DataMapVersionId
    sealed: bytes
    kinds: tuple[HeldKind, ...]


_FORGET = text("DELETE FROM held_records WHERE subject_digest = :subject_digest")
_ADD = text("""
    INSERT INTO held_records (controller_id, id, subject_request_id, subject_digest,
        data_map_version_id, record_type, role, position, article, held_by, held_types, sealed)
    VALUES (:controller_id, :id, :subject_request_id, :subject_digest, :data_map_version_id,
        :record_type, :role, :position, :article, :held_by, :held_types, :sealed)
""")
_OF_SUBJECT = text("""
    SELECT * FROM held_records WHERE subject_digest = :subject_digest ORDER BY record_type, role
""")
_KEYS = text("SELECT DISTINCT ON (subject_digest) sealed FROM held_records")
_DIGESTS = text("SELECT DISTINCT subject_digest FROM held_records ORDER BY subject_digest")
_EXISTS = text("SELECT EXISTS (SELECT FROM held_records)")


async def replace_of_subject(
    connection: AsyncConnection, controller_id: ControllerId, held: HeldSubject
) -> None:
    """Store what an erasure kept of a subject, in place of what an earlier one did.

    Args:
        connection: Bound to the controller, in the transaction that completes the erasure.
        controller_id: Whose subject.
        held: What was kept; nothing, where nothing is held.
    """
    common = {
        "controller_id": controller_id,
        "subject_request_id": held.subject_request_id,
        "subject_digest": held.subject_digest,
        "data_map_version_id": held.data_map_version_id,
        "sealed": held.sealed,
    }
    await connection.execute(_FORGET, {"subject_digest": held.subject_digest})
    for kind in held.kinds:
        own = {
            "id": new_id(),
            "record_type": kind.record_type,
            "role": kind.role,
            "position": kind.position,
            "article": kind.article,
            "held_by": kind.held_by,
            "held_types": list(kind.held_types),
        }
        await connection.execute(_ADD, common | own)


async def digests(connection: AsyncConnection) -> list[bytes]:
    """List the subjects of whom something is held, by their keyed digests."""
    return list((await connection.execute(_DIGESTS)).scalars())


async def of_subject(connection: AsyncConnection, subject_digest: bytes) -> HeldSubject | None:
    """Read what is held of a subject; None where nothing is."""
    result = await connection.execute(_OF_SUBJECT, {"subject_digest": subject_digest})
    rows = result.mappings().all()
    if not rows:
        return None
    first = rows[0]
    return HeldSubject(
        first["subject_request_id"],
        first["subject_digest"],
        first["data_map_version_id"],
        first["sealed"],
        tuple(HeldKind(**_kind(dict(row))) for row in rows),
    )


async def sealed_keys(connection: AsyncConnection) -> list[bytes]:
    """Give the sealed keys of all subjects of whom something is held."""
    return list((await connection.execute(_KEYS)).scalars())


async def exists(connection: AsyncConnection) -> bool:
    """Say whether the controller has anything that is held."""
    return bool((await connection.execute(_EXISTS)).scalar_one())


def _kind(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "record_type": row["record_type"],
        "role": row["role"],
        "position": row["position"],
        "article": HoldArticle(row["article"]),
        "held_by": HeldBy(row["held_by"]),
        "held_types": tuple(row["held_types"]),
    }
