"""Former values: stored by a restriction, taken over where restrictions overlap, read back, forgotten.

Reference:
    ``docs/effects.md``, "The vault".
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IntegrityViolation
from app.domain.ids import ControllerId, IntentId, RestrictionId
from app.engine.intent_content import DoneKeys, Unvaulted
from app.engine.overlaps import taken_over, what_is_left, with_cells_of
from app.engine.own_cells import OwnCells
from app.engine.upload_digests import UploadDigests
from app.engine.work import Work
from app.keyring import KeyRing, WrappedKey
from app.record_keys import RecordKeys, Seal
from app.rules import branches_of, change_of, columns_of, person_columns
from app.sources.hands import FormerRecord
from app.store import vault
from app.store.restrictions import Restriction
from app.store.vault import HeldEntry, VaultEntry
from schemas.data_map import Change, RecordType
from schemas.vocabulary import Right

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class OpenVault:
    """The vault of one restriction.

    Attributes:
        controller_id: Whose it is.
        restriction_id: Which one.
        subject_digest: Whose restriction it is.
        keys: The controller's, for digests.
        seal: The vault's own.
        keyring: Opens the other vaults' keys.
        uploads: By the job's data map.
        own: By the same.
    """

    controller_id: ControllerId
    restriction_id: RestrictionId
    subject_digest: bytes
    keys: RecordKeys
    seal: Seal
    keyring: KeyRing
    uploads: UploadDigests
    own: OwnCells

    async def store(
        self,
        connection: AsyncConnection,
        intent_id: IntentId,
        formers: Sequence[tuple[str, FormerRecord]],
    ) -> None:
        """Store what is about to be changed; cells that another restriction holds take over its value.

        Where the platform has written a cell since another one set it, that one has lost it: it would
        take what is set now for its own, and give back what was there before. Of the same subject, it
        holds what this one holds instead.

        Args:
            connection: Bound to the controller, in the transaction of the intent.
            intent_id: The intent.
            formers: By record type.
        """
        for record_type, group in groupby(formers, key=lambda pair: pair[0]):
            records = [former for _, former in group]
            digests = [self.keys.digest(record_type, each.key) for each in records]
            others = await self._held(connection, record_type, digests)
            entries: list[VaultEntry] = []
            for digest, each in zip(digests, records, strict=True):
                held = others.get(digest, [])
                former = taken_over(each, [known for _, known in held])
                entries.append(self._entry(record_type, digest, former))
                for entry, known in held:
                    is_same_subject = entry.subject_digest == self.subject_digest
                    left = what_is_left(known, former, is_same_subject=is_same_subject)
                    if left != known:
                        await self._replace(connection, entry, left)
            await vault.insert_many(
                connection, self.controller_id, self.restriction_id, intent_id, entries
            )

    async def _replace(
        self, connection: AsyncConnection, entry: HeldEntry, former: FormerRecord | None
    ) -> None:
        """Have another restriction hold something else of a record, or nothing."""
        place = (entry.restriction_id, entry.record_type)
        if former is None:
            await vault.delete_entries(connection, *place, [entry.record_digest])
            return
        seal = Seal(self.keyring.unwrap(entry.wrapped_key))
        other = VaultEntry(
            entry.record_type,
            entry.record_digest,
            entry.is_removed,
            close(seal, entry.record_type, former),
            upload_digests=None,  # which uploads it names, its own data map says
        )
        await vault.replace_sealed(connection, *place, [other])

    def _entry(self, record_type: str, digest: bytes, former: FormerRecord) -> VaultEntry:
        return VaultEntry(
            record_type,
            digest,
            former.is_removed,
            close(self.seal, record_type, former),
            former.is_noted,
            self.uploads.named_by(record_type, former.former),
        )

    async def held_by_others(
        self,
        connection: AsyncConnection,
        record_type: str,
        digests: Sequence[bytes],
        over: frozenset[RestrictionId] = frozenset(),
    ) -> dict[bytes, list[FormerRecord]]:
        """Give what other restrictions hold of the same records, by digest, oldest first.

        Args:
            connection: Bound to the controller.
            record_type: One type.
            digests: Of the records.
            over: Restrictions that have been read back in the transaction that is open.
        """
        return {
            digest: [known for entry, known in held if entry.restriction_id not in over]
            for digest, held in (await self._held(connection, record_type, digests)).items()
        }

    async def _held(
        self, connection: AsyncConnection, record_type: str, digests: Sequence[bytes]
    ) -> dict[bytes, list[tuple[HeldEntry, FormerRecord]]]:
        found: dict[bytes, list[tuple[HeldEntry, FormerRecord]]] = {}
        for entry in await vault.held_by_others(
            connection, self.restriction_id, record_type, list(digests)
        ):
            seal = Seal(self.keyring.unwrap(entry.wrapped_key))
            known = read(seal, record_type, entry.sealed)
            known = self.own.of_entry(record_type, known, entry.subject_digest)
            found.setdefault(entry.record_digest, []).append((entry, known))
        return found

    async def take_over(self, connection: AsyncConnection, work: Work, other: "OpenVault") -> None:
        """Hold as well what an older restriction of the same subject holds.

        What is anonymised or removed already does not name the subject any more, and what is hidden
        may be anonymised by now; without this, the lift of the older restriction would give it back
        while this one still stands.

        Args:
            connection: Bound to the controller.
            work: The job's.
            other: The older restriction's.
        """
        nothing_else = IntentId(work.job.id)
        for record_type in await vault.record_types(connection, other.restriction_id):
            after = 0
            while chunk := await vault.read_chunk(
                connection, other.restriction_id, record_type, after, _AT_ONCE
            ):
                after = chunk[-1].number
                formers = other.open(record_type, chunk)
                entries = [
                    self._entry(record_type, each.record_digest, former)
                    for each, former in zip(chunk, formers, strict=True)
                ]
                await self._add_cells(connection, record_type, chunk, formers)
                await vault.insert_many(
                    connection, self.controller_id, self.restriction_id, nothing_else, entries
                )

    async def _add_cells(
        self,
        connection: AsyncConnection,
        record_type: str,
        chunk: Sequence[VaultEntry],
        formers: Sequence[FormerRecord],
    ) -> None:
        """Add an older restriction's cells to the entries that there are of the same records."""
        digests = [each.record_digest for each in chunk]
        place = (self.restriction_id, record_type)
        known = await vault.entries(connection, *place, digests)
        added: list[VaultEntry] = []
        for digest, older in zip(digests, formers, strict=True):
            if digest in known:
                own = self.read(record_type, known[digest])
                both = with_cells_of(own, older)
                if both != own:
                    added.append(self._entry(record_type, digest, both))
        if added:
            await vault.replace_sealed(connection, *place, added)

    def open(self, record_type: str, entries: Sequence[VaultEntry]) -> list[FormerRecord]:
        """Open entries of one record type."""
        return [self.read(record_type, each.sealed) for each in entries]

    def read(self, record_type: str, sealed: bytes) -> FormerRecord:
        """Open one entry: what is the subject's of it."""
        former = read(self.seal, record_type, sealed)
        return self.own.of_entry(record_type, former, self.subject_digest)


