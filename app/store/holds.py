"""Holds: orders not to erase. In force is what nobody has ended, up to its last day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.holds import HoldOrder
from app.domain.ids import ClientId, ControllerId, HoldId
from schemas.vocabulary import Category, HeldBy, HoldArticle, HoldState


@dataclass(frozen=True, slots=True)
class NewHold:
    """An order not to erase.

    Attributes:
        id: Its id.
        client_id: The API client that placed it.
        subject_digest: The keyed digest of the subject; None for every subject.
        category: Of which category; None for any.
        record_type: Of which record type; None for any.
        article: What it rests on.
        ends_on: The last day on which it holds, in UTC; None until it is ended.
        sealed: The reason and what was shown of the subject, sealed.
    """

    id: HoldId
    client_id: ClientId
    subject_digest: bytes | None
    category: Category | None
    record_type: str | None
    article: HoldArticle
    ends_on: date | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Hold(NewHold):
    """A hold as it stands; ``sealed`` is None once its subject is erased.

    Attributes:
        state: Where it stands.
        created_at: Aware UTC moment.
        ended_at: Aware UTC moment, once it has ended.
    """

    state: HoldState
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which holds to list.

    Attributes:
        state: Only those that stand there.
        category: Only those of this category.
        record_type: Only those of this record type.
        after: The last one of the page before.
        limit: At most so many, 1 ≤ x ≤ 1,000.
    """

    state: HoldState | None = None
    category: Category | None = None
    record_type: str | None = None
    after: HoldId | None = None
    limit: int = 50


