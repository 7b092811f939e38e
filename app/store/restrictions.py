"""Restrictions: who is restricted, why, and the key without which the vault is nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, DataMapVersionId, RestrictionId, SubjectRequestId
from app.keyring import WrappedKey
from schemas.vocabulary import RestrictionGround, RestrictionState


@dataclass(frozen=True, slots=True)
class NewRestriction:
    """A restriction that begins.

    Attributes:
        id: Its id.
        subject_request_id: What it carries out.
        subject_digest: The keyed digest of the subject.
        ground: Why.
        data_map_version_id: The data map whose rules it follows.
        wrapped_key: The key of its vault, wrapped.
    """

    id: RestrictionId
    subject_request_id: SubjectRequestId
    subject_digest: bytes
    ground: RestrictionGround
    data_map_version_id: DataMapVersionId
    wrapped_key: WrappedKey


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction as it stands: the parts of ``NewRestriction``, and more.

    Attributes:
        wrapped_key: The key of its vault, wrapped; None once it has ended.
        state: Where it stands.
        created_at: Aware UTC moment.
        ended_at: Aware UTC moment, once it has ended.
    """

    id: RestrictionId
    subject_request_id: SubjectRequestId
    subject_digest: bytes
    ground: RestrictionGround
    data_map_version_id: DataMapVersionId
    wrapped_key: WrappedKey | None
    state: RestrictionState
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which restrictions to list.

    Attributes:
        state: Only those that stand there.
        ground: Only those on this ground.
        after: The last one of the page before.
        limit: At most so many, 1 ≤ x ≤ 1,001.
    """

    state: RestrictionState | None = None
    ground: RestrictionGround | None = None
    after: RestrictionId | None = None
    limit: int = 50


_INSERT = text("""
    INSERT INTO restriction (controller_id, id, subject_request_id, subject_digest, ground, state,
        data_map_version_id, key_id, wrapped_key)
    VALUES (:controller_id, :id, :subject_request_id, :subject_digest, :ground, 'active',
        :data_map_version_id, :key_id, :wrapped)
""")
_COLUMNS = """id, subject_request_id, subject_digest, ground, data_map_version_id, key_id,
    wrapped_key, state, created_at, ended_at"""
_GET = text(f"SELECT {_COLUMNS} FROM restriction WHERE id = :id")  # noqa: S608 - constants
_OF_REQUEST = text(f"""
    SELECT {_COLUMNS} FROM restriction WHERE subject_request_id = :subject_request_id
    ORDER BY created_at DESC LIMIT 1
""")  # noqa: S608 - constants
_LIST = text(f"""
    SELECT {_COLUMNS} FROM restriction
    WHERE (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:ground AS text) IS NULL OR ground = :ground)
      AND (CAST(:after AS uuid) IS NULL OR (created_at, id) < (
          SELECT last.created_at, last.id FROM restriction AS last WHERE last.id = :after))
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants
# Nobody is erased with the trashcan whom a right of theirs restricts, or is about to restrict, nor who
# is being taken out of it.
_IN_TRASHCAN = """state = 'active' AND ground = 'normal_flow' AND NOT EXISTS (
        SELECT FROM restriction AS other
        WHERE other.subject_digest = restriction.subject_digest
          AND other.state = 'active' AND other.ground <> 'normal_flow'
    ) AND NOT EXISTS (
        SELECT FROM subject_request AS other
        WHERE other.subject_digest = restriction.subject_digest
          AND other.state NOT IN ('completed', 'cancelled', 'refused')
          AND (other."right" = 'restriction' AND other.options ->> 'ground' <> 'normal_flow'
            OR other."right" = 'restriction_lift'
              AND other.options ->> 'restriction_id' = CAST(restriction.id AS text)))"""
