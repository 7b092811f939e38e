"""The texts beside audit entries: opened, and held against what their entries say of them."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IntegrityViolation
from app.domain.ids import ControllerId
from app.keyring import KeyRing
from app.store import audit_texts
from app.store.audit_chain import Entry
from app.store.audit_entries import StoredEntry
from app.store.audit_texts import OpenedText, StoredText
from schemas.audit_vocabulary import AuditText

Said = Mapping[AuditText, OpenedText]
"""What is left of the texts of one entry."""


async def read(
    connection: AsyncConnection,
    keyring: KeyRing,
    controller_id: ControllerId,
    found: Sequence[StoredEntry],
) -> dict[int, Said]:
    """Read what is left of the texts of some entries, by sequence.

    Args:
        connection: Bound to the controller.
        keyring: Opens them.
        controller_id: Whose entries they are.
        found: At most some hundreds.

    Raises:
        IntegrityViolation: A text is not what its entry says.
    """
    by_sequence = {each.entry.sequence: each.entry for each in found}
    said: dict[int, dict[AuditText, OpenedText]] = {}
    for stored in await audit_texts.read(connection, controller_id, list(by_sequence)):
        opened = open_of(keyring, by_sequence[stored.sequence], stored)
        said.setdefault(stored.sequence, {})[stored.name] = opened
    return dict(said)


def open_of(keyring: KeyRing, entry: Entry, stored: StoredText) -> OpenedText:
    """Open a text of an entry.

    Raises:
        IntegrityViolation: It is not what the entry says, or the ring lacks its key.
    """
    opened = audit_texts.open_text(keyring, ControllerId(entry.controller_id), stored)
    if entry.commitments.get(stored.name) != opened.commitment.hex():
        raise IntegrityViolation("a text beside an audit entry is not what the entry says")
    return opened
