"""Copies the uploads that records name from the file stores into a bundle."""

from pathlib import PurePosixPath

from app.bundles.contents import FileEntry
from app.bundles.files import safe_name
from app.bundles.register import UploadRegister
from app.bundles.writer import BundleWriter
from app.sources.protocol import UploadReference
from app.sources.registry import Sources
from schemas.data_map import DataMap


async def copy_upload(
    sources: Sources,
    data_map: DataMap,
    reference: UploadReference,
    writer: BundleWriter,
    register: UploadRegister,
) -> FileEntry:
    """Copy one upload; a missing one is named as missing.

    Args:
        sources: Where the file stores are.
        data_map: What names them.
        reference: Which upload.
        writer: Takes the bytes as a member.
        register: Its count numbers the members.

    Raises:
        SourceFailure: The file store did not answer.
    """
    original = reference.original_name or PurePosixPath(reference.path).name
    path = safe_name(register.count + 1, original)
    async with sources.uploads(data_map, reference.source).read(reference.path) as chunks:
        if chunks is None:
            return FileEntry(reference.record_key, reference.field, original)
        await writer.begin(path)
        async for chunk in chunks:
            await writer.write(chunk)
    digest = await writer.end()
    return FileEntry(
        record_key=reference.record_key,
        field=reference.field,
        original_name=original,
        path=path,
        size_bytes=digest.size_bytes,
        sha256_hex=digest.sha256_hex,
    )
