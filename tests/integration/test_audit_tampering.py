"""Whatever is done to a trail, also by the owner of its tables, is found by a checkpoint kept elsewhere."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.checkpoints import Head, origin_of, signed
from app.domain.ids import new_id
from app.engine.checkpoints import make
from app.keyring import KeyRing
from app.services.audit_verification import Trust, verify, verify_within
from app.signing import public_keys, sign
from app.store.audit import entry_of
from app.store.audit_chain import GENESIS, Entry
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.audit import AuditVerification
from tests.fixtures.store import APPLICATION, NewController
from tests.fixtures.trails import recorded, somebody

ROUNDS = 100
"""Of each of ten kinds."""

ENTRIES = 24
MARKS = (8, 16, 24)

Row = tuple[Entry, bytes]
"""An entry with the hash that is stored with it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A trail as it was, and what somebody else kept of it.

    Attributes:
        controller: Whose it is.
        rows: Its entries.
        keyring: That signed its checkpoints and seals its texts.
        trust: The same, and the newest checkpoint.
    """

    controller: Controller
    rows: list[Row]
    keyring: KeyRing
    trust: Trust


@pytest.fixture(scope="module")
def chance() -> Random:
    return Random(20_261_129)  # noqa: S311 - the same tamperings in every run


@pytest.fixture
async def kept(
    engine: AsyncEngine,
    superuser_engine: AsyncEngine,
    keyring: KeyRing,
    new_controller: NewController,
) -> Kept:
    controller = await new_controller("Tampered with")
    note = ""
    for before, mark in zip((0, *MARKS), MARKS, strict=False):
        await recorded(engine, keyring, somebody(controller.id, "Kari Holm"), mark - before)
        async with transaction(engine, controller.id) as connection:
            made = await make(connection, keyring, controller.id)
            assert made is not None
            note = made.note
    query = text("SELECT * FROM audit_entry WHERE controller_id = :id ORDER BY sequence")
    async with superuser_engine.connect() as connection:
        rows = [
            (entry_of(row), row.hash)
            for row in await connection.execute(query, {"id": controller.id})
        ]
    return Kept(controller, rows, keyring, Trust(keyring, notes=[note]))


def chained(entries: list[Entry]) -> list[Row]:
    """Number and hash entries anew, so that they hang together."""
    rows: list[Row] = []
    previous = GENESIS
    for sequence, entry in enumerate(entries, 1):
        linked = replace(entry, sequence=sequence, previous_hash=previous)
        previous = linked.hash
        rows.append((linked, previous))
    return rows


def changed(chance: Random, entry: Entry) -> Entry:
    """Change one thing about an entry."""
    changes: list[dict[str, Any]] = [
        {"at": entry.at + timedelta(microseconds=chance.choice([-1, 1]))},
        {"action": "subject_request.completed"},
        {"client_id": new_id()},
        {"subject_request_id": new_id()},
        {"details": {"candidate_count": -1}},
        {"subject_digest": chance.randbytes(32)},
        {"acting_person_digest": chance.randbytes(32)},
        {"commitments": {}},
        {"commitments": {**entry.commitments, "reason": chance.randbytes(32).hex()}},
    ]
    return replace(entry, **chance.choice(changes))


def edited(chance: Random, rows: list[Row]) -> list[Row]:
    at = chance.randrange(len(rows))
    entry, stored = rows[at]
    return [*rows[:at], (changed(chance, entry), stored), *rows[at + 1 :]]


def edited_and_hashed(chance: Random, rows: list[Row]) -> list[Row]:
    at = chance.randrange(len(rows))
    forged = changed(chance, rows[at][0])
    return [*rows[:at], (forged, forged.hash), *rows[at + 1 :]]


def deleted(chance: Random, rows: list[Row]) -> list[Row]:
    gone = set(chance.sample(range(len(rows)), chance.randint(1, 5)))
    return [row for at, row in enumerate(rows) if at not in gone]


def deleted_and_closed(chance: Random, rows: list[Row]) -> list[Row]:
    return chained([entry for entry, _ in deleted(chance, rows)])


def inserted(chance: Random, rows: list[Row]) -> list[Row]:
    entries = [entry for entry, _ in rows]
    at = chance.randrange(len(entries))
    entries.insert(at, changed(chance, entries[at]))
    return chained(entries)


def reordered(chance: Random, rows: list[Row]) -> list[Row]:
    one, other = chance.sample(range(len(rows)), 2)
    mixed = list(rows)
    mixed[one] = (replace(rows[other][0], sequence=one + 1), rows[other][1])
    mixed[other] = (replace(rows[one][0], sequence=other + 1), rows[one][1])
    return mixed


def reordered_and_hashed(chance: Random, rows: list[Row]) -> list[Row]:
    entries = [entry for entry, _ in rows]
    one, other = chance.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    return chained(entries)


def truncated(chance: Random, rows: list[Row]) -> list[Row]:
    return rows[: chance.randrange(len(rows))]


def forked(chance: Random, rows: list[Row]) -> list[Row]:
    at = chance.randrange(len(rows))
    entries = [entry for entry, _ in rows]
    longer = [changed(chance, entry) for entry in entries[at:] * chance.choice([1, 2])]
    return chained([*entries[:at], *longer])


def rewritten(chance: Random, rows: list[Row]) -> list[Row]:
    at = chance.randrange(len(rows))
    entries = [entry for entry, _ in rows]
    return chained([*entries[:at], changed(chance, entries[at]), *entries[at + 1 :]])


KINDS: list[Callable[[Random, list[Row]], list[Row]]] = [
    edited,
    edited_and_hashed,
    deleted,
    deleted_and_closed,
    inserted,
    reordered,
    reordered_and_hashed,
    truncated,
    forked,
    rewritten,
]

WIPE = text("DELETE FROM audit_entry WHERE controller_id = :controller_id")
WRITE = text("""
    INSERT INTO audit_entry (controller_id, sequence, at, action, client_id, subject_request_id,
        details, previous_hash, hash, subject_digest, acting_person_digest, commitments)
    VALUES (:controller_id, :sequence, :at, :action, :client_id, :subject_request_id, :details,
        :previous_hash, :hash, :subject_digest, :acting_person_digest, :commitments)
