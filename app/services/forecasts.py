"""Looks at several persons under the rules of a right, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from app.datamap.published import minimised
from app.engine.export_forecast import ExportForecasts
from app.engine.forecast import Forecast, Forecasts
from app.services.context import Context
from app.services.meant import Meant
from app.services.published_maps import PublishedMap
from app.store.controllers import Controller
from schemas.vocabulary import Right

Look = TypeVar("Look")
Whom = TypeVar("Whom")

_AT_ONCE = 4
"""More would take the LMS's connections from searches."""


def open_forecasts(
    context: Context, controller: Controller, published: PublishedMap, right: Right
) -> Forecasts:
    """Make ready to look at a controller's persons.

    Args:
        context: What the use cases work with.
        controller: Whose persons.
        published: The controller's data map.
        right: Whose rules.
    """
    return Forecasts(
        context.database, context.keyring, controller, context.sources, published.data_map, right
    )


def open_export_forecasts(
    context: Context, controller: Controller, published: PublishedMap, right: Right
) -> ExportForecasts:
    """Make ready to look at what exports of a controller's persons would hold.

    Args:
        context: What the use cases work with.
        controller: Whose persons.
        published: The controller's data map.
        right: ``access`` or ``portability``.
    """
    data_map = minimised(published.document, controller.settings.excluded_fields)
    return ExportForecasts(
        context.database, context.keyring, controller, context.sources, data_map, right
    )


async def look_at(forecasts: Forecasts, meant: Sequence[Meant]) -> list[Forecast | None]:
    """Count what would happen to each of some persons.

    Args:
        forecasts: Made ready.
        meant: Whom, at most 1,000.

    Returns:
        In the order of ``meant``; None for one who is not there.

    Raises:
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    return await a_few_at_a_time(meant, lambda each: forecasts.of(each.subject_key))


async def look_ahead(
    forecasts: Forecasts, meant: Sequence[Meant], looks: Sequence[Forecast | None]
) -> list[Forecast | None]:
    """Count what would happen to each of some persons once the others are erased, and nothing is held.

    Args:
        forecasts: Made ready.
        meant: Whom, at most 1,000.
        looks: What would happen to each as things are; None for one who is not there.

    Returns:
        In the order of ``meant``; None for one who is not there.

    Raises:
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    gone = tuple(each.subject_key for each in meant)

    async def look(whom: tuple[Meant, Forecast | None]) -> Forecast | None:
        person, now = whom
        return None if now is None else await forecasts.later(person.subject_key, now, gone)

    return await a_few_at_a_time(list(zip(meant, looks, strict=True)), look)


async def a_few_at_a_time(
    whom: Sequence[Whom], look: Callable[[Whom], Awaitable[Look]]
) -> list[Look]:
    """Look at each of some persons; give what was seen, in the same order."""
    seen: list[Look] = []
    for start in range(0, len(whom), _AT_ONCE):
        some = whom[start : start + _AT_ONCE]
        seen += await asyncio.gather(*(look(each) for each in some))
    return seen
