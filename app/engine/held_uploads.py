"""Uploads of records that are in a vault: they come back with a lift, and so must what they name."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.upload_paths import upload_path, upload_values
from app.engine.upload_digests import UploadDigests
from app.engine.vaults import read
from app.engine.work import Work
from app.record_keys import Seal
from app.rules import branches_of, change_of, columns_of
from app.store import vault
from app.store.transaction import transaction
from schemas.data_map import Change, FileSpec, RecordType
from schemas.vocabulary import Right

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that names uploads, and that restrictions take the names from."""

    record_type: str
    name: str
    file: FileSpec


async def held_uploads(work: Work, paths: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Tell which uploads a restriction would have to give back.

    What its vault names is looked up by digests. An entry of before there were such, or of a
    restriction under another data map, is read.

    Args:
        work: An erasure's, or a re-examination's.
        paths: Where uploads lie, by file store.

    Returns:
        File store and path of those that a vault names.

    Reference:
        ``docs/effects.md``, "The vault".
    """
    asked = dict(_asked(work, paths))
    async with transaction(work.context.database, work.job.controller_id) as connection:
        found = {asked[each] for each in await vault.held_uploads(connection, list(asked))}
    for column in _columns(work):
        source = column.file.source
        if source in paths:
            found |= {(source, path) for path in await _read(work, column, paths[source])}
    return found


def _asked(work: Work, paths: Mapping[str, set[str]]) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """Give the digests that a vault may know uploads by; older entries know the values that name them."""
    uploads = UploadDigests.of(work.keys, work.data_map)
    files = {file for columns in uploads.columns.values() for _, file in columns}
    for file in files:
        for path in paths.get(file.source, ()):
            for value in upload_values(file.path, path):
                yield uploads.of_value(file.source, value), (file.source, path)
    for source, wanted in paths.items():
        for path in wanted:
            yield uploads.digest(source, path), (source, path)


async def _read(work: Work, column: _Column, paths: set[str]) -> set[str]:
    found: set[str] = set()
    database, controller_id = work.context.database, work.job.controller_id
    async with transaction(database, controller_id) as connection:
        unlisted = await vault.unlisted(connection, column.record_type, work.ground.version.id)
    for restriction_id, wrapped_key in unlisted:
        seal, after = Seal(work.context.keyring.unwrap(wrapped_key)), 0
        while True:
            async with transaction(database, controller_id) as connection:
                chunk = await vault.read_chunk(
                    connection, restriction_id, column.record_type, after, _AT_ONCE
                )
            if not chunk:
                break
            after = chunk[-1].number
            formers = (read(seal, column.record_type, each.sealed).former for each in chunk)
            values = (json.loads(former).get(column.name) for former in formers)
            found |= {upload_path(column.file.path, value) for value in values if value} & paths
    return found


def _columns(work: Work) -> Iterator[_Column]:
    for name, spec in work.data_map.record_types.items():
        for title, field in spec.fields.items():
            column = field.column or title
            if field.file is not None and field.lookup is None and _is_taken(spec, column):
                yield _Column(name, column, field.file)


def _is_taken(spec: RecordType, column: str) -> bool:
    """Whether a restriction removes the rows of a type, or changes the column."""
    changes = (
        change_of(spec, branch.rule, branch.rule.effect)
        for branch in branches_of(spec, Right.RESTRICTION)
    )
    return any(change is not None and _takes(change, column) for change in changes)


def _takes(change: Change, column: str) -> bool:
    return bool(change.remove) or column in columns_of(change)
