"""Write a receipt as JSON and as XML, once: what is signed are these bytes and no others.

Reference:
    ``docs/receipts.md``, ``schemas/xsd/receipt.xsd``; RFC 8785 (JSON).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
import xmltodict

from app.bundles.xml_text import cleaned_tree
from schemas.receipts import (
    Receipt,
    ReceiptBundle,
    ReceiptLine,
    ReceiptRecords,
    ReceiptRemainder,
    ReceiptVerification,
)

NAMESPACE = "urn:habeas:receipt:1"

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WrittenReceipt:
    """A receipt in both forms; encoded as UTF-8 they are what is signed.

    Attributes:
        json_text: With sorted names and without blanks.
        xml_text: Valid by the published schema.
    """

    json_text: str
    xml_text: str


def write(receipt: Receipt) -> WrittenReceipt:
    """Write a receipt.

    Args:
        receipt: What XML cannot hold of its texts is replaced in both forms, so that they agree.
    """
    clean = Receipt.model_validate(cleaned_tree(receipt.model_dump()))
    document = clean.model_dump(mode="json", exclude_none=True)
    written = xmltodict.unparse(
        {"receipt": _receipt(clean)}, pretty=True, indent="  ", short_empty_elements=True
    )
    # A bare carriage return would be read as a line feed.
    return WrittenReceipt(rfc8785.dumps(document).decode(), written.replace("\r", "&#13;"))


def _receipt(receipt: Receipt) -> Node:
    return _told(
        {
            "@xmlns": NAMESPACE,
            "@version": receipt.version,
            "@id": receipt.id,
            "subject-request": {
                "@id": receipt.subject_request_id,
                "@right": receipt.right.value,
                "@subject-digest": receipt.subject_digest,
                "@received-at": _moment(receipt.received_at),
                "@completed-at": _moment(receipt.completed_at),
            },
            "controller": {"@id": receipt.controller.id, "#text": receipt.controller.name},
            "data-map": {"@name": receipt.data_map.name, "@sha256": receipt.data_map.sha256},
            "approval": {
                "@approved-at": _moment(receipt.approval.approved_at),
                "@reference": receipt.approval.reference,
            },
            "restriction": receipt.ground and {"@ground": receipt.ground.value},
            "preview": receipt.preview_digest and {"@digest": receipt.preview_digest},
            "lines": {"@tallies": receipt.tallies, "line": [_line(each) for each in receipt.lines]},
            "left": {"records": [_remainder(each) for each in receipt.left]},
            "uploads": receipt.uploads
            and {
                "@removed": receipt.uploads.removed,
                "@missing": receipt.uploads.missing,
            },
            "lift": receipt.lift
            and {
                "@restored": receipt.lift.restored,
                "@left-changed": receipt.lift.left_changed,
            },
            "bundle": receipt.bundle and _bundle(receipt.bundle),
            "verification": receipt.verification and _verification(receipt.verification),
        }
    )


def _bundle(bundle: ReceiptBundle) -> Node:
    return {
        "@id": bundle.id,
        "@sha256": bundle.sha256,
        "@size-bytes": bundle.size_bytes,
        "@expires-at": _moment(bundle.expires_at),
        "records": [_records(each) for each in bundle.records],
    }


def _records(records: ReceiptRecords) -> Node:
    return {
        "@category": records.category.value,
        "@record-type": records.record_type,
        "@title": records.title,
        "@count": records.count,
        "@withheld": records.withheld,
        "@files": records.files,
        "@missing-files": records.missing_files,
    }


def _verification(verification: ReceiptVerification) -> Node:
    return {
        "@passes": verification.passes,
        "@verified-at": _moment(verification.verified_at),
    }


def _line(line: ReceiptLine) -> Node:
    counts = {"@previewed": line.previewed, "@done": line.done}
    return _told(_rule(line) | counts | {"because": line.because})


def _remainder(left: ReceiptRemainder) -> Node:
    return _told(_rule(left) | {"@count": left.count, "because": left.because, "until": left.until})


def _rule(under: ReceiptLine | ReceiptRemainder) -> Node:
    return {
        "@category": under.category.value,
        "@record-type": under.record_type,
        "@title": under.title,
        "@role": under.role,
        "@position": under.position,
        "@outcome": under.outcome.value,
        "@article": under.article,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _told(node: Node) -> Node:
    """Leave out what there is nothing to say about."""
    return {name: value for name, value in node.items() if value is not None}
