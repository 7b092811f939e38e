"""The statements on webhook deliveries.

Each names its controller, although row security does so too: what couriers may see before a
controller is known stands in the same condition, and would keep the indexes from being used. Ids are
handed on as arrays, and what comes first is asked for by row, so that a young table without
statistics is read by its indexes, too.

The deliveries of one subject request to one endpoint are a line. Whoever makes, claims, records or
begins deliveries anew has locked the endpoint, so that no line changes under them.
"""

from sqlalchemy import text

_OWN = "controller_id = CAST(current_setting('habeas.controller') AS uuid)"

INSERT = text(f"""
    INSERT INTO webhook_delivery (controller_id, id, endpoint_id, outbox_id, event_type,
        subject_request_id, payload, occurred_at, state, last_failure, next_attempt_at)
    SELECT event.controller_id, new.id, new.endpoint_id, event.id, event.event_type,
        event.subject_request_id, event.payload, event.created_at, new.state, new.failure,
        CASE WHEN event.subject_request_id IS NULL THEN clock_timestamp() END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:endpoint_ids AS uuid[]), CAST(:outbox_ids AS bigint[]),
            CAST(:states AS text[]), CAST(:failures AS text[]))
        AS new (id, endpoint_id, outbox_id, state, failure)
    JOIN outbox AS event ON event.id = new.outbox_id
    WHERE event.{_OWN} AND event.id = ANY (CAST(:outbox_ids AS bigint[]))
    ORDER BY event.id
""")  # noqa: S608 - constants

# The first that is pending in a line has a next attempt; those behind it have none until it ends.
SCHEDULE_FIRST = text(f"""
    UPDATE webhook_delivery SET next_attempt_at = clock_timestamp()
    WHERE {_OWN} AND id = ANY (ARRAY(
        SELECT first.id
        FROM unnest(CAST(:ids AS uuid[])) AS asked (id)
        CROSS JOIN LATERAL (
            SELECT endpoint_id, subject_request_id FROM webhook_delivery
            WHERE {_OWN} AND id = asked.id
            LIMIT 1) AS member
        CROSS JOIN LATERAL (
            SELECT waiting.id, waiting.next_attempt_at FROM webhook_delivery AS waiting
            WHERE waiting.{_OWN} AND waiting.endpoint_id = member.endpoint_id
              AND waiting.subject_request_id = member.subject_request_id
              AND waiting.state = 'pending'
            ORDER BY waiting.outbox_id
            LIMIT 1) AS first
        WHERE first.next_attempt_at IS NULL))
""")  # noqa: S608 - constants

INSERT_TEST = text("""
    INSERT INTO webhook_delivery (controller_id, id, endpoint_id, event_type, payload, occurred_at,
        state)
    VALUES (:controller_id, :id, :endpoint_id, :event_type, '{}', clock_timestamp(), 'pending')
""")

DUE = text("""
    SELECT DISTINCT controller_id, endpoint_id FROM webhook_delivery
    WHERE state = 'pending' AND next_attempt_at <= now()
""")

# Claimed is what will not be due again before its claimant has long been given up. What comes due
# while something earlier of its line is sent again waits for that, as those behind it do; what is
# just being sent is not due, and is left alone.
CLAIM = text(f"""
    WITH due AS MATERIALIZED (
        SELECT id, subject_request_id, outbox_id FROM webhook_delivery
        WHERE {_OWN} AND endpoint_id = :endpoint_id AND state = 'pending'
          AND next_attempt_at <= now()
        ORDER BY next_attempt_at, outbox_id
        LIMIT :limit
    ), overtaking AS MATERIALIZED (
        SELECT id FROM due
        WHERE EXISTS (
            SELECT FROM webhook_delivery AS former
            WHERE former.{_OWN} AND former.endpoint_id = :endpoint_id
              AND former.subject_request_id = due.subject_request_id
              AND former.state = 'pending' AND former.outbox_id < due.outbox_id)
    ), waiting AS (
        UPDATE webhook_delivery SET next_attempt_at = NULL
        WHERE {_OWN} AND id = ANY (ARRAY(SELECT id FROM overtaking))
    )
    UPDATE webhook_delivery
    SET attempts = attempts + 1,
        next_attempt_at = clock_timestamp() + make_interval(secs => :lease_seconds)
    WHERE {_OWN} AND id = ANY (ARRAY(SELECT id FROM due EXCEPT SELECT id FROM overtaking))
    RETURNING id, event_type, subject_request_id, payload, occurred_at, attempts, failures,
        outbox_id
""")  # noqa: S608 - constants

