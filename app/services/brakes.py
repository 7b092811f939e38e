"""Decides which erasures begin at once, and which wait for a second person.

Reference:
    ``docs/approvals.md``.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.subject_digests import digest
from app.domain.volume_brake import daily_limit
from app.services.acceptances import Wish
from app.services.context import Context
from app.services.published_maps import PublishedMap
from app.store import erasure_counts
from app.store.controllers import Controller
from schemas.controllers import ControllerSettings
from schemas.vocabulary import RequestState, Right


async def prepare(context: Context, controller: Controller, published: PublishedMap) -> None:
    """Find out what ``judged`` has to know of the LMS, before a transaction begins.

    Args:
        context: What the use cases work with.
        controller: Whose persons are to be erased.
        published: Its data map.

    Raises:
        SourceFailure: The LMS did not answer.
    """
    if _goes_by_people(controller.settings):
        await context.populations.look(context.sources, controller, published)


async def judged(
    context: Context, connection: AsyncConnection, controller: Controller, wishes: Sequence[Wish]
) -> list[Wish]:
    """Say of some wishes of one right where they stand: together they begin, or together they wait.

    Args:
        context: What the use cases work with; ``prepare`` has been called.
        connection: Bound to the controller, in the transaction that accepts them. Until it ends,
            nobody else's erasures are judged.
        controller: Whose persons.
        wishes: All erasures, at most 5,000; or of other rights, which begin as they are.
    """
    if not any(each.right is Right.ERASURE for each in wishes):
        return list(wishes)
    digest_key = context.keyring.unwrap(controller.digest_key)
    persons = [digest(digest_key, each.meant.subject_key) for each in wishes]
    state = RequestState.AWAITING_APPROVAL
    if not controller.settings.two_person_erasure:
        count = await erasure_counts.count_with(connection, controller.id, persons)
        limit = _limit(controller.settings, context.populations.known(controller.id))
        state = RequestState.ACCEPTED if count <= limit else RequestState.HELD
    return [replace(each, state=state) for each in wishes]


def _limit(settings: ControllerSettings, people: int) -> int:
    brake = settings.volume_brake
    if brake is None:
        return daily_limit(people)
    return daily_limit(people, most=brake.daily_limit, share_percent=brake.daily_share_percent)


def _goes_by_people(settings: ControllerSettings) -> bool:
    brake = settings.volume_brake
    by_people = brake is None or brake.daily_share_percent is not None
    return by_people and not settings.two_person_erasure
