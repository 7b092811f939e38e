"""What a job works with while it restricts, lifts, erases or re-examines."""

from dataclasses import dataclass

from app.domain.errors import IntegrityViolation
from app.domain.subject_requests import SubjectRequest
from app.engine import deferred_records
from app.engine.assignment import Assignment
from app.engine.context import EngineContext
from app.engine.progress import Progress
from app.record_keys import RecordKeys
from app.rules import is_held
from app.sources.hands import Hands, Standing
from app.sources.protocol import SubjectRef, Tenure
from app.store.controllers import Controller
from app.store.data_maps import DataMapVersion
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.data_map import DataMap
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class Ground:
    """What a job stands on: whose map, which version, and the request if there is one.

    Attributes:
        controller: Whose job it is.
        version: The data map that it runs under.
        data_map: The same, read.
        subject: Whose records; nobody's, for a re-examination.
        request: What it carries out; None for a re-examination.
    """

    controller: Controller
    version: DataMapVersion
    data_map: DataMap
    subject: SubjectRef
    request: SubjectRequest | None


@dataclass(frozen=True, slots=True)
class Work:
    """A job that changes records.

    Attributes:
        context: The engine's.
        job: As claimed.
        ground: What it stands on.
        right: Whose rules hold: ``restriction`` or ``erasure``.
        hands: The subject's records.
        keys: The controller's, for what is remembered of records.
        stand_in: The key of the controller's stand-in; empty where the map knows none.
        progress: Where to report.
    """

    context: EngineContext
    job: ClaimedJob
    ground: Ground
    right: Right
    hands: Hands
    keys: RecordKeys
    stand_in: str
    progress: Progress

    @property
    def data_map(self) -> DataMap:
        """The map that the job runs under."""
        return self.ground.data_map

    @property
    def request(self) -> SubjectRequest:
        """What the job carries out.

        Raises:
            IntegrityViolation: It carries out no subject request.
        """
        if self.ground.request is None:
            raise IntegrityViolation("a re-examination was taken for a subject request")
        return self.ground.request

    @property
    def holds_something(self) -> bool:
        """Whether the map holds every record of some type."""
        return any(is_held(each) for each in self.data_map.record_types.values())

    @property
    def holds_own_row(self) -> bool:
        """Whether the subject's own row is held; then its log-in stays as it is, too."""
        return any(is_held(self.data_map.record_types[name]) for name in self.hands.order.persons)

    async def stand(self, *, is_gone: bool = False) -> None:
        """Say anew who does not count as living.

        Args:
            is_gone: Whether the subject's own records have been dealt with, so that nobody waits
                for the subject any more.
        """
        async with transaction(self.context.database, self.job.controller_id) as connection:
            persons = self.hands.order.persons
            remnants = await deferred_records.remnants(connection, self.keys, persons)
        if is_gone and self.ground.subject.subject_key:
            remnants = (*remnants, self.ground.subject.subject_key)
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
    ground = Ground(
        assignment.controller,
        assignment.version,
        assignment.data_map,
        assignment.subject,
        assignment.request,
    )
    return await stand_on(context, assignment.job, ground, right, progress)


async def stand_on(
    context: EngineContext, job: ClaimedJob, ground: Ground, right: Right, progress: Progress
) -> Work:
    """Lay hands on the records that a job deals with; arguments as ``Work`` has them."""
    source = context.sources.records(ground.data_map, ground.data_map.subject.source)
    tenure = Tenure(str(job.id), context.settings.lease_seconds)
    hands = await source.hands(ground.subject, right, tenure)
    if job.fence > 1:
        await hands.end_former()
    keys = RecordKeys.of(context.keyring.unwrap(ground.controller.digest_key))
    stand_in = await hands.stand_in()
    work = Work(context, job, ground, right, hands, keys, stand_in, progress)
    await work.stand()
    return work
