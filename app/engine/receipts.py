"""Writes and signs the receipt of a job, in the transaction that completes it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app import signing
from app.bundles import receipt_lines, receipts
from app.domain.errors import IntegrityViolation
from app.domain.ids import ReceiptId, new_id
from app.domain.tallies import Tally
from app.engine.work import Work
from app.store import receipts as stored
from app.store import tallies
from app.store.receipts import NewReceipt
from schemas.receipts import (
    Receipt,
    ReceiptApproval,
    ReceiptController,
    ReceiptDataMap,
    ReceiptLift,
    ReceiptRight,
    ReceiptUploads,
    ReceiptVerification,
)
from schemas.vocabulary import Outcome, RestrictionGround, Right, TallyPhase

_RIGHTS: dict[Right, ReceiptRight] = {
    Right.RESTRICTION: Right.RESTRICTION,
    Right.RESTRICTION_LIFT: Right.RESTRICTION_LIFT,
    Right.ERASURE: Right.ERASURE,
}


async def write(
    connection: AsyncConnection, work: Work, left: Sequence[Tally], uploads: ReceiptUploads
) -> ReceiptId:
    """Write, sign and store a receipt.

    Args:
        connection: Bound to the controller, in the completing transaction.
        work: The job's.
        left: What is left, by rule.
        uploads: What became of stored uploads.
    """
    job, request_id = work.job, work.request.id
    planned = await tallies.list_all(connection, job.id, TallyPhase.PLANNED)
    done = await tallies.list_all(connection, job.id, TallyPhase.DONE)
    receipt_id = ReceiptId(new_id())
    written = receipts.write(_receipt(work, receipt_id, (planned, done, left), uploads))
    json_signature = signing.sign(work.context.keyring, written.json_text.encode())
    xml_signature = signing.sign(work.context.keyring, written.xml_text.encode())
    new = NewReceipt(
        id=receipt_id,
        subject_request_id=request_id,
        json_text=written.json_text,
        xml_text=written.xml_text,
        key_id=json_signature.key_id,
        json_signature=json_signature.value,
        xml_signature=xml_signature.value,
    )
    await stored.insert(connection, job.controller_id, new)
    return receipt_id


def _receipt(
    work: Work,
    receipt_id: ReceiptId,
    counted: tuple[Sequence[Tally], Sequence[Tally], Sequence[Tally]],
    uploads: ReceiptUploads,
) -> Receipt:
    request, controller = work.request, work.ground.controller
    right = _right(request.right)
    planned, done, left = counted
    now = datetime.now(UTC)
    is_lift = right is Right.RESTRICTION_LIFT
    kept = [each for each in planned if each.outcome in {Outcome.KEPT, Outcome.DEFERRED}]
    lines = receipt_lines.lines(work.data_map, right, planned or None, [*done, *kept])
    ground = request.options.get("ground")
    digest = request.options.get("preview_digest")
    return Receipt(
        id=receipt_id,
        subject_request_id=request.id,
        right=right,
        controller=ReceiptController(id=controller.id, name=controller.name),
        data_map=ReceiptDataMap(
            name=work.data_map.title or work.data_map.name, sha256=work.ground.version.digest
        ),
        subject_digest=work.job.subject_digest.hex(),
        received_at=request.received_at,
        completed_at=now,
        approval=ReceiptApproval(
            approved_at=request.approval.approved_at, reference=request.approval.reference
        ),
        ground=RestrictionGround(str(ground)) if ground else None,
        preview_digest=str(digest) if digest else None,
        lines=() if is_lift else lines,
        left=receipt_lines.remainders(work.data_map, right, left),
        uploads=uploads,
        lift=_lift(done) if is_lift else None,
        verification=ReceiptVerification(passes=1, verified_at=now),
        tallies="exact",
    )


def _lift(done: Sequence[Tally]) -> ReceiptLift:
    return ReceiptLift(
        restored=_sum(done, Outcome.RESTORED), left_changed=_sum(done, Outcome.LEFT_CHANGED)
    )


def _sum(done: Sequence[Tally], outcome: Outcome) -> int:
    return sum(each.record_count for each in done if each.outcome is outcome)


def _right(right: Right) -> ReceiptRight:
    if right not in _RIGHTS:
        raise IntegrityViolation(f"the right {right} ends in no receipt")
    return _RIGHTS[right]
