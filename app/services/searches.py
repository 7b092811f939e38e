"""Finding the person whom a case is about."""

from datetime import UTC, datetime

from app.domain.subject_digests import digest
from app.services import confirmations, enablement, trail
from app.services.authentication import Caller
from app.services.confirmations import Confirmation
from app.services.context import Context
from app.services.display import shown
from app.services.published_maps import require_controller
from app.store import clock
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.subjects import CANDIDATE_LIMIT, Candidate, SubjectSearch, SubjectSearchResult

_NOBODY = "Nobody has exactly this value. Check its spelling, or use another identifier."
_SEVERAL = "More than one person matches. Compare what is shown with the case before you go on."
_TOO_MANY = (
    f"More than {CANDIDATE_LIMIT} people match, and the first {CANDIDATE_LIMIT} are shown. Search "
    "by an identifier that only one person has."
)


async def search(context: Context, caller: Caller, asked: SubjectSearch) -> SubjectSearchResult:
    """Find who may be meant, and record that somebody looked.

    Args:
        context: What the use cases work with.
        caller: Who looks, allowed to read subjects.
        asked: Whom to look for, and why.

    Returns:
        At most 20 candidates of the caller's controller, each with a confirmation.

    Raises:
        Refused: The controller is not enabled or has no data map, or the map no such identifier.
        SourceFailure: The LMS did not answer.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        controller = await require_controller(connection, caller.controller_id)
        enablement.require(controller)
        published = await context.maps.get(connection, controller.data_map_version_id)
        confirmed_at = await clock.moment(connection)
    published.require_identifier(asked.identifier)
    source = context.sources.records(published.data_map, published.data_map.subject.source)
    found = await source.search(
        controller.key_in_lms or "", asked.identifier, asked.value, CANDIDATE_LIMIT + 1
    )
    digest_key = context.keyring.unwrap(controller.digest_key)
    async with transaction(context.database, caller.controller_id) as connection:
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.SUBJECT_SEARCHED,
            subject_digests=[digest(digest_key, person.key) for person in found[:CANDIDATE_LIMIT]],
            details={
                "identifier": asked.identifier,
                "candidate_count": min(len(found), CANDIDATE_LIMIT),
            },
            texts={AuditText.REASON: asked.reason},
        )
    expires_at = datetime.now(UTC) + context.confirmation_lifetime
    return SubjectSearchResult(
        candidates=tuple(
            _candidate(
                context,
                Confirmation(
                    controller_id=caller.controller_id,
                    client_id=caller.client_id,
                    data_map_version_id=published.version_id,
                    subject_key=person.key,
                    display=shown(person.display, published.data_map, controller.settings),
                    confirmed_at=confirmed_at,
                    expires_at=expires_at,
                ),
            )
            for person in found[:CANDIDATE_LIMIT]
        ),
        is_complete=len(found) <= CANDIDATE_LIMIT,
        hint=_hint(len(found)),
    )


def _candidate(context: Context, confirmation: Confirmation) -> Candidate:
    cipher = context.keyring.cipher(confirmations.PURPOSE)
    return Candidate(
        display=confirmation.display,
        confirmation=confirmations.seal(cipher, confirmation),
        expires_at=confirmation.expires_at,
    )


def _hint(found: int) -> str | None:
    if found == 0:
        return _NOBODY
    if found > CANDIDATE_LIMIT:
        return _TOO_MANY
    return _SEVERAL if found > 1 else None
