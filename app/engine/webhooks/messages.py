"""What is sent of an event: thin, so that who is interested asks for more with an API key."""

import json
from collections.abc import Sequence
from datetime import UTC

from app.engine.webhooks.signatures import Secret
from app.store.webhook_deliveries import ClaimedDelivery


def body_of(delivery: ClaimedDelivery) -> bytes:
    """Write the body, to the byte the same on every attempt.

    Args:
        delivery: What is sent.

    Reference:
        Standard Webhooks, "Payload structure".
    """
    data = dict(delivery.payload)
    if delivery.subject_request_id is not None:
        data = {"subject_request_id": str(delivery.subject_request_id)} | data
    timestamp = delivery.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
    message = {
        "type": delivery.event_type,
        "timestamp": timestamp.replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(
    delivery: ClaimedDelivery, secrets: Sequence[Secret], timestamp: int, body: bytes
) -> dict[str, str]:
    """Write the headers of one attempt, signed with every secret that counts.

    Args:
        delivery: What is sent.
        secrets: The current one first; while it is rotated, the former one too.
        timestamp: Of the attempt, in seconds since 1970.
        body: As it is sent.
    """
    webhook_id = str(delivery.id)
    signatures = [each for one in secrets for each in one.sign(webhook_id, timestamp, body)]
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
