"""Checkpoints of audit trails: inserted, never changed."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId


@dataclass(frozen=True, slots=True)
class NewCheckpoint:
    """A checkpoint that was signed.

    Attributes:
        sequence: The last entry that it covers.
        hash: That entry's, 32 bytes.
        key_id: The key of the ring that the signing key follows from.
        note: The signed note, to the byte.
    """

    sequence: int
    hash: bytes
    key_id: str
    note: str


@dataclass(frozen=True, slots=True)
class Checkpoint(NewCheckpoint):
    """A checkpoint that can be read.

    Attributes:
        created_at: Aware UTC moment.
    """

    created_at: datetime


_COLUMNS = "sequence, hash, key_id, note, created_at"
_INSERT = text(f"""
    INSERT INTO audit_checkpoint (controller_id, sequence, hash, key_id, note)
    VALUES (:controller_id, :sequence, :hash, :key_id, :note)
    ON CONFLICT DO NOTHING
    RETURNING {_COLUMNS}
""")  # noqa: S608 - constants
_GET = text(f"""
    SELECT {_COLUMNS} FROM audit_checkpoint
    WHERE controller_id = :controller_id AND sequence = :sequence
""")  # noqa: S608 - constants
_LIST = text(f"""
    SELECT {_COLUMNS} FROM audit_checkpoint
    WHERE controller_id = :controller_id
        AND (CAST(:before AS bigint) IS NULL OR sequence < :before)
    ORDER BY sequence DESC LIMIT :limit
""")  # noqa: S608 - constants
_ALL = text(f"""
    SELECT {_COLUMNS} FROM audit_checkpoint WHERE controller_id = :controller_id ORDER BY sequence
""")  # noqa: S608 - constants


async def insert(
    connection: AsyncConnection, controller_id: ControllerId, new: NewCheckpoint
) -> Checkpoint | None:
    """Store a checkpoint; None where there is one of this entry."""
    parameters = asdict(new) | {"controller_id": controller_id}
    row = (await connection.execute(_INSERT, parameters)).mappings().one_or_none()
    return None if row is None else Checkpoint(**row)


async def get(
    connection: AsyncConnection, controller_id: ControllerId, sequence: int
) -> Checkpoint | None:
    """Read the checkpoint of an entry; None where there is none."""
    parameters = {"controller_id": controller_id, "sequence": sequence}
    row = (await connection.execute(_GET, parameters)).mappings().one_or_none()
    return None if row is None else Checkpoint(**row)


async def list_newest(
    connection: AsyncConnection, controller_id: ControllerId, before: int | None, limit: int
) -> list[Checkpoint]:
    """List the controller's checkpoints, newest first.

    Args:
        connection: Bound to the controller.
        controller_id: Whose.
        before: Only those of smaller sequences; None: from the newest on.
        limit: At most so many.
    """
    parameters = {"controller_id": controller_id, "before": before, "limit": limit}
    rows = (await connection.execute(_LIST, parameters)).mappings()
    return [Checkpoint(**row) for row in rows]


async def list_all(connection: AsyncConnection, controller_id: ControllerId) -> list[Checkpoint]:
    """List the controller's checkpoints, oldest first: one an hour at most, unless asked for."""
    rows = (await connection.execute(_ALL, {"controller_id": controller_id})).mappings()
    return [Checkpoint(**row) for row in rows]
