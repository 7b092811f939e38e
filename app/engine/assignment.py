"""What a claimed job has to do: its subject request, and the map and controller it runs under."""

from dataclasses import dataclass

from app.datamap.held import with_held
from app.datamap.published import minimised
from app.domain.errors import ExecutionStopped, IntegrityViolation
from app.domain.subject_requests import SubjectRequest
from app.engine.context import EngineContext
from app.engine.holds import held_for
from app.sources.protocol import SubjectRef
from app.store import audit, controllers, data_maps, subject_requests
from app.store.controllers import Controller
from app.store.data_maps import DataMapVersion
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.data_map import DataMap
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a claimed job has to do.

    Attributes:
        job: As claimed.
        request: The subject request.
        controller: Whose request it is.
        version: The data map version that the request was accepted under.
        data_map: The same, without the fields that the controller keeps from Habeas; for an erasure,
            with what is held laid over it.
    """

    job: ClaimedJob
    request: SubjectRequest
    controller: Controller
    version: DataMapVersion
    data_map: DataMap

    @property
    def subject(self) -> SubjectRef:
        """The subject, as the LMS knows them."""
        return SubjectRef(self.controller.key_in_lms or "", self.request.subject_key)


async def read_assignment(context: EngineContext, job: ClaimedJob) -> Assignment:
    """Read what a job has to do, and record that it has begun.

    Args:
        context: The engine's.
        job: As claimed.

    Raises:
        ExecutionStopped: The subject request is finished or gone.
        IntegrityViolation: It names what is not there.
    """
    if job.subject_request_id is None:
        raise IntegrityViolation("a job has no subject request to carry out")
    async with transaction(context.database, job.controller_id) as connection:
        request = await subject_requests.get(connection, job.subject_request_id)
        if request is None or request.completed_at is not None:
            raise ExecutionStopped("the subject request is over")
        controller = await controllers.get(connection, job.controller_id)
        version = await data_maps.get(connection, request.data_map_version_id)
        if controller is None or version is None:
            raise IntegrityViolation("a job names a controller or a data map that is not there")
        data_map = minimised(version.document, controller.settings.excluded_fields)
        if request.right is Right.ERASURE:
            held = await held_for(connection, controller, data_map, request)
            data_map = with_held(data_map, held)
        await subject_requests.start(connection, request.id)
        await audit.append(
            connection,
            job.controller_id,
            AuditAction.JOB_STARTED,
            subject_request_id=request.id,
            details={"job_id": str(job.id), "attempt": job.attempts},
        )
    return Assignment(job, request, controller, version, data_map)
