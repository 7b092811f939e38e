"""Acts on records that a restriction of the same subject holds: read back and acted on in one transaction."""

import json
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.engine.batches import Batches
from app.engine.reading_back import ReadingBack
from app.engine.vaults import open_vault
from app.engine.work import Work
from app.rules import led_roles
from app.sources.hands import FormerRecord
from app.sources.keys import Keys
from app.store import vault
from app.store.restrictions import Restriction
from app.store.transaction import transaction


async def act_on_vault(
    work: Work, batches: Batches, active: list[Restriction], record_type: str
) -> int:
    """Erase the subject's records of one type that its restrictions hold.

    Args:
        work: An erasure's.
        batches: Takes the transactions.
        active: The subject's restrictions, oldest first.
        record_type: One type.

    Returns:
        How many records were changed or deleted.
    """
    count = 0
    for position in reversed(range(len(active))):
        count += await _act_on_one(work, batches, record_type, (active, position))
    return count


async def _act_on_one(
    work: Work,
    batches: Batches,
    record_type: str,
    turn: tuple[list[Restriction], int],
) -> int:
    active, position = turn
    restriction, older = active[position], active[:position]
    over = frozenset(each.id for each in active[position + 1 :])
    count, opened = 0, open_vault(work, restriction)
    async for came in ReadingBack(work, batches, opened, record_type, over).chunks():
        async with transaction(work.context.database, work.job.controller_id) as connection:
            waiting = await _held_by(connection, older, record_type, list(came.formers))
        believed = {
            former.key: _believed(work, record_type, former, came.held.get(digest, []))
            for digest, former in came.formers.items()
            if digest not in waiting
        }
        count += await batches.act_at_once(record_type, Keys.of(believed), [*believed.values()])
    return count


def _believed(
    work: Work, record_type: str, former: FormerRecord, others: Sequence[FormerRecord]
) -> int:
    """Give the roles of a record that cannot be asked of it any more.

    Those in which something else led to it, and those whose column is not read back, since another
    subject's restriction holds it, and would give back this subject. Of the others it is asked: what
    the LMS has given to somebody else meanwhile is theirs.
    """
    spec, subject = work.data_map.record_types[record_type], work.ground.subject.subject_key
    held = [json.loads(each.former) for each in others]
    withheld = sum(
        1 << position
        for position, role in enumerate(spec.roles.values())
        if any(each.get(role.column) == subject for each in held)
    )
    return former.mask & (led_roles(spec) | withheld)


async def _held_by(
    connection: AsyncConnection,
    older: list[Restriction],
    record_type: str,
    digests: list[bytes],
) -> set[bytes]:
    """Tell which records an older restriction of the same subject holds, too: its turn comes."""
    found: set[bytes] = set()
    for restriction in older:
        found |= set(await vault.entries(connection, restriction.id, record_type, digests))
    return found