""")
HEAD = text("UPDATE audit_head SET sequence = :sequence, hash = :hash WHERE controller_id = :id")
NO_CHECKPOINTS = text("DELETE FROM audit_checkpoint WHERE controller_id = :id")
CHECKPOINT = text("""
    INSERT INTO audit_checkpoint (controller_id, sequence, hash, key_id, note)
    VALUES (:id, :sequence, :hash, :key_id, :note)
""")


async def put(connection: AsyncConnection, controller: Controller, rows: list[Row]) -> None:
    """Write a trail in the place of the one that is there, past grants and triggers."""
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    await connection.execute(WIPE, {"controller_id": controller.id})
    written = [
        {
            "controller_id": controller.id,
            "sequence": entry.sequence,
            "at": entry.at,
            "action": entry.action,
            "client_id": entry.client_id,
            "subject_request_id": entry.subject_request_id,
            "details": json.dumps(dict(entry.details)),
            "previous_hash": entry.previous_hash,
            "hash": stored,
            "subject_digest": entry.subject_digest,
            "acting_person_digest": entry.acting_person_digest,
            "commitments": json.dumps(dict(entry.commitments)),
        }
        for entry, stored in rows
    ]
    if written:
        await connection.execute(WRITE, written)
    last, stored = (rows[-1][0].sequence, rows[-1][1]) if rows else (0, GENESIS)
    await connection.execute(HEAD, {"id": controller.id, "sequence": last, "hash": stored})


async def forge_checkpoints(
    connection: AsyncConnection, controller: Controller, rows: list[Row], keyring: KeyRing
) -> None:
    """Put checkpoints of other keys in the place of the genuine ones."""
    await connection.execute(NO_CHECKPOINTS, {"id": controller.id})
    if not rows:
        return
    entry, stored = rows[-1]
    head = Head(origin_of(controller.id), entry.sequence, stored)
    public = next(iter(public_keys(keyring)))
    note = signed(head, public.raw, sign(keyring, head.text.encode()).value)
    values = {"id": controller.id, "sequence": entry.sequence, "hash": stored}
    await connection.execute(CHECKPOINT, values | {"key_id": public.key_id, "note": note})


async def looked_at(connection: AsyncConnection, kept: Kept) -> AuditVerification:
    """Verify as the application does."""
    await connection.execute(text(f"SET LOCAL ROLE {APPLICATION}"))
    return await verify_within(connection, kept.trust, kept.controller.id)


async def test_an_untouched_trail_is_whole(engine: AsyncEngine, kept: Kept) -> None:
    found = await verify(engine, kept.trust, kept.controller.id)
    assert found.is_whole, found
    assert (found.entry_count, found.checkpoint_count) == (ENTRIES, len(MARKS))
    assert (found.text_count, found.erased_text_count) == (2 * ENTRIES, 0)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__.replace("_", " "))
async def test_every_tampering_is_found(
    superuser_engine: AsyncEngine, chance: Random, kept: Kept, kind: Callable[..., list[Row]]
) -> None:
    forger = KeyRing.parse(KeyRing.generate_entry())
    async with superuser_engine.connect() as connection:
        for number in range(ROUNDS):
            tampered = kind(chance, kept.rows)
            assert tampered != kept.rows
            async with connection.begin() as change:
                bind = text("SELECT set_config('habeas.controller', :id, true)")
                await connection.execute(bind, {"id": str(kept.controller.id)})
                await put(connection, kept.controller, tampered)
                if number % 2:
                    await forge_checkpoints(connection, kept.controller, tampered, forger)
                found = await looked_at(connection, kept)
                await change.rollback()
            assert not found.is_whole, (number, found)
            assert found.first_broken_sequence is not None


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        pytest.param(
            "UPDATE audit_checkpoint SET note = replace(note, '16', '15') WHERE sequence = 16",
            "checkpoint",
            id="a checkpoint's note",
        ),
        pytest.param(
            "UPDATE audit_checkpoint SET hash = sha256('x') WHERE sequence = 16",
            "checkpoint",
            id="a checkpoint's hash",
        ),
        pytest.param(
            "UPDATE audit_text SET sealed = sealed || 'x' WHERE sequence = 3",
            "altered",
            id="a text",
        ),
        pytest.param(
            "UPDATE audit_text SET wrapped_key = sha256('x') || 'x' WHERE sequence = 3",
            "altered",
            id="a text's key",
        ),
        pytest.param(
            "UPDATE audit_text AS t SET wrapped_key = o.wrapped_key, sealed = o.sealed"
            " FROM audit_text AS o WHERE t.sequence = 3 AND o.sequence = 4 AND o.name = t.name"
            " AND o.controller_id = t.controller_id",
            "not what the entry says",
            id="the text of another entry",
        ),
        pytest.param(
            "UPDATE audit_text SET name = 'approved_by', key_id = 'gone'"
            " WHERE sequence = 3 AND name = 'reason'",
            "says nothing of the text",
            id="a text of which its entry says nothing",
        ),
    ],
)
async def test_what_stands_beside_the_chain_is_verified_too(
    superuser_engine: AsyncEngine, kept: Kept, statement: str, reason: str
) -> None:
    async with superuser_engine.connect() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        bind = text("SELECT set_config('habeas.controller', :id, true)")
        await connection.execute(bind, {"id": str(kept.controller.id)})
        await connection.execute(text(statement))
        found = await looked_at(connection, kept)
        await connection.rollback()
    assert not found.is_whole
    assert reason in (found.reason or "")


async def test_checkpoints_of_keys_that_are_gone_count_for_nothing(
    engine: AsyncEngine, kept: Kept
) -> None:
    later = KeyRing.parse(KeyRing.generate_entry())
    former = kept.keyring
    known = Trust(KeyRing(later.keys + former.keys), notes=kept.trust.notes)
    assert (await verify(engine, known, kept.controller.id)).checkpoint_count == len(MARKS)
    public = [each.raw for each in public_keys(former)]
    async with transaction(engine, kept.controller.id) as connection:
        await connection.execute(text("DELETE FROM audit_text"))
    told = Trust(later, public_keys=public, notes=kept.trust.notes)
    assert (await verify(engine, told, kept.controller.id)).checkpoint_count == len(MARKS)
    alone = await verify(engine, Trust(later), kept.controller.id)
    assert (alone.is_whole, alone.checkpoint_count) == (True, 0)
    assert alone.unknown_checkpoint_count == len(MARKS)
    assert alone.erased_text_count == 2 * ENTRIES
    with pytest.raises(ValueError, match="none of the known keys"):
        await verify(engine, Trust(later, notes=kept.trust.notes), kept.controller.id)


@pytest.mark.parametrize("ring", [None, KeyRing.parse(KeyRing.generate_entry())])
async def test_texts_whose_keys_are_elsewhere_are_counted_and_not_looked_at(
    engine: AsyncEngine, kept: Kept, ring: KeyRing | None
) -> None:
    public = [each.raw for each in public_keys(kept.keyring)]
    async with transaction(engine, kept.controller.id) as connection:
        await connection.execute(text("DELETE FROM audit_text WHERE sequence = 3"))
    found = await verify(engine, Trust(ring, public, kept.trust.notes), kept.controller.id)
    assert (found.is_whole, found.checkpoint_count) == (True, len(MARKS))
    counts = found.text_count, found.unopened_text_count, found.erased_text_count
    assert counts == (0, 2 * (ENTRIES - 1), 2)
