"""What a receipt says of a bundle: how many records of each type, what was withheld, what was missing."""

from datetime import UTC, datetime

from app.bundles.contents import BundleContents, RecordTypeSection
from app.engine import receipts
from app.engine.assignment import Assignment
from app.store.bundles import NewBundle
from schemas.receipts import Receipt, ReceiptBundle, ReceiptRecords


def receipt(assignment: Assignment, bundle: NewBundle, contents: BundleContents) -> Receipt:
    """Make the receipt of an export.

    Args:
        assignment: What was carried out.
        bundle: What was given.
        contents: What stands in it.
    """
    request, controller = assignment.request, assignment.controller
    given = ReceiptBundle(
        id=bundle.id,
        sha256=bundle.sha256,
        size_bytes=bundle.size_bytes,
        expires_at=bundle.expires_at,
        records=tuple(_records(section) for section in contents.record_types),
    )
    return Receipt.model_validate(
        receipts.head(request, controller, assignment.version, assignment.data_map)
        | {"completed_at": datetime.now(UTC), "bundle": given}
    )


def _records(section: RecordTypeSection) -> ReceiptRecords:
    heading, summary = section.heading, section.summary
    return ReceiptRecords(
        category=heading.category,
        record_type=heading.name,
        title=heading.title,
        count=summary.count,
        withheld=sum(summary.redactions.values()),
        files=summary.file_count,
        missing_files=summary.missing_file_count,
    )
