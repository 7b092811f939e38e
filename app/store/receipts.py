"""Receipts: kept as they were signed, and never changed."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, ReceiptId, SubjectRequestId


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt that was signed.

    Attributes:
        id: Its id.
        subject_request_id: What was done.
        json_text: The receipt as JSON, to the byte.
        xml_text: The receipt as XML, to the byte.
        key_id: The key of the ring that the signing key follows from.
        json_signature: Over the first, 64 bytes.
        xml_signature: Over the second, 64 bytes.
    """

    id: ReceiptId
    subject_request_id: SubjectRequestId
    json_text: str
    xml_text: str
    key_id: str
    json_signature: bytes
    xml_signature: bytes


@dataclass(frozen=True, slots=True)
class Receipt(NewReceipt):
    """A receipt that can be read.

    Attributes:
        created_at: Aware UTC moment.
    """

    created_at: datetime


_INSERT = text("""
    INSERT INTO receipt (controller_id, id, subject_request_id, json_text, xml_text, key_id,
        json_signature, xml_signature)
    VALUES (:controller_id, :id, :subject_request_id, :json_text, :xml_text, :key_id,
        :json_signature, :xml_signature)
""")
_COLUMNS = """id, subject_request_id, json_text, xml_text, key_id, json_signature, xml_signature,
    created_at"""
_GET = text(f"SELECT {_COLUMNS} FROM receipt WHERE id = :id")  # noqa: S608 - constants
_OF_REQUEST = text(f"""
    SELECT {_COLUMNS} FROM receipt WHERE subject_request_id = :subject_request_id
""")  # noqa: S608 - constants


async def insert(
    connection: AsyncConnection, controller_id: ControllerId, receipt: NewReceipt
) -> None:
    """Store a receipt.

    Args:
        connection: Bound to the controller, in the transaction that completes the request.
        controller_id: Whose it is.
        receipt: What was signed.
    """
    await connection.execute(_INSERT, asdict(receipt) | {"controller_id": controller_id})


async def get(connection: AsyncConnection, receipt_id: ReceiptId) -> Receipt | None:
    """Read a receipt; None where the controller has no such one."""
    row = (await connection.execute(_GET, {"id": receipt_id})).mappings().one_or_none()
    return None if row is None else Receipt(**row)


async def get_of_request(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> Receipt | None:
    """Read the receipt of a subject request; None where there is none (yet)."""
    parameters = {"subject_request_id": subject_request_id}
    row = (await connection.execute(_OF_REQUEST, parameters)).mappings().one_or_none()
    return None if row is None else Receipt(**row)
