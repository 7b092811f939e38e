"""Subjects of whom an erasure kept something since it is held: remembered, and erased once nothing holds it.

What they share with others does not die before: they count as living.

Reference:
    ``docs/effects.md``, "Holds".
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.datamap.published import published
from app.domain.errors import IntegrityViolation
from app.domain.ids import ControllerId, JobId, SubjectRequestId, new_id
from app.domain.subject_requests import Approval, NewSubjectRequest
from app.engine.context import EngineContext
from app.engine.deferred_records import HELD_SUBJECT
from app.engine.holds import held_of
from app.engine.work import Work
from app.record_keys import RecordKeys
from app.rules import HeldRule
from app.sources.hands import LOGIN, Counted
from app.store import audit, data_maps, held_records, outbox, subject_requests
from app.store.controllers import Controller
from app.store.held_records import HeldKind, HeldSubject
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import EventType, HeldBy, Right

_REASON = "What was held at the erasure is held no longer."


def is_held(found: Sequence[Counted]) -> bool:
    """Say whether something of what was counted is held."""
    return any(isinstance(each.branch.rule, HeldRule) and each.count for each in found)


async def remember(
    connection: AsyncConnection, work: Work, found: Sequence[Counted]
) -> tuple[str, ...]:
    """Remember what an erasure kept since it is held, or that it kept nothing.

    Args:
        connection: Bound to the controller, in the transaction that completes the erasure.
        work: The erasure's.
        found: What is left.

    Returns:
        The record types that are held, and what restrictions hold of which is to be kept.
    """
    kinds = {
        (each.record_type, each.branch.role): HeldKind(
            each.record_type,
            each.branch.role,
            each.branch.position,
            each.branch.rule.article,
            each.branch.rule.held_by,
            each.branch.rule.held_types,
        )
        for each in found
        if isinstance(each.branch.rule, HeldRule) and each.count
    }
    held = HeldSubject(
        work.request.id,
        work.job.subject_digest,
        work.ground.version.id,
        work.keys.seal.close(work.ground.subject.subject_key, HELD_SUBJECT),
        tuple(kinds.values()),
    )
    await held_records.replace_of_subject(connection, work.job.controller_id, held)
    names = {each.record_type for each in kinds.values() if each.held_by is not HeldBy.DEPENDENCE}
    is_own_row_held = names & set(work.hands.order.persons)
    return (*sorted(names), *((LOGIN,) if is_own_row_held else ()))


async def erase_released(context: EngineContext, controller: Controller) -> None:
    """Open an erasure of every subject of whom something was held that is held no longer.

    It is the rest of an erasure that was approved, and so it rests on the same approval.

    Args:
        context: The engine's.
        controller: Whose subjects.
    """
    async with transaction(context.database, controller.id) as connection:
        digests = await held_records.digests(connection)
    keys = RecordKeys.of(context.keyring.unwrap(controller.digest_key))
    for digest in digests:
        async with transaction(context.database, controller.id) as connection:
            job_id = await _erase_rest(connection, controller, keys, digest)
        if job_id is not None:
            await context.ring(controller.id, job_id)


async def _erase_rest(
    connection: AsyncConnection, controller: Controller, keys: RecordKeys, subject_digest: bytes
) -> JobId | None:
    held = await held_records.of_subject(connection, subject_digest)
    if held is None or await subject_requests.is_being_erased(connection, subject_digest):
        return None
    version = await data_maps.get(connection, held.data_map_version_id)
    before = await subject_requests.get(connection, held.subject_request_id)
    if version is None or before is None:
        raise IntegrityViolation("held records name a data map or an erasure that is not there")
    data_map = published(version.document).data_map
    now = await held_of(connection, controller, data_map, subject_digest)
    still = {each.record_type for each in now}
    if all(still.issuperset(each.held_types) for each in held.kinds):
        return None
    approved = {
        name: before.options[name]
        for name in ("preview_digest", "occurrences")
        if name in before.options
    }
    rest = NewSubjectRequest(
        id=SubjectRequestId(new_id()),
        job_id=JobId(new_id()),
        right=Right.ERASURE,
        subject_key=keys.seal.open(held.sealed, HELD_SUBJECT),
        subject_digest=subject_digest,
        subject_display={},
        data_map_version_id=held.data_map_version_id,
        client_id=before.client_id,
        approval=_with_reason(before.approval),
        received_at=datetime.now(UTC),
        options=approved | {"rest_of": str(before.id)},
    )
    return await _accept(connection, controller.id, rest, before.id)


def _with_reason(approval: Approval) -> Approval:
    return replace(approval, reason=_REASON)


async def _accept(
    connection: AsyncConnection,
    controller_id: ControllerId,
    rest: NewSubjectRequest,
    former_id: SubjectRequestId,
) -> JobId:
    await subject_requests.insert(connection, controller_id, rest)
    right = {"right": rest.right}
    await outbox.add(connection, controller_id, EventType.REQUEST_ACCEPTED, rest.id, right)
    await audit.append(
        connection,
        controller_id,
        AuditAction.REQUEST_ACCEPTED,
        subject_request_id=rest.id,
        details={"right": rest.right, "rest_of": str(former_id)},
    )
    return rest.job_id
