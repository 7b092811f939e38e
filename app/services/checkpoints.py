"""Checkpoints of the controller's audit trail: made on demand, listed."""

from uuid import UUID

from app.domain.checkpoints import origin_of, verifier_key
from app.domain.errors import Refused
from app.engine.checkpoints import make
from app.services import cursors, trail
from app.services.authentication import Caller
from app.services.context import Context
from app.signing import public_keys
from app.store import audit, checkpoints
from app.store.checkpoints import Checkpoint
from app.store.transaction import transaction
from schemas.audit import AuditCheckpoint, AuditCheckpointFilter, AuditCheckpointPage
from schemas.audit_vocabulary import AuditAction
from schemas.problem_vocabulary import Problem

_LISTING = "audit-checkpoints"


async def sign(context: Context, caller: Caller) -> AuditCheckpoint:
    """Sign where the trail stands; the same again, where it has not grown.

    That somebody had it signed is the last entry that the checkpoint covers.

    Raises:
        Refused: The trail has no entry yet.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        head = await audit.read_head(connection, caller.controller_id)
        made = await checkpoints.get(connection, caller.controller_id, head.sequence)
        if made is None and head.sequence > 0:
            await trail.record(connection, context.keyring, caller, AuditAction.AUDIT_SIGNED)
            made = await make(connection, context.keyring, caller.controller_id)
    if made is None:
        raise Refused(Problem.NOT_FOUND, "The trail has no entry yet.")
    return _shown(context, caller, made)


async def list_page(
    context: Context, caller: Caller, wanted: AuditCheckpointFilter
) -> AuditCheckpointPage:
    """List the controller's checkpoints, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    before = None
    if wanted.cursor is not None:
        # A cursor marks a place by a UUID; a checkpoint's is its sequence.
        before = cursors.unseal(cipher, caller.controller_id, _LISTING, wanted.cursor).int
    async with transaction(context.database, caller.controller_id) as connection:
        # One more than shown, to know whether there is a next page.
        found = await checkpoints.list_newest(
            connection, caller.controller_id, before, wanted.limit + 1
        )
    shown = found[: wanted.limit]
    next_cursor = None
    if len(found) > wanted.limit:
        last = UUID(int=shown[-1].sequence)
        next_cursor = cursors.seal(cipher, caller.controller_id, _LISTING, last)
    return AuditCheckpointPage(
        items=tuple(_shown(context, caller, each) for each in shown), next_cursor=next_cursor
    )


def _shown(context: Context, caller: Caller, stored: Checkpoint) -> AuditCheckpoint:
    known = {each.key_id: each.raw for each in public_keys(context.keyring)}
    raw = known.get(stored.key_id)
    return AuditCheckpoint(
        sequence=stored.sequence,
        hash=stored.hash.hex(),
        key_id=stored.key_id,
        verifier_key=None if raw is None else verifier_key(origin_of(caller.controller_id), raw),
        note=stored.note,
        created_at=stored.created_at,
    )
