"""The vault: sealed former values of restricted records, found by keyed digests."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, DataMapVersionId, IntentId, RestrictionId
from app.keyring import WrappedKey
from app.store import vault_statements as statements


@dataclass(frozen=True, slots=True)
class VaultEntry:
    """The former values of one record under one restriction.

    Attributes:
        record_type: The record's type.
        record_digest: The keyed digest of type and key, 32 bytes.
        is_removed: Whether the whole row is here, and none in the LMS.
        is_noted: Whether nothing was changed of the record, which is only found through what was.
        sealed: Key, former values and the values that were set, sealed.
        upload_digests: Of the uploads that the former values name, 32 bytes each; None where that is
            not known, so that whoever asks has to read the entry.
    """

    record_type: str
    record_digest: bytes
    is_removed: bool
    sealed: bytes
    is_noted: bool = False
    upload_digests: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedEntry(VaultEntry):
    """An entry of a restriction that is read through.

    Attributes:
        number: The place to go on from.
    """

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEntry(VaultEntry):
    """An entry with what opens it.

    Attributes:
        restriction_id: The restriction that holds the record.
        subject_digest: The keyed digest of its subject.
        data_map_version_id: The data map whose rules the restriction follows.
        wrapped_key: The key of its vault, wrapped.
    """

    restriction_id: RestrictionId
    subject_digest: bytes
    data_map_version_id: DataMapVersionId
    wrapped_key: WrappedKey


async def insert_many(
    connection: AsyncConnection,
    controller_id: ControllerId,
    restriction_id: RestrictionId,
    intent_id: IntentId,
    entries: Sequence[VaultEntry],
) -> int:
    """Store former values, with the intent of the batch that read them.

    Args:
        connection: Bound to the controller.
        controller_id: Whose restriction it is.
        restriction_id: The restriction.
        intent_id: The intent; where it is forgotten, its entries are deleted.
        entries: At most 20,000, of any record types.

    Returns:
        How many were stored: a record that the restriction holds keeps its oldest former values.
    """
    if not entries:
        return 0
    parameters = {
        "controller_id": controller_id,
        "restriction_id": restriction_id,
        "intent_id": intent_id,
        "record_types": [entry.record_type for entry in entries],
        "digests": [entry.record_digest for entry in entries],
        "removed": [entry.is_removed for entry in entries],
        "noted": [entry.is_noted for entry in entries],
        "sealed": [entry.sealed for entry in entries],
        "uploads": [entry.upload_digests for entry in entries],
    }
    return (await connection.execute(statements.INSERT, parameters)).rowcount


async def read_chunk(
    connection: AsyncConnection,
    restriction_id: RestrictionId,
    record_type: str,
    after_number: int,
    limit: int,
) -> list[NumberedEntry]:
    """Read on in a restriction's entries of one type, in the order in which they were stored.

    Args:
        connection: Bound to the controller.
        restriction_id: The restriction.
        record_type: One type.
        after_number: The last number of the chunk before; 0 for the first chunk.
        limit: At most so many.
    """
    parameters = {
        "restriction_id": restriction_id,
        "record_type": record_type,
        "after_number": after_number,
        "limit": limit,
    }
    rows = await connection.execute(statements.READ_CHUNK, parameters)
    return [NumberedEntry(**row) for row in rows.mappings()]


async def read_noted(
    connection: AsyncConnection,
    restriction_id: RestrictionId,
    record_type: str,
    after_number: int,
    limit: int,
) -> list[NumberedEntry]:
    """Read on in what a restriction has only noted of one type; arguments as ``read_chunk`` has them."""
    parameters = {
        "restriction_id": restriction_id,
        "record_type": record_type,
        "after_number": after_number,
        "limit": limit,
    }
    rows = await connection.execute(statements.READ_NOTED, parameters)
    return [NumberedEntry(**row) for row in rows.mappings()]


async def record_types(connection: AsyncConnection, restriction_id: RestrictionId) -> list[str]:
    """Name the record types of which a restriction holds records."""
    rows = await connection.execute(statements.RECORD_TYPES, {"restriction_id": restriction_id})
    return list(rows.scalars())


async def entries(
    connection: AsyncConnection,
    restriction_id: RestrictionId,
    record_type: str,
    digests: Sequence[bytes],
) -> dict[bytes, bytes]:
    """Read what a restriction holds of some records, sealed, by digest.

    Args:
        connection: Bound to the controller.
        restriction_id: The restriction.
        record_type: One type.
        digests: At most 20,000.
    """
    parameters = {
        "restriction_id": restriction_id,
        "record_type": record_type,
        "digests": list(digests),
    }
    rows = await connection.execute(statements.ENTRIES, parameters)
    return {row.record_digest: row.sealed for row in rows}


async def noted(
    connection: AsyncConnection,
    restriction_id: RestrictionId,
    record_type: str,
    digests: Sequence[bytes],
) -> list[VaultEntry]:
    """Read those entries of some records that a restriction has noted, and holds no value of.

    Args:
        connection: Bound to the controller.
        restriction_id: The restriction.
        record_type: One type.
        digests: At most 20,000.
    """
    parameters = {
        "restriction_id": restriction_id,
        "record_type": record_type,
        "digests": list(digests),
    }
    rows = await connection.execute(statements.NOTED, parameters)
    return [VaultEntry(**row) for row in rows.mappings()]


async def held_by_others(
    connection: AsyncConnection,
    restriction_id: RestrictionId | None,
    record_type: str,
    digests: Sequence[bytes],
) -> list[HeldEntry]:
    """Read what active restrictions hold of some records, the oldest restriction first.

    Args:
        connection: Bound to the controller.
        restriction_id: The one that is not meant; None: all are.
        record_type: One type.
        digests: At most 20,000.
    """
    parameters = {
        "restriction_id": restriction_id,
        "record_type": record_type,
        "digests": list(digests),
    }
    rows = await connection.execute(statements.HELD_BY_OTHERS, parameters)
    return [
        HeldEntry(
            record_type=row.record_type,
            record_digest=row.record_digest,
            is_removed=row.is_removed,
            sealed=row.sealed,
            restriction_id=row.restriction_id,
            subject_digest=row.subject_digest,
            data_map_version_id=row.data_map_version_id,
            wrapped_key=WrappedKey(row.key_id, row.wrapped_key),
        )
        for row in rows
    ]


async def held_uploads(connection: AsyncConnection, digests: Sequence[bytes]) -> set[bytes]:
    """Give those of some uploads that the vault of an active restriction is known to name.

    Args:
        connection: Bound to the controller.
        digests: At most 20,000.
    """
    return set((await connection.execute(statements.UPLOADS, {"digests": list(digests)})).scalars())


async def unlisted(
    connection: AsyncConnection, record_type: str, data_map_version_id: DataMapVersionId
) -> list[tuple[RestrictionId, WrappedKey]]:
    """Name the active restrictions of whose records it is not known which uploads they name.

    Args:
        connection: Bound to the controller.
        record_type: One type.
        data_map_version_id: By which data map.

    Returns:
        Each with what opens its vault.
    """
    parameters = {"record_type": record_type, "data_map_version_id": data_map_version_id}
    rows = await connection.execute(statements.UNLISTED, parameters)
    return [(RestrictionId(row.id), WrappedKey(row.key_id, row.wrapped_key)) for row in rows]


async def held(
    connection: AsyncConnection, record_type: str, digests: Sequence[bytes]
) -> set[bytes]:
    """Give those of some records that any active restriction holds."""
    parameters = {"record_type": record_type, "digests": list(digests)}
    return set((await connection.execute(statements.HELD, parameters)).scalars())


async def has_entries(connection: AsyncConnection, record_type: str, subject_digest: bytes) -> bool:
    """Say whether a restriction of anybody but this subject holds records of a type."""
    parameters = {"record_type": record_type, "subject_digest": subject_digest}
    return bool((await connection.execute(statements.HAS_ENTRIES, parameters)).scalar_one())


async def replace_sealed(
    connection: AsyncConnection,
    restriction_id: RestrictionId,
    record_type: str,
    entries: Sequence[VaultEntry],
) -> int:
    """Put other sealed values in the place of those of some records; give how many there were.

    Args:
        connection: Bound to the controller.
        restriction_id: The restriction.
        record_type: Of all of them.
        entries: At most 20,000; whether the row was removed stays as it is.
    """
    parameters = {
        "restriction_id": restriction_id,
        "record_type": record_type,
        "digests": [each.record_digest for each in entries],
        "noted": [each.is_noted for each in entries],
        "sealed": [each.sealed for each in entries],
        "uploads": [each.upload_digests for each in entries],
    }
    return (await connection.execute(statements.REPLACE, parameters)).rowcount


async def delete_entries(
    connection: AsyncConnection,
    restriction_id: RestrictionId,
    record_type: str,
    digests: Sequence[bytes],
) -> int:
    """Delete what a restriction holds of some records; give how many there were."""
    parameters = {
        "restriction_id": restriction_id,
        "record_type": record_type,
        "digests": list(digests),
    }
    return (await connection.execute(statements.DELETE, parameters)).rowcount


async def delete_of_intent(connection: AsyncConnection, intent_id: IntentId) -> int:
    """Delete what was stored with an intent that came to nothing; give how many there were."""
    return (
        await connection.execute(statements.DELETE_OF_INTENT, {"intent_id": intent_id})
    ).rowcount


async def count(connection: AsyncConnection, restriction_id: RestrictionId) -> int:
    """Count the records that a restriction holds."""
    found = await connection.execute(statements.COUNT, {"restriction_id": restriction_id})
    return int(found.scalar_one())
