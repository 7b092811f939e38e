"""The statements that move a subject request, and its job with it where one is needed."""

from sqlalchemy import text

from app.store import idempotency, outbox
from app.store.driver import Statement

_WITH_JOB = """work AS (
        INSERT INTO job (controller_id, id, subject_request_id, "right", state, subject_digest)
        SELECT controller_id, :job_id, id, "right", 'queued', subject_digest FROM request
        WHERE state = 'accepted'
        RETURNING controller_id, id
    ), wake AS (
        INSERT INTO wakeable_job (controller_id, job_id) SELECT controller_id, id FROM work
    )"""


def _insert(besides: str = "") -> Statement:
    return Statement(f"""
    WITH request AS (
        INSERT INTO subject_request (controller_id, id, "right", state, subject_key,
            subject_digest, subject_display, data_map_version_id, client_id, approval, options,
            due_at, batch_id, submitter_digest, received_at, accepted_at)
        SELECT :controller_id, :id, :right, :state, :subject_key, :subject_digest,
            :subject_display, :data_map_version_id, :client_id, :approval, :options,
            :due_at, :batch_id, :submitter_digest,
            COALESCE(CAST(:received_at AS timestamptz), clock_timestamp()),
            COALESCE(CAST(:accepted_at AS timestamptz), clock_timestamp())
        WHERE NOT EXISTS (
            SELECT FROM erasure_ledger
            WHERE subject_digest = :subject_digest
              AND erased_at >= CAST(:confirmed_at AS timestamptz))
        RETURNING controller_id, id, "right", state, subject_digest, accepted_at
    ), {_WITH_JOB}, announced AS ({outbox.ADD_OF_REQUEST}){besides}
    SELECT accepted_at FROM request
""")  # noqa: S608 - constants


# Request, job and wake-up stand or fall together: an accepted request always has its job. One that
# waits has none, so that it holds up nothing of the subject's. Its events and the answer that its
# submission is given cost no further round trips. A worker has no part in answers.
INSERT = _insert()
INSERT_AND_REMEMBER = _insert(f", answered AS ({idempotency.REMEMBER})")
BEGIN = text(f"""
    WITH request AS (
        UPDATE subject_request
        SET state = 'accepted', options = options - 'approved_preview' || :options
        WHERE id = :id AND state = ANY (CAST(:states AS text[])) AND doubted_at IS NULL
        RETURNING controller_id, id, "right", state, subject_digest
    ), {_WITH_JOB}
    SELECT EXISTS (SELECT FROM request)
""")  # noqa: S608 - constants
_COLUMNS = """id, controller_id, "right", state, COALESCE(subject_key, '') AS subject_key,
    subject_digest, subject_display, data_map_version_id, client_id, approval, received_at,
    accepted_at, completed_at, attention, bundle_id, options, receipt_id, due_at, batch_id,
    submitter_digest, extended_months, doubted_at, paused_days"""

_OPEN = "state NOT IN ('completed', 'cancelled', 'refused')"
_RESTRICTION_UNDER_WAY = """subject_digest = :subject_digest AND "right" = 'restriction'
          AND state IN ('accepted', 'running', 'needs_attention')
          AND options ->> 'ground' = :ground AND options ->> 'cancelled' IS NULL"""

