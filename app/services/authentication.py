"""Finds out who calls, and what they may do."""

from dataclasses import dataclass

from app.domain.ids import ClientId, ControllerId
from schemas.vocabulary import Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """An API client that has proved who it is.

    Attributes:
        controller_id: The controller that it works for.
        client_id: The client itself.
        scopes: What it may do.
    """

    controller_id: ControllerId
    client_id: ClientId
    scopes: frozenset[Scope]