def open_vault(work: Work, restriction: Restriction) -> OpenVault:
    """Open the vault of an active restriction."""
    keyring = work.context.keyring
    seal = Seal(keyring.unwrap(require_key(restriction)))
    uploads = UploadDigests.of(work.keys, work.data_map)
    digest_key = keyring.unwrap(work.ground.controller.digest_key)
    return OpenVault(
        work.job.controller_id,
        restriction.id,
        restriction.subject_digest,
        work.keys,
        seal,
        keyring,
        uploads,
        OwnCells.of(digest_key, work.data_map),
    )


def close(seal: Seal, record_type: str, former: FormerRecord) -> bytes:
    """Seal one entry."""
    text = json.dumps([former.key, former.mask, former.former, former.after])
    return seal.close(text, record_type)


def read(seal: Seal, record_type: str, sealed: bytes) -> FormerRecord:
    """Open one entry."""
    key, mask, former, after = json.loads(seal.open(sealed, record_type))
    return FormerRecord(tuple(key), mask, former, after)


def require_key(restriction: Restriction) -> WrappedKey:
    """Give the key of a restriction's vault.

    Raises:
        IntegrityViolation: The restriction has ended.
    """
    if restriction.wrapped_key is None:
        raise IntegrityViolation("a restriction that has ended has no vault")
    return restriction.wrapped_key


