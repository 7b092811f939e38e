"""Deferrals: containers whose records a rule keeps until something holds of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, DataMapVersionId, DeferralId, new_id


@dataclass(frozen=True, slots=True)
class DeferringRule:
    """A rule that keeps records for a while.

    Attributes:
        data_map_version_id: The data map that it stands in.
        record_type: The type of the records.
        role: The role it is a rule of.
        position: Its place among the role's rules, from 0 on.
    """

    data_map_version_id: DataMapVersionId
    record_type: str
    role: str
    position: int


@dataclass(frozen=True, slots=True)
class NewDeferral:
    """A container that is to be looked at again.

    Attributes:
        rule: The rule.
        container_digest: The keyed digest of the container, 32 bytes.
        sealed: The container's columns, sealed.
    """

    rule: DeferringRule
    container_digest: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Deferral(NewDeferral):
    """A deferral as it stands.

    Attributes:
        id: Its id.
        created_at: Aware UTC moment.
    """

    id: DeferralId
    created_at: datetime

    @property
    def reading(self) -> "Reading":
        """What names it as it was read: not any more once somebody deferred the same again."""
        return Reading(self.id, sha256(self.sealed).digest())


class Reading(NamedTuple):
    """A deferral as somebody read it.

    Attributes:
        id: Its id.
        seal: The SHA-256 of what was sealed; None: whatever is.
    """

    id: DeferralId
    seal: bytes | None = None

    @classmethod
    def from_text(cls, written: str) -> Self:
        """Read what ``str`` wrote; where no seal was said yet, it is whatever is there."""
        deferral_id, _, seal = written.partition(" ")
        return cls(DeferralId(UUID(deferral_id)), bytes.fromhex(seal) or None)

    def __str__(self) -> str:
        """Write it as an intent keeps it."""
        return f"{self.id} {(self.seal or b'').hex()}"


# Who defers once more what waits already seals it anew, so that whoever read it before, and looked before
# the other one's COMMIT, does not delete it.
_ADD = text("""
    WITH new AS (
        SELECT DISTINCT ON (data_map_version_id, record_type, role, position, container_digest) *
        FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS uuid[]), CAST(:record_types AS text[]),
            CAST(:roles AS text[]), CAST(:positions AS integer[]), CAST(:digests AS bytea[]),
            CAST(:sealed AS bytea[]))
            AS new (id, data_map_version_id, record_type, role, position, container_digest, sealed)
    ), known AS (
        DELETE FROM deferral USING new
        WHERE deferral.data_map_version_id = new.data_map_version_id
          AND deferral.record_type = new.record_type AND deferral.role = new.role
          AND deferral.position = new.position
          AND deferral.container_digest = new.container_digest
        RETURNING new.id AS place, deferral.id, deferral.created_at
    )
    INSERT INTO deferral (controller_id, id, data_map_version_id, record_type, role, position,
        container_digest, sealed, created_at)
    SELECT :controller_id, COALESCE(known.id, new.id), new.data_map_version_id, new.record_type,
        new.role, new.position, new.container_digest, new.sealed,
        COALESCE(known.created_at, clock_timestamp())
    FROM new LEFT JOIN known ON known.place = new.id
    ON CONFLICT DO NOTHING
""")
_COLUMNS = """id, data_map_version_id, record_type, role, position, container_digest, sealed,
    created_at"""
_LIST_RULES = text("""
    SELECT data_map_version_id, record_type, role, position FROM deferral
    GROUP BY data_map_version_id, record_type, role, position
    ORDER BY data_map_version_id, record_type, role, position
""")
_READ_CHUNK = text(f"""
    SELECT {_COLUMNS} FROM deferral
    WHERE data_map_version_id = :version_id AND record_type = :record_type AND role = :role
      AND position = :position AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")  # noqa: S608 - constants
_DELETE = text(f"""
    DELETE FROM deferral
    USING unnest(CAST(:ids AS uuid[]), CAST(:seals AS bytea[])) AS over (deferral_id, seal)
    WHERE id = deferral_id AND (seal IS NULL OR sha256(sealed) = seal)
    RETURNING {_COLUMNS}
""")  # noqa: S608 - constants
_EXISTS = text("SELECT EXISTS (SELECT FROM deferral)")


async def add_many(
    connection: AsyncConnection, controller_id: ControllerId, deferrals: Sequence[NewDeferral]
) -> None:
    """Store deferrals; a container is stored once a rule, whoever's records lie in it, and keeps its id.

    Args:
        connection: Bound to the controller.
        controller_id: Whose they are.
        deferrals: At most 20,000.
    """
    if not deferrals:
        return
    parameters = {
        "controller_id": controller_id,
        "ids": [new_id() for _ in deferrals],
        "versions": [each.rule.data_map_version_id for each in deferrals],
        "record_types": [each.rule.record_type for each in deferrals],
        "roles": [each.rule.role for each in deferrals],
        "positions": [each.rule.position for each in deferrals],
        "digests": [each.container_digest for each in deferrals],
        "sealed": [each.sealed for each in deferrals],
    }
    await connection.execute(_ADD, parameters)


async def list_rules(connection: AsyncConnection) -> list[DeferringRule]:
    """List the rules by which the controller has deferrals."""
    rows = (await connection.execute(_LIST_RULES)).mappings()
    return [DeferringRule(**row) for row in rows]


async def read_chunk(
    connection: AsyncConnection, rule: DeferringRule, after: DeferralId | None, limit: int
) -> list[Deferral]:
    """Read on in the deferrals by one rule, by their ids.

    Args:
        connection: Bound to the controller.
        rule: The rule.
        after: The last one of the chunk before; None for the first chunk.
        limit: At most so many.
    """
    parameters = {
        "version_id": rule.data_map_version_id,
        "record_type": rule.record_type,
        "role": rule.role,
        "position": rule.position,
        "after": after,
        "limit": limit,
    }
    rows = (await connection.execute(_READ_CHUNK, parameters)).mappings()
    return [_read(dict(row)) for row in rows]


async def delete(connection: AsyncConnection, released: Sequence[Reading]) -> list[Deferral]:
    """Delete deferrals that are released; give those that were there, and not deferred again since."""
    if not released:
        return []
    parameters = {"ids": [each.id for each in released], "seals": [each.seal for each in released]}
    rows = (await connection.execute(_DELETE, parameters)).mappings()
    return [_read(dict(row)) for row in rows]


async def exists(connection: AsyncConnection) -> bool:
    """Say whether the controller has deferrals at all."""
    return bool((await connection.execute(_EXISTS)).scalar_one())


def _read(row: dict[str, Any]) -> Deferral:
    rule = DeferringRule(**{each.name: row.pop(each.name) for each in fields(DeferringRule)})
    return Deferral(rule=rule, **row)
