"""Which scopes an API client may be issued with, and which a support grant may have."""

from app.domain.errors import Fault, Refused
from app.domain.ids import PROCESSOR, ControllerId
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Scope

OF_SUPPORT = frozenset({Scope.SUPPORT})
"""What the processor's own clients have, and nothing else."""
OF_CONTROLLERS = frozenset(Scope) - OF_SUPPORT
"""What a controller's clients may have."""
OF_GRANTS = OF_CONTROLLERS - {Scope.ERASURE_APPROVE}
"""What support may have under a grant: the second person of an erasure is the controller's own."""


def require_issuable(controller_id: ControllerId, scopes: frozenset[Scope]) -> None:
    """Keep support and controllers apart.

    Args:
        controller_id: Whose client is issued.
        scopes: What it would have.

    Raises:
        Refused: A controller's client would have the scope of support, or the processor's another.
    """
    if controller_id == PROCESSOR:
        if scopes != OF_SUPPORT:
            raise Refused(Problem.INVALID_BODY, "The processor's clients have the scope support.")
    elif not scopes <= OF_CONTROLLERS:
        raise Refused(Problem.INVALID_BODY, "A controller's client cannot have the scope support.")


def require_grantable(scopes: frozenset[Scope]) -> None:
    """Keep support from being the second person of a controller's erasure.

    Args:
        scopes: What a support grant would have.

    Raises:
        Refused: One of them cannot be granted to support.
    """
    if not scopes <= OF_GRANTS:
        raise Refused(
            Problem.INVALID_BODY,
            "The second person of an erasure is the controller's own: support never approves.",
            (Fault("/scopes", "must not hold erasure:approve"),),
        )
