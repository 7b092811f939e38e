"""Support grants: opened by support for itself, in the controller's trail, for eight hours at most."""

from datetime import timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import ClientId, ControllerId, new_id
from app.domain.scopes import require_grantable
from app.services import idempotency, support
from app.services.authentication import Caller
from app.services.context import Context
from app.services.support import Done, Made
from app.store import support_grants
from app.store.support_grants import SupportGrant as StoredGrant
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.problem_vocabulary import Problem
from schemas.support_grants import GrantEnding, NewSupportGrant, SupportGrant, SupportGrantList

LONGEST = timedelta(hours=8)
_USUAL = timedelta(hours=1)
_SHOWN = 200
_CLIENT_NAME = "Support, under a grant"


async def open_grant(
    context: Context, caller: Caller, controller_id: ControllerId, wanted: NewSupportGrant, key: str
) -> Made:
    """Open a grant for the client that asks.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: For whom support means to act.
        wanted: Why, what may be done, and until when.
        key: Support's name for this: the same one opens one grant.

    Raises:
        Refused: There is no such controller, the end does not lie within eight hours, support cannot
            have one of the scopes, or the key is in use or belongs to something else.
    """
    require_grantable(frozenset(wanted.scopes))
    now = support.require_within("/ends_at", wanted.ends_at, LONGEST)
    named = idempotency.name(
        context.keyring, caller, key, wanted, f"support grant {controller_id} "
    )
    grant = StoredGrant(
        id=ClientId(new_id()),
        controller_id=controller_id,
        granted_to=caller.client_id,
        scopes=frozenset(wanted.scopes),
        reference=wanted.reference,
        created_at=now,
        ends_at=wanted.ends_at or now + _USUAL,
    )

    async def act(connection: AsyncConnection) -> Done:
        await support.require(connection, caller, controller_id)
        await support_grants.insert(connection, grant, _CLIENT_NAME)
        details: dict[str, JsonValue] = {
            "support_grant_id": str(grant.id),
            "scopes": [str(scope) for scope in sorted(grant.scopes)],
            "ends_at": grant.ends_at.isoformat(),
        }
        location = f"/v1/controllers/{controller_id}/support-grants"
        texts = {AuditText.REASON: wanted.reason, AuditText.REFERENCE: grant.reference}
        return Done(_shown(grant), AuditAction.SUPPORT_GRANTED, details, texts, location)

    return await support.make(context, caller, controller_id, named, act)


async def list_newest(
    context: Context, caller: Caller, controller_id: ControllerId
) -> SupportGrantList:
    """List a controller's grants, those that are over among them; the newest 200.

    Raises:
        Refused: There is no such controller, or it is another's.
    """
    async with transaction(context.database, controller_id) as connection:
        await support.require(connection, caller, controller_id)
        found = await support_grants.list_newest(connection, _SHOWN)
    return SupportGrantList(items=tuple(_shown(each) for each in found))


async def end(
    context: Context,
    caller: Caller,
    controller_id: ControllerId,
    grant_id: ClientId,
    wanted: GrantEnding,
) -> None:
    """End a grant at once, whoever opened it.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: For whom.
        grant_id: Which.
        wanted: Why.

    Raises:
        Refused: There is no such grant, or it is over.
    """

    async def act(connection: AsyncConnection) -> Done:
        await support.require(connection, caller, controller_id)
        if not await support_grants.end(connection, grant_id):
            raise Refused(
                Problem.NOT_FOUND, "The controller has no such support grant, or it is over."
            )
        details: dict[str, JsonValue] = {
            "support_grant_id": str(grant_id),
        }
        texts = {AuditText.REASON: wanted.reason}
        return Done(wanted, AuditAction.SUPPORT_GRANT_ENDED, details, texts)

    await support.change(context, caller, controller_id, act)


def _shown(grant: StoredGrant) -> SupportGrant:
    return SupportGrant(
        id=grant.id,
        granted_to=grant.granted_to,
        scopes=tuple(sorted(grant.scopes)),
        reference=grant.reference,
        created_at=grant.created_at,
        ends_at=grant.ends_at,
        ended_at=grant.ended_at,
    )
