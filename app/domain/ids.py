"""Ids of Habeas's own things: UUIDs that sort by the time they were made."""

import secrets
import time
from typing import NewType
from uuid import UUID

ControllerId = NewType("ControllerId", UUID)
ClientId = NewType("ClientId", UUID)
DataMapVersionId = NewType("DataMapVersionId", UUID)
SubjectRequestId = NewType("SubjectRequestId", UUID)
JobId = NewType("JobId", UUID)
BundleId = NewType("BundleId", UUID)
RestrictionId = NewType("RestrictionId", UUID)
IntentId = NewType("IntentId", UUID)
DeferralId = NewType("DeferralId", UUID)
ReceiptId = NewType("ReceiptId", UUID)
PreviewId = NewType("PreviewId", UUID)
WebhookEndpointId = NewType("WebhookEndpointId", UUID)
WebhookDeliveryId = NewType("WebhookDeliveryId", UUID)
DownloadLinkId = NewType("DownloadLinkId", UUID)
HoldId = NewType("HoldId", UUID)
MisdirectedRequestId = NewType("MisdirectedRequestId", UUID)

PROCESSOR = ControllerId(UUID("00000000-0000-8000-8000-000000000001"))
"""The processor itself, which runs Habeas: no institution, but with clients and a trail like one.

Reference:
    RFC 9562, 5.8 (UUID version 8); ``docs/decisions/0013-support.md``.
"""

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> UUID:
    """Make an id: 48 bits of Unix milliseconds, then 74 random bits.

    Reference:
        RFC 9562, 5.7 (UUID version 7).
    """
    milliseconds = time.time_ns() // 1_000_000
    rest = secrets.randbits(74)
    return UUID(
        int=(milliseconds & (1 << 48) - 1) << 80
        | _VERSION_7
        | (rest >> 62) << 64
        | _VARIANT
        | rest & (1 << 62) - 1
    )
