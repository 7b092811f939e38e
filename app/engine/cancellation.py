"""A restriction that runs looks, before each transaction, whether it has been called off."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import HabeasError, IntegrityViolation
from app.domain.subject_requests import SubjectRequest
from app.engine.work import Work
from app.store import subject_requests


class CalledOff(HabeasError):
    """The controller's move: what has been done so far is to be read back."""


def is_called_off(request: SubjectRequest) -> bool:
    """Say whether a subject request is to be read back instead of carried on."""
    return bool(request.options.get("cancelled"))


async def stop_if_called_off(connection: AsyncConnection, work: Work) -> None:
    """Stop before something is intended that nobody wants any more.

    Args:
        connection: Bound to the controller, in the transaction of the intent.
        work: A restriction's.

    Raises:
        CalledOff: The subject request has been cancelled.
        IntegrityViolation: It is not there.
    """
    request = await subject_requests.get(connection, work.request.id)
    if request is None:
        raise IntegrityViolation("a job works for a subject request that is not there")
    if is_called_off(request):
        raise CalledOff("the restriction was called off")
