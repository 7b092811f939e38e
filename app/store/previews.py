"""Previews: what would happen, as it was shown, for as long as it may be approved on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ClientId, ControllerId, DataMapVersionId, PreviewId
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class NewPreview:
    """A preview that was made.

    Attributes:
        id: Its id.
        right: The right that was previewed.
        subject_digest: The keyed digest of the subject.
        data_map_version_id: The data map whose rules were looked at.
        client_id: The API client that asked.
        digest: Of what occurs, 64 hexadecimal digits; previews of several subjects may share it.
        content: Counts as JSON writes them; no personal data.
        expires_at: Aware moment from which nothing is approved on it.
    """

    id: PreviewId
    right: Right
    subject_digest: bytes
    data_map_version_id: DataMapVersionId
    client_id: ClientId
    digest: str
    content: Mapping[str, object]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Preview(NewPreview):
    """A preview that can be read.

    Attributes:
        created_at: Aware UTC moment.
    """

    created_at: datetime


_INSERT = text("""
    INSERT INTO preview (controller_id, id, "right", subject_digest, data_map_version_id,
        client_id, digest, content, expires_at)
    VALUES (:controller_id, :id, :right, :subject_digest, :data_map_version_id,
        :client_id, :digest, :content, :expires_at)
""")
# The expiry stands in the read itself: no caller can forget it.
_FIND = text("""
    SELECT id, "right", subject_digest, data_map_version_id, client_id, digest, content,
        expires_at, created_at
    FROM preview
    WHERE digest = :digest AND subject_digest = :subject_digest AND "right" = :right
      AND expires_at > clock_timestamp()
    ORDER BY created_at DESC LIMIT 1
""")
_DELETE_EXPIRED = text("DELETE FROM preview WHERE expires_at <= clock_timestamp()")
_DELETE_OF_SUBJECT = text("DELETE FROM preview WHERE subject_digest = :subject_digest")


async def insert(
    connection: AsyncConnection, controller_id: ControllerId, preview: NewPreview
) -> None:
    """Store a preview.

    Args:
        connection: Bound to the controller.
        controller_id: Whose it is.
        preview: What was shown.
    """
    parameters = {
        "controller_id": controller_id,
        "id": preview.id,
        "right": preview.right,
        "subject_digest": preview.subject_digest,
        "data_map_version_id": preview.data_map_version_id,
        "client_id": preview.client_id,
        "digest": preview.digest,
        "content": json.dumps(dict(preview.content)),
        "expires_at": preview.expires_at,
    }
    await connection.execute(_INSERT, parameters)


async def find(
    connection: AsyncConnection, digest: str, subject_digest: bytes, right: Right
) -> Preview | None:
    """Find the newest preview of a subject and right with a digest, if it has not expired.

    Args:
        connection: Bound to the controller.
        digest: 64 hexadecimal digits.
        subject_digest: The keyed digest of the subject.
        right: The right that is to be exercised.
    """
    parameters = {"digest": digest, "subject_digest": subject_digest, "right": right}
    row = (await connection.execute(_FIND, parameters)).mappings().one_or_none()
    if row is None:
        return None
    columns: dict[str, Any] = dict(row)
    return Preview(**columns | {"right": Right(row["right"])})


async def delete_expired(connection: AsyncConnection) -> int:
    """Delete the controller's expired previews; give their number."""
    return (await connection.execute(_DELETE_EXPIRED)).rowcount


async def delete_of_subject(connection: AsyncConnection, subject_digest: bytes) -> int:
    """Delete every preview of a subject; give their number."""
    result = await connection.execute(_DELETE_OF_SUBJECT, {"subject_digest": subject_digest})
    return result.rowcount
