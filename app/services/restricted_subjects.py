"""The persons whom restrictions of the normal flow are about: who is in the trashcan."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import RestrictionId
from app.services.meant import Meant
from app.store import restrictions, subject_requests
from app.store.restrictions import Restriction
from schemas.problem_vocabulary import Problem
from schemas.submissions import MOST_SUBJECTS
from schemas.vocabulary import RestrictionGround, RestrictionState


async def meant_by(connection: AsyncConnection, restriction_id: UUID) -> Meant:
    """Give the person of an active restriction of the normal flow.

    Raises:
        Refused: There is no such restriction, it is not in force, or rests on a right.
    """
    restriction = await require(connection, RestrictionId(restriction_id))
    if restriction.ground is not RestrictionGround.NORMAL_FLOW:
        raise Refused(
            Problem.NOT_RESTRICTED,
            "This restriction rests on a right of the person, so the trashcan cannot be emptied of "
            "it. Lift it, or erase the person with a confirmation.",
        )
    return await subject_of(connection, restriction)


async def subject_of(connection: AsyncConnection, restriction: Restriction) -> Meant:
    """Give the person whom an active restriction is about."""
    request = await subject_requests.get(connection, restriction.subject_request_id)
    if request is None or not request.subject_key:
        raise not_in_force()
    return Meant(request.subject_key, request.subject_display, restriction.id)


async def require(connection: AsyncConnection, restriction_id: RestrictionId) -> Restriction:
    """Read an active restriction.

    Raises:
        Refused: The controller has no such one, or it is not in force any more.
    """
    restriction = await restrictions.get(connection, restriction_id)
    if restriction is None:
        raise Refused(Problem.NOT_FOUND, "There is no such restriction.")
    if restriction.state is not RestrictionState.ACTIVE:
        raise not_in_force()
    return restriction


async def aged(connection: AsyncConnection, older_than_days: int) -> Sequence[RestrictionId]:
    """Name active restrictions of the normal flow of some age, oldest first, at most 1,000.

    The oldest stay the oldest: what a preview showed is what is emptied, whatever came since.

    Args:
        connection: Bound to the controller.
        older_than_days: Their least age.
    """
    before = datetime.now(UTC) - timedelta(days=older_than_days)
    return await restrictions.list_aged(
        connection, RestrictionGround.NORMAL_FLOW, before, MOST_SUBJECTS
    )


def not_in_force() -> Refused:
    """Refuse what needs a restriction that is in force."""
    return Refused(
        Problem.NOT_RESTRICTED,
        "This restriction has been lifted, cancelled or ended by an erasure.",
    )
