"""Bundles: what is known of a sealed file, and the key without which it is nothing."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import BundleId, ControllerId, SubjectRequestId
from app.keyring import WrappedKey


@dataclass(frozen=True, slots=True)
class NewBundle:
    """A bundle that was sealed.

    Attributes:
        id: Its id.
        subject_request_id: What it answers.
        wrapped_key: Its data key, wrapped.
        size_bytes: Of the zip file in clear.
        sha256: Of the zip file in clear, 64 hexadecimal digits.
        xml_size_bytes: Of ``data.xml``.
        xml_sha256: Of ``data.xml``.
        html_size_bytes: Of ``index.html``.
        html_sha256: Of ``index.html``.
        record_count: How many records it holds.
        file_count: How many uploads it holds.
        missing_file_count: How many uploads the file store did not have.
        replaced_characters: How many characters XML could not hold.
        expires_at: Aware moment from which nobody can read it.
    """

    id: BundleId
    subject_request_id: SubjectRequestId
    wrapped_key: WrappedKey
    size_bytes: int
    sha256: str
    xml_size_bytes: int
    xml_sha256: str
    html_size_bytes: int
    html_sha256: str
    record_count: int
    file_count: int
    missing_file_count: int
    replaced_characters: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Bundle(NewBundle):
    """A bundle that can be read.

    Attributes:
        created_at: Aware UTC moment.
    """

    created_at: datetime


_INSERT = text("""
    INSERT INTO bundle (controller_id, id, subject_request_id, key_id, wrapped_key, size_bytes,
        sha256, xml_size_bytes, xml_sha256, html_size_bytes, html_sha256, record_count, file_count,
        missing_file_count, replaced_characters, expires_at)
    VALUES (:controller_id, :id, :subject_request_id, :key_id, :wrapped, :size_bytes,
        :sha256, :xml_size_bytes, :xml_sha256, :html_size_bytes, :html_sha256, :record_count,
        :file_count, :missing_file_count, :replaced_characters, :expires_at)
""")
# The expiry stands in the read itself: no caller can forget it.
_GET = text("""
    SELECT id, subject_request_id, key_id, wrapped_key, size_bytes, sha256, xml_size_bytes,
        xml_sha256, html_size_bytes, html_sha256, record_count, file_count, missing_file_count,
        replaced_characters, expires_at, created_at
    FROM bundle
    WHERE id = :id AND deleted_at IS NULL AND expires_at > clock_timestamp()
""")
_IS_GONE = text("""
    SELECT EXISTS (
        SELECT FROM bundle
        WHERE id = :id AND (deleted_at IS NOT NULL OR expires_at <= clock_timestamp()))
""")
_LIST_KEPT = text("SELECT id FROM bundle WHERE deleted_at IS NULL")
_LIST_EXPIRED = text("""
    SELECT id, subject_request_id FROM bundle
    WHERE deleted_at IS NULL AND expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT :limit
""")
_FORGET_KEY = text("""
    UPDATE bundle SET wrapped_key = NULL, deleted_at = clock_timestamp()
    WHERE id = :id AND deleted_at IS NULL
""")
_LIST_UNDER_OTHER_KEYS = text("""
    SELECT id, key_id, wrapped_key FROM bundle
    WHERE deleted_at IS NULL AND key_id <> :key_id
    ORDER BY id LIMIT :limit
""")
_REWRAP = text("""
    UPDATE bundle SET key_id = :key_id, wrapped_key = :wrapped
    WHERE id = :id AND wrapped_key = :former
""")


async def insert(
    connection: AsyncConnection, controller_id: ControllerId, bundle: NewBundle
) -> None:
    """Store a bundle.

    Args:
        connection: Bound to the controller, in the transaction that completes the request.
        controller_id: Whose it is.
        bundle: What was sealed.
    """
    parameters: dict[str, Any] = asdict(bundle) | {
        "controller_id": controller_id,
        "key_id": bundle.wrapped_key.key_id,
        "wrapped": bundle.wrapped_key.wrapped,
    }
    del parameters["wrapped_key"]
    await connection.execute(_INSERT, parameters)


async def get(connection: AsyncConnection, bundle_id: BundleId) -> Bundle | None:
    """Read a bundle; None where the controller has none, or it expired, or was deleted."""
    row = (await connection.execute(_GET, {"id": bundle_id})).mappings().one_or_none()
    return None if row is None else _read(row)


async def is_gone(connection: AsyncConnection, bundle_id: BundleId) -> bool:
    """Say whether the controller had such a bundle, and it expired or was deleted."""
    return bool((await connection.execute(_IS_GONE, {"id": bundle_id})).scalar_one())


async def list_kept_ids(connection: AsyncConnection) -> list[BundleId]:
    """List the controller's bundles whose files are to be kept (expired ones not yet swept, too)."""
    return [BundleId(id_) for id_ in (await connection.execute(_LIST_KEPT)).scalars()]


async def list_expired(
    connection: AsyncConnection, limit: int
) -> list[tuple[BundleId, SubjectRequestId]]:
    """List the controller's bundles that are expired and not yet deleted, longest ago first.

    Args:
        connection: Bound to the controller.
        limit: At most so many.
    """
    rows = await connection.execute(_LIST_EXPIRED, {"limit": limit})
    return [(row.id, row.subject_request_id) for row in rows]


async def forget_key(connection: AsyncConnection, bundle_id: BundleId) -> bool:
    """Delete a bundle: without its key the file is noise.

    Returns:
        False where there is no such bundle, or it was deleted before.
    """
    return (await connection.execute(_FORGET_KEY, {"id": bundle_id})).rowcount == 1


async def list_under_other_keys(
    connection: AsyncConnection, active_id: str, limit: int
) -> list[tuple[BundleId, WrappedKey]]:
    """List the controller's bundles that are wrapped by another key than the active one.

    Args:
        connection: Bound to the controller.
        active_id: The id of the active key.
        limit: At most so many.
    """
    rows = await connection.execute(_LIST_UNDER_OTHER_KEYS, {"key_id": active_id, "limit": limit})
    return [(row.id, WrappedKey(row.key_id, row.wrapped_key)) for row in rows]


async def rewrap(
    connection: AsyncConnection, bundle_id: BundleId, former: WrappedKey, new: WrappedKey
) -> bool:
    """Put a newly wrapped data key in the former's place; false where that is gone."""
    parameters = {
        "id": bundle_id,
        "former": former.wrapped,
        "key_id": new.key_id,
        "wrapped": new.wrapped,
    }
    return (await connection.execute(_REWRAP, parameters)).rowcount == 1


def _read(row: RowMapping) -> Bundle:
    columns: dict[str, Any] = dict(row)
    key_id, wrapped = columns.pop("key_id"), columns.pop("wrapped_key")
    return Bundle(**columns, wrapped_key=WrappedKey(key_id, wrapped))
