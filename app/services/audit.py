"""Reading the audit trail: listed, and searched for a person whom no address names."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId
from app.domain.subject_digests import digest
from app.keyring import KeyRing
from app.services import audit_texts, cursors, trail
from app.services.audit_texts import Said
from app.services.authentication import Caller
from app.services.context import Context
from app.services.meant import by_confirmation
from app.services.published_maps import require_controller
from app.store import audit_entries
from app.store.audit_entries import Filter, StoredEntry
from app.store.transaction import transaction
from schemas.audit import AuditEntry, AuditFilter, AuditPage, AuditSearch, AuditSelection
from schemas.audit_vocabulary import AuditAction, AuditText


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        page: The first page.
        wanted: The list that it is the first page of.
    """

    page: AuditPage
    wanted: AuditFilter


async def list_page(context: Context, caller: Caller, wanted: AuditFilter) -> AuditPage:
    """List entries of the controller's trail, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
        IntegrityViolation: A text beside an entry was altered.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    listing = "audit-entries " + wanted.model_dump_json(exclude={"limit", "cursor"})
    before = None
    if wanted.cursor is not None:
        # A cursor marks a place by a UUID; an entry's is its sequence.
        before = cursors.unseal(cipher, caller.controller_id, listing, wanted.cursor).int
    async with transaction(context.database, caller.controller_id) as connection:
        # One more than shown, to know whether there is a next page.
        found = await audit_entries.list_newest(
            connection, caller.controller_id, selected(wanted), before, wanted.limit + 1
        )
        entries = await _all_shown(
            connection, context.keyring, caller.controller_id, found[: wanted.limit]
        )
    next_cursor = None
    if len(found) > wanted.limit:
        last = UUID(int=entries[-1].sequence)
        next_cursor = cursors.seal(cipher, caller.controller_id, listing, last)
    return AuditPage(items=tuple(entries), next_cursor=next_cursor)


async def search(context: Context, caller: Caller, asked: AuditSearch) -> Found:
    """Look for a subject or an acting person in the trail, and record that somebody looked.

    Raises:
        Refused: The confirmation cannot be used, or the controller has no data map.
        IntegrityViolation: A text beside an entry was altered.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        subject = await _subject(context, connection, caller, asked.confirmation)
        person = None
        if asked.acting_person is not None:
            person = await trail.digest_of_acting_person(
                connection, context.keyring, caller, asked.acting_person
            )
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.AUDIT_SEARCHED,
            subject_digests=[] if subject is None else [subject],
            details={} if person is None else {"acting_person_digest": person.hex()},
            texts={AuditText.REASON: asked.reason},
        )
    wanted = AuditFilter(
        subject_digest=None if subject is None else subject.hex(),
        acting_person_digest=None if person is None else person.hex(),
        limit=asked.limit,
    )
    return Found(await list_page(context, caller, wanted), wanted)


def selected(wanted: AuditSelection) -> Filter:
    """Read which entries are wanted."""
    return Filter(
        subject_request_id=wanted.subject_request_id,
        subject_digest=_bytes(wanted.subject_digest),
        acting_person_digest=_bytes(wanted.acting_person_digest),
        client_id=wanted.client_id,
        action=wanted.action,
        since=wanted.since,
        until=wanted.until,
    )


async def _all_shown(
    connection: AsyncConnection,
    keyring: KeyRing,
    controller_id: ControllerId,
    found: Sequence[StoredEntry],
) -> list[AuditEntry]:
    """Show entries with what is left of their texts."""
    said = await audit_texts.read(connection, keyring, controller_id, found)
    return [_shown(each, said.get(each.entry.sequence, {})) for each in found]


def _shown(stored: StoredEntry, said: Said) -> AuditEntry:
    entry = stored.entry
    left = {name: opened.text for name, opened in said.items()}
    return AuditEntry(
        sequence=entry.sequence,
        at=entry.at,
        action=AuditAction(entry.action),
        client_id=entry.client_id,
        acting_person_digest=_hex(entry.acting_person_digest),
        subject_request_id=entry.subject_request_id,
        subject_digest=_hex(entry.subject_digest),
        details=dict(entry.details),
        texts={AuditText(name): left.get(AuditText(name)) for name in entry.commitments},
        hash=stored.hash.hex(),
    )


async def _subject(
    context: Context, connection: AsyncConnection, caller: Caller, confirmation: str | None
) -> bytes | None:
    if confirmation is None:
        return None
    controller = await require_controller(connection, caller.controller_id)
    published = await context.maps.get(connection, controller.data_map_version_id)
    meant = by_confirmation(context, caller, published, confirmation, "/confirmation")
    return digest(context.keyring.unwrap(controller.digest_key), meant.subject_key)


def _bytes(written: str | None) -> bytes | None:
    return None if written is None else bytes.fromhex(written)


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()
