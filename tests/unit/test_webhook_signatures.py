"""What is signed verifies with the public package, and by the public key."""

from base64 import b64decode
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from app.domain.errors import IntegrityViolation
from app.domain.ids import SubjectRequestId, WebhookDeliveryId
from app.engine.webhooks.messages import body_of, headers_of
from app.engine.webhooks.signatures import Secret
from app.keyring import KeyRing
from app.store.webhook_deliveries import ClaimedDelivery
from schemas.vocabulary import EventType
from schemas.webhooks import WebhookMessage

DELIVERY = ClaimedDelivery(
    id=WebhookDeliveryId(UUID("01a20331-5be1-7c07-8a3f-4a5e3f1f7d92")),
    event_type=EventType.BUNDLE_READY,
    subject_request_id=SubjectRequestId(UUID("019aab31-77c0-7d19-a2a4-9c41f0b6d2e8")),
    payload={"bundle_id": "019aab32-0b1e-7c60-8f5d-2ad94e7710c3"},
    occurred_at=datetime(2026, 11, 22, 9, 31, 2, 418000, tzinfo=UTC),
    attempts=1,
    failures=0,
)
BODY = body_of(DELIVERY)


def headers(*secrets: Secret) -> dict[str, str]:
    return headers_of(DELIVERY, secrets, int(datetime.now(UTC).timestamp()), BODY)


def test_the_body_is_thin_and_as_documented() -> None:
    assert BODY == (
        b'{"type":"bundle.ready","timestamp":"2026-11-22T09:31:02.418000Z","data":'
        b'{"subject_request_id":"019aab31-77c0-7d19-a2a4-9c41f0b6d2e8",'
        b'"bundle_id":"019aab32-0b1e-7c60-8f5d-2ad94e7710c3"}}'
    )
    assert WebhookMessage.model_validate_json(BODY).type is EventType.BUNDLE_READY


def test_the_public_package_verifies_it() -> None:
    secret = Secret.generate()
    read = Webhook(secret.text).verify(BODY, headers(secret))
    assert read["data"] == {"subject_request_id": str(DELIVERY.subject_request_id)} | (
        DELIVERY.payload
    )
    with pytest.raises(WebhookVerificationError):
        Webhook(secret.text).verify(BODY + b" ", headers(secret))


def test_while_a_secret_is_rotated_either_verifies() -> None:
    new, former, other = Secret.generate(), Secret.generate(), Secret.generate()
    both = headers(new, former)
    assert [each.partition(",")[0] for each in both["webhook-signature"].split()] == [
        "v1",
        "v1a",
        "v1",
        "v1a",
    ]
    for each in (new, former):
        Webhook(each.text).verify(BODY, both)
    with pytest.raises(WebhookVerificationError):
        Webhook(other.text).verify(BODY, both)


def test_the_public_key_verifies_it() -> None:
    secret = Secret.generate()
    sent = headers(secret)
    prefix, _, encoded = secret.public_text.partition("_")
    public = Ed25519PublicKey.from_public_bytes(b64decode(encoded))
    (signature,) = (
        b64decode(each.removeprefix("v1a,"))
        for each in sent["webhook-signature"].split()
        if each.startswith("v1a,")
    )
    content = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode()
    assert prefix == "whpk"
    public.verify(signature, content + BODY)
    with pytest.raises(InvalidSignature):
        public.verify(signature, content + b"{}")


def test_a_secret_is_wrapped_whole_and_shown_by_nobody() -> None:
    keyring, secret = KeyRing.parse(KeyRing.generate_entry()), Secret.generate()
    wrapped = secret.wrap(keyring)
    assert Secret.unwrap(keyring, wrapped) == secret
    assert repr(secret) == "Secret()"
    with pytest.raises(IntegrityViolation):
        Secret.unwrap(KeyRing.parse(KeyRing.generate_entry()), wrapped)
