"""Everything that erasures kept for now, in one list: deferrals, and what is held."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import DataMapVersionId, DeferralId
from app.store.deferrals import Deferral, DeferringRule
from schemas.vocabulary import HeldBy, HoldArticle


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """Records of one type that an erasure kept since they are held.

    Attributes:
        id: Its id.
        data_map_version_id: The data map that the erasure ran under.
        record_type: The type.
        role: The role that they were kept in.
        position: The place of the rule that kept them.
        article: What that rests on.
        held_by: Why.
        created_at: Aware UTC moment.
    """

    id: UUID
    data_map_version_id: DataMapVersionId
    record_type: str
    role: str
    position: int
    article: HoldArticle
    held_by: HeldBy
    created_at: datetime


_COLUMNS = "id, created_at, data_map_version_id, record_type, role, position"
_LIST = text(f"""
    SELECT * FROM (
        SELECT {_COLUMNS}, sealed, container_digest, NULL::text AS article, NULL::text AS held_by
        FROM deferral
        UNION ALL
        SELECT {_COLUMNS}, NULL::bytea, NULL::bytea, article, held_by FROM held_records
    ) AS kept
    WHERE CAST(:after AS uuid) IS NULL OR (created_at, id) < (
        SELECT created_at, id FROM deferral WHERE id = :after
        UNION ALL SELECT created_at, id FROM held_records WHERE id = :after)
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants


async def list_page(
    connection: AsyncConnection, after: UUID | None, limit: int
) -> list[Deferral | HeldEntry]:
    """List what the controller's erasures kept for now, newest first.

    Args:
        connection: Bound to the controller.
        after: The last one of the page before.
        limit: At most so many.
    """
    rows = await connection.execute(_LIST, {"after": after, "limit": limit})
    return [_read(row) for row in rows]


def _read(row: Row[*tuple[object, ...]]) -> Deferral | HeldEntry:
    if row.held_by is None:
        rule = DeferringRule(row.data_map_version_id, row.record_type, row.role, row.position)
        return Deferral(
            rule=rule,
            container_digest=row.container_digest,
            sealed=row.sealed,
            id=DeferralId(row.id),
            created_at=row.created_at,
        )
    return HeldEntry(
        id=row.id,
        data_map_version_id=row.data_map_version_id,
        record_type=row.record_type,
        role=row.role,
        position=row.position,
        article=HoldArticle(row.article),
        held_by=HeldBy(row.held_by),
        created_at=row.created_at,
    )
