"""Reading bundles: only the controller's own, only until they expire, and never unrecorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.bundles.reader import BundleReader
from app.domain.errors import Refused
from app.domain.ids import BundleId
from app.services import trail
from app.services.authentication import Caller
from app.services.context import Context
from app.store import bundles, outbox
from app.store.bundles import Bundle as StoredBundle
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.bundles import Bundle, BundlePart
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import EventType


class Part(StrEnum):
    """A way to read a bundle, as it stands in its address."""

    CONTENT = "content"
    PREVIEW = "preview"
    DATA = "data.xml"


@dataclass(frozen=True, slots=True)
class Face:
    """What a part of a bundle looks like from outside.

    Attributes:
        media_type: Of the file.
        filename: To save it under; without personal data.
        disposition: ``attachment`` or ``inline``.
        member: Its name in the archive; empty for the archive itself.
        size_bytes: Its length.
        sha256: 64 hexadecimal digits.
    """

    media_type: str
    filename: str
    disposition: str
    member: str
    size_bytes: int
    sha256: str


def face(bundle: StoredBundle, part: Part) -> Face:
    """Say what a part of a bundle looks like from outside."""
    name = f"habeas-{bundle.id}"
    match part:
        case Part.CONTENT:
            return Face(
                "application/zip",
                f"{name}.zip",
                "attachment",
                "",
                bundle.size_bytes,
                bundle.sha256,
            )
        case Part.PREVIEW:
            return Face(
                "text/html; charset=utf-8",
                f"{name}.html",
                "inline",
                "index.html",
                bundle.html_size_bytes,
                bundle.html_sha256,
            )
        case Part.DATA:
            return Face(
                "application/xml",
                f"{name}.xml",
                "attachment",
                "data.xml",
                bundle.xml_size_bytes,
                bundle.xml_sha256,
            )


async def find(context: Context, caller: Caller, bundle_id: BundleId) -> StoredBundle:
    """Find a bundle that can be read.

    Raises:
        Refused: The caller's controller has no such bundle, or it has expired.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        bundle = await bundles.get(connection, bundle_id)
        if bundle is not None:
            return bundle
        if await bundles.is_gone(connection, bundle_id):
            raise Refused(
                Problem.BUNDLE_EXPIRED,
                "The bundle has expired. Submit a new subject request if it is still needed.",
            )
    raise Refused(Problem.NOT_FOUND, "There is no such bundle.")


def describe(bundle: StoredBundle) -> Bundle:
    """Say what a bundle holds and where it can be read."""
    return Bundle(
        id=bundle.id,
        subject_request_id=bundle.subject_request_id,
        created_at=bundle.created_at,
        expires_at=bundle.expires_at,
        record_count=bundle.record_count,
        file_count=bundle.file_count,
        missing_file_count=bundle.missing_file_count,
        replaced_characters=bundle.replaced_characters,
        content=_part(bundle, Part.CONTENT),
        preview=_part(bundle, Part.PREVIEW),
        data=_part(bundle, Part.DATA),
    )


async def record_download(
    context: Context, caller: Caller, bundle: StoredBundle, part: Part
) -> None:
    """Put a download into the audit trail, in a transaction of its own: it comes first."""
    async with transaction(context.database, caller.controller_id) as connection:
        await tell_of_download(context, connection, caller, bundle, {"part": part})


async def tell_of_download(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    bundle: StoredBundle,
    how: Mapping[str, JsonValue],
) -> None:
    """Announce and record a download, last in its transaction.

    Args:
        context: What the use cases work with.
        connection: Bound to the controller.
        caller: Who downloads, or made the link that does.
        bundle: The bundle.
        how: Ids and words only.
    """
    await outbox.add(
        connection,
        caller.controller_id,
        EventType.BUNDLE_DOWNLOADED,
        bundle.subject_request_id,
        {"bundle_id": str(bundle.id), **how},
    )
    await trail.record(
        connection,
        context.keyring,
        caller,
        AuditAction.BUNDLE_DOWNLOADED,
        subject_request_id=bundle.subject_request_id,
        details={"bundle_id": str(bundle.id), **how},
    )


def open_sealed(context: Context, bundle: StoredBundle) -> BundleReader:
    """Open a bundle's file. Reads the disk: call it in a thread.

    Raises:
        IntegrityViolation: The file or its key is not as it was sealed.
    """
    data_key = context.keyring.unwrap(bundle.wrapped_key)
    return BundleReader(context.bundles.path(bundle.id), bundle.id, data_key)


def _part(bundle: StoredBundle, part: Part) -> BundlePart:
    outside = face(bundle, part)
    return BundlePart(
        url=f"/v1/bundles/{bundle.id}/{part}",
        media_type=outside.media_type,
        size_bytes=outside.size_bytes,
        sha256=outside.sha256,
    )
