"""Support grants: leave for support to act for one controller, for some hours."""

from uuid import UUID

from schemas.clients import ControllerScopes
from schemas.controllers import Reference
from schemas.subjects import Reason
from schemas.vocabulary import Scope
from schemas.wire import Moment, Wire


class NewSupportGrant(Wire):
    """A grant to be opened, for the client that opens it."""

    reason: Reason
    """Why support has to act in the controller's place."""
    reference: Reference
    """Under what number support keeps the case."""
    ends_at: Moment | None = None
    """From when on it counts no more: at most eight hours ahead; in an hour, where it is left out."""
    scopes: ControllerScopes
    """What may be done under it; never `erasure:approve`, which takes a person of the controller."""


class SupportGrant(Wire):
    """A grant."""

    id: UUID
    """In the controller's audit trail, also the id of the API client that acts under it."""
    granted_to: UUID
    """The client of support's that may act."""
    scopes: tuple[Scope, ...]
    reference: str
    created_at: Moment
    ends_at: Moment
    ended_at: Moment | None = None
    """When it was ended before."""


class SupportGrantList(Wire):
    """A controller's grants, newest first, at most 200."""

    items: tuple[SupportGrant, ...]


class GrantEnding(Wire):
    """Why a grant is ended."""

    reason: Reason
