"""The statements that move a job: each changes it and its wake-up together.

Every statement of a job that is held names its fence, and touches nothing where that is old. A
queued job without a wake-up rests: it is in nobody's way, and nobody takes it.
"""

from sqlalchemy import text

# Whether the session that owns a row is gone. A session of a role whose activity we may not read
# shows no start: it counts as living, and its lease has to end.
_OWNER_GONE = """owner_pid IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_stat_get_activity(owner_pid) AS session
        WHERE session.pid = owner_pid
          AND (session.backend_start = owner_started_at OR session.backend_start IS NULL))"""
_IS_AWAKE = """EXISTS (
        SELECT FROM wakeable_job
        WHERE wakeable_job.controller_id = job.controller_id AND job_id = job.id)"""

# One that stopped is queued again, why it did left standing: so it is told once, and not one more each time.
RE_EXAMINE = text("""
    WITH again AS (
        UPDATE job SET state = 'queued', attempts = 0, finished_at = NULL
        WHERE state = 'needs_attention' AND id = (
            SELECT id FROM job WHERE kind = 're_examination' AND state = 'needs_attention'
            ORDER BY created_at DESC, id DESC LIMIT 1)
          AND NOT EXISTS (
              SELECT FROM job WHERE subject_digest = :subject_digest AND state = 'queued')
        RETURNING controller_id, id
    ), queued AS (
        INSERT INTO job (controller_id, id, kind, state, subject_digest)
        SELECT :controller_id, :id, 're_examination', 'queued', CAST(:subject_digest AS bytea)
        WHERE NOT EXISTS (SELECT FROM again) AND NOT EXISTS (
            SELECT FROM job WHERE subject_digest = :subject_digest AND state = 'queued')
        RETURNING controller_id, id
    )
    INSERT INTO wakeable_job (controller_id, job_id)
    SELECT controller_id, id FROM again UNION ALL SELECT controller_id, id FROM queued
    RETURNING job_id
""")

LOCK_QUEUE = text(f"""
    SELECT id, attempts, state = 'running' AS is_running,
        state = 'running' AND (lease_until < clock_timestamp() OR {_OWNER_GONE}) AS is_lost
    FROM job
    WHERE (controller_id, subject_digest) = (
        SELECT wanted.controller_id, wanted.subject_digest FROM job AS wanted
        WHERE wanted.id = :job_id)
      AND state IN ('queued', 'running') AND {_IS_AWAKE}
    ORDER BY created_at, id
    FOR UPDATE
""")  # noqa: S608 - constants

# Asked again: who laid it to rest held the lock for which LOCK_QUEUE waited, with an older look.
TAKE = text(f"""
    WITH taken AS (
        UPDATE job
        SET state = 'running', fence = fence + 1, attempts = attempts + 1, owner_pid = :pid,
            owner_started_at = :started_at,
            lease_until = clock_timestamp() + make_interval(secs => :seconds)
        WHERE id = :job_id AND {_IS_AWAKE}
        RETURNING *
    ), wake AS (
        UPDATE wakeable_job
        SET wake_at = taken.lease_until, owner_pid = taken.owner_pid,
            owner_started_at = taken.owner_started_at
        FROM taken
        WHERE wakeable_job.controller_id = taken.controller_id AND job_id = taken.id
    )
    SELECT id, controller_id, kind, subject_request_id, "right", subject_digest, fence, attempts
    FROM taken
""")  # noqa: S608 - constants

POSTPONE = text("""
    UPDATE wakeable_job SET wake_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE job_id = :job_id
""")

HEARTBEAT = text("""
    WITH held AS (
        UPDATE job SET lease_until = clock_timestamp() + make_interval(secs => :seconds)
        WHERE id = :job_id AND fence = :fence AND state = 'running'
        RETURNING controller_id, id, lease_until
    )
    UPDATE wakeable_job SET wake_at = held.lease_until
    FROM held WHERE wakeable_job.controller_id = held.controller_id AND job_id = held.id
    RETURNING job_id
""")

COMPLETE = text("""
    WITH held AS (
        UPDATE job
        SET state = 'completed', finished_at = clock_timestamp(), owner_pid = NULL,
            owner_started_at = NULL, lease_until = NULL, attention_reason = NULL,
            attention_detail = NULL
        WHERE id = :job_id AND fence = :fence AND state = 'running'
        RETURNING controller_id, id
    )
    DELETE FROM wakeable_job USING held
    WHERE wakeable_job.controller_id = held.controller_id AND job_id = held.id
    RETURNING job_id
""")

NEED_ATTENTION = text("""
    WITH held AS (
        UPDATE job
        SET state = 'needs_attention', finished_at = clock_timestamp(), owner_pid = NULL,
            owner_started_at = NULL, lease_until = NULL, attention_reason = :reason,
            attention_detail = :detail
        WHERE id = :job_id AND fence = :fence AND state = 'running'
        RETURNING controller_id, id
    )
    DELETE FROM wakeable_job USING held
    WHERE wakeable_job.controller_id = held.controller_id AND job_id = held.id
    RETURNING job_id
""")

