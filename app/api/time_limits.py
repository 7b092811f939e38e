"""Ends what takes too long with a refusal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.domain.errors import Refused
from schemas.problem_vocabulary import Problem

BODY_TOO_SLOW = Problem.BODY_TOO_SLOW, "The body did not arrive in time. Send it again, faster."
ANSWER_TOO_SLOW = (
    Problem.ANSWER_TOO_SLOW,
    "This took too long and was broken off. Try again later, with the same idempotency key.",
)


@asynccontextmanager
async def within(seconds: float, too_slow: tuple[Problem, str]) -> AsyncIterator[None]:
    """Cancel the block when its time is up.

    Args:
        seconds: How long it may take, x > 0.
        too_slow: The problem, and its detail.

    Raises:
        Refused: It took longer.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise Refused(*too_slow) from None
        raise
