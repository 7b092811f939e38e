"""Reading receipts, and the public keys that verify them."""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from app.api import examples, tags
from app.api.answers import UNCHANGED, HeldTag, answers, file_result, result, results
from app.api.context import REQUIRE_KEY, ContextHere, ReceiptReader
from app.api.operation import Operation
from app.api.ranges import has_it
from app.api.replies import fingerprint, reply
from app.domain.ids import ReceiptId
from app.services import receipts
from app.services.authentication import Caller
from app.services.context import Context
from app.services.receipts import Form
from schemas.problem_vocabulary import Problem
from schemas.receipts import Receipt, ReceiptKeys, SignedReceipt

router = APIRouter(
    prefix="/v1",
    route_class=Operation,
    tags=[tags.EVIDENCE],
    dependencies=[REQUIRE_KEY],
)

_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
_FILE_HEADERS = {
    "Receipt-Signature": "Ed25519 over exactly the bytes of the body, in base64.",
    "Receipt-Key-Id": "Which of the receipt keys made it.",
    "ETag": "Names this file; it never changes.",
    "Repr-Digest": "SHA-256 of the file.",
    "Content-Disposition": "The name to save it under.",
}
Id = Annotated[UUID, Path(description="The id of the receipt.")]


@router.get(
    "/receipts/{receipt_id}",
    operation_id="get_receipt",
    summary="See a receipt with its signatures",
    response_model=SignedReceipt,
    responses=answers(
        {
            200: result(
                "The receipt in both forms, each with its signature.",
                examples.SIGNED_RECEIPT,
                {"ETag": "Names this state.", "Repr-Digest": "SHA-256 of the answer."},
            ),
            304: UNCHANGED,
        },
        Problem.NOT_FOUND,
    ),
)
async def get_receipt(
    request: Request,
    receipt_id: Id,
    caller: ReceiptReader,
    context: ContextHere,
    _tag: HeldTag = None,
) -> Response:
    """Show what was done about a subject request, as JSON and as XML, signed.

    Every right ends in one. Both forms say the same and hold no personal data. `text` in UTF-8 is what `signature` is over.

    Scope: `receipts:read`.
    """
    stored = await receipts.find(context, caller, ReceiptId(receipt_id))
    body = receipts.describe(stored).model_dump_json().encode()
    headers = fingerprint(sha256(body).digest())
    if has_it(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")


@router.get(
    "/receipts/{receipt_id}/receipt.json",
    operation_id="download_receipt_json",
    summary="Download a receipt as JSON",
    response_model=Receipt,
    responses=answers(
        {
            200: results("The receipt, exactly as signed.", examples.RECEIPTS, _FILE_HEADERS),
            304: UNCHANGED,
        },
        Problem.NOT_FOUND,
    ),
)
async def download_receipt_json(
    request: Request,
    receipt_id: Id,
    caller: ReceiptReader,
    context: ContextHere,
    _tag: HeldTag = None,
) -> Response:
    """Download the receipt as JSON, with its signature in a header.

    Keep the bytes as they come: any other layout is another file. The manual has a program of a
    few lines that verifies them without Habeas.

    Scope: `receipts:read`.
    """
    return await _file(request, context, caller, receipt_id, Form.JSON)


@router.get(
    "/receipts/{receipt_id}/receipt.xml",
    operation_id="download_receipt_xml",
    summary="Download a receipt as XML",
    response_class=Response,
    responses=answers(
        {
            200: file_result("The receipt, exactly as signed.", "application/xml", _FILE_HEADERS),
            304: UNCHANGED,
        },
        Problem.NOT_FOUND,
    ),
)
async def download_receipt_xml(
    request: Request,
    receipt_id: Id,
    caller: ReceiptReader,
    context: ContextHere,
    _tag: HeldTag = None,
) -> Response:
    """Download the receipt in the format of the published `receipt.xsd`, with its signature.

    Scope: `receipts:read`.
    """
    return await _file(request, context, caller, receipt_id, Form.XML)


@router.get(
    "/receipt-keys",
    operation_id="list_receipt_keys",
    summary="List the keys that verify receipts",
    response_model=ReceiptKeys,
    responses=answers({200: result("The public keys.", examples.RECEIPT_KEYS)}),
)
async def list_receipt_keys(_caller: ReceiptReader, context: ContextHere) -> Response:
    """List the public key of every key that this service holds, the one that signs now first.

    Keep them: a key that the service no longer holds is not listed any more, and what it signed
    can be verified with nothing else.

    Scope: `receipts:read`.
    """
    return reply(receipts.keys(context.keyring))


async def _file(
    request: Request, context: Context, caller: Caller, receipt_id: UUID, form: Form
) -> Response:
    stored = await receipts.find(context, caller, ReceiptId(receipt_id))
    face = receipts.face(stored, form)
    headers = fingerprint(sha256(face.content).digest()) | {
        "Receipt-Signature": face.signature,
        "Receipt-Key-Id": stored.key_id,
        "Content-Type": face.media_type,
        "Content-Disposition": f'attachment; filename="{face.filename}"',
        "Content-Security-Policy": _POLICY,
    }
    if has_it(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(None, 304, headers)
    if request.method != "HEAD":
        await receipts.record_download(context, caller, stored, form)
    return Response(face.content, 200, headers)


for _path, _endpoint in (
    ("/receipts/{receipt_id}", get_receipt),
    ("/receipts/{receipt_id}/receipt.json", download_receipt_json),
    ("/receipts/{receipt_id}/receipt.xml", download_receipt_xml),
):
    router.add_api_route(_path, _endpoint, methods=["HEAD"], include_in_schema=False)