# Who places a hold and who begins to erase take turns: either the erasure finds the hold, or
# whoever places it finds the erasure.
_LOCK = "hashtextextended(concat('habeas holds ', CAST(:controller_id AS uuid)), 0)"
_WAIT_TO_PLACE = text(f"SELECT pg_advisory_xact_lock({_LOCK})")
_WAIT_TO_ERASE = text(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")
_BEING_ERASED = text("""
    SELECT subject_request_id, subject_digest FROM job
    WHERE state = 'running' AND "right" = 'erasure'
    ORDER BY created_at, id
""")
_INSERT = text("""
    INSERT INTO hold (controller_id, id, client_id, subject_digest, category, record_type, article,
        ends_on, state, sealed)
    VALUES (:controller_id, :id, :client_id, :subject_digest, :category, :record_type, :article,
        :ends_on, 'in_force', :sealed)
    RETURNING created_at
""")
_TODAY = "CAST(clock_timestamp() AT TIME ZONE 'UTC' AS date)"
_IS_IN_FORCE = f"state = 'in_force' AND (ends_on IS NULL OR ends_on >= {_TODAY})"
# One whose last day is over has expired, whether or not that was looked at since.
_STATE = f"CASE WHEN state = 'in_force' AND ends_on < {_TODAY} THEN 'expired' ELSE state END"
_COLUMNS = f"""id, client_id, subject_digest, category, record_type, article, ends_on, sealed,
    {_STATE} AS state, created_at, ended_at"""
_GET = text(f"SELECT {_COLUMNS} FROM hold WHERE id = :id")  # noqa: S608 - constants
_LIST = text(f"""
    SELECT {_COLUMNS} FROM hold
    WHERE (CAST(:state AS text) IS NULL OR {_STATE} = :state)
      AND (CAST(:category AS text) IS NULL OR category = :category)
      AND (CAST(:record_type AS text) IS NULL OR record_type = :record_type)
      AND (CAST(:after AS uuid) IS NULL OR (created_at, id) < (
          SELECT last.created_at, last.id FROM hold AS last WHERE last.id = :after))
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants
_ORDERS = text(f"""
    SELECT article, category, record_type FROM hold
    WHERE {_IS_IN_FORCE}
      AND (subject_digest IS NULL OR subject_digest = CAST(:subject_digest AS bytea))
    ORDER BY id
""")  # noqa: S608 - constants
_CHANGE = text(f"UPDATE hold SET ends_on = :ends_on WHERE id = :id AND {_IS_IN_FORCE}")  # noqa: S608 - constants
_END = text(f"""
    UPDATE hold SET state = 'ended', ended_at = clock_timestamp()
    WHERE id = :id AND {_IS_IN_FORCE}
""")  # noqa: S608 - constants
_EXPIRE = text(f"""
    UPDATE hold SET state = 'expired', ended_at = clock_timestamp()
    WHERE state = 'in_force' AND ends_on < {_TODAY}
    RETURNING id
""")  # noqa: S608 - constants


async def wait_to_place(connection: AsyncConnection, controller_id: ControllerId) -> None:
    """Let nobody begin to erase until the transaction ends."""
    await connection.execute(_WAIT_TO_PLACE, {"controller_id": controller_id})


async def wait_to_erase(connection: AsyncConnection, controller_id: ControllerId) -> None:
    """Let nobody place a hold until the transaction ends."""
    await connection.execute(_WAIT_TO_ERASE, {"controller_id": controller_id})


async def being_erased(connection: AsyncConnection) -> Sequence[tuple[Any, bytes]]:
    """List the subject requests whose erasure runs, each with the digest of its subject."""
    return [(row[0], row[1]) for row in await connection.execute(_BEING_ERASED)]


async def insert(
    connection: AsyncConnection, controller_id: ControllerId, hold: NewHold
) -> datetime:
    """Place a hold; give when."""
    parameters = {
        "controller_id": controller_id,
        "id": hold.id,
        "client_id": hold.client_id,
        "subject_digest": hold.subject_digest,
        "category": hold.category,
        "record_type": hold.record_type,
        "article": hold.article,
        "ends_on": hold.ends_on,
        "sealed": hold.sealed,
    }
    created_at: datetime = (await connection.execute(_INSERT, parameters)).scalar_one()
    return created_at


async def get(connection: AsyncConnection, hold_id: HoldId) -> Hold | None:
    """Read a hold; None where the controller has no such one."""
    row = (await connection.execute(_GET, {"id": hold_id})).mappings().one_or_none()
    return None if row is None else _read(row)


async def list_page(connection: AsyncConnection, wanted: Filter) -> list[Hold]:
    """List holds, newest first, from one after another on.

    Args:
        connection: Bound to the controller.
        wanted: Which ones, and how many.
    """
    parameters = {
        "state": wanted.state,
        "category": wanted.category,
        "record_type": wanted.record_type,
        "after": wanted.after,
        "limit": wanted.limit,
    }
    return [_read(row) for row in (await connection.execute(_LIST, parameters)).mappings()]


async def orders(connection: AsyncConnection, subject_digest: bytes | None) -> list[HoldOrder]:
    """List the holds in force that reach a subject.

    Args:
        connection: Bound to the controller.
        subject_digest: The keyed digest of the subject; None: those that reach every subject.
    """
    rows = await connection.execute(_ORDERS, {"subject_digest": subject_digest})
    return [
        HoldOrder(
            HeldBy.HOLD,
            HoldArticle(row.article),
            row.category and Category(row.category),
            row.record_type,
        )
        for row in rows
    ]


async def change(connection: AsyncConnection, hold_id: HoldId, ends_on: date | None) -> bool:
    """Change the last day of a hold; false where it is not in force."""
    result = await connection.execute(_CHANGE, {"id": hold_id, "ends_on": ends_on})
    return result.rowcount > 0


async def end(connection: AsyncConnection, hold_id: HoldId) -> bool:
    """End a hold; false where it is not in force."""
    return (await connection.execute(_END, {"id": hold_id})).rowcount > 0


async def expire(connection: AsyncConnection) -> list[HoldId]:
    """Show of holds whose last day is over that they have expired."""
    return [HoldId(id_) for id_ in (await connection.execute(_EXPIRE)).scalars()]


def _read(row: RowMapping) -> Hold:
    columns: dict[str, Any] = dict(row)
    columns |= {
        "article": HoldArticle(row["article"]),
        "state": HoldState(row["state"]),
        "category": row["category"] and Category(row["category"]),
    }
    return Hold(**columns)
