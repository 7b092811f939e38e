"""What a job came to, wherever it can be seen: to compare two ways to the same end."""

import json
import os
import re
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.engine import housekeeping
from app.engine.context import EngineContext
from app.keyring import WrappedKey
from app.record_keys import Seal
from app.store import audit
from app.store.transaction import transaction
from tests.fault.scenes import Scene
from tests.oracle.lms_database import FIRST_OWN_ID, LmsDatabase

_TALLIES = """
    SELECT job_id, phase, record_type, roles, role, position, outcome, record_count FROM tally
    ORDER BY 1, 2, 3, 4, 5, 6, 7
"""
_DEFERRALS = """
    SELECT record_type, role, position, container_digest FROM deferral ORDER BY 1, 2, 3, 4
"""
_VAULT = """
    SELECT subject_request_id, record_type, record_digest, is_removed, sealed, key_id, wrapped_key
    FROM vault_entry JOIN restriction
      ON (restriction.controller_id, restriction.id) = (vault_entry.controller_id, restriction_id)
    ORDER BY 1, 2, 3
"""
_REQUESTS = """
    SELECT id, state, subject_key, completed_at IS NOT NULL FROM subject_request ORDER BY 1
"""
_JOBS = 'SELECT id, state, kind, "right", attention_reason FROM job ORDER BY 1'
_RECEIPTS = "SELECT subject_request_id, json_text FROM receipt ORDER BY 1"
_RESTRICTIONS = "SELECT subject_request_id, state FROM restriction ORDER BY 1"
_EVENTS = "SELECT subject_request_id, event_type FROM outbox ORDER BY 1, 2"
_TRAIL = """
    SELECT subject_request_id, action, count(*) FROM audit_entry
    WHERE action <> 'job.started' GROUP BY 1, 2 ORDER BY 1, 2
"""
_LEDGER = "SELECT subject_digest FROM erasure_ledger ORDER BY 1"
_HELD = """
    SELECT subject_request_id, subject_digest, record_type, role, position, held_by, held_types
    FROM held_records ORDER BY 1, 2, 3, 4, 5
"""
_LEFT_OVER = """
    SELECT (SELECT count(*) FROM intent WHERE state = 'open') AS intents,
           (SELECT count(*) FROM upload_removal) AS uploads,
           (SELECT count(*) FROM wakeable_job) AS wakeable
"""
_OWN_IDS = re.compile(rf"\b{str(FIRST_OWN_ID)[:-1]}\d\b")
"""Of a stand-in that was made in vain nothing is left but a number that the next one does not get."""

_PASSING = ("id", "completed_at", "verification", "bundle")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to.

    Attributes:
        lms: Every row of every table.
        files: What is in the file store.
        bundles: How many sealed bundles there are, once orphans were swept away.
        store: What Habeas has in its own database, by kind, without what depends on the clock.
        trail: Where the audit trail breaks; None where it is whole.
    """

    lms: dict[str, list[Any]]
    files: list[str]
    bundles: int
    store: dict[str, list[Any]]
    trail: int | None


async def outcome_of(scene: Scene, context: EngineContext) -> Outcome:
    """Look everywhere."""
    lms = await asyncpg.connect(scene.place.lms_url, server_settings={"timezone": "UTC"})
    try:
        tables = await LmsDatabase(lms).read()
    finally:
        await lms.close()
    connection = await asyncpg.connect(scene.place.store_url)
    try:
        store = await _store(connection, context)
    finally:
        await connection.close()
    async with (
        scene.place.database() as database,
        transaction(database, scene.controller.id) as bound,
    ):
        verified = await audit.verify(bound, scene.controller.id)
    files = scene.place.files
    return Outcome(
        lms={name: sorted(map(_text, rows)) for name, rows in tables.items()},
        files=sorted(str(each.relative_to(files)) for each in files.rglob("*") if each.is_file()),
        bundles=await _bundles(scene, context),
        store=store,
        trail=verified.first_broken_sequence,
    )


def differences(expected: Outcome, found: Outcome) -> list[str]:
    """Say in what two ends differ."""
    amiss = [
        f"{name}: {before} {after}"
        for room, other in ((expected.lms, found.lms), (expected.store, found.store))
        for name, before in room.items()
        if (after := other[name]) != before
    ]
    if (expected.files, expected.bundles) != (found.files, found.bundles):
        amiss.append(f"files: {expected.files} {found.files} {expected.bundles} {found.bundles}")
    if found.trail is not None:
        amiss.append(f"the trail breaks at {found.trail}")
    return amiss


async def _store(connection: asyncpg.Connection, context: EngineContext) -> dict[str, list[Any]]:
    looks = {
        "tallies": _TALLIES,
        "deferrals": _DEFERRALS,
        "requests": _REQUESTS,
        "jobs": _JOBS,
        "restrictions": _RESTRICTIONS,
        "events": _EVENTS,
        "trail": _TRAIL,
        "ledger": _LEDGER,
        "held": _HELD,
        "left over": _LEFT_OVER,
    }
    found = {
        name: [tuple(row) for row in await connection.fetch(sql)] for name, sql in looks.items()
    }
    found["vault"] = [_opened(row, context) for row in await connection.fetch(_VAULT)]
    found["receipts"] = [
        (row["subject_request_id"], _lasting(json.loads(row["json_text"])))
        for row in await connection.fetch(_RECEIPTS)
    ]
    return found


def _opened(row: asyncpg.Record, context: EngineContext) -> tuple[Any, ...]:
    key = context.keyring.unwrap(WrappedKey(row["key_id"], row["wrapped_key"]))
    key_text, mask, former, after = json.loads(Seal(key).open(row["sealed"], row["record_type"]))
    return (*tuple(row)[:4], _text(key_text), mask, former, _OWN_IDS.sub("stand-in", str(after)))


def _lasting(receipt: dict[str, Any]) -> str:
    return _text({name: part for name, part in receipt.items() if name not in _PASSING})


def _text(part: Any) -> str:
    return json.dumps(part, sort_keys=True)


async def _bundles(scene: Scene, context: EngineContext) -> int:
    """Let the clock's sweep pass by, an hour later."""
    folder = scene.place.directory / "bundles"
    for file in folder.iterdir():
        os.utime(file, (0, 0))
    await housekeeping.sweep_files(context)
    return len(list(folder.iterdir()))
