"""Finds out who calls, and what they may do."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain import api_keys
from app.domain.errors import Refused
from app.domain.ids import ClientId, ControllerId
from app.store import clients
from app.store.transaction import single_reads
from schemas.vocabulary import Problem, Right, Scope

_SCOPES = {
    Right.RESTRICTION: Scope.RESTRICTION_REQUEST,
    Right.RESTRICTION_LIFT: Scope.RESTRICTION_REQUEST,
    Right.ERASURE: Scope.ERASURE_REQUEST,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """An API client that has proved who it is.

    Attributes:
        controller_id: The controller that it works for.
        client_id: The client itself.
        scopes: What it may do.
        acting_person: The administrator who acts, as the client names them.
    """

    controller_id: ControllerId
    client_id: ClientId
    scopes: frozenset[Scope]
    acting_person: str | None = None


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


def scope_for(right: Right) -> Scope:
    """Say which scope it takes to request a right."""
    return _SCOPES.get(right, Scope.ACCESS_REQUEST)


def require_scope(caller: Caller, right: Right) -> None:
    """Make sure that a caller may request a right.

    Raises:
        Refused: The caller's key was not issued for it.
    """
    scope = scope_for(right)
    if scope not in caller.scopes:
        raise Refused(Problem.SCOPE_MISSING, f"This API key lacks the scope {scope}.")
