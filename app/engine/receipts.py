"""Issue a receipt: written once, signed, and stored with the transaction that completes a job."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.bundles.receipts import write
from app.domain.ids import ControllerId, ReceiptId, SubjectRequestId
from app.keyring import KeyRing
from app.signing import sign
from app.store import receipts
from app.store.receipts import NewReceipt
from schemas.receipts import Receipt


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
