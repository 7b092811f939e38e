"""What was refused, in the audit trail: who tried what, and why it was not done.

Reference:
    ``docs/audit.md``, "What is recorded".
"""

from pydantic import JsonValue

from app.domain.ids import SubjectRequestId
from app.services import trail
from app.services.authentication import Caller
from app.services.context import Context
from app.services.rate_limits import Counted
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.problem_vocabulary import Problem

_MALFORMED = frozenset(
    {
        Problem.INVALID_BODY,
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
        Problem.UNSUPPORTED_MEDIA_TYPE,
        Problem.BODY_TOO_LARGE,
        Problem.IDEMPOTENCY_KEY_MISSING,
        Problem.IDEMPOTENCY_KEY_REUSED,
        Problem.IDEMPOTENCY_CONFLICT,
    }
)
"""Refused for its form, before it became a question: nobody learns from these what was tried."""
_OF_THE_CLIENT = frozenset(
    {Problem.SCOPE_MISSING, Problem.ADDRESS_NOT_ALLOWED, Problem.SUPPORT_GRANT_MISSING}
)
"""Refused for what the client is and from where it calls, whatever it asked for."""
RECORDED_A_MINUTE = 30
"""Of one client for each of these problems: entries never go, and anybody can send more."""


def is_recorded(problem: Problem, *, is_reading: bool) -> bool:
    """Say whether a refusal belongs into the trail.

    Args:
        problem: Why it was refused.
        is_reading: Whether nothing would have been changed; then only what the client may not do at
            all counts, so that nobody fills the trail by guessing addresses.
    """
    return problem in _OF_THE_CLIENT or not (is_reading or problem in _MALFORMED)


async def record(
    context: Context,
    caller: Caller,
    operation: str,
    problem: Problem,
    subject_request_id: SubjectRequestId | None = None,
) -> None:
    """Record that a call was refused, in a transaction of its own. Nothing of its body is kept.

    Of what a client may not do at all so many are recorded a minute; the last of these says that
    more follow.

    Args:
        context: What the use cases work with.
        caller: Who called.
        operation: The operation's id.
        problem: Why it was refused.
        subject_request_id: The subject request that it was about, if about one of the controller.
    """
    details: dict[str, JsonValue] = {"operation": operation, "problem": problem}
    if problem in _OF_THE_CLIENT:
        who = f"{caller.client_id.hex}:{problem}"
        allowance = await context.rate_limits.count(Counted.REFUSALS, who)
        over = 0 if allowance is None else allowance.used - allowance.limit
        if over > 1:
            return
        if over == 1:
            details["more_follow"] = True
    async with transaction(context.database, caller.controller_id) as connection:
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.CALL_REFUSED,
            subject_request_id=subject_request_id,
            details=details,
        )
