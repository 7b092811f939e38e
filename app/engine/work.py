"""What a job works with while it restricts, lifts or erases."""

from dataclasses import dataclass

from app.engine import deferred_records
from app.engine.assignment import Assignment
from app.engine.context import EngineContext
from app.engine.progress import Progress
from app.record_keys import RecordKeys
from app.sources.hands import Hands, Standing
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.data_map import DataMap
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class Work:
    """A job that changes records.

    Attributes:
        context: The engine's.
        job: As claimed.
        assignment: What is to be done.
        hands: The subject's records.
        keys: The controller's, for what is remembered of records.
        stand_in: The key of the controller's stand-in; empty where the map knows none.
        progress: Where to report.
    """

    context: EngineContext
    job: ClaimedJob
    assignment: Assignment
    hands: Hands
    keys: RecordKeys
    stand_in: str
    progress: Progress

    @property
    def data_map(self) -> DataMap:
        """The map that the job runs under."""
        return self.assignment.data_map

    async def stand(self, *, is_gone: bool = False) -> None:
        """Say anew who does not count as living.

        Args:
            is_gone: Whether the subject's own records have been dealt with, so that nobody waits
                for the subject any more.
        """
        async with transaction(self.context.database, self.job.controller_id) as connection:
            persons = self.hands.order.persons
            remnants = await deferred_records.remnants(connection, self.keys, persons)
        if is_gone:
            remnants = (*remnants, self.assignment.subject.subject_key)
        self.hands.stand(Standing(self.stand_in, remnants))


async def begin(
    context: EngineContext, assignment: Assignment, right: Right, progress: Progress
) -> Work:
    """Lay hands on a job's subject.

    Args:
        context: The engine's.
        assignment: What is to be done.
        right: Whose rules hold: ``restriction`` or ``erasure``.
        progress: Where to report.

    Raises:
        SourceFailure: The LMS did not answer.
    """
    data_map = assignment.data_map
    source = context.sources.records(data_map, data_map.subject.source)
    hands = await source.hands(assignment.subject, right, context.settings.lease_seconds)
    keys = RecordKeys.of(context.keyring.unwrap(assignment.controller.digest_key))
    stand_in = await hands.stand_in()
    work = Work(context, assignment.job, assignment, hands, keys, stand_in, progress)
    await work.stand()
    return work
