"""Following a subject request as it goes on, from wherever one left off."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256

from app.domain.ids import SubjectRequestId
from app.services import progress
from app.services.authentication import Caller, Credentials, still_known
from app.services.context import Context
from app.store import clock
from app.store.transaction import transaction
from schemas.subject_requests import SubjectRequest

_HEARTBEAT_SECONDS = 15.0
_DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Sight:
    """A subject request as it was seen at one moment.

    Attributes:
        seen_at: Microseconds since 1970, by the database's clock.
        shown: The subject request.
    """

    seen_at: int
    shown: SubjectRequest

    @property
    def digest(self) -> str:
        """What tells it from other sights of the same subject request."""
        return sha256(self.shown.model_dump_json().encode()).hexdigest()[:_DIGEST_LENGTH]

    @property
    def id(self) -> str:
        """Its name: those of later sights are greater."""
        return f"{self.seen_at:016}-{self.digest}"

    @property
    def is_last(self) -> bool:
        """Whether nothing more is to come."""
        return self.shown.state in progress.ENDED

    def is_what(self, seen: str | None) -> bool:
        """Tell whether somebody has seen just this.

        Args:
            seen: The id of what they saw last, of any content.
        """
        return seen is not None and seen.rpartition("-")[2] == self.digest


async def look(context: Context, caller: Caller, subject_request_id: SubjectRequestId) -> Sight:
    """See where a subject request stands.

    Raises:
        Refused: The caller's controller has no such subject request.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        shown = await progress.show(connection, subject_request_id)
        return Sight(await clock.microseconds(connection), shown)


async def follow(
    context: Context, presented: Credentials, subject_request_id: SubjectRequestId, seen: str | None
) -> AsyncIterator[Sight | None]:
    """Give every change of a subject request, until it has ended or the stream's time is up.

    The stream's time is up, too, when the process is about to end: who follows connects again. And
    nothing more is shown to whom the door is shut meanwhile: who follows is asked for before each look.

    No connection to the database is held between looks, however many follow.

    Args:
        context: What the use cases work with.
        presented: By whom follows.
        subject_request_id: One of their controller.
        seen: The id of what they saw last; None where they saw nothing yet.

    Returns:
        What they have not seen; None where nothing has changed for a while.
    """
    time = asyncio.get_running_loop().time
    until = time() + context.time_limits.stream.total_seconds()
    with context.completions.bell(subject_request_id) as bell:
        while (caller := await still_known(context, presented)) is not None:
            sight = await look(context, caller, subject_request_id)
            is_news = not sight.is_what(seen)
            if is_news:
                seen = sight.id
                yield sight
            if sight.is_last or context.completions.is_dismissed or (left := until - time()) <= 0:
                return
            if not await bell.wait(min(left, _HEARTBEAT_SECONDS)):
                yield None