async def forget_restored(
    connection: AsyncConnection, keys: RecordKeys, unvaulted: Sequence[Unvaulted]
) -> None:
    """Delete the entries that were read back."""
    for each in unvaulted:
        digests = [keys.digest(each.record_type, key) for key in each.keys]
        restriction_id = RestrictionId(UUID(each.restriction_id))
        await vault.delete_entries(connection, restriction_id, each.record_type, digests)


async def forget_acted(connection: AsyncConnection, work: Work, done: Sequence[DoneKeys]) -> None:
    """Take out of every vault what an erasure has deleted, or set for good.

    Args:
        connection: Bound to the controller.
        work: An erasure's, or a re-examination's.
        done: What was acted on.
    """
    if work.right is not Right.ERASURE:
        return
    uploads = UploadDigests.of(work.keys, work.data_map)
    for each in done:
        if not await vault.has_entries(connection, each.record_type, work.job.subject_digest):
            continue
        digests = [work.keys.digest(each.record_type, key) for key in each.keys]
        spec = work.data_map.record_types[each.record_type]
        gone = _Gone.of(spec, work, each)
        for entry in await vault.held_by_others(connection, None, each.record_type, digests):
            await _forget_cells(connection, work, uploads, entry, gone)


def change_carried_out(spec: RecordType, right: Right, done: DoneKeys) -> Change | None:
    """Say how records were changed; None where they were deleted.

    Args:
        spec: Their type.
        right: Whose rules held.
        done: Their keys, and the branch.
    """
    if done.is_deleted:
        return None
    rule = next(
        each.rule
        for each in branches_of(spec, right)
        if (each.role, each.position) == (done.role, done.position)
    )
    return change_of(spec, rule, (rule.then if done.is_later else None) or rule.effect)


@dataclass(frozen=True, slots=True)
class _Gone:
    """What an erasure has set for good of records.

    Attributes:
        columns: The columns; None where the rows were deleted.
        names: Those of them that were set only where they named the subject.
        subject: The subject's key.
    """

    columns: frozenset[str] | None
    names: frozenset[str]
    subject: str

    @classmethod
    def of(cls, spec: RecordType, work: Work, done: DoneKeys) -> "_Gone":
        """Say it of one branch; whomever the columns named of which nobody waited, is gone."""
        change = change_carried_out(spec, work.right, done)
        columns = None if change is None else frozenset(columns_of(change))
        names = frozenset() if done.is_later else frozenset(person_columns(spec))
        return cls(columns, names, work.ground.subject.subject_key)

    def leaves(self, name: str, cell: str | None) -> bool:
        """Say whether a former value may still come back."""
        if self.columns is None:
            return False
        return name not in self.columns or (name in self.names and cell != self.subject)


async def _forget_cells(
    connection: AsyncConnection,
    work: Work,
    uploads: UploadDigests,
    entry: HeldEntry,
    gone: _Gone,
) -> None:
    """Drop some cells of an entry, or all of it."""
    seal = Seal(work.context.keyring.unwrap(entry.wrapped_key))
    former = read(seal, entry.record_type, entry.sealed)
    cells = json.loads(former.former)
    kept = {name: cell for name, cell in cells.items() if gone.leaves(name, cell)}
    place = (entry.restriction_id, entry.record_type)
    if gone.columns is None or (cells and not kept):
        await vault.delete_entries(connection, *place, [entry.record_digest])
    elif len(kept) < len(cells):
        rest = replace(former, former=json.dumps(kept))
        is_known = entry.data_map_version_id == work.ground.version.id
        fewer = VaultEntry(
            entry.record_type,
            entry.record_digest,
            entry.is_removed,
            close(seal, entry.record_type, rest),
            upload_digests=uploads.named_by(entry.record_type, rest.former) if is_known else None,
        )
        await vault.replace_sealed(connection, *place, [fewer])
