"""Controllers, each with the key of its subject digests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import HabeasError
from app.domain.ids import PROCESSOR, ControllerId, DataMapVersionId
from app.keyring import WrappedKey
from app.store.driver import Record
from schemas.controllers import ControllerSettings


class PersonsTaken(HabeasError):
    """The persons that a controller would be bound to are another controller's."""


@dataclass(frozen=True, slots=True)
class Persons:
    """Whose persons in the LMS are a controller's, and no other's.

    Attributes:
        source: Where they are: the address, as the data map says it, and the schema.
        key: The controller's key as the source's database reads it; None where all persons of the
            source are its.
    """

    source: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Binding:
    """What a controller is bound to.

    Attributes:
        key_in_lms: The value of the data map's controller column, as support writes it.
        data_map_version_id: One of the controller's own; None to bind it to none.
        persons: Whose persons these two come to; None without a data map.
    """

    key_in_lms: str | None
    data_map_version_id: DataMapVersionId | None = None
    persons: Persons | None = None


@dataclass(frozen=True, slots=True)
class Enablement:
    """That rights are carried out for a controller.

    Attributes:
        enabled_at: Aware UTC moment.
        ends_at: Aware UTC moment from which they are not any more; None: until further notice.
        reference: Under what number support keeps it.
    """

    enabled_at: datetime
    ends_at: datetime | None
    reference: str

    def counts_at(self, moment: datetime) -> bool:
        """Say whether it has not ended."""
        return self.ends_at is None or moment < self.ends_at


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller.

    Attributes:
        id: Its id.
        name: How support staff call it.
        key_in_lms: The value of the data map's controller column; None where there is none.
        data_map_version_id: The data map that new subject requests run under, once one is bound.
        digest_key: The wrapped 32-byte key of its subject digests.
        settings: What it sets on top of the data map.
        created_at: Aware UTC moment.
        enablement: None while it is not enabled.
        persons: Whose persons are its; None while no data map is bound.
    """

    id: ControllerId
    name: str
    key_in_lms: str | None
    data_map_version_id: DataMapVersionId | None
    digest_key: WrappedKey
    settings: ControllerSettings
    created_at: datetime
    enablement: Enablement | None = None
    persons: Persons | None = None


_INSERT = text("""
    WITH made AS (
        INSERT INTO controller (id, name, key_in_lms, digest_key_id, digest_key_wrapped, settings)
        VALUES (:id, :name, :key_in_lms, :key_id, :wrapped, :settings)
        RETURNING id, created_at
    ), head AS (
        INSERT INTO audit_head (controller_id) SELECT id FROM made
    )
    SELECT created_at FROM made
""")
COLUMNS = """controller.id, name, key_in_lms, data_map_version_id, digest_key_id, digest_key_wrapped,
    settings, controller.created_at, enabled_at, enabled_until, enablement_reference,
    persons_source, persons_key"""
"""What ``read`` reads."""
_GET = text(f"SELECT {COLUMNS} FROM controller WHERE id = :id")  # noqa: S608 - constants
_LIST_IDS = text("SELECT controller_id FROM audit_head ORDER BY controller_id")
_LIST_IDS_AFTER = text("""
    SELECT controller_id FROM audit_head
    WHERE controller_id > :after AND controller_id <> :processor
    ORDER BY controller_id LIMIT :limit
""")
# Two that bind at once take turns: else each would wait for the other, and both be refused.
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('persons of ' || :source, 0))")
_BIND = text("""
    UPDATE controller SET key_in_lms = :key_in_lms, data_map_version_id = :version,
        persons_source = :source, persons_key = :key
    WHERE id = :id
""")
_EXCLUDED = "23P01"
_SETTINGS = text("UPDATE controller SET settings = :settings WHERE id = :id")
_RENAME = text("UPDATE controller SET name = :name WHERE id = :id")
# An end that has passed by now is no error: it was in the future when it was asked for.
_ENABLE = text("""
    UPDATE controller SET enablement_reference = :reference,
        enabled_until = CAST(:until AS timestamptz), enabled_at = least(
            clock_timestamp(), CAST(:until AS timestamptz) - interval '1 microsecond')
    WHERE id = :id
""")
_DISABLE = text("""
    UPDATE controller SET enabled_at = NULL, enabled_until = NULL, enablement_reference = NULL
    WHERE id = :id
""")
_REWRAP = text("""
    UPDATE controller SET digest_key_id = :key_id, digest_key_wrapped = :wrapped
    WHERE id = :id AND digest_key_wrapped = :former
