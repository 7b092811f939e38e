"""The persons whom restrictions of the normal flow are about: who is in the trashcan."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import ControllerId, RestrictionId
from app.services.meant import Meant
from app.store import restrictions, subject_requests
from app.store.restrictions import Restriction
from schemas.problem_vocabulary import Problem
from schemas.submissions import MOST_SUBJECTS
from schemas.vocabulary import RestrictionGround, RestrictionState


async def meant_by(connection: AsyncConnection, restriction_id: UUID) -> Meant:
    """Give the person whom emptying the trashcan of a restriction would erase.

    Raises:
        Refused: There is no such restriction, it is not in force or rests on a right, or the
            person is not to be erased with the trashcan.
    """
    restriction = await _of_normal_flow(connection, restriction_id)
    if not await restrictions.of_trashcan(connection, [restriction.id]):
        raise not_to_be_emptied()
    return await subject_of(connection, restriction)


async def previewed(connection: AsyncConnection, restriction_ids: Sequence[UUID]) -> list[Meant]:
    """Give the persons whom emptying the trashcan of some restrictions would erase.

    Who is not to be erased with it is left out: emptying answers for this one on its own.

    Args:
        connection: Bound to the controller.
        restriction_ids: At most 1,000.

    Raises:
        Refused: There is no such restriction, it is not in force, or rests on a right.
    """
    found = [await _of_normal_flow(connection, each) for each in restriction_ids]
    emptied = await restrictions.of_trashcan(connection, restriction_ids)
    return [await subject_of(connection, each) for each in found if each.id in emptied]


async def no_longer_emptied(
    connection: AsyncConnection,
    controller_id: ControllerId,
    restriction_ids: Sequence[RestrictionId],
) -> set[RestrictionId]:
    """Say of some restrictions whose persons are by now not to be erased with the trashcan.

    Args:
        connection: Bound to the controller, in the transaction that lets the erasures begin. Until
            it ends, nobody asks for a restriction or a lift.
        controller_id: Whose.
        restriction_ids: At most 1,000.
    """
    if not restriction_ids:
        return set()
    await restrictions.wait_to_empty(connection, controller_id)
    return set(restriction_ids) - await restrictions.of_trashcan(connection, restriction_ids)


async def _of_normal_flow(connection: AsyncConnection, restriction_id: UUID) -> Restriction:
    restriction = await require(connection, RestrictionId(restriction_id))
    if restriction.ground is not RestrictionGround.NORMAL_FLOW:
        raise Refused(
            Problem.NOT_RESTRICTED,
            "This restriction rests on a right of the person, so the trashcan cannot be emptied of "
            "it. Lift it, or erase the person with a confirmation.",
        )
    return restriction


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
    """Name restrictions of some age of which the trashcan may be emptied, oldest first, at most 1,000.

    The oldest stay the oldest: what a preview showed is what is emptied, whatever came since.

    Args:
        connection: Bound to the controller.
        older_than_days: Their least age.
    """
    before = datetime.now(UTC) - timedelta(days=older_than_days)
    return await restrictions.list_aged(connection, before, MOST_SUBJECTS)


def not_to_be_emptied() -> Refused:
    """Refuse to erase somebody with the trashcan."""
    return Refused(
        Problem.NOT_RESTRICTED,
        "A right of the person restricts them, too, or is about to, or they are being taken out of "
        "the trashcan: they are not erased with it. Wait until that is lifted, or erase the person "
        "with a confirmation.",
    )


def not_in_force() -> Refused:
    """Refuse what needs a restriction that is in force."""
    return Refused(
        Problem.NOT_RESTRICTED,
        "This restriction has been lifted, cancelled or ended by an erasure.",
    )
