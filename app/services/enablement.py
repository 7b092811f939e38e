"""Whether rights are carried out for a controller: enabled by support, for a time or until further notice.

Reference:
    Seed 002, "enabled after the initial contact with itslearning Support".
"""

from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.errors import Fault, Refused
from app.domain.ids import ControllerId
from app.keyring import KeyRing
from app.store import audit, controllers
from app.store.audit import People
from app.store.audit_texts import seal
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.controllers import EnablementChange
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Right


def is_enabled(controller: Controller) -> bool:
    """Say whether rights are carried out for a controller now."""
    enablement = controller.enablement
    return enablement is not None and enablement.counts_at(datetime.now(UTC))


def require(controller: Controller, right: Right | None = None) -> None:
    """Make sure that a controller may have something done now.

    Args:
        controller: For whom.
        right: Which right is exercised or looked at, where one is.

    Raises:
        Refused: The tool is not enabled for it, or not any more, or it does without this right.
    """
    if not is_enabled(controller):
        raise Refused(
            Problem.NOT_ENABLED,
            "Habeas is not enabled for this controller. Contact support to have it enabled.",
        )
    # What was restricted can always be given back.
    if right not in (None, Right.RESTRICTION_LIFT, *controller.settings.enabled_rights):
        raise Refused(
            Problem.RIGHT_NOT_ENABLED,
            f"The controller's settings do not enable {right}. Ask support to enable it.",
        )


async def decide(
    database: AsyncEngine, keyring: KeyRing, controller_id: ControllerId, wanted: EnablementChange
) -> None:
    """Enable or disable a controller from the command line.

    Args:
        database: Habeas's own.
        keyring: Seals the reason.
        controller_id: Whom.
        wanted: Whether, until when and why.

    Raises:
        Refused: There is no such controller, or the end has passed.
    """
    async with transaction(database, controller_id) as connection:
        if await controllers.get(connection, controller_id) is None:
            raise Refused(Problem.NOT_FOUND, f"There is no controller {controller_id}. List them.")
        await carry_out(connection, controller_id, wanted)
        action, details, texts = entry(wanted)
        people = People(texts=[seal(keyring, controller_id, *each) for each in texts.items()])
        await audit.append(connection, controller_id, action, details=details, people=people)


async def carry_out(
    connection: AsyncConnection, controller_id: ControllerId, wanted: EnablementChange
) -> None:
    """Enable or disable a controller.

    Args:
        connection: Bound to it.
        controller_id: Whom.
        wanted: Whether, and until when.

    Raises:
        Refused: The end has passed.
    """
    if not wanted.is_enabled:
        await controllers.disable(connection, controller_id)
        return
    if wanted.ends_at is not None and wanted.ends_at <= datetime.now(UTC):
        raise Refused(
            Problem.INVALID_BODY,
            "The end of the enablement has passed; see errors.",
            (Fault("/ends_at", "must lie ahead"),),
        )
    await controllers.enable(connection, controller_id, wanted.ends_at, wanted.reference)


def entry(
    wanted: EnablementChange,
) -> tuple[AuditAction, dict[str, JsonValue], dict[AuditText, str]]:
    """Say how the trail records it: the action, its details and its texts."""
    ends_at = None if wanted.ends_at is None else wanted.ends_at.isoformat()
    texts = {AuditText.REASON: wanted.reason, AuditText.REFERENCE: wanted.reference}
    enabled, disabled = AuditAction.CONTROLLER_ENABLED, AuditAction.CONTROLLER_DISABLED
    return (enabled if wanted.is_enabled else disabled), {"ends_at": ends_at}, texts