""")


async def insert(connection: AsyncConnection, controller: Controller) -> datetime:
    """Store a new controller and begin its audit trail.

    Args:
        connection: In a transaction bound to the new controller's id.
        controller: ``data_map_version_id`` and ``created_at`` are not read.

    Returns:
        When it was created.
    """
    parameters = {
        "id": controller.id,
        "name": controller.name,
        "key_in_lms": controller.key_in_lms,
        "key_id": controller.digest_key.key_id,
        "wrapped": controller.digest_key.wrapped,
        "settings": _written(controller.settings),
    }
    created_at: datetime = (await connection.execute(_INSERT, parameters)).scalar_one()
    return created_at


async def get(connection: AsyncConnection, controller_id: ControllerId) -> Controller | None:
    """Read a controller; None where the transaction is bound to another, or there is none."""
    row = (await connection.execute(_GET, {"id": controller_id})).one_or_none()
    return None if row is None else read(row)


def read(row: Row[Any] | Record) -> Controller:
    """Read a controller from a row that has its columns."""
    return Controller(
        id=row.id,
        name=row.name,
        key_in_lms=row.key_in_lms,
        data_map_version_id=row.data_map_version_id,
        digest_key=WrappedKey(row.digest_key_id, row.digest_key_wrapped),
        settings=ControllerSettings.model_validate(row.settings),
        created_at=row.created_at,
        enablement=None
        if row.enabled_at is None
        else Enablement(row.enabled_at, row.enabled_until, row.enablement_reference),
        persons=None
        if row.persons_source is None
        else Persons(row.persons_source, row.persons_key),
    )


async def list_ids(connection: AsyncConnection) -> list[ControllerId]:
    """List every controller's id, oldest first.

    Args:
        connection: Not bound to a controller.
    """
    return [ControllerId(id_) for id_ in (await connection.execute(_LIST_IDS)).scalars()]


async def list_ids_after(
    connection: AsyncConnection, after: ControllerId, limit: int
) -> list[ControllerId]:
    """List the ids of controllers, the processor's not among them, oldest first.

    Args:
        connection: Not bound to a controller.
        after: The last one that is known already.
        limit: How many at most.
    """
    parameters = {"after": after, "processor": PROCESSOR, "limit": limit}
    found = (await connection.execute(_LIST_IDS_AFTER, parameters)).scalars()
    return [ControllerId(id_) for id_ in found]


async def bind(connection: AsyncConnection, controller_id: ControllerId, binding: Binding) -> None:
    """Let new subject requests run under a data map version of the same controller, or under none.

    Raises:
        PersonsTaken: Another controller is bound to these persons; the transaction has failed.
    """
    persons = binding.persons
    parameters = {
        "id": controller_id,
        "key_in_lms": binding.key_in_lms,
        "version": binding.data_map_version_id,
        "source": None if persons is None else persons.source,
        "key": None if persons is None else persons.key,
    }
    if persons is not None:
        await connection.execute(_TAKE_TURNS, {"source": persons.source})
    try:
        await connection.execute(_BIND, parameters)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _EXCLUDED:
            raise
        raise PersonsTaken("these persons of the LMS are another controller's") from error


async def change_settings(
    connection: AsyncConnection, controller_id: ControllerId, settings: ControllerSettings
) -> None:
    """Replace a controller's settings."""
    await connection.execute(_SETTINGS, {"id": controller_id, "settings": _written(settings)})


async def rename(connection: AsyncConnection, controller_id: ControllerId, name: str) -> None:
    """Replace how support calls a controller."""
    await connection.execute(_RENAME, {"id": controller_id, "name": name})


async def enable(
    connection: AsyncConnection, controller_id: ControllerId, until: datetime | None, reference: str
) -> None:
    """Have rights carried out for a controller, until a moment or until further notice."""
    parameters = {"id": controller_id, "until": until, "reference": reference}
    await connection.execute(_ENABLE, parameters)


async def disable(connection: AsyncConnection, controller_id: ControllerId) -> None:
    """Have no rights carried out for a controller from now on."""
    await connection.execute(_DISABLE, {"id": controller_id})


async def rewrap(
    connection: AsyncConnection, controller_id: ControllerId, former: WrappedKey, new: WrappedKey
) -> bool:
    """Put a newly wrapped digest key in the former's place.

    Returns:
        False where somebody else has replaced the former one.
    """
    parameters = {
        "id": controller_id,
        "former": former.wrapped,
        "key_id": new.key_id,
        "wrapped": new.wrapped,
    }
    return (await connection.execute(_REWRAP, parameters)).rowcount == 1


def _written(settings: ControllerSettings) -> str:
    return settings.model_dump_json(exclude_defaults=True)
