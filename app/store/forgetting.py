"""Forgetting a subject: Habeas does not keep what it erased; only keyed digests stay."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import BundleId
from app.store import previews

_REQUESTS = "SELECT controller_id, id FROM subject_request WHERE subject_digest = :subject_digest"

# An answer to many submissions at once names its subject requests in the body only. Whoever repeats
# a submission whose answer is gone sends a new one, and is told that there is no such person.
_ANSWERS = text("""
    DELETE FROM idempotency_key AS answer
    WHERE EXISTS (
        SELECT FROM (
            SELECT id FROM subject_request WHERE subject_digest = :subject_digest
            UNION ALL SELECT id FROM preview WHERE subject_digest = :subject_digest
            UNION ALL SELECT id FROM hold WHERE subject_digest = :subject_digest
        ) AS named
        WHERE strpos(concat(answer.headers, answer.body), CAST(named.id AS text)) > 0)
""")
_INTENTS = text(f"""
    DELETE FROM intent
    USING job
    WHERE job.controller_id = intent.controller_id AND job.id = intent.job_id
      AND (job.controller_id, job.subject_request_id) IN ({_REQUESTS})
""")  # noqa: S608 - constants
_BUNDLES = text(f"""
    UPDATE bundle SET wrapped_key = NULL, deleted_at = clock_timestamp()
    WHERE deleted_at IS NULL AND (controller_id, subject_request_id) IN ({_REQUESTS})
    RETURNING id
""")  # noqa: S608 - constants
_LINKS = text(f"""
    DELETE FROM download_link
    USING bundle
    WHERE bundle.controller_id = download_link.controller_id
      AND bundle.id = download_link.bundle_id
      AND (bundle.controller_id, bundle.subject_request_id) IN ({_REQUESTS})
""")  # noqa: S608 - constants
_VAULT = text("""
    DELETE FROM vault_entry
    USING restriction
    WHERE restriction.controller_id = vault_entry.controller_id
      AND restriction.id = vault_entry.restriction_id
      AND restriction.subject_digest = :subject_digest
      AND NOT vault_entry.record_type = ANY (CAST(:held AS text[]))
""")
_RESTRICTIONS = text("""
    UPDATE restriction SET state = 'erased', ended_at = clock_timestamp(), wrapped_key = NULL
    WHERE subject_digest = :subject_digest AND state = 'active'
      AND NOT EXISTS (
          SELECT FROM vault_entry WHERE vault_entry.controller_id = restriction.controller_id
            AND restriction_id = restriction.id)
""")
_TEXTS = text("DELETE FROM audit_text WHERE :subject_digest = ANY (subject_digests)")
_IDENTIFIERS = text("""
    UPDATE subject_request
    SET subject_key = NULL, subject_display = '{}', approval = approval - 'reason'
    WHERE subject_digest = :subject_digest
      AND NOT EXISTS (
          SELECT FROM restriction
          WHERE restriction.controller_id = subject_request.controller_id
            AND subject_request_id = subject_request.id AND restriction.state = 'active')
""")
_HOLDS = text("""
    UPDATE hold SET sealed = NULL
    WHERE subject_digest = :subject_digest AND NOT EXISTS (
        SELECT FROM held_records WHERE held_records.controller_id = hold.controller_id
          AND held_records.subject_digest = hold.subject_digest)
""")


async def forget_subject(
    connection: AsyncConnection, subject_digest: bytes, held: Sequence[str] = ()
) -> list[BundleId]:
    """Delete all that Habeas holds of a subject, but what says that it was there.

    Answers, intents, previews, download links, vault, restrictions' keys and texts beside the audit
    trail go, bundles lose their keys, and subject requests the subject's key, display and reason.
    Uploads that are still to go stay until they
    are gone.

    Args:
        connection: Bound to the controller, in the transaction that completes the erasure.
        subject_digest: The keyed digest of the subject.
        held: The record types of which everything is held: what restrictions hold of them stays,
            and so do these restrictions.

    Returns:
        The bundles that were not deleted before: their files go after the commit.

    Reference:
        DESIGN, promise 10.
    """
    parameters = {"subject_digest": subject_digest}
    vaulted = parameters | {"held": list(held)}
    # Answers are found by the ids of previews, so they go first.
    await connection.execute(_ANSWERS, parameters)
    await previews.delete_of_subject(connection, subject_digest)
    await connection.execute(_VAULT, vaulted)
    for statement in (_INTENTS, _LINKS, _RESTRICTIONS, _TEXTS, _IDENTIFIERS, _HOLDS):
        await connection.execute(statement, parameters)
    return [BundleId(id_) for id_ in (await connection.execute(_BUNDLES, parameters)).scalars()]
