"""What restrictions hold of one subject's records, as they were before, for looks that change nothing."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import ControllerId
from app.engine.vaults import read, require_key
from app.keyring import KeyRing
from app.record_keys import Seal
from app.sources.hands import FormerRecord, HeldRecords
from app.sources.keys import Key
from app.store import restrictions, vault
from app.store.restrictions import Restriction
from app.store.transaction import transaction
from app.store.vault import NumberedEntry

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class HeldBySubject:
    """The records that a subject's own restrictions hold; a record of several is given once.

    Attributes:
        database: Habeas's own.
        controller_id: Whose subject it is.
        keyring: Opens the vaults.
        active: The subject's restrictions, oldest first, each with the record types that it holds.
    """

    database: AsyncEngine
    controller_id: ControllerId
    keyring: KeyRing
    active: tuple[tuple[Restriction, frozenset[str]], ...]

    def holds(self, record_type: str) -> bool:
        """Tell whether any record of a type is held; none of most types is."""
        return any(record_type in types for _, types in self.active)

    async def keys(self, record_type: str) -> list[Key]:
        """Name them all."""
        return [each.key async for chunk in self.chunks(record_type) for each in chunk]

    async def chunks(self, record_type: str) -> AsyncIterator[list[FormerRecord]]:
        """Give them, at most 1,000 at a time."""
        holders = [restriction for restriction, types in self.active if record_type in types]
        for position, restriction in enumerate(holders):
            after, chunk = 0, await self._read(record_type, restriction, 0)
            while chunk:
                after = chunk[-1].number
                yield await self._opened(record_type, holders, position, chunk)
                is_last = len(chunk) < _AT_ONCE
                chunk = [] if is_last else await self._read(record_type, restriction, after)

    async def _read(
        self, record_type: str, restriction: Restriction, after: int
    ) -> list[NumberedEntry]:
        async with transaction(self.database, self.controller_id) as connection:
            return await vault.read_chunk(connection, restriction.id, record_type, after, _AT_ONCE)

    async def _opened(
        self,
        record_type: str,
        holders: list[Restriction],
        position: int,
        chunk: list[NumberedEntry],
    ) -> list[FormerRecord]:
        """Open a chunk of one restriction; what an older one holds was given there."""
        seal = self._seal(holders[position])
        if len(holders) == 1:
            return [read(seal, record_type, each.sealed) for each in chunk]
        digests = [each.record_digest for each in chunk]
        told, newer, found = set(), [], []
        async with transaction(self.database, self.controller_id) as connection:
            for other in holders[:position]:
                told |= set(await vault.entries(connection, other.id, record_type, digests))
            for other in holders[position + 1 :]:
                entries = await vault.entries(connection, other.id, record_type, digests)
                newer.append((self._seal(other), entries))
        for entry in chunk:
            former = read(seal, record_type, entry.sealed)
            for other_seal, entries in newer:
                if entry.record_digest in entries:
                    also = read(other_seal, record_type, entries[entry.record_digest])
                    former = _with(former, also)
            if entry.record_digest not in told:
                found.append(former)
        return found

    def _seal(self, restriction: Restriction) -> Seal:
        return Seal(self.keyring.unwrap(require_key(restriction)))


async def held_by_subject(
    database: AsyncEngine, keyring: KeyRing, controller_id: ControllerId, subject_digest: bytes
) -> HeldRecords | None:
    """Give what a subject's restrictions hold; None where there is none.

    Args:
        database: Habeas's own.
        keyring: Opens the vaults.
        controller_id: Whose subject it is.
        subject_digest: The keyed digest of the subject.
    """
    async with transaction(database, controller_id) as connection:
        active = [
            (each, frozenset(await vault.record_types(connection, each.id)))
            for each in await restrictions.active_of_subject(connection, subject_digest)
        ]
    return HeldBySubject(database, controller_id, keyring, tuple(active)) if active else None


def _with(former: FormerRecord, newer: FormerRecord) -> FormerRecord:
    """Add the cells that only the newer restriction holds, and what it set last."""
    if former.after is None:
        return former
    cells = json.loads(newer.former) | json.loads(former.former)
    after = newer.after and json.dumps(json.loads(former.after) | json.loads(newer.after))
    return replace(former, former=json.dumps(cells), after=after)
