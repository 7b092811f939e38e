"""Finds out who calls, and what they may do."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain import api_keys
from app.domain.errors import Refused
from app.domain.ids import ClientId, ControllerId
from app.store import clients
from app.store.transaction import single_reads
from schemas.vocabulary import Problem, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """An API client that has proved who it is.

    Attributes:
        controller_id: The controller that it works for.
        client_id: The client itself.
        scopes: What it may do.
    """

    controller_id: ControllerId
    client_id: ClientId
    scopes: frozenset[Scope]


async def authenticate(database: AsyncEngine, authorization: str | None) -> Caller:
    """Say who calls. Nothing is remembered between calls, so that a revocation counts at once.

    Args:
        database: Habeas's own.
        authorization: The header as it was sent, of any content.

    Raises:
        Refused: There is no bearer token, or it is no valid API key.

    Reference:
        RFC 6750, 2.1.
    """
    scheme, _, credential = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Refused(
            Problem.AUTHENTICATION_REQUIRED,
            "Send your API key: Authorization: Bearer habeas_…",
        )
    key = api_keys.read(credential.strip())
    async with single_reads(database) as connection:
        client = await clients.authenticate(connection, key)
    if client is None:
        raise Refused(
            Problem.CREDENTIAL_INVALID,
            "The API key is unknown, expired or revoked. Ask the one who issued it.",
        )
    return Caller(client.controller_id, client.id, client.scopes)
