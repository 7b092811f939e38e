"""The closed word lists of webhooks, for store and wire; what is announced is in `vocabulary.py`."""

from enum import StrEnum


class EndpointState(StrEnum):
    """Whether a webhook endpoint is sent anything."""

    ACTIVE = "active"
    DISABLED = "disabled"


class DisabledBecause(StrEnum):
    """Why a webhook endpoint is sent nothing."""

    REQUESTED = "requested"
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # a whole schedule of attempts failed, and nothing else came through


class DeliveryState(StrEnum):
    """Where the delivery of one event to one webhook endpoint stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD_LETTER = "dead_letter"


class DeliveryFailure(StrEnum):
    """Why an attempt to deliver failed, in one word; it reports, and drives nothing."""

    STATUS = "status"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    ADDRESS_REFUSED = "address_refused"
    NOT_UNDERSTOOD = "not_understood"  # what came back is not HTTP, or nothing we can read
    ENDPOINT_DISABLED = "endpoint_disabled"  # no attempt was made
