"""Forgetting a subject: Habeas does not keep what it erased; only keyed digests stay."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import BundleId
from app.store import previews

_REQUESTS = "SELECT controller_id, id FROM subject_request WHERE subject_digest = :subject_digest"


def _forgotten(shown: str) -> str:
    """Write what is left of a subject request or a hold in an answer, where it is the subject's."""
    return f"""
        CASE
            WHEN ({shown} ->> 'id' = ANY (ARRAY(SELECT id FROM named))) IS NOT TRUE THEN {shown}
            WHEN {shown} ? 'approval' THEN {shown} || jsonb_build_object(
                'subject', jsonb_build_object(),
                'approval', ({shown} -> 'approval') || jsonb_build_object('reason', ''))
            ELSE {shown} || jsonb_build_object('subject', jsonb_build_object(), 'reason', NULL)
        END"""  # noqa: S608 - constants


# The answers stay, so that what is sent again is not made again. Those to many submissions at once
# name each in the body only; they are locked in one order, for several of them may end together.
_ANSWERS = text(f"""
    WITH named AS MATERIALIZED (
        SELECT CAST(id AS text) AS id FROM subject_request WHERE subject_digest = :subject_digest
        UNION ALL SELECT CAST(id AS text) FROM hold WHERE subject_digest = :subject_digest
    ), known AS MATERIALIZED (
        SELECT controller_id, client_id, key, CAST(body AS jsonb) AS body
        FROM idempotency_key AS answer
        WHERE EXISTS (SELECT FROM named WHERE strpos(answer.body, named.id) > 0)
        ORDER BY client_id, key
        FOR NO KEY UPDATE OF answer
    )
    UPDATE idempotency_key AS answer
    SET body = CASE WHEN known.body ? 'items' THEN jsonb_set(known.body, '{{items}}', (
            SELECT jsonb_agg(
                CASE jsonb_typeof(item -> 'subject_request') WHEN 'object'
                    THEN jsonb_set(item, '{{subject_request}}', {_forgotten("(item -> 'subject_request')")})
                    ELSE item END
                ORDER BY place)
            FROM jsonb_array_elements(known.body -> 'items') WITH ORDINALITY AS each (item, place)))
        ELSE {_forgotten("known.body")} END
    FROM known
    WHERE answer.controller_id = known.controller_id
      AND answer.client_id = known.client_id AND answer.key = known.key
""")  # noqa: S608 - constants
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


async def forget_requests(connection: AsyncConnection, subject_digest: bytes) -> None:
    """Take from subject requests who it was, after an erasure that they came too late for.

    Args:
        connection: Bound to the controller.
        subject_digest: The keyed digest of somebody who was erased.
    """
    for statement in (_ANSWERS, _TEXTS, _IDENTIFIERS):
        await connection.execute(statement, {"subject_digest": subject_digest})


async def forget_subject(
    connection: AsyncConnection, subject_digest: bytes, held: Sequence[str] = ()
) -> list[BundleId]:
    """Delete all that Habeas holds of a subject, but what says that it was there.

    Intents, previews, download links, vault, restrictions' keys and texts beside the audit trail go,
    bundles lose their keys, and subject requests, also in answers that may be asked for again, the
    subject's key, display and reason. Uploads that are still to go stay until they are gone.

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
    await previews.delete_of_subject(connection, subject_digest)
    await connection.execute(_VAULT, vaulted)
    for statement in (_ANSWERS, _INTENTS, _LINKS, _RESTRICTIONS, _TEXTS, _IDENTIFIERS, _HOLDS):
        await connection.execute(statement, parameters)
    return [BundleId(id_) for id_ in (await connection.execute(_BUNDLES, parameters)).scalars()]