IS_TOLD = text("""
    SELECT attention_reason = :reason FROM job WHERE id = :job_id
""")

# Under the locks of LOCK_QUEUE. The fence rises, so that a worker that still lives is shut out.
GIVE_UP = text("""
    WITH stopped AS (
        UPDATE job
        SET state = 'needs_attention', fence = fence + 1, finished_at = clock_timestamp(),
            owner_pid = NULL, owner_started_at = NULL, lease_until = NULL,
            attention_reason = :reason, attention_detail = :detail
        WHERE id = :job_id
        RETURNING controller_id, id, subject_request_id
    ), asleep AS (
        DELETE FROM wakeable_job USING stopped
        WHERE wakeable_job.controller_id = stopped.controller_id AND job_id = stopped.id
    )
    SELECT controller_id, subject_request_id FROM stopped
""")

RELEASE = text("""
    WITH held AS (
        UPDATE job
        SET state = 'queued', attempts = attempts - 1, owner_pid = NULL, owner_started_at = NULL,
            lease_until = NULL
        WHERE id = :job_id AND fence = :fence AND state = 'running'
        RETURNING controller_id, id
    )
    UPDATE wakeable_job SET wake_at = :wake_at, owner_pid = NULL, owner_started_at = NULL
    FROM held WHERE wakeable_job.controller_id = held.controller_id AND job_id = held.id
    RETURNING job_id
""")

RETRY_LATER = text("""
    WITH held AS (
        UPDATE job
        SET state = 'queued', owner_pid = NULL, owner_started_at = NULL, lease_until = NULL
        WHERE id = :job_id AND fence = :fence AND state = 'running'
        RETURNING controller_id, id
    )
    UPDATE wakeable_job
    SET wake_at = clock_timestamp() + CAST(:delay AS interval), owner_pid = NULL,
        owner_started_at = NULL
    FROM held WHERE wakeable_job.controller_id = held.controller_id AND job_id = held.id
    RETURNING job_id
""")

RESUME = text("""
    WITH queued AS (
        UPDATE job
        SET state = 'queued', attempts = 0, finished_at = NULL, attention_reason = NULL,
            attention_detail = NULL
        WHERE id = :job_id AND state = 'needs_attention'
        RETURNING controller_id, id
    )
    INSERT INTO wakeable_job (controller_id, job_id) SELECT controller_id, id FROM queued
    RETURNING job_id
""")

# No subject request stands behind them by which a person could do it. Of those that have changed nothing
# and remove nothing, RE_EXAMINE takes one: it does all of it.
RESUME_BEGUN_RE_EXAMINATIONS = text("""
    WITH queued AS (
        UPDATE job
        SET state = 'queued', attempts = 0, finished_at = NULL
        WHERE id IN (SELECT job_id FROM upload_removal UNION ALL SELECT job_id FROM intent)
          AND kind = 're_examination' AND state = 'needs_attention'
        RETURNING controller_id, id
    )
    INSERT INTO wakeable_job (controller_id, job_id) SELECT controller_id, id FROM queued
    RETURNING job_id
""")

# Under the locks of LOCK_QUEUE, of a job that has committed nothing. A worker that has it is shut out
# by the fence; one that waits for a person goes on waiting.
REST = text("""
    WITH resting AS (
        UPDATE job
        SET state = 'queued', fence = fence + 1, owner_pid = NULL, owner_started_at = NULL,
            lease_until = NULL
        WHERE id = :job_id AND state IN ('queued', 'running')
        RETURNING controller_id, id
    )
    DELETE FROM wakeable_job USING resting
    WHERE wakeable_job.controller_id = resting.controller_id AND job_id = resting.id
    RETURNING job_id
""")

ROUSE = text("""
    INSERT INTO wakeable_job (controller_id, job_id)
    SELECT controller_id, id FROM job WHERE id = :job_id AND state = 'queued'
    ON CONFLICT (controller_id, job_id) DO NOTHING
    RETURNING job_id
""")

WAKEABLE = text(f"""
    SELECT controller_id, job_id FROM wakeable_job
    WHERE wake_at <= now() OR {_OWNER_GONE}
    ORDER BY wake_at
    LIMIT :limit
""")  # noqa: S608 - constants

NEXT = text("""
    UPDATE wakeable_job SET wake_at = clock_timestamp()
    FROM (
        SELECT waiting.controller_id, waiting.id
        FROM job AS ended JOIN job AS waiting
          ON waiting.controller_id = ended.controller_id
         AND waiting.subject_digest = ended.subject_digest
        JOIN wakeable_job AS awake
          ON awake.controller_id = waiting.controller_id AND awake.job_id = waiting.id
        WHERE ended.id = :job_id AND waiting.state = 'queued'
        ORDER BY waiting.created_at, waiting.id
        LIMIT 1
    ) AS next
    WHERE wakeable_job.controller_id = next.controller_id
      AND wakeable_job.job_id = next.id
    RETURNING wakeable_job.job_id
""")
