"""What a receipt says of a job that changes records: planned, done and left, each under its rule."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.bundles import receipt_lines
from app.domain.errors import IntegrityViolation
from app.domain.ids import ReceiptId
from app.domain.tallies import Tally
from app.engine import receipts
from app.engine.work import Work
from app.store import tallies
from schemas.receipts import (
    Receipt,
    ReceiptLift,
    ReceiptRight,
    ReceiptUploads,
    ReceiptVerification,
)
from schemas.vocabulary import Outcome, Right, TallyPhase

_RIGHTS: dict[Right, ReceiptRight] = {
    Right.RESTRICTION: Right.RESTRICTION,
    Right.RESTRICTION_LIFT: Right.RESTRICTION_LIFT,
    Right.ERASURE: Right.ERASURE,
}


async def issue(
    connection: AsyncConnection, work: Work, left: Sequence[Tally], uploads: ReceiptUploads
) -> ReceiptId:
    """Issue the receipt of a job.

    Args:
        connection: Bound to the controller, in the completing transaction.
        work: The job's.
        left: What is left, by rule.
        uploads: What became of stored uploads.
    """
    job = work.job
    planned = await tallies.list_of_job(connection, job.id, TallyPhase.PLANNED)
    done = await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
    receipt = _receipt(work, (planned, done, left), uploads)
    return await receipts.issue(connection, work.context.keyring, receipt)


def _receipt(
    work: Work,
    counted: tuple[Sequence[Tally], Sequence[Tally], Sequence[Tally]],
    uploads: ReceiptUploads,
) -> Receipt:
    request, ground = work.request, work.ground
    right = _right(request.right)
    planned, done, left = counted
    now = datetime.now(UTC)
    is_lift = right is Right.RESTRICTION_LIFT
    kept = [each for each in planned if each.outcome in {Outcome.KEPT, Outcome.DEFERRED}]
    counted_lines = [] if is_lift else [*done, *kept]  # what is read back follows no rule
    return Receipt.model_validate(
        receipts.head(request, ground.controller, ground.version, work.data_map)
        | {
            "completed_at": now,
            "ground": request.options.get("ground") if right is Right.RESTRICTION else None,
            "preview_digest": request.options.get("preview_digest"),
            "lines": receipt_lines.lines(work.data_map, right, planned or None, counted_lines),
            "left": receipt_lines.remainders(work.data_map, right, left),
            "uploads": uploads,
            "lift": _lift(done) if is_lift else None,
            "verification": ReceiptVerification(passes=1, verified_at=now),
        }
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
