"""Issue a receipt: written once, signed, and stored with the transaction that completes a job."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.bundles.receipts import write
from app.domain.ids import ControllerId, ReceiptId, SubjectRequestId, new_id
from app.domain.subject_requests import SubjectRequest
from app.keyring import KeyRing
from app.signing import sign
from app.store import receipts
from app.store.controllers import Controller
from app.store.data_maps import DataMapVersion
from app.store.receipts import NewReceipt
from schemas.data_map import DataMap
from schemas.receipts import Receipt, ReceiptApproval, ReceiptController, ReceiptDataMap


def head(
    request: SubjectRequest, controller: Controller, version: DataMapVersion, data_map: DataMap
) -> dict[str, object]:
    """Say what every receipt says: of which subject request it is, and whose leave that had.

    Args:
        request: What was carried out.
        controller: Whose it is.
        version: The data map that it ran under.
        data_map: The same, read.
    """
    approval = request.approval
    return {
        "id": new_id(),
        "subject_request_id": request.id,
        "right": request.right,
        "controller": ReceiptController(id=controller.id, name=controller.name),
        "data_map": ReceiptDataMap(name=data_map.title or data_map.name, sha256=version.digest),
        "subject_digest": request.subject_digest.hex(),
        "received_at": request.received_at,
        "approval": ReceiptApproval(approved_at=approval.approved_at, reference=approval.reference),
        "tallies": "exact",
    }


async def issue(connection: AsyncConnection, keyring: KeyRing, receipt: Receipt) -> ReceiptId:
    """Write, sign and store a receipt.

    Args:
        connection: Bound to the receipt's controller, in the transaction that completes the job.
        keyring: The operator's; its active key signs.
        receipt: What was done.
    """
    written = write(receipt)
    in_json = sign(keyring, written.json_text.encode())
    in_xml = sign(keyring, written.xml_text.encode())
    new = NewReceipt(
        id=ReceiptId(receipt.id),
        subject_request_id=SubjectRequestId(receipt.subject_request_id),
        json_text=written.json_text,
        xml_text=written.xml_text,
        key_id=in_json.key_id,
        json_signature=in_json.value,
        xml_signature=in_xml.value,
    )
    await receipts.insert(connection, ControllerId(receipt.controller.id), new)
    return new.id
