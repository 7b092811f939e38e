"""Published data map versions: never changed, named by their SHA-256."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, DataMapVersionId, new_id


@dataclass(frozen=True, slots=True)
class DataMapVersion:
    """A data map as a controller had it published.

    Attributes:
        id: Its id; jobs pin it.
        controller_id: Whose LMS it describes.
        name: The map's own name.
        digest: SHA-256 of the document, 64 hexadecimal digits.
        document: The YAML, to the byte.
        published_at: Aware UTC moment.
    """

    id: DataMapVersionId
    controller_id: ControllerId
    name: str
    digest: str
    document: str
    published_at: datetime


_PUBLISH = text("""
    INSERT INTO data_map_version (controller_id, id, name, digest, document)
    VALUES (:controller_id, :id, :name, :digest, :document)
    ON CONFLICT (controller_id, digest) DO NOTHING
""")
_BY_DIGEST = text("""
    SELECT id, controller_id, name, digest, document, published_at
    FROM data_map_version WHERE controller_id = :controller_id AND digest = :digest
""")
_GET = text("""
    SELECT id, controller_id, name, digest, document, published_at
    FROM data_map_version WHERE id = :id
""")
_LIST = text("""
    SELECT id, controller_id, name, digest, document, published_at
    FROM data_map_version ORDER BY published_at DESC, id DESC LIMIT :limit
""")


async def publish(
    connection: AsyncConnection, controller_id: ControllerId, name: str, digest: str, document: str
) -> DataMapVersion:
    """Store a version; the same document is stored once, and found again.

    Args:
        connection: Bound to the controller.
        controller_id: Whose LMS it describes.
        name: The map's own name.
        digest: SHA-256 of the document, 64 hexadecimal digits.
        document: The YAML.
    """
    parameters = {
        "controller_id": controller_id,
        "id": new_id(),
        "name": name,
        "digest": digest,
        "document": document,
    }
    await connection.execute(_PUBLISH, parameters)
    known = {"controller_id": controller_id, "digest": digest}
    return DataMapVersion(**(await connection.execute(_BY_DIGEST, known)).mappings().one())


async def get(connection: AsyncConnection, version_id: DataMapVersionId) -> DataMapVersion | None:
    """Read a version; None where the controller has no such version."""
    row = (await connection.execute(_GET, {"id": version_id})).mappings().one_or_none()
    return None if row is None else DataMapVersion(**row)


async def list_newest(connection: AsyncConnection, limit: int) -> list[DataMapVersion]:
    """List the controller's versions, newest first."""
    rows = (await connection.execute(_LIST, {"limit": limit})).mappings()
    return [DataMapVersion(**row) for row in rows]
