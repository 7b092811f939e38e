"""Give API and worker a role each, with what each needs and no more; ``habeas_app`` keeps what it has.

What a later migration grants to one of them it grants to ``habeas_app``, too.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROLE = """
    DO $$
    BEGIN
        IF to_regrole('{role}') IS NULL THEN
            CREATE ROLE {role} NOLOGIN;
        END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database's migration was first
        WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'the owner may not create roles'
                USING HINT = 'As a superuser: CREATE ROLE habeas_api NOLOGIN; '
                    'CREATE ROLE habeas_worker NOLOGIN; then migrate again.';
    END
    $$
"""

JOB = (
    "SELECT, INSERT, UPDATE (state, fence, attempts, owner_pid, owner_started_at, lease_until, "
    "finished_at, attention_reason, attention_detail)"
)
"""The worker takes and ends jobs; the API calls them off and has them begun again."""

API = {
    "alembic_version": "SELECT",
    "api_client": "SELECT, INSERT, UPDATE (secret_digest, former_secret_digest, former_until, "
    "expires_at, revoked_at)",
    "audit_checkpoint": "SELECT, INSERT",
    "audit_entry": "SELECT, INSERT",
    "audit_head": "SELECT, INSERT, UPDATE (sequence, hash)",
    "audit_text": "SELECT, INSERT",
    "bundle": "SELECT",
    "controller": "SELECT, INSERT, UPDATE (name, key_in_lms, data_map_version_id, settings, "
    "enabled_at, enabled_until, enablement_reference)",
    "data_map_version": "SELECT, INSERT",
    "deferral": "SELECT",
    "download_link": "SELECT, INSERT, UPDATE (redeemed_at), DELETE",
    "erasure_ledger": "SELECT",
    "held_records": "SELECT",
    "hold": "SELECT, INSERT, UPDATE (ends_on, state, ended_at)",
    "idempotency_key": "SELECT, INSERT, UPDATE (status, headers, body)",
    # Whether a job has begun to change anything; not what.
    "intent": "SELECT (controller_id, job_id)",
    "job": JOB,
    "misdirected_request": "SELECT, INSERT, UPDATE (state, wrapped_key, sealed, ended_at)",
    "outbox": "INSERT",
    "preview": "SELECT, INSERT",
    "receipt": "SELECT",
    # It calls off a restriction that has changed nothing yet; no other column is its to set.
    "restriction": "SELECT, UPDATE (state, wrapped_key, ended_at)",
    "step": "SELECT",
    "subject_request": "SELECT, INSERT, UPDATE (state, completed_at, attention, options, due_at, "
    "deadline_told, extended_months, doubted_at, paused_days)",
    "support_grant": "SELECT, INSERT, UPDATE (ended_at)",
    "vault_entry": "SELECT",
    "wakeable_job": "SELECT (controller_id, job_id), INSERT, UPDATE (wake_at), DELETE",
    "webhook_delivery": "SELECT, INSERT, UPDATE (state, failures, next_attempt_at, last_failure), "
    "DELETE",
    "webhook_endpoint": "SELECT, INSERT, UPDATE (url, event_types, state, disabled_because), DELETE",
    "webhook_secret": "SELECT, INSERT, UPDATE (expires_at), DELETE",
}
"""What the API may do with each table."""

WORKER = {
    "audit_checkpoint": "SELECT, INSERT",
    "audit_entry": "SELECT (controller_id, sequence, hash), INSERT",
    "audit_head": "SELECT, UPDATE (sequence, hash)",
    # Texts are forgotten by the subject's digest, unread.
    "audit_text": "SELECT (subject_digests), INSERT, DELETE",
    "bundle": "SELECT (controller_id, id, subject_request_id, expires_at, deleted_at), INSERT, "
    "UPDATE (wrapped_key, deleted_at)",
    "controller": "SELECT",
    "data_map_version": "SELECT",
    "deferral": "SELECT, INSERT, DELETE",
    "download_link": "SELECT (controller_id, bundle_id), DELETE",
    "erasure_ledger": "SELECT, INSERT, UPDATE (data_map_version_id, erased_at)",
    "held_records": "SELECT, INSERT, DELETE",
    "hold": "SELECT (controller_id, id, subject_digest, category, record_type, article, ends_on, "
    "state), UPDATE (state, sealed, ended_at)",
    "idempotency_key": "SELECT (headers, body, created_at), DELETE",
    "intent": "SELECT, INSERT, UPDATE (state, settled_at), DELETE",
    "job": JOB,
    "misdirected_request": "SELECT (id, state, expires_at), "
    "UPDATE (state, wrapped_key, sealed, ended_at)",
    "outbox": "SELECT, INSERT, UPDATE (dispatched_at), DELETE",
    "preview": "SELECT (id, subject_digest, expires_at), DELETE",
    "receipt": "INSERT",
    "restriction": "SELECT, INSERT, UPDATE (state, wrapped_key, ended_at)",
    "step": "SELECT, INSERT, UPDATE (name, title, state, record_count, started_at, finished_at), "
    "DELETE",
    "subject_request": "SELECT, INSERT, UPDATE (state, completed_at, attention, bundle_id, "
    "receipt_id, subject_key, subject_display, approval, options, deadline_told, doubted_at)",
    "tally": "SELECT, INSERT, UPDATE (record_count), DELETE",
    "upload_removal": "SELECT, INSERT, UPDATE (was_there), DELETE",
    "vault_entry": "SELECT, INSERT, UPDATE (sealed, is_noted, upload_digests), DELETE",
    "wakeable_job": "SELECT, INSERT, UPDATE (wake_at, owner_pid, owner_started_at), DELETE",
    "webhook_delivery": "SELECT, INSERT, UPDATE (state, attempts, failures, next_attempt_at, "
    "last_attempt_at, last_failure, last_status, delivered_at), DELETE",
    "webhook_endpoint": "SELECT, UPDATE (state, disabled_because)",
    "webhook_secret": "SELECT, DELETE",
}
"""What a worker may do with each table."""

GRANTS = {"habeas_api": API, "habeas_worker": WORKER}

BEFORE_A_CONTROLLER_IS_KNOWN = {
    # Who calls proves it by a key, or by the token of a link; both name the controller.
    "api_client": "habeas_api",
    "download_link": "habeas_api",
    # The heads are the list of controllers: for support, and for a worker's rounds.
    "audit_head": "habeas_api, habeas_worker",
    # A worker looks for what waits.
    "wakeable_job": "habeas_worker",
    "outbox": "habeas_worker",
    "webhook_delivery": "habeas_worker",
}
"""Who, besides ``habeas_app``, reads rows of a table before it knows whose they are."""


def upgrade() -> None:
    for role, tables in GRANTS.items():
        op.execute(ROLE.format(role=role))
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        for table, privileges in tables.items():
            op.execute(f"GRANT {privileges} ON {table} TO {role}")
    for table, roles in BEFORE_A_CONTROLLER_IS_KNOWN.items():
        op.execute(f"ALTER POLICY before_a_controller_is_known ON {table} TO habeas_app, {roles}")


def downgrade() -> None:
    for table in BEFORE_A_CONTROLLER_IS_KNOWN:
        op.execute(f"ALTER POLICY before_a_controller_is_known ON {table} TO habeas_app")
    for role, tables in GRANTS.items():
        for table in tables:
            op.execute(f"REVOKE ALL ON {table} FROM {role}")
        op.execute(f"REVOKE USAGE ON SCHEMA public FROM {role}")
