"""Access and portability: every record of a subject, in one sealed bundle, with a receipt.

An attempt that dies leaves nothing that anybody can see or read: the file has a name of its own
until it is whole, and its key exists nowhere until the transaction that makes the bundle known.

Reference:
    GDPR Art. 15, 20.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.bundles.contents import FieldHeading, RecordTypeHeading
from app.bundles.header import BundleHeader, SubjectField
from app.bundles.information import controller_details, information, record_type_heading
from app.bundles.register import UploadRegister
from app.bundles.writer import BundleWriter, SealedFile
from app.domain.errors import ExecutionStopped
from app.domain.ids import BundleId, ReceiptId, new_id
from app.engine import export_evidence, receipts
from app.engine.assignment import Assignment, read_assignment
from app.engine.context import EngineContext
from app.engine.held import held_by_subject
from app.engine.members import Members, Written
from app.engine.progress import Progress
from app.engine.snapshots import Exported, Snapshots, open_snapshots
from app.keyring import KEY_BYTES
from app.store import audit, bundles, jobs, outbox, subject_requests
from app.store.bundles import NewBundle
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import EventType


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A whole bundle that nobody knows of yet."""

    id: BundleId
    data_key: bytes
    file: SealedFile
    written: Written


async def export(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    """Carry out an access or portability request.

    Args:
        context: The engine's.
        job: As claimed.
        progress: Where to report.

    Raises:
        AttentionNeeded: No room, too large, or nobody to export.
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    assignment = await read_assignment(context, job)
    context.bundles.discard_older(job.id, job.fence)
    held = await held_by_subject(
        context.database, context.keyring, job.controller_id, job.subject_digest
    )
    exported = Exported(assignment.data_map, assignment.subject, assignment.request.right, held)
    async with open_snapshots(context.sources, exported) as snapshots:
        sealed = await _seal(context, assignment, snapshots, progress)
    progress.finish()
    try:
        await _make_known(context, assignment, sealed, progress)
    except ExecutionStopped:  # before anything was committed: nobody will ever hold its key
        context.bundles.delete(sealed.id)
        raise


async def _seal(
    context: EngineContext, assignment: Assignment, snapshots: Snapshots, progress: Progress
) -> _Sealed:
    bundle_id, data_key = BundleId(new_id()), secrets.token_bytes(KEY_BYTES)
    header = _header(assignment, bundle_id, snapshots)
    job, settings = assignment.job, context.settings
    temporary = context.bundles.temporary(job.id, job.fence)
    with UploadRegister(temporary.parent) as register:
        async with BundleWriter(
            temporary,
            bundle_id,
            data_key,
            settings.max_bundle_bytes,
            generated_at=header.generated_at,
        ) as writer:
            members = Members(
                data_map=assignment.data_map,
                header=header,
                headings=_headings(assignment, snapshots),
                snapshots=snapshots,
                sources=context.sources,
                writer=writer,
                register=register,
                progress=progress,
                records_per_type=settings.html_records_per_type,
            )
            written = await members.write()
            file = await writer.close()
    context.bundles.commit(temporary, bundle_id)
    return _Sealed(bundle_id, data_key, file, written)


def _header(assignment: Assignment, bundle_id: BundleId, snapshots: Snapshots) -> BundleHeader:
    data_map, settings = assignment.data_map, assignment.controller.settings
    controller = controller_details(assignment.controller.name, settings)
    display = next((each.display for each in snapshots.values() if each.display), {})
    return BundleHeader(
        bundle_id=bundle_id,
        right=assignment.request.right,
        generated_at=datetime.now(UTC),
        subject_request_id=assignment.request.id,
        controller=controller,
        data_map_name=data_map.title or data_map.name,
        data_map_digest=assignment.version.digest,
        subject=tuple(
            SubjectField(name, name.replace("_", " ").capitalize(), value)
            for name, value in display.items()
        ),
        information=information(data_map, settings, controller),
    )


def _headings(assignment: Assignment, snapshots: Snapshots) -> tuple[RecordTypeHeading, ...]:
    """Head every record type that the export tells of; those without a field have nothing to tell."""
    headings = []
    for name, snapshot in snapshots.items():
        fields = [FieldHeading(each.name, each.title, each.type) for each in snapshot.fields(name)]
        if fields:
            data_map, settings = assignment.data_map, assignment.controller.settings
            headings.append(record_type_heading(name, fields, data_map, settings))
    return tuple(headings)


async def _make_known(
    context: EngineContext, assignment: Assignment, sealed: _Sealed, progress: Progress
) -> None:
    """End the job and make its bundle and its receipt known, or nothing of it."""
    job, bundle = assignment.job, _row(context, assignment, sealed)
    async with transaction(context.database, job.controller_id) as connection:
        await jobs.save_progress(connection, job.id, job.fence, progress.steps)
        if not await jobs.complete(connection, job.id, job.fence):
            raise ExecutionStopped("the job is another worker's")
        await bundles.insert(connection, job.controller_id, bundle)
        receipt = export_evidence.receipt(assignment, bundle, sealed.written.contents)
        receipt_id = await receipts.issue(connection, context.keyring, receipt)
        await subject_requests.complete(connection, assignment.request.id, bundle.id, receipt_id)
        next_job_id = await jobs.next_for_subject(connection, job.id)
        await _announce(connection, job, bundle, receipt_id)
    if next_job_id is not None:
        await context.ring(job.controller_id, next_job_id)


def _row(context: EngineContext, assignment: Assignment, sealed: _Sealed) -> NewBundle:
    xml, html, totals = sealed.written.xml, sealed.written.html, sealed.written.contents.totals
    return NewBundle(
        id=sealed.id,
        subject_request_id=assignment.request.id,
        wrapped_key=context.keyring.wrap(sealed.data_key),
        size_bytes=sealed.file.size_bytes,
        sha256=sealed.file.sha256_hex,
        xml_size_bytes=xml.size_bytes,
        xml_sha256=xml.sha256_hex,
        html_size_bytes=html.size_bytes,
        html_sha256=html.sha256_hex,
        record_count=totals.record_count,
        file_count=totals.file_count,
        missing_file_count=totals.missing_file_count,
        replaced_characters=totals.replaced_characters,
        expires_at=datetime.now(UTC) + context.settings.bundle_lifetime,
    )


async def _announce(
    connection: AsyncConnection, job: ClaimedJob, bundle: NewBundle, receipt_id: ReceiptId
) -> None:
    """Tell of the end in the outbox and, last of all, in the audit trail."""
    named: dict[str, JsonValue] = {"bundle_id": str(bundle.id), "receipt_id": str(receipt_id)}
    counts: dict[str, JsonValue] = {
        "record_count": bundle.record_count,
        "file_count": bundle.file_count,
        "missing_file_count": bundle.missing_file_count,
        "replaced_characters": bundle.replaced_characters,
        "sha256": bundle.sha256,
    }
    for event in (EventType.BUNDLE_READY, EventType.REQUEST_COMPLETED):
        await outbox.add(connection, job.controller_id, event, job.subject_request_id, named)
    for action, details in (
        (AuditAction.BUNDLE_READY, named | counts),
        (AuditAction.REQUEST_COMPLETED, named),
    ):
        await audit.append(
            connection,
            job.controller_id,
            action,
            subject_request_id=job.subject_request_id,
            details=details,
        )
