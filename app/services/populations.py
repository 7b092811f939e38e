"""How many persons each controller has: asked of the LMS now and then."""

from datetime import timedelta
from time import monotonic

from app.domain.ids import ControllerId
from app.services.published_maps import PublishedMap
from app.sources.registry import Sources
from app.store.controllers import Controller

_GOOD_FOR = timedelta(minutes=10)


class Populations:
    """The persons of each controller, counted. One a process."""

    def __init__(self) -> None:
        self._counted: dict[ControllerId, tuple[float, int]] = {}

    async def look(self, sources: Sources, controller: Controller, published: PublishedMap) -> None:
        """Count a controller's persons, unless that was done within ten minutes.

        Args:
            sources: Where people are counted.
            controller: Whose.
            published: Its data map.

        Raises:
            SourceFailure: The LMS did not answer.
        """
        last = self._counted.get(controller.id)
        if last is not None and monotonic() - last[0] < _GOOD_FOR.total_seconds():
            return
        source = sources.records(published.data_map, published.data_map.subject.source)
        count = await source.count_persons(controller.key_in_lms or "")
        self._counted[controller.id] = (monotonic(), count)

    def known(self, controller_id: ControllerId) -> int:
        """Give how many persons were counted last; 0 where none were."""
        return self._counted.get(controller_id, (0.0, 0))[1]
