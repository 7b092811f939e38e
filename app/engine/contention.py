"""Begins again at once where others stood in the way: nothing of the transaction that failed stands."""

import asyncio
from collections.abc import Awaitable, Callable
from random import uniform

from sqlalchemy.exc import DBAPIError

from app.domain.errors import SourceBusy

_PAUSES = (0.02, 0.1, 0.3, 1.0, 2.0)
"""Seconds, at most, before each further try: two that met part, and do not meet again."""

_OWN = {"40001", "40P01", "55P03"}
"""What Habeas's own database says of a deadlock and its like."""


async def undisturbed(carry_out: Callable[[], Awaitable[None]]) -> None:
    """Carry out what may be begun again at any point, as after a crash, until nobody is in the way.

    Args:
        carry_out: Begins with settling what is open.

    Raises:
        SourceBusy: Somebody still is, after a few tries.
    """
    for pause in _PAUSES:
        try:
            await carry_out()
        except SourceBusy:
            await asyncio.sleep(uniform(0, pause))  # noqa: S311 - no secret
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _OWN:
                raise
            await asyncio.sleep(uniform(0, pause))  # noqa: S311 - no secret
        else:
            return
    await carry_out()
