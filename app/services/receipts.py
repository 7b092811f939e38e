"""Reading receipts: only the controller's own, and only as they were signed."""

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from app.domain.errors import Refused
from app.domain.ids import ReceiptId
from app.keyring import KeyRing
from app.services import trail
from app.services.authentication import Caller
from app.services.context import Context
from app.signing import Signature, public_keys, verify
from app.store import receipts
from app.store.receipts import Receipt as StoredReceipt
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.problem_vocabulary import Problem
from schemas.receipts import ReceiptDocument, ReceiptKey, ReceiptKeys, SignedReceipt


class Form(StrEnum):
    """A form of a receipt, as it stands in its address."""

    JSON = "receipt.json"
    XML = "receipt.xml"


@dataclass(frozen=True, slots=True)
class Face:
    """What a form of a receipt looks like from outside.

    Attributes:
        media_type: Of the file.
        filename: To save it under; without personal data.
        content: The bytes that were signed.
        signature: Over them, in base64.
    """

    media_type: str
    filename: str
    content: bytes
    signature: str


async def find(context: Context, caller: Caller, receipt_id: ReceiptId) -> StoredReceipt:
    """Find a receipt, and make sure that it is as it was signed.

    Raises:
        Refused: The caller's controller has no such receipt.
        IntegrityViolation: It was altered.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        stored = await receipts.get(connection, receipt_id)
    if stored is None:
        raise Refused(Problem.NOT_FOUND, "There is no such receipt.")
    for text, value in (
        (stored.json_text, stored.json_signature),
        (stored.xml_text, stored.xml_signature),
    ):
        verify(context.keyring, text.encode(), Signature(stored.key_id, value))
    return stored


async def record_download(
    context: Context, caller: Caller, stored: StoredReceipt, form: Form
) -> None:
    """Append to the audit trail that a form of a receipt is given out."""
    async with transaction(context.database, caller.controller_id) as connection:
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.RECEIPT_DOWNLOADED,
            subject_request_id=stored.subject_request_id,
            details={"receipt_id": str(stored.id), "form": form},
        )


def face(stored: StoredReceipt, form: Form) -> Face:
    """Say what a form of a receipt looks like from outside."""
    name = f"habeas-{stored.id}"
    match form:
        case Form.JSON:
            return _face(
                "application/json", f"{name}.json", stored.json_text, stored.json_signature
            )
        case Form.XML:
            return _face("application/xml", f"{name}.xml", stored.xml_text, stored.xml_signature)
        case _:
            assert_never(form)


def describe(stored: StoredReceipt) -> SignedReceipt:
    """Give a receipt in both forms with what it takes to verify it."""
    return SignedReceipt(
        id=stored.id,
        subject_request_id=stored.subject_request_id,
        created_at=stored.created_at,
        key_id=stored.key_id,
        json_form=_document(stored, Form.JSON),
        xml_form=_document(stored, Form.XML),
    )


def keys(keyring: KeyRing) -> ReceiptKeys:
    """Give every public key that verifies receipts, the active one first."""
    return ReceiptKeys(
        keys=tuple(
            ReceiptKey(id=key.key_id, is_active=key.is_active, hex=key.raw.hex(), pem=key.pem)
            for key in public_keys(keyring)
        )
    )


def _face(media_type: str, filename: str, text: str, signature: bytes) -> Face:
    return Face(media_type, filename, text.encode(), b64encode(signature).decode())


def _document(stored: StoredReceipt, form: Form) -> ReceiptDocument:
    outside = face(stored, form)
    return ReceiptDocument(
        url=f"/v1/receipts/{stored.id}/{form}",
        media_type=outside.media_type,
        text=outside.content.decode(),
        signature=outside.signature,
    )
