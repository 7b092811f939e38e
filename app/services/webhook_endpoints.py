"""Webhook endpoints: registered, read, changed, rotated, deleted."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import WebhookEndpointId, new_id
from app.engine.webhooks.signatures import Secret
from app.services import cursors, idempotency, trail, webhook_urls
from app.services.authentication import Caller
from app.services.context import Context
from app.store import webhook_endpoints, webhook_secrets
from app.store.idempotency import StoredAnswer, remember
from app.store.transaction import transaction
from app.store.webhook_endpoints import StoredEndpoint, Wanted
from schemas.audit_vocabulary import AuditAction
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import EventType
from schemas.webhook_vocabulary import DisabledBecause, EndpointState
from schemas.webhooks import (
    IssuedWebhookEndpoint,
    NewWebhookEndpoint,
    SecretRotation,
    WebhookEndpoint,
    WebhookEndpointChange,
    WebhookEndpointFilter,
    WebhookEndpointPage,
    WebhookKey,
)

MOST_ENDPOINTS = 50
"""How many a controller can have: each event is sent to all of them."""

_LISTING = "webhook-endpoints"
_LOCATION = "webhook_endpoint_id"


@dataclass(frozen=True, slots=True)
class Issued:
    """The answer that shows a secret, once.

    Attributes:
        endpoint_id: Whose it is.
        status: Of the HTTP answer.
        body: Of the HTTP answer, JSON; without the secret where it was given before.
        is_replayed: Whether it was given before, under the same key.
    """

    endpoint_id: WebhookEndpointId
    status: int
    body: str
    is_replayed: bool


async def register(
    context: Context, caller: Caller, wanted: NewWebhookEndpoint, key: str
) -> Issued:
    """Register an endpoint; it is told what happens from now on.

    Args:
        context: What the use cases work with.
        caller: Who registers it.
        wanted: Where to, and of what.
        key: The caller's name for this: the same one is carried out once.

    Raises:
        Refused: Nothing may be sent there, there are too many, or the key is in use or belongs to
            something else.
    """
    url = webhook_urls.checked(wanted.url, context.webhook_networks)
    named = idempotency.name(context.keyring, caller, key, wanted, "webhook endpoint ")
    endpoint_id, secret = WebhookEndpointId(new_id()), Secret.generate()
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.claim(connection, named)
        if known is not None:
            return _replayed(known)
        if await webhook_endpoints.count(connection, caller.controller_id) >= MOST_ENDPOINTS:
            raise Refused(
                Problem.TOO_MANY_WEBHOOK_ENDPOINTS,
                f"A controller can have {MOST_ENDPOINTS} webhook endpoints. Delete one first.",
            )
        new = Wanted(url, _types(wanted.event_types))
        await webhook_endpoints.insert(connection, caller.controller_id, endpoint_id, new)
        await webhook_secrets.insert(
            connection, caller.controller_id, endpoint_id, secret.wrap(context.keyring)
        )
        shown = await _shown(context, connection, await _require(connection, endpoint_id))
        answer = StoredAnswer(201, {_LOCATION: str(endpoint_id)}, _without_secret(shown))
        await remember(connection, named, answer)
        await _record(
            context,
            connection,
            caller,
            AuditAction.WEBHOOK_ENDPOINT_REGISTERED,
            _told(new) | {"endpoint_id": str(endpoint_id)},
        )
    return Issued(endpoint_id, 201, _with_secret(shown, secret), is_replayed=False)


async def rotate(
    context: Context,
    caller: Caller,
    endpoint_id: WebhookEndpointId,
    rotation: SecretRotation,
    key: str,
) -> Issued:
    """Give an endpoint a new secret; the former one signs beside it for a while.

    Raises:
        Refused: The controller has no such endpoint, or the key is in use or belongs to something
            else.
    """
    named = idempotency.name(context.keyring, caller, key, rotation, f"rotate {endpoint_id} ")
    secret = Secret.generate()
    overlap_seconds = timedelta(hours=rotation.overlap_hours).total_seconds()
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.claim(connection, named)
        if known is not None:
            return _replayed(known)
        endpoint = await _require(connection, endpoint_id, is_locked=True)
        wrapped = secret.wrap(context.keyring)
        await webhook_secrets.replace(
            connection, caller.controller_id, endpoint_id, wrapped, overlap_seconds
        )
        shown = await _shown(context, connection, endpoint)
        answer = StoredAnswer(200, {_LOCATION: str(endpoint_id)}, _without_secret(shown))
        await remember(connection, named, answer)
        await _record(
            context,
            connection,
            caller,
            AuditAction.WEBHOOK_SECRET_ROTATED,
            {"endpoint_id": str(endpoint_id), "overlap_hours": rotation.overlap_hours},
        )
    return Issued(endpoint_id, 200, _with_secret(shown, secret), is_replayed=False)


async def list_page(
    context: Context, caller: Caller, wanted: WebhookEndpointFilter
) -> WebhookEndpointPage:
    """List the controller's endpoints, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    after = None
    if wanted.cursor is not None:
        last = cursors.unseal(cipher, caller.controller_id, _LISTING, wanted.cursor)
        after = WebhookEndpointId(last)
    async with transaction(context.database, caller.controller_id) as connection:
        # One more than shown, to know whether there is a next page.
        found = await webhook_endpoints.list_page(connection, after, wanted.limit + 1)
        shown = [await _shown(context, connection, each) for each in found[: wanted.limit]]
    next_cursor = None
    if len(found) > wanted.limit:
        next_cursor = cursors.seal(cipher, caller.controller_id, _LISTING, shown[-1].id)
    return WebhookEndpointPage(items=tuple(shown), next_cursor=next_cursor)


