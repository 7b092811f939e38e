"""Answers already given, so that a client may repeat a request without fear.

Reference:
    draft-ietf-httpapi-idempotency-key-header.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IntegrityViolation
from app.domain.ids import ClientId, ControllerId
from app.store import controllers
from app.store.controllers import Controller
from app.store.driver import Record, Statement


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What a client says a request is.

    Attributes:
        controller_id: The client's controller.
        client_id: The client.
        key: The header's value.
        body_digests: Of what was asked, by each of the operator's keys, the active one first; 64
            hexadecimal digits.
    """

    controller_id: ControllerId
    client_id: ClientId
    key: str
    body_digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer that a request was given.

    Attributes:
        status: Of the HTTP response.
        headers: Those that belong to the answer.
        body: As it was sent.
    """

    status: int
    headers: Mapping[str, str]
    body: str


class Claim(Enum):
    """What is to be done with a request, where no answer is at hand."""

    FRESH = auto()
    """Carry it out, then ``remember`` the answer in the same transaction."""
    IN_FLIGHT = auto()
    """The same request is being carried out right now."""
    OTHER_BODY = auto()
    """The key was used for something else."""


# The advisory lock keeps a repetition from waiting; it ends with the transaction that took it.
# The insert sees keys committed since this statement began, and gives way to them.
_CLAIMED = """
    WITH lock AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(
            hashtextextended(concat_ws(' ', 'idempotency', CAST(:client_id AS uuid),
                CAST(:key AS text)), 0)) AS is_ours
    ), fresh AS (
        INSERT INTO idempotency_key (controller_id, client_id, key, body_digest)
        SELECT :controller_id, :client_id, :key, :body_digest FROM lock WHERE is_ours
        ON CONFLICT DO NOTHING
        RETURNING key
    )
    SELECT is_ours, EXISTS (SELECT FROM fresh) AS is_fresh"""
_CLAIM = text(f"{_CLAIMED} FROM lock")
_BEGIN = Statement(f"""
    {_CLAIMED}, clock_timestamp() AS at, {controllers.COLUMNS}
    FROM lock JOIN controller ON controller.id = :controller_id
""")
_READ = text("""
    SELECT body_digest, status, headers, body FROM idempotency_key
    WHERE controller_id = :controller_id AND client_id = :client_id AND key = :key
""")
REMEMBER = """
    UPDATE idempotency_key SET status = :status, headers = :headers, body = :body
    WHERE controller_id = :controller_id AND client_id = :client_id AND key = :key
"""
"""A statement that keeps an answer, with the parameters of ``remembered``."""
_REMEMBER = text(REMEMBER)
_FORGET = text("""
    DELETE FROM idempotency_key
    WHERE created_at < clock_timestamp() - make_interval(secs => :seconds)
""")


@dataclass(frozen=True, slots=True)
class Begun:
    """What a fresh request is carried out with.

    Attributes:
        controller: The client's.
        at: When it was begun: aware UTC moment, by the database's clock.
    """

    controller: Controller
    at: datetime


async def claim(connection: AsyncConnection, key: IdempotencyKey) -> Claim | StoredAnswer:
    """Find out whether a request is new, and reserve its key if so.

    Args:
        connection: Bound to the controller, in the transaction that carries the request out. If
            that is rolled back, the key is free again.
        key: What the client says.
    """
    outcome = (await connection.execute(_CLAIM, _named(key))).one()
    return Claim.FRESH if outcome.is_fresh else await _known(connection, key, outcome)


async def begin(connection: AsyncConnection, key: IdempotencyKey) -> Claim | StoredAnswer | Begun:
    """Do as ``claim``, and read in the same round trip what it takes to carry a fresh request out.

    Raises:
        IntegrityViolation: The client's controller is not there.
    """
    outcome = await _BEGIN.one_or_none(connection, _named(key))
    if outcome is None:
        raise IntegrityViolation("an API client works for a controller that is not there")
    if outcome.is_fresh:
        return Begun(controllers.read(outcome), outcome.at)
    return await _known(connection, key, outcome)


async def _known(
    connection: AsyncConnection, key: IdempotencyKey, outcome: Row[Any] | Record
) -> Claim | StoredAnswer:
    return await read(connection, key) if outcome.is_ours else Claim.IN_FLIGHT


async def read(connection: AsyncConnection, key: IdempotencyKey) -> Claim | StoredAnswer:
    """Find out whether a request was answered before, without reserving its key.

    Args:
        connection: Bound to the controller.
        key: What the client says.
    """
    row = (await connection.execute(_READ, _named(key))).one_or_none()
    if row is None:
        return Claim.FRESH
    if row.body_digest not in key.body_digests:
        return Claim.OTHER_BODY
    return StoredAnswer(row.status, row.headers, row.body)


async def remember(connection: AsyncConnection, key: IdempotencyKey, answer: StoredAnswer) -> None:
    """Keep the answer to a fresh request."""
    await connection.execute(_REMEMBER, remembered(key, answer))


def remembered(key: IdempotencyKey, answer: StoredAnswer) -> dict[str, object]:
    """Give the parameters of ``REMEMBER``."""
    return _named(key) | {
        "status": answer.status,
        "headers": json.dumps(dict(answer.headers)),
        "body": answer.body,
    }


async def forget_older(connection: AsyncConnection, seconds: float) -> int:
    """Delete the controller's answers that are older than so many seconds; give their number."""
    return (await connection.execute(_FORGET, {"seconds": seconds})).rowcount


def _named(key: IdempotencyKey) -> dict[str, object]:
    return {
        "controller_id": key.controller_id,
        "client_id": key.client_id,
        "key": key.key,
        "body_digest": key.body_digests[0],
    }
