"""API clients: the programs of a controller, and what they may do."""

from ipaddress import ip_network
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from schemas.controllers import ShortName
from schemas.subjects import Reason
from schemas.vocabulary import Scope
from schemas.wire import Moment, Wire


def _of_controllers(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    if Scope.SUPPORT in scopes:
        raise ValueError("support is for the processor's own clients")
    return tuple(dict.fromkeys(scopes))


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError as error:
        raise ValueError("must be an address, or a network such as 192.0.2.0/24") from error


ControllerScopes = Annotated[
    tuple[Scope, ...], Field(min_length=1, max_length=50), AfterValidator(_of_controllers)
]
"""What a controller's client may do: at least one scope, never `support`."""
Network = Annotated[str, StringConstraints(max_length=50), AfterValidator(_network)]
"""An address, or a network in CIDR notation."""
Networks = Annotated[tuple[Network, ...], Field(max_length=100)]
IssuerClientId = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class NewApiClient(Wire):
    """An API client to be issued."""

    name: ShortName
    """How people call the program."""
    scopes: ControllerScopes
    expires_at: Moment | None = None
    """From when on it is refused: at most two years ahead; in a year, where it is left out."""
    allowed_networks: Networks = ()
    """From where it may call; from everywhere where this is left out."""
    issuer_client_id: IssuerClientId | None = None
    """What the issuer of tokens calls it: it proves itself by tokens then, and gets no key."""


class ApiClient(Wire):
    """A program of a controller."""

    id: UUID
    name: str
    scopes: tuple[Scope, ...]
    expires_at: Moment
    allowed_networks: tuple[str, ...] = ()
    issuer_client_id: str | None = None
    former_key_until: Moment | None = None
    """Until when the key before the last rotation is good."""
    revoked_at: Moment | None = None


class IssuedApiClient(ApiClient):
    """A program with its new key."""

    api_key: str | None = None
    """Shown this once. Null where it proves itself by tokens, and where the answer is a repetition:
    what was lost is rotated."""


class ApiClientList(Wire):
    """A controller's programs, oldest first."""

    items: tuple[ApiClient, ...]


class Rotation(Wire):
    """A new key for a program."""

    reason: Reason
    former_key_until: Moment | None = None
    """Until when the present key stays good, so that the program can change over; at most 30 days.
    It is refused at once where this is left out."""
    expires_at: Moment | None = None
    """From when on the new key is refused; as before where this is left out."""


class Revocation(Wire):
    """Why a program is shut out."""

    reason: Reason
