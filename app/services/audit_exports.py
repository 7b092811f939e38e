"""Exporting an audit trail: as JSON Lines, which can be verified without Habeas, or as CSV.

What is exported is recorded and signed first: the export ends with the entry that tells of it, and
its last checkpoint covers every line.

Reference:
    ``docs/audit.md``; RFC 4180 (CSV).
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.checkpoints import origin_of
from app.domain.errors import IntegrityViolation
from app.domain.ids import ControllerId
from app.engine.checkpoints import make
from app.keyring import KeyRing
from app.services import audit_texts, trail
from app.services.audit import selected
from app.services.audit_texts import Said
from app.services.authentication import Caller
from app.store import audit, audit_entries, checkpoints
from app.store.audit_entries import Filter, StoredEntry
from app.store.checkpoints import Checkpoint
from app.store.transaction import transaction
from schemas.audit import AuditExport, ExportFormat
from schemas.audit_vocabulary import AuditAction, AuditText

VERSION = 1
"""Of the form of an exported trail."""

_BATCH = 500
_COLUMNS = (
    "sequence",
    "at",
    "action",
    "client_id",
    "acting_person_digest",
    "subject_request_id",
    "subject_digest",
    "details",
    "hash",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a trail lies.

    Attributes:
        database: Habeas's own.
        keyring: Signs, and opens texts.
        controller_id: Whose trail.
    """

    database: AsyncEngine
    keyring: KeyRing
    controller_id: ControllerId


@dataclass(frozen=True, slots=True)
class Export:
    """A trail on its way out.

    Attributes:
        media_type: Of the file.
        filename: To save it under; without personal data.
        chunks: The file, UTF-8, some hundred lines at a time.
    """

    media_type: str
    filename: str
    chunks: AsyncIterator[bytes]


async def begin(archive: Archive, caller: Caller | None, wanted: AuditExport) -> Export:
    """Record that a trail is exported, sign where it stands, and begin to read it.

    Args:
        archive: Where it lies.
        caller: Who exports; None: the operator.
        wanted: What, and how.

    Raises:
        IntegrityViolation: The controller has no trail.
    """
    chosen = selected(wanted)
    is_whole = chosen == Filter()
    details: dict[str, JsonValue] = {
        "format": wanted.format,
        "is_whole": is_whole,
        "has_texts": wanted.texts,
    }
    async with transaction(archive.database, archive.controller_id) as connection:
        await _record(connection, archive, caller, details)
        last = await make(connection, archive.keyring, archive.controller_id)
    if last is None:
        raise IntegrityViolation("an entry was appended, and is not there")
    name = f"habeas-audit-{archive.controller_id}-{last.sequence}.{wanted.format}"
    if wanted.format is ExportFormat.CSV:
        return Export("text/csv; charset=utf-8", name, _table(archive, wanted, last.sequence))
    return Export("application/jsonl", name, _lines(archive, wanted, last))


async def _record(
    connection: AsyncConnection,
    archive: Archive,
    caller: Caller | None,
    details: Mapping[str, JsonValue],
) -> None:
    action = AuditAction.AUDIT_EXPORTED
    if caller is None:
        await audit.append(connection, archive.controller_id, action, details=details)
    else:
        await trail.record(connection, archive.keyring, caller, action, details=details)


async def _lines(archive: Archive, wanted: AuditExport, last: Checkpoint) -> AsyncIterator[bytes]:
    """Write JSON Lines: what it is, the checkpoints, then the entries, oldest first."""
    yield _line(
        type="trail",
        version=VERSION,
        origin=origin_of(archive.controller_id),
        is_whole=selected(wanted) == Filter(),
        exported_at=datetime.now(UTC).isoformat(),
    )
    async with transaction(archive.database, archive.controller_id) as connection:
        signed = await checkpoints.list_all(connection, archive.controller_id)
    for each in signed:
        if each.sequence <= last.sequence:
            yield _line(type="checkpoint", note=each.note)
    async for page in _pages(archive, wanted, last.sequence):
        yield b"".join(
            _line(type="entry", hash=stored.hash.hex(), **stored.entry.document, **_opened(said))
            for stored, said in page
        )


async def _table(archive: Archive, wanted: AuditExport, last: int) -> AsyncIterator[bytes]:
    names = tuple(AuditText) if wanted.texts else ()
    yield _row([*_COLUMNS, *names])
    async for page in _pages(archive, wanted, last):
        yield b"".join(
            _row([*_cells(stored), *(said[name].text if name in said else "" for name in names)])
            for stored, said in page
        )


async def _pages(
    archive: Archive, wanted: AuditExport, last: int
) -> AsyncIterator[list[tuple[StoredEntry, Said]]]:
    """Read the entries up to the last, some hundred at a time, each time in a short transaction."""
    chosen, after = selected(wanted), 0
    while True:
        async with transaction(archive.database, archive.controller_id) as connection:
            page = await audit_entries.list_range(
                connection, archive.controller_id, chosen, (after, last), _BATCH
            )
            said: Mapping[int, Said] = {}
            if wanted.texts:
                said = await audit_texts.read(
                    connection, archive.keyring, archive.controller_id, page
                )
        if not page:
            return
        yield [(each, said.get(each.entry.sequence, {})) for each in page]
        after = page[-1].entry.sequence


def _opened(said: Said) -> dict[str, Any]:
    """Write texts with the keys of their commitments, so that they can be held against these."""
    if not said:
        return {}
    return {
        "texts": {
            name: {"text": opened.text, "key": opened.commitment_key.hex()}
            for name, opened in said.items()
        }
    }


def _line(**parts: object) -> bytes:
    return json.dumps(parts, ensure_ascii=False).encode() + b"\n"


def _cells(stored: StoredEntry) -> list[str]:
    written = stored.entry.document | {"hash": stored.hash.hex()}
    written["details"] = json.dumps(written["details"], ensure_ascii=False)
    return ["" if (cell := written.get(name)) is None else str(cell) for name in _COLUMNS]


def _row(cells: list[str]) -> bytes:
    """Write a row; what a spreadsheet would calculate is marked as text."""
    file = io.StringIO()
    guarded = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
    csv.writer(file).writerow(guarded)
    return file.getvalue().encode()
