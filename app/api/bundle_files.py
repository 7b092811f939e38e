"""Sends a part of a bundle as a file: whole or a range, without ever holding it in memory."""

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.ranges import ByteRange, has_it, is_still, wanted
from app.api.replies import fingerprint
from app.bundles.page import CONTENT_SECURITY_POLICY
from app.bundles.reader import BundleReader
from app.services import bundles
from app.services.authentication import Caller
from app.services.bundles import Face, Part
from app.services.context import Context
from app.store.bundles import Bundle as StoredBundle

FILE_HEADERS = {
    "ETag": "Names this file; it never changes.",
    "Repr-Digest": "SHA-256 of the whole file.",
    "Content-Disposition": "The name to save it under.",
}

_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = f"sandbox; {CONTENT_SECURITY_POLICY}; form-action 'none'; frame-ancestors 'none'"


class BundleFile(StreamingResponse):
    """Streams from a reader, and closes it however the sending ends."""

    def __init__(
        self, reader: BundleReader, pieces: Iterator[bytes], status: int, headers: dict[str, str]
    ) -> None:
        super().__init__(pieces, status, headers)
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._reader.close()


async def send(
    request: Request, context: Context, caller: Caller, stored: StoredBundle, part: Part
) -> Response:
    """Send a part of a bundle.

    The download is in the audit trail before the first byte leaves. Nothing is recorded where
    nothing is sent: for `HEAD`, 304 and 416.

    Args:
        request: Its headers say what is wanted, and what the client has.
        context: What the use cases work with.
        caller: Who asks, allowed to read bundles.
        stored: The bundle.
        part: Which part of it.

    Raises:
        NoSuchRange: None of the bytes asked for exist.
    """
    face = bundles.face(stored, part)
    headers = file_headers(face, part)
    if has_it(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(None, 304, headers)
    asked = _range(request, part, headers["ETag"], face.size_bytes)
    some = asked or ByteRange(0, face.size_bytes)
    headers["Content-Length"] = str(some.stop - some.start)
    if asked is not None:
        headers["Content-Range"] = f"bytes {some.start}-{some.stop - 1}/{face.size_bytes}"
    status = 200 if asked is None else 206
    if request.method == "HEAD":
        return Response(None, status, headers)
    reader = await run_in_threadpool(bundles.open_sealed, context, stored)
    try:
        await bundles.record_download(context, caller, stored, part)
    except BaseException:
        reader.close()
        raise
    if part is Part.CONTENT:
        return BundleFile(reader, reader.read(some.start, some.stop), status, headers)
    return BundleFile(reader, reader.member(face.member), status, headers)


def file_headers(face: Face, part: Part) -> dict[str, str]:
    """Say what a part of a bundle is, whichever bytes of it are sent."""
    return fingerprint(bytes.fromhex(face.sha256)) | {
        "Content-Type": face.media_type,
        "Content-Disposition": f'{face.disposition}; filename="{face.filename}"',
        "Content-Security-Policy": _PAGE_POLICY if part is Part.PREVIEW else _POLICY,
        "Accept-Ranges": "bytes" if part is Part.CONTENT else "none",
    }


def _range(request: Request, part: Part, etag: str, size: int) -> ByteRange | None:
    """Say which bytes are wanted; None for all. Ranges mean something to `GET` alone."""
    if part is not Part.CONTENT or request.method != "GET":
        return None
    if not is_still(request.headers.get("if-range"), etag):
        return None
    return wanted(request.headers.get("range"), size)