_OF_TRASHCAN = text(f"""
    SELECT id FROM restriction WHERE id = ANY (CAST(:ids AS uuid[])) AND {_IN_TRASHCAN}
""")  # noqa: S608 - constants
_AGED = text(f"""
    SELECT id FROM restriction
    WHERE created_at < :created_before AND {_IN_TRASHCAN}
    ORDER BY created_at, id LIMIT :limit
""")  # noqa: S608 - constants
# Who restricts or restores a person and who empties the trashcan take turns: either the emptying finds
# the request, or the request comes after it.
_LOCK = "hashtextextended(concat('habeas trashcan ', CAST(:controller_id AS uuid)), 0)"
_WAIT_TO_EMPTY = text(f"SELECT pg_advisory_xact_lock({_LOCK})")
_WAIT_TO_RESTRICT = text(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")
_ACTIVE_OF_SUBJECT = text(f"""
    SELECT {_COLUMNS} FROM restriction
    WHERE subject_digest = :subject_digest AND state = 'active'
    ORDER BY created_at, id
""")  # noqa: S608 - constants
_END = text("""
    UPDATE restriction SET state = :state, ended_at = clock_timestamp(), wrapped_key = NULL
    WHERE id = :id AND state = 'active'
""")
_LIST_UNDER_OTHER_KEYS = text("""
    SELECT id, key_id, wrapped_key FROM restriction
    WHERE state = 'active' AND key_id <> :key_id
    ORDER BY id LIMIT :limit
""")
_REWRAP = text("""
    UPDATE restriction SET key_id = :key_id, wrapped_key = :wrapped
    WHERE id = :id AND wrapped_key = :former
""")


async def insert(
    connection: AsyncConnection,
    controller_id: ControllerId,
    restriction: NewRestriction,
) -> None:
    """Begin a restriction.

    Args:
        connection: Bound to the controller.
        controller_id: Whose it is.
        restriction: What begins; a subject request begins one.
    """
    parameters = {
        "controller_id": controller_id,
        "id": restriction.id,
        "subject_request_id": restriction.subject_request_id,
        "subject_digest": restriction.subject_digest,
        "ground": restriction.ground,
        "data_map_version_id": restriction.data_map_version_id,
        "key_id": restriction.wrapped_key.key_id,
        "wrapped": restriction.wrapped_key.wrapped,
    }
    await connection.execute(_INSERT, parameters)


async def get(connection: AsyncConnection, restriction_id: RestrictionId) -> Restriction | None:
    """Read a restriction; None where the controller has no such one."""
    row = (await connection.execute(_GET, {"id": restriction_id})).mappings().one_or_none()
    return None if row is None else _read(row)


async def get_of_request(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> Restriction | None:
    """Read the restriction that a subject request began; None where it began none (yet)."""
    parameters = {"subject_request_id": subject_request_id}
    row = (await connection.execute(_OF_REQUEST, parameters)).mappings().one_or_none()
    return None if row is None else _read(row)


async def list_page(connection: AsyncConnection, wanted: Filter) -> list[Restriction]:
    """List restrictions, newest first, from one after another on.

    Args:
        connection: Bound to the controller.
        wanted: Which ones, and how many.
    """
    parameters = {
        "state": wanted.state,
        "ground": wanted.ground,
        "after": wanted.after,
        "limit": wanted.limit,
    }
    return [_read(row) for row in (await connection.execute(_LIST, parameters)).mappings()]


async def wait_to_empty(connection: AsyncConnection, controller_id: ControllerId) -> None:
    """Let nobody ask for a restriction or a lift until the transaction ends."""
    await connection.execute(_WAIT_TO_EMPTY, {"controller_id": controller_id})


async def wait_to_restrict(connection: AsyncConnection, controller_id: ControllerId) -> None:
    """Let nobody empty the trashcan until the transaction ends."""
    await connection.execute(_WAIT_TO_RESTRICT, {"controller_id": controller_id})


async def of_trashcan(
    connection: AsyncConnection, restriction_ids: Sequence[UUID]
) -> set[RestrictionId]:
    """Give those of some restrictions whose subjects may be erased with the trashcan.

    Args:
        connection: Bound to the controller.
        restriction_ids: At most 1,000.
    """
    found = await connection.execute(_OF_TRASHCAN, {"ids": list(restriction_ids)})
    return {RestrictionId(id_) for id_ in found.scalars()}


async def list_aged(
    connection: AsyncConnection, created_before: datetime, limit: int
) -> list[RestrictionId]:
    """Name restrictions whose subjects may be erased with the trashcan, oldest first.

    Args:
        connection: Bound to the controller.
        created_before: An aware moment.
        limit: At most so many.
    """
    parameters = {"created_before": created_before, "limit": limit}
    return [RestrictionId(id_) for id_ in (await connection.execute(_AGED, parameters)).scalars()]


async def active_of_subject(
    connection: AsyncConnection, subject_digest: bytes
) -> list[Restriction]:
    """List the restrictions that a subject is under, oldest first."""
    parameters = {"subject_digest": subject_digest}
    rows = (await connection.execute(_ACTIVE_OF_SUBJECT, parameters)).mappings()
    return [_read(row) for row in rows]


async def end(
    connection: AsyncConnection, restriction_id: RestrictionId, state: RestrictionState
) -> bool:
    """End a restriction: without its key the vault is noise.

    Args:
        connection: Bound to the controller.
        restriction_id: The restriction.
        state: How it ended.

    Returns:
        False where there is no such restriction, or it ended before.
    """
    parameters = {"id": restriction_id, "state": state}
    return (await connection.execute(_END, parameters)).rowcount == 1


async def list_under_other_keys(
    connection: AsyncConnection, active_id: str, limit: int
) -> list[tuple[RestrictionId, WrappedKey]]:
    """List restrictions whose vault key is wrapped by another key than the active one.

    Args:
        connection: Bound to the controller.
        active_id: The id of the active key.
        limit: At most so many.
    """
    rows = await connection.execute(_LIST_UNDER_OTHER_KEYS, {"key_id": active_id, "limit": limit})
    return [(row.id, WrappedKey(row.key_id, row.wrapped_key)) for row in rows]


async def rewrap(
    connection: AsyncConnection, restriction_id: RestrictionId, former: WrappedKey, new: WrappedKey
) -> bool:
    """Put a newly wrapped vault key in the former's place; false where that is gone."""
    parameters = {
        "id": restriction_id,
        "former": former.wrapped,
        "key_id": new.key_id,
        "wrapped": new.wrapped,
    }
    return (await connection.execute(_REWRAP, parameters)).rowcount == 1


def _read(row: RowMapping) -> Restriction:
    columns: dict[str, Any] = dict(row)
    key_id, wrapped = columns.pop("key_id"), row["wrapped_key"]
    columns |= {
        "ground": RestrictionGround(row["ground"]),
        "state": RestrictionState(row["state"]),
        "wrapped_key": None if wrapped is None else WrappedKey(key_id, wrapped),
    }
    return Restriction(**columns)
