"""Finds out who calls, and what they may do."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain import api_keys, networks
from app.domain.errors import Refused
from app.domain.ids import ClientId, ControllerId
from app.domain.scopes import OF_GRANTS
from app.services.context import Context
from app.store import clients, support_grants
from app.store.clients import ApiClient
from app.store.transaction import single_reads, transaction
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Right, Scope

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
        is_granted: Whether it is support, under the grant whose id is the client's.
    """

    controller_id: ControllerId
    client_id: ClientId
    scopes: frozenset[Scope]
    acting_person: str | None = None
    is_granted: bool = False


class RefusedClient(Refused):
    """The move of a client that has proved who it is, and may not call in this way.

    Args:
        caller: The client, for its own controller.
        problem: Why it is refused.
        detail: What to do next.
    """

    def __init__(self, caller: Caller, problem: Problem, detail: str) -> None:
        super().__init__(problem, detail)
        self.caller = caller


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller presents; of any content.

    Attributes:
        authorization: The header of that name.
        address: From where the call came; None where it is not known.
        controller: For whom support means to act: the header `X-Controller`.
    """

    authorization: str | None
    address: str | None = None
    controller: str | None = None


async def authenticate(context: Context, presented: Credentials) -> Caller:
    """Say who calls. Nothing is remembered between calls, so that a revocation counts at once.

    Args:
        context: What the use cases work with.
        presented: What the caller presents.

    Raises:
        RefusedClient: The client may not call from there, or may not act for that controller.
        Refused: There is no bearer token, or it is no valid API key or token.

    Reference:
        RFC 6750, 2.1.
    """
    scheme, _, credential = (presented.authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Refused(
            Problem.AUTHENTICATION_REQUIRED,
            "Send your API key: Authorization: Bearer habeas_…",
        )
    caller, client = await _proved(context, credential.strip())
    if not networks.is_within(presented.address, client.allowed_networks):
        raise RefusedClient(
            caller, Problem.ADDRESS_NOT_ALLOWED, "This API client may not call from this address."
        )
    if presented.controller is None:
        return caller
    return await _acting_for(context.database, caller, presented.controller)


async def still_known(context: Context, presented: Credentials) -> Caller | None:
    """Say who has been waiting: None where they would not be let in any more."""
    try:
        return await authenticate(context, presented)
    except Refused:
        return None


async def _proved(context: Context, credential: str) -> tuple[Caller, ApiClient]:
    """Find the client that a key or token proves to be calling."""
    if context.tokens is None or credential.startswith(f"{api_keys.PREFIX}_"):
        key = api_keys.read(credential)
        async with single_reads(context.database) as connection:
            client = await clients.authenticate(connection, key)
        if client is None:
            raise _unknown("API key")
        return Caller(client.controller_id, client.id, client.scopes), client
    claims = await context.tokens.read(credential)
    async with single_reads(context.database) as connection:
        client = await clients.find_by_issuer(
            connection, claims.controller_id, claims.issuer_client_id
        )
    if client is None:
        raise _unknown("token's API client")
    scopes = client.scopes & claims.scopes
    return Caller(client.controller_id, client.id, scopes, claims.acting_person), client


async def _acting_for(database: AsyncEngine, caller: Caller, named: str) -> Caller:
    """Give the caller that support is under a grant: a client of that controller.

    Whoever may not act for it hears the same, whether there is such a controller or not.
    """
    try:
        controller_id = ControllerId(UUID(named))
    except ValueError as error:
        raise _no_grant(caller) from error
    if controller_id == caller.controller_id:
        return caller
    if Scope.SUPPORT not in caller.scopes:
        raise _no_grant(caller)
    async with transaction(database, controller_id) as connection:
        grant = await support_grants.in_force(connection, caller.client_id)
    if grant is None:
        raise _no_grant(caller)
    scopes = grant.scopes & OF_GRANTS
    return Caller(controller_id, grant.id, scopes, caller.acting_person, is_granted=True)


def _no_grant(caller: Caller) -> RefusedClient:
    return RefusedClient(
        caller,
        Problem.SUPPORT_GRANT_MISSING,
        "The header X-Controller names no controller for which a support grant is in force.",
    )


def _unknown(what: str) -> Refused:
    return Refused(
        Problem.CREDENTIAL_INVALID,
        f"The {what} is unknown, expired or revoked. Ask the one who issued it.",
    )


def scope_for(right: Right) -> Scope:
    """Say which scope it takes to request a right."""
    return _SCOPES.get(right, Scope.ACCESS_REQUEST)


def require_scope(caller: Caller, right: Right) -> None:
    """Make sure that a caller may request a right.

    Raises:
        Refused: The caller's key, or support's grant, was not issued for it.
    """
    require_one_of(caller, scope_for(right))


def require_one_of(caller: Caller, *scopes: Scope) -> None:
    """Make sure that a caller has one of some scopes.

    Raises:
        Refused: The caller's key, or support's grant, was not issued with any.
    """
    if caller.scopes.isdisjoint(scopes):
        raise Refused(Problem.SCOPE_MISSING, _lacking(caller, scopes))


def _lacking(caller: Caller, scopes: tuple[Scope, ...]) -> str:
    """Say what has to have one of some scopes: a key, or a grant of support's."""
    wanted, is_grantable = " or ".join(scopes), not OF_GRANTS.isdisjoint(scopes)
    if caller.is_granted:
        after = (
            "Open one with every scope that the case takes: the newest in force counts alone."
            if is_grantable
            else "No grant can have it."
        )
        return f"The support grant {caller.client_id} lacks the scope {wanted}. {after}"
    if Scope.SUPPORT in caller.scopes and is_grantable:
        return (
            "This API key is support's: name the controller in X-Controller, under a support grant "
            f"with the scope {wanted}."
        )
    return f"This API key lacks the scope {wanted}."