async def read(context: Context, caller: Caller, endpoint_id: WebhookEndpointId) -> WebhookEndpoint:
    """Show an endpoint.

    Raises:
        Refused: The controller has no such endpoint.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        return await _shown(context, connection, await _require(connection, endpoint_id))


async def change(
    context: Context,
    caller: Caller,
    endpoint_id: WebhookEndpointId,
    wanted: WebhookEndpointChange,
) -> WebhookEndpoint:
    """Change where an endpoint is, of what it is told, or whether.

    Raises:
        Refused: The controller has no such endpoint, or nothing may be sent there.
    """
    url = None
    if wanted.url is not None:
        url = webhook_urls.checked(wanted.url, context.webhook_networks)
    async with transaction(context.database, caller.controller_id) as connection:
        former = await _require(connection, endpoint_id, is_locked=True)
        types = former.wanted.event_types
        if "event_types" in wanted.model_fields_set:
            types = _types(wanted.event_types)
        new = Wanted(url or former.wanted.url, types)
        await webhook_endpoints.change(connection, endpoint_id, new)
        await _set_state(connection, endpoint_id, wanted.state)
        shown = await _shown(context, connection, await _require(connection, endpoint_id))
        details = _told(new) | {"state": shown.state}
        await _record(
            context,
            connection,
            caller,
            AuditAction.WEBHOOK_ENDPOINT_CHANGED,
            details | {"endpoint_id": str(endpoint_id)},
        )
    return shown


async def delete(context: Context, caller: Caller, endpoint_id: WebhookEndpointId) -> None:
    """Delete an endpoint, with its secrets and what was sent to it.

    Raises:
        Refused: The controller has no such endpoint.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        await _require(connection, endpoint_id, is_locked=True)
        await webhook_endpoints.delete(connection, endpoint_id)
        await _record(
            context,
            connection,
            caller,
            AuditAction.WEBHOOK_ENDPOINT_DELETED,
            {"endpoint_id": str(endpoint_id)},
        )


async def require_active(connection: AsyncConnection, endpoint_id: WebhookEndpointId) -> None:
    """Make sure that an endpoint is sent something, until the transaction ends.

    Raises:
        Refused: The controller has no such endpoint, or it is disabled.
    """
    endpoint = await _require(connection, endpoint_id, is_locked=True)
    if endpoint.state is EndpointState.DISABLED:
        raise Refused(
            Problem.WEBHOOK_ENDPOINT_DISABLED,
            "This webhook endpoint is disabled. Set its state to active first.",
        )


async def _require(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId, *, is_locked: bool = False
) -> StoredEndpoint:
    read = webhook_endpoints.lock if is_locked else webhook_endpoints.get
    endpoint = await read(connection, endpoint_id)
    if endpoint is None:
        raise Refused(Problem.NOT_FOUND, "There is no such webhook endpoint.")
    return endpoint


async def _set_state(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId, state: EndpointState | None
) -> None:
    if state is EndpointState.ACTIVE:
        await webhook_endpoints.enable(connection, endpoint_id)
    elif state is EndpointState.DISABLED:
        await webhook_endpoints.disable(connection, endpoint_id, DisabledBecause.REQUESTED)


async def _record(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    action: AuditAction,
    details: dict[str, JsonValue],
) -> None:
    await trail.record(connection, context.keyring, caller, action, details=details)


async def _shown(
    context: Context, connection: AsyncConnection, endpoint: StoredEndpoint
) -> WebhookEndpoint:
    types = endpoint.wanted.event_types
    return WebhookEndpoint(
        id=endpoint.id,
        url=endpoint.wanted.url,
        event_types=None if types is None else tuple(sorted(types & frozenset(EventType))),
        state=endpoint.state,
        disabled_because=endpoint.disabled_because,
        keys=tuple(
            WebhookKey(
                public_key=Secret.unwrap(context.keyring, each.wrapped_key).public_text,
                created_at=each.created_at,
                expires_at=each.expires_at,
            )
            for each in await webhook_secrets.live(connection, endpoint.id)
        ),
        created_at=endpoint.created_at,
    )


def _types(event_types: tuple[EventType, ...] | None) -> frozenset[EventType] | None:
    return None if event_types is None else frozenset(event_types)


def _told(wanted: Wanted) -> dict[str, JsonValue]:
    """Say to the trail where to, without what the path may hide, and of what."""
    types = wanted.event_types
    return {
        "host": httpx.URL(wanted.url).host,
        "event_types": None if types is None else [*sorted(types)],
    }


def _with_secret(shown: WebhookEndpoint, secret: Secret) -> str:
    issued = IssuedWebhookEndpoint(**shown.model_dump(), secret=secret.text)
    return issued.model_dump_json()


def _without_secret(shown: WebhookEndpoint) -> str:
    return IssuedWebhookEndpoint(**shown.model_dump()).model_dump_json()


def _replayed(known: StoredAnswer) -> Issued:
    endpoint_id = WebhookEndpointId(UUID(known.headers[_LOCATION]))
    return Issued(endpoint_id, known.status, known.body, is_replayed=True)
