"""Removes stored uploads that no record names any more, after the records went."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import SourceFailure, UploadsRemain
from app.domain.upload_paths import upload_path, upload_values
from app.engine.held_uploads import held_uploads
from app.engine.work import Work
from app.sources.protocol import UploadStore
from app.store import upload_removals
from app.store.transaction import transaction
from app.store.upload_removals import UploadRemoval
from schemas.receipts import ReceiptUploads

_AT_ONCE = 500


@dataclass(slots=True)
class _Remaining:
    """What would not go on this attempt.

    Attributes:
        count: How many uploads.
        first: What stood in the way of the first.
        is_worth_a_wait: Whether trying one of them again later can help.
    """

    count: int = 0
    first: SourceFailure | None = None
    is_worth_a_wait: bool = False

    def note(self, failure: SourceFailure) -> None:
        self.count += 1
        self.first = self.first or failure
        self.is_worth_a_wait |= failure.transient


async def remove_uploads(work: Work) -> ReceiptUploads:
    """Delete from the file stores what the job's records named and nothing names any more.

    Whether an upload is there is noted before it is deleted, so that whoever goes on after a crash
    counts it once, and as what it was. One that will not go holds up no other; it stays stored.

    Args:
        work: The job's; every intent of it is settled.

    Returns:
        How many were deleted, and how many the file store did not have.

    Raises:
        SourceFailure: The LMS did not answer.
        UploadsRemain: Each was tried, and some would not go.
    """
    remaining = _Remaining()
    database, controller_id, job_id = work.context.database, work.job.controller_id, work.job.id
    after = None
    while True:
        async with transaction(database, controller_id) as connection:
            batch = await upload_removals.list_of_job(connection, job_id, _AT_ONCE, after)
        if not batch:
            break
        after = batch[-1].id
        await _remove(work, [each for each in batch if _is_of(work, each)], remaining)
    if remaining.first is not None:
        detail = f"{remaining.count} uploads are still to go; {remaining.first.detail}"
        raise UploadsRemain(
            remaining.first.source, detail, transient=remaining.is_worth_a_wait
        ) from remaining.first
    async with transaction(database, controller_id) as connection:
        found = await upload_removals.count_found(connection, job_id)
    return ReceiptUploads(removed=found.get(True, 0), missing=found.get(False, 0))


def _is_of(work: Work, removal: UploadRemoval) -> bool:
    return removal.data_map_version_id in {None, work.ground.version.id}


async def _remove(work: Work, batch: list[UploadRemoval], remaining: _Remaining) -> None:
    named = await _still_named(work, batch)
    staying = [each for each in batch if (each.source, _path(work, each)) in named]
    going = [each for each in batch if each not in staying]
    found = await _look_for(work, going, remaining)
    async with transaction(work.context.database, work.job.controller_id) as connection:
        await upload_removals.set_was_there(connection, found)
        for removal in staying:
            if removal.was_there is None:
                await upload_removals.delete(connection, removal.id)
    for removal in going:
        if removal.id in found:
            try:
                await _store(work, removal).delete(_path(work, removal))
            except SourceFailure as failure:
                remaining.note(failure)


async def _look_for(
    work: Work, going: list[UploadRemoval], remaining: _Remaining
) -> dict[UUID, bool]:
    """Tell of each whether the file store has it; what it does not tell waits for another attempt."""
    found = {}
    for removal in going:
        try:
            found[removal.id] = await _store(work, removal).is_there(_path(work, removal))
        except SourceFailure as failure:
            remaining.note(failure)
    return found


def _store(work: Work, removal: UploadRemoval) -> UploadStore:
    return work.context.sources.uploads(work.data_map, removal.source)


async def _still_named(work: Work, batch: list[UploadRemoval]) -> set[tuple[str, str]]:
    """Give source and path of those that some record of any type still names, or named in a vault."""
    going: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for removal in batch:
        going[removal.source][_path(work, removal)] = _opened(work, removal)[2]
    paths = {source: set(values) for source, values in going.items()}
    # A restriction fills its vault before the row is gone, and a lift empties it after the row is
    # back: looked at before and after the rows, no name slips through.
    held = await held_uploads(work, paths)
    held |= await _named_by_records(work, going)
    return held | await held_uploads(work, paths)


async def _named_by_records(
    work: Work, going: Mapping[str, Mapping[str, str]]
) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for record_type, spec in work.data_map.record_types.items():
        for name, field in spec.fields.items():
            file = field.file
            if file is None or field.lookup is not None or file.source not in going:
                continue
            wanted = {
                value: path
                for path, own in going[file.source].items()
                for value in (*upload_values(file.path, path), own)
                if upload_path(file.path, value) == path
            }
            if wanted:
                named = await work.hands.still_named(record_type, name, tuple(wanted))
                found |= {(file.source, wanted[value]) for value in named}
    return found


def _opened(work: Work, removal: UploadRemoval) -> tuple[str, str, str]:
    record_type, field, value = work.keys.seal.open(removal.sealed, "upload").split("\n", 2)
    return record_type, field, value


def _path(work: Work, removal: UploadRemoval) -> str:
    record_type, field, value = _opened(work, removal)
    file = work.data_map.record_types[record_type].fields[field].file
    return upload_path(file.path if file is not None else "{}", value)
