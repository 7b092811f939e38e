"""Uploads of records that are in a vault: they come back with a lift, and so must what they name."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.engine.upload_digests import UploadDigests
from app.engine.vaults import read
from app.engine.work import Work
from app.record_keys import Seal
from app.rules import branches_of, change_of, columns_of
from app.store import vault
from app.store.transaction import transaction
from schemas.data_map import Change, RecordType
from schemas.vocabulary import Right

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that names uploads, and that restrictions take the names from."""

    record_type: str
    name: str
    source: str


async def held_uploads(work: Work, values: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Tell which uploads a restriction would have to give back.

    What its vault names is looked up by digests. An entry of before there were such, or of a
    restriction under another data map, is read.

    Args:
        work: An erasure's, or a re-examination's.
        values: What records named, by file store.

    Returns:
        File store and value of those that a vault holds.

    Reference:
        ``docs/effects.md``, "The vault".
    """
    uploads = UploadDigests.of(work.keys, work.data_map)
    asked = {
        uploads.digest(source, value): (source, value)
        for source, named in values.items()
        for value in named
    }
    async with transaction(work.context.database, work.job.controller_id) as connection:
        found = {asked[each] for each in await vault.held_uploads(connection, list(asked))}
    for column in _columns(work):
        if column.source in values:
            held = await _read(work, column, values[column.source])
            found |= {(column.source, value) for value in held}
    return found


async def _read(work: Work, column: _Column, values: set[str]) -> set[str]:
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
            found |= {json.loads(former).get(column.name) for former in formers} & values
    return found


def _columns(work: Work) -> Iterator[_Column]:
    for name, spec in work.data_map.record_types.items():
        for title, field in spec.fields.items():
            column = field.column or title
            if field.file is not None and field.lookup is None and _is_taken(spec, column):
                yield _Column(name, column, field.file.source)


def _is_taken(spec: RecordType, column: str) -> bool:
    """Whether a restriction removes the rows of a type, or changes the column."""
    changes = (
        change_of(spec, branch.rule, branch.rule.effect)
        for branch in branches_of(spec, Right.RESTRICTION)
    )
    return any(change is not None and _takes(change, column) for change in changes)


def _takes(change: Change, column: str) -> bool:
    return bool(change.remove) or column in columns_of(change)
