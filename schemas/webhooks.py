"""Webhook endpoints, what is delivered to them, and the messages themselves."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.paging import Cursor, Limit
from schemas.receipts import Count
from schemas.vocabulary import EventType
from schemas.webhook_vocabulary import (
    DeliveryFailure,
    DeliveryState,
    DisabledBecause,
    EndpointState,
)
from schemas.wire import Moment, Wire

Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
"""Where to: `https`, a public host, without user name and fragment."""

EventTypes = Annotated[tuple[EventType, ...], Field(min_length=1, max_length=50)]
"""Of what to tell."""

Hours = Annotated[int, Field(strict=True, ge=0, le=168)]


class NewWebhookEndpoint(Wire):
    """What it takes to be told."""

    url: Url
    event_types: EventTypes | None = None
    """Of what; of everything, also what is yet to come, where this is left out."""


class WebhookEndpointChange(Wire):
    """What is to change; what is left out stays as it is."""

    url: Url | None = None
    """What is on its way goes to the new address."""
    event_types: EventTypes | None = None
    """Null: of everything."""
    state: EndpointState | None = None
    """`disabled`: what is on its way becomes dead letters. `active`: what happens from now on is sent."""


class WebhookKey(Wire):
    """What signatures are verified with: one, or two while the secret is being rotated."""

    public_key: str
    """`whpk_…`: the Ed25519 key of the signatures `v1a`."""
    created_at: Moment
    expires_at: Moment | None = None
    """Until when it signs, beside the current one; null for the current one."""


class WebhookEndpoint(Wire):
    """Where a controller is told, and of what."""

    id: UUID
    url: str
    event_types: tuple[EventType, ...] | None = None
    """Null: of everything."""
    state: EndpointState
    disabled_because: DisabledBecause | None = None
    keys: tuple[WebhookKey, ...]
    """The current one first."""
    created_at: Moment


class IssuedWebhookEndpoint(WebhookEndpoint):
    """An endpoint with its secret, which is shown this once."""

    secret: str | None = None
    """`whsec_…`: the key of the signatures `v1`. Null where this is the answer to an earlier try."""


class WebhookEndpointPage(Wire):
    """Some endpoints, newest first."""

    items: tuple[WebhookEndpoint, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class WebhookEndpointFilter(Wire):
    """Which endpoints to list."""

    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class SecretRotation(Wire):
    """How a secret is rotated."""

    overlap_hours: Hours = 24
    """How long the former one still signs, beside the new one; 0 ends one that has become known at once."""


class Replay(Wire):
    """Which dead letters are sent again."""

    since: Moment
    """Those of what happened from this moment on."""


class Replayed(Wire):
    """How many are sent again."""

    count: Count


class WebhookDelivery(Wire):
    """One event for one endpoint."""

    id: UUID
    """What the receiver knows it by: `webhook-id`, the same on every attempt."""
    endpoint_id: UUID
    event_type: EventType | str
    """What happened; also what only a later version of Habeas knows, which ran here before."""
    subject_request_id: UUID | None = None
    data: dict[str, Any]
    """Ids, states and counts."""
    occurred_at: Moment
    state: DeliveryState
    attempts: Count
    next_attempt_at: Moment | None = None
    """While it is pending; none while an earlier event of the same subject request is."""
    last_attempt_at: Moment | None = None
    last_failure: DeliveryFailure | None = None
    """Why the last attempt failed, if it did."""
    last_status: int | None = None
    """The status code of the last answer, if there was one."""
    delivered_at: Moment | None = None


class WebhookDeliveryPage(Wire):
    """Some deliveries, newest first."""

    items: tuple[WebhookDelivery, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class WebhookDeliveryFilter(Wire):
    """Which deliveries to list."""

    endpoint_id: UUID | None = None
    """Only those for this endpoint."""
    state: DeliveryState | None = None
    """Only those that stand there."""
    subject_request_id: UUID | None = None
    """Only those of this subject request."""
    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class WebhookMessage(Wire):
    """What is sent to an endpoint. It holds no personal data: ask with your API key for more."""

    type: EventType
    timestamp: Moment
    """When it happened."""
    data: dict[str, Any]
    """Ids, states and counts."""
