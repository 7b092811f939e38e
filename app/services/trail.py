"""What a caller does, written into the audit trail: the one place where services append to it.

Reference:
    ``docs/audit.md``.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import SubjectRequestId
from app.domain.subject_digests import digest
from app.keyring import KeyRing, WrappedKey
from app.services.authentication import Caller
from app.services.published_maps import require_controller
from app.store import audit
from app.store.audit import People
from app.store.audit_texts import seal
from schemas.audit_vocabulary import AuditAction, AuditText


async def record(  # noqa: PLR0913 - an entry has this many parts, and every caller names them
    connection: AsyncConnection,
    keyring: KeyRing,
    caller: Caller,
    action: AuditAction,
    *,
    subject_request_id: SubjectRequestId | None = None,
    subject_digests: Sequence[bytes] = (),
    details: Mapping[str, JsonValue] | None = None,
    texts: Mapping[AuditText, str] | None = None,
) -> None:
    """Append what a caller does, in the transaction that does it. The person who acts is added.

    The trail is locked until the transaction ends: this comes last in it.

    Args:
        connection: Bound to the caller's controller.
        keyring: Wraps the keys of texts.
        caller: Who does it.
        action: What is done.
        subject_request_id: The subject request that it is done for, if for one.
        subject_digests: Keyed digests of the subjects whom it is about, where it is not about a
            subject request. A text that may speak of several goes with the first that is erased.
        details: Ids and counts, no personal data.
        texts: What may name a person: sealed beside the entry.

    Raises:
        IntegrityViolation: The controller has no trail.
    """
    words = dict(texts or {})
    who = caller.acting_person
    if who is not None:
        words[AuditText.ACTING_PERSON] = who
    sealed = [seal(keyring, caller.controller_id, name, said) for name, said in words.items()]
    head = await audit.lock_head(connection, caller.controller_id, subject_request_id)
    people = People(
        subject_digests=subject_digests,
        acting_person_digest=None if who is None else _named(keyring, head.digest_key, who),
        texts=sealed,
    )
    await audit.append(
        connection,
        caller.controller_id,
        action,
        client_id=caller.client_id,
        subject_request_id=subject_request_id,
        details=details,
        people=people,
        head=head,
    )


async def digest_of_acting_person(
    connection: AsyncConnection, keyring: KeyRing, caller: Caller, acting_person: str
) -> bytes:
    """Name a person who acts without naming them, in 32 bytes.

    Args:
        connection: Bound to the caller's controller.
        keyring: Opens the controller's digest key.
        caller: Of the controller.
        acting_person: As the client names them.

    Raises:
        IntegrityViolation: There is no such controller.
    """
    controller = await require_controller(connection, caller.controller_id)
    return _named(keyring, controller.digest_key, acting_person)


def _named(keyring: KeyRing, digest_key: WrappedKey, acting_person: str) -> bytes:
    return digest(keyring.unwrap(digest_key), f"acting person: {acting_person}")