RECORD = text(f"""
    UPDATE webhook_delivery AS delivery
    SET state = outcome.state,
        failures = delivery.failures + CASE outcome.state WHEN 'delivered' THEN 0 ELSE 1 END,
        next_attempt_at = clock_timestamp() + make_interval(secs => outcome.wait_seconds),
        last_attempt_at = clock_timestamp(),
        last_failure = outcome.failure,
        last_status = outcome.status,
        delivered_at = CASE outcome.state WHEN 'delivered' THEN clock_timestamp()
            ELSE delivery.delivered_at END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:states AS text[]),
            CAST(:failures AS text[]), CAST(:statuses AS integer[]), CAST(:waits AS float8[]))
        AS outcome (id, attempts, state, failure, status, wait_seconds)
    WHERE delivery.{_OWN} AND delivery.id = ANY (CAST(:ids AS uuid[]))
      AND delivery.id = outcome.id AND delivery.attempts = outcome.attempts
      AND (delivery.state = 'pending' OR outcome.state = 'delivered')
""")  # noqa: S608 - constants

GIVE_BACK = text(f"""
    UPDATE webhook_delivery SET next_attempt_at = clock_timestamp()
    WHERE {_OWN} AND state = 'pending' AND id = ANY (CAST(:ids AS uuid[]))
""")  # noqa: S608 - constants

HAS_DELIVERED_SINCE = text(f"""
    SELECT EXISTS (
        SELECT FROM webhook_delivery AS delivery
        WHERE delivery.{_OWN} AND delivery.endpoint_id = :endpoint_id
          AND delivery.state = 'delivered'
          AND delivery.delivered_at > (
              SELECT created_at FROM webhook_delivery WHERE {_OWN} AND id = :id))
""")  # noqa: S608 - constants

STOP = text(f"""
    UPDATE webhook_delivery SET state = 'dead_letter', last_failure = 'endpoint_disabled'
    WHERE {_OWN} AND endpoint_id = :id AND state = 'pending'
""")  # noqa: S608 - constants

_COLUMNS = """id, endpoint_id, event_type, subject_request_id, payload, occurred_at, state,
    attempts, next_attempt_at, last_attempt_at, last_failure, last_status, delivered_at, created_at"""

GET = text(f"SELECT {_COLUMNS} FROM webhook_delivery WHERE {_OWN} AND id = :id")  # noqa: S608

LIST = text(f"""
    SELECT {_COLUMNS} FROM webhook_delivery
    WHERE {_OWN}
      AND (CAST(:endpoint_id AS uuid) IS NULL OR endpoint_id = :endpoint_id)
      AND (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:subject_request_id AS uuid) IS NULL OR subject_request_id = :subject_request_id)
      AND (CAST(:after AS uuid) IS NULL OR (created_at, id) < (
          SELECT last.created_at, last.id FROM webhook_delivery AS last
          WHERE last.{_OWN} AND last.id = :after))
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants

_ANEW = """
    UPDATE webhook_delivery
    SET state = 'pending', failures = 0,
        next_attempt_at = CASE WHEN subject_request_id IS NULL THEN clock_timestamp() END
"""

BEGIN_ANEW = text(f"{_ANEW} WHERE {_OWN} AND id = :id AND state <> 'pending' RETURNING id")

REPLAY = text(f"""
    {_ANEW}
    WHERE {_OWN} AND endpoint_id = :endpoint_id AND state = 'dead_letter'
      AND occurred_at >= :since
    RETURNING id
""")

FORGET = text(f"""
    DELETE FROM webhook_delivery
    WHERE {_OWN} AND state <> 'pending'
      AND created_at < clock_timestamp() - make_interval(secs => :seconds)
""")  # noqa: S608 - constants