GET = text(f"SELECT {_COLUMNS} FROM subject_request WHERE id = :id")  # noqa: S608 - constants
LIST = text(f"""
    SELECT {_COLUMNS} FROM subject_request
    WHERE (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:right AS text) IS NULL OR "right" = :right)
      AND (CAST(:batch_id AS uuid) IS NULL OR batch_id = :batch_id)
      AND (CAST(:due_before AS timestamptz) IS NULL OR (due_at <= :due_before AND {_OPEN}))
      AND (CAST(:due_from AS timestamptz) IS NULL OR (due_at > :due_from AND {_OPEN}))
      AND (CAST(:after AS uuid) IS NULL OR (accepted_at, id) < (
          SELECT last.accepted_at, last.id FROM subject_request AS last WHERE last.id = :after))
    ORDER BY accepted_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants
# A restriction that is about to be lifted, or is being rolled back, is taken for over: what is asked
# after that is carried out after it.
IS_RESTRICTED = text(f"""
    SELECT EXISTS (
        SELECT FROM restriction JOIN subject_request AS made_by
          ON made_by.controller_id = restriction.controller_id
         AND made_by.id = restriction.subject_request_id
        WHERE restriction.subject_digest = :subject_digest AND restriction.ground = :ground
          AND restriction.state = 'active' AND made_by.options ->> 'cancelled' IS NULL
          AND NOT EXISTS (
            SELECT FROM subject_request AS lift
            WHERE lift.subject_digest = restriction.subject_digest
              AND lift."right" = 'restriction_lift'
              AND lift.options ->> 'restriction_id' = CAST(restriction.id AS text)
              AND lift.state IN ('accepted', 'running', 'needs_attention'))
    ) OR EXISTS (
        SELECT FROM subject_request
        WHERE {_RESTRICTION_UNDER_WAY} AND NOT EXISTS (
            SELECT FROM restriction WHERE restriction.subject_request_id = subject_request.id))
""")  # noqa: S608 - constants
LIST_RESTRICTIONS_UNDER_WAY = text(f"""
    SELECT {_COLUMNS} FROM subject_request WHERE {_RESTRICTION_UNDER_WAY} ORDER BY accepted_at, id
""")  # noqa: S608 - constants
IS_BEING_ERASED = text(f"""
    SELECT EXISTS (
        SELECT FROM subject_request
        WHERE subject_digest = :subject_digest AND "right" = 'erasure' AND {_OPEN})
""")  # noqa: S608 - constants
REPLAYED = text("""
    SELECT DISTINCT subject_digest FROM subject_request
    WHERE subject_digest = ANY (CAST(:subject_digests AS bytea[])) AND state NOT IN ('cancelled', 'refused')
      AND options @> CAST(:options AS jsonb)
""")
# A worker whose job was laid to rest since it took it does not know that yet.
START = text(f"""
    UPDATE subject_request SET state = 'running', attention = NULL
    WHERE id = :id AND {_OPEN} AND doubted_at IS NULL
""")  # noqa: S608 - constants
REQUEUE = text(f"""
    UPDATE subject_request SET state = 'accepted', attention = NULL WHERE id = :id AND {_OPEN}
""")  # noqa: S608 - constants
# Those who wait for the request hear of it when the transaction commits.
COMPLETE = text("""
    WITH done AS (
        UPDATE subject_request
        SET state = 'completed', completed_at = clock_timestamp(), attention = NULL,
            bundle_id = :bundle_id, receipt_id = :receipt_id
        WHERE id = :id RETURNING id, completed_at
    )
    SELECT completed_at, pg_notify('habeas_requests', id::text) FROM done
""")
# Who begins what waits, and who ends it, exclude each other by the state that they look for.
END = text(f"""
    WITH done AS (
        UPDATE subject_request
        SET state = :state, completed_at = clock_timestamp(), attention = NULL, doubted_at = NULL,
            options = options - 'approved_preview' || :options
        WHERE id = :id AND {_OPEN}
          AND (NOT :is_waiting OR state IN ('awaiting_information', 'awaiting_approval', 'held'))
        RETURNING id, completed_at
    )
    SELECT completed_at, pg_notify('habeas_requests', id::text) FROM done
""")  # noqa: S608 - constants
ADD_OPTIONS = text("UPDATE subject_request SET options = options || :options WHERE id = :id")
NEED_ATTENTION = text("""
    WITH stopped AS (
        UPDATE subject_request SET state = 'needs_attention', attention = :attention
        WHERE id = :id RETURNING id
    )
    SELECT pg_notify('habeas_requests', id::text) FROM stopped
""")
