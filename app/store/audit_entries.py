"""Reading the entries of an audit trail: by what they are about, a page at a time."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId
from app.store.audit import entry_of
from app.store.audit_chain import Entry


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it is stored.

    Attributes:
        entry: What was hashed.
        hash: The hash that was stored with it, 32 bytes.
    """

    entry: Entry
    hash: bytes


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to read; None: any.

    Attributes:
        subject_request_id: Of this subject request.
        subject_digest: About this subject alone, 32 bytes.
        acting_person_digest: By this person, 32 bytes.
        client_id: By this API client.
        action: Of this kind.
        since: Aware moment, inclusive.
        until: Aware moment, exclusive.
    """

    subject_request_id: UUID | None = None
    subject_digest: bytes | None = None
    acting_person_digest: bytes | None = None
    client_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_WANTED = """
    controller_id = :controller_id
    AND (CAST(:subject_request_id AS uuid) IS NULL OR subject_request_id = :subject_request_id)
    AND (CAST(:subject_digest AS bytea) IS NULL OR subject_digest = :subject_digest)
    AND (CAST(:acting_person_digest AS bytea) IS NULL
        OR acting_person_digest = :acting_person_digest)
    AND (CAST(:client_id AS uuid) IS NULL OR client_id = :client_id)
    AND (CAST(:action AS text) IS NULL OR action = :action)
    AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
"""
_NEWEST = text(f"""
    SELECT * FROM audit_entry
    WHERE {_WANTED} AND (CAST(:before AS bigint) IS NULL OR sequence < :before)
    ORDER BY sequence DESC LIMIT :limit
""")  # noqa: S608 - constants
_OLDEST = text(f"""
    SELECT * FROM audit_entry
    WHERE {_WANTED} AND sequence > :after AND sequence <= :last
    ORDER BY sequence LIMIT :limit
""")  # noqa: S608 - constants


async def list_newest(
    connection: AsyncConnection,
    controller_id: ControllerId,
    wanted: Filter,
    before: int | None,
    limit: int,
) -> list[StoredEntry]:
    """List entries, newest first.

    Args:
        connection: Bound to the controller.
        controller_id: Whose trail.
        wanted: Which.
        before: Only those with a smaller sequence; None: from the newest on.
        limit: At most so many.
    """
    parameters = asdict(wanted) | {"controller_id": controller_id, "before": before}
    rows = await connection.execute(_NEWEST, parameters | {"limit": limit})
    return [StoredEntry(entry_of(row), row.hash) for row in rows]


async def list_range(
    connection: AsyncConnection,
    controller_id: ControllerId,
    wanted: Filter,
    between: tuple[int, int],
    limit: int,
) -> list[StoredEntry]:
    """List entries, oldest first.

    Args:
        connection: Bound to the controller.
        controller_id: Whose trail.
        wanted: Which.
        between: Only those after the first sequence, up to the second one.
        limit: At most so many.
    """
    after, last = between
    parameters = asdict(wanted) | {"controller_id": controller_id, "after": after, "last": last}
    rows = await connection.execute(_OLDEST, parameters | {"limit": limit})
    return [StoredEntry(entry_of(row), row.hash) for row in rows]
