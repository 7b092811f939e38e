"""Make room for restriction and erasure: restrictions, vault, intents, deferrals, receipts."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"

RESTRICTIONS = (
    """
    CREATE TABLE restriction (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        subject_request_id uuid NOT NULL,
        subject_digest bytea NOT NULL,
        ground text NOT NULL,
        state text NOT NULL,
        data_map_version_id uuid NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        CONSTRAINT pk_restriction PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_restriction_subject_request FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id),
        CONSTRAINT fk_restriction_data_map_version
            FOREIGN KEY (controller_id, data_map_version_id)
            REFERENCES data_map_version (controller_id, id),
        CONSTRAINT ck_restriction_ground CHECK (ground IN ('accuracy_contested',
            'unlawful_processing', 'needed_for_claims', 'objection_pending', 'normal_flow')),
        CONSTRAINT ck_restriction_state CHECK (state IN ('active', 'lifted', 'erased',
            'cancelled')),
        CONSTRAINT ck_restriction_subject_digest CHECK (octet_length(subject_digest) = 32),
        CONSTRAINT ck_restriction_active_or_ended CHECK ((state = 'active') = (ended_at IS NULL)),
        CONSTRAINT ck_restriction_key_or_ended
            CHECK ((ended_at IS NULL) = (wrapped_key IS NOT NULL))
    )
    """,
    """
    CREATE UNIQUE INDEX uq_restriction_active_request
        ON restriction (controller_id, subject_digest, subject_request_id)
        WHERE state = 'active'
    """,
    """
    CREATE INDEX ix_restriction_controller_id_created_at_id
        ON restriction (controller_id, created_at, id)
    """,
    """
    CREATE INDEX ix_restriction_controller_id_subject_digest
        ON restriction (controller_id, subject_digest)
    """,
    """
    CREATE TABLE vault_entry (
        controller_id uuid NOT NULL,
        restriction_id uuid NOT NULL,
        record_type text NOT NULL,
        record_digest bytea NOT NULL,
        number bigint GENERATED ALWAYS AS IDENTITY,
        intent_id uuid NOT NULL,
        is_removed boolean NOT NULL,
        is_noted boolean NOT NULL,
        sealed bytea NOT NULL,
        CONSTRAINT pk_vault_entry
            PRIMARY KEY (controller_id, restriction_id, record_type, record_digest),
        CONSTRAINT fk_vault_entry_restriction FOREIGN KEY (controller_id, restriction_id)
            REFERENCES restriction (controller_id, id),
        CONSTRAINT ck_vault_entry_record_digest CHECK (octet_length(record_digest) = 32)
    )
    """,
    """
    CREATE INDEX ix_vault_entry_controller_id_record_type_record_digest
        ON vault_entry (controller_id, record_type, record_digest)
    """,
    """
    CREATE INDEX ix_vault_entry_controller_id_restriction_id_record_type_number
        ON vault_entry (controller_id, restriction_id, record_type, number)
    """,
    """
    CREATE INDEX ix_vault_entry_controller_id_intent_id ON vault_entry (controller_id, intent_id)
    """,
)

BATCHES = (
    """
    CREATE TABLE intent (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        job_id uuid NOT NULL,
        number integer NOT NULL,
        source text NOT NULL,
        state text NOT NULL,
        transaction_id text NOT NULL,
        backend_pid integer NOT NULL,
        backend_started_at timestamptz NOT NULL,
        tallies jsonb NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        settled_at timestamptz,
        CONSTRAINT pk_intent PRIMARY KEY (controller_id, id),
        CONSTRAINT uq_intent_controller_id_job_id_number UNIQUE (controller_id, job_id, number),
        CONSTRAINT fk_intent_job FOREIGN KEY (controller_id, job_id)
            REFERENCES job (controller_id, id),
        CONSTRAINT ck_intent_state CHECK (state IN ('open', 'settled')),
        CONSTRAINT ck_intent_settled_or_open
            CHECK ((state = 'settled') = (settled_at IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_intent_open_of_job ON intent (controller_id, job_id) WHERE state = 'open'",
    """
    CREATE TABLE tally (
        controller_id uuid NOT NULL,
        job_id uuid NOT NULL,
        phase text NOT NULL,
        record_type text NOT NULL,
        roles text NOT NULL,
        role text NOT NULL,
        position integer NOT NULL,
        outcome text NOT NULL,
        record_count bigint NOT NULL,
        CONSTRAINT pk_tally PRIMARY KEY (controller_id, job_id, phase, record_type, roles, role,
            position, outcome),
        CONSTRAINT fk_tally_job FOREIGN KEY (controller_id, job_id)
            REFERENCES job (controller_id, id),
        CONSTRAINT ck_tally_phase CHECK (phase IN ('planned', 'done', 'left')),
        CONSTRAINT ck_tally_outcome CHECK (outcome IN ('removed', 'anonymised', 'hidden', 'kept',
            'deferred', 'already_gone', 'restored', 'left_changed'))
    )
    """,
    """
    CREATE TABLE upload_removal (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        job_id uuid NOT NULL,
        source text NOT NULL,
        path_digest bytea NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_upload_removal PRIMARY KEY (controller_id, id),
        CONSTRAINT uq_upload_removal_controller_id_job_id_source_path_digest
            UNIQUE (controller_id, job_id, source, path_digest),
        CONSTRAINT fk_upload_removal_job FOREIGN KEY (controller_id, job_id)
            REFERENCES job (controller_id, id),
        CONSTRAINT ck_upload_removal_path_digest CHECK (octet_length(path_digest) = 32)
    )
    """,
    """
    CREATE INDEX ix_upload_removal_controller_id_job_id_id
        ON upload_removal (controller_id, job_id, id)
    """,
)

WHAT_STAYS = (
    """
    CREATE TABLE deferral (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        data_map_version_id uuid NOT NULL,
        record_type text NOT NULL,
        role text NOT NULL,
        position integer NOT NULL,
        container_digest bytea NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_deferral PRIMARY KEY (controller_id, id),
        CONSTRAINT uq_deferral_container UNIQUE (controller_id, data_map_version_id, record_type,
            role, position, container_digest),
        CONSTRAINT fk_deferral_data_map_version FOREIGN KEY (controller_id, data_map_version_id)
            REFERENCES data_map_version (controller_id, id),
        CONSTRAINT ck_deferral_container_digest CHECK (octet_length(container_digest) = 32)
    )
    """,
    """
    CREATE INDEX ix_deferral_rule
        ON deferral (controller_id, data_map_version_id, record_type, role, position, id)
    """,
    """
    CREATE INDEX ix_deferral_controller_id_created_at_id
        ON deferral (controller_id, created_at, id)
    """,
    """
    CREATE TABLE erasure_ledger (
        controller_id uuid NOT NULL,
        subject_digest bytea NOT NULL,
        data_map_version_id uuid NOT NULL,
        erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_erasure_ledger PRIMARY KEY (controller_id, subject_digest),
        CONSTRAINT fk_erasure_ledger_data_map_version
            FOREIGN KEY (controller_id, data_map_version_id)
            REFERENCES data_map_version (controller_id, id),
        CONSTRAINT ck_erasure_ledger_subject_digest CHECK (octet_length(subject_digest) = 32)
    )
    """,
    """
    CREATE INDEX ix_erasure_ledger_controller_id_erased_at
        ON erasure_ledger (controller_id, erased_at)
    """,
    """
    CREATE TABLE receipt (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        subject_request_id uuid NOT NULL,
        json_text text NOT NULL,
        xml_text text NOT NULL,
        key_id text NOT NULL,
        json_signature bytea NOT NULL,
        xml_signature bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_receipt PRIMARY KEY (controller_id, id),
        CONSTRAINT uq_receipt_controller_id_subject_request_id
            UNIQUE (controller_id, subject_request_id),
        CONSTRAINT fk_receipt_subject_request FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id),
        CONSTRAINT ck_receipt_json_signature CHECK (octet_length(json_signature) = 64),
        CONSTRAINT ck_receipt_xml_signature CHECK (octet_length(xml_signature) = 64)
    )
    """,
    """
    CREATE TABLE preview (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        "right" text NOT NULL,
        subject_digest bytea NOT NULL,
        data_map_version_id uuid NOT NULL,
        client_id uuid NOT NULL,
        digest text NOT NULL,
        content jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_preview PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_preview_data_map_version FOREIGN KEY (controller_id, data_map_version_id)
            REFERENCES data_map_version (controller_id, id),
        CONSTRAINT fk_preview_api_client FOREIGN KEY (controller_id, client_id)
            REFERENCES api_client (controller_id, id),
        CONSTRAINT ck_preview_right CHECK ("right" IN ('access', 'rectification',
            'erasure', 'restriction', 'restriction_lift', 'portability', 'objection')),
        CONSTRAINT ck_preview_subject_digest CHECK (octet_length(subject_digest) = 32),
        CONSTRAINT ck_preview_digest CHECK (digest ~ '^[0-9a-f]{64}$')
    )
    """,
    "CREATE INDEX ix_preview_controller_id_digest ON preview (controller_id, digest)",
    """
    CREATE INDEX ix_preview_controller_id_subject_digest
        ON preview (controller_id, subject_digest)
    """,
    "CREATE INDEX ix_preview_controller_id_expires_at ON preview (controller_id, expires_at)",
)

REQUESTS_AND_JOBS = (
    """
    ALTER TABLE subject_request
        ADD COLUMN options jsonb NOT NULL DEFAULT '{}'::jsonb,
        ADD COLUMN receipt_id uuid,
        ALTER COLUMN subject_key DROP NOT NULL,
        ADD CONSTRAINT fk_subject_request_receipt FOREIGN KEY (controller_id, receipt_id)
            REFERENCES receipt (controller_id, id),
        DROP CONSTRAINT ck_subject_request_state,
        ADD CONSTRAINT ck_subject_request_state CHECK (state IN ('awaiting_information',
            'accepted', 'running', 'completed', 'needs_attention', 'cancelled'))
    """,
    """
    CREATE INDEX ix_subject_request_controller_id_subject_digest
        ON subject_request (controller_id, subject_digest)
    """,
    """
    ALTER TABLE job
        ADD COLUMN kind text NOT NULL DEFAULT 'subject_request'::text,
        ALTER COLUMN subject_request_id DROP NOT NULL,
        ALTER COLUMN "right" DROP NOT NULL,
        ADD CONSTRAINT ck_job_kind CHECK (kind IN ('subject_request', 're_examination')),
        DROP CONSTRAINT ck_job_state,
        ADD CONSTRAINT ck_job_state CHECK (state IN ('queued', 'running', 'completed',
            'needs_attention', 'cancelled')),
        ADD CONSTRAINT ck_job_of_request CHECK (
            (kind = 'subject_request') = (subject_request_id IS NOT NULL)
            AND (kind = 'subject_request') = ("right" IS NOT NULL))
    """,
)

GRANTS = {
    "restriction": "SELECT, INSERT, UPDATE (state, key_id, wrapped_key, ended_at)",
    "vault_entry": "SELECT, INSERT, UPDATE (sealed, is_noted), DELETE",
    "intent": "SELECT, INSERT, UPDATE (state, settled_at), DELETE",
    "tally": "SELECT, INSERT, UPDATE (record_count), DELETE",
    "upload_removal": "SELECT, INSERT, DELETE",
    "deferral": "SELECT, INSERT, DELETE",
    "erasure_ledger": "SELECT, INSERT, UPDATE (data_map_version_id, erased_at)",
    "receipt": "SELECT, INSERT",
    "preview": "SELECT, INSERT, DELETE",
}
"""What the application may do with each new table, and nothing more."""

FORGETTING = "subject_key, subject_display, approval, options, receipt_id"

REFUSE_CHANGE = """
    CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

# The owner is bound by row security too, and no controller is known here.
BACK = (
    """
    ALTER TABLE subject_request NO FORCE ROW LEVEL SECURITY,
        DROP CONSTRAINT ck_subject_request_state
    """,
    """
    UPDATE subject_request SET subject_key = COALESCE(subject_key, ''), state = CASE state
        WHEN 'awaiting_information' THEN 'accepted' WHEN 'cancelled' THEN 'completed'
        ELSE state END
    WHERE subject_key IS NULL OR state IN ('awaiting_information', 'cancelled')
    """,
    """
    ALTER TABLE subject_request FORCE ROW LEVEL SECURITY,
        DROP COLUMN options,
        DROP COLUMN receipt_id,
        ALTER COLUMN subject_key SET NOT NULL,
        ADD CONSTRAINT ck_subject_request_state CHECK (state IN ('accepted', 'running',
            'completed', 'needs_attention'))
    """,
    "DROP INDEX ix_subject_request_controller_id_subject_digest",
    """
    DROP TABLE preview, receipt, erasure_ledger, deferral, upload_removal, tally, intent,
        vault_entry, restriction
    """,
    """
    ALTER TABLE job NO FORCE ROW LEVEL SECURITY, DROP CONSTRAINT ck_job_of_request
    """,
    "ALTER TABLE step NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE wakeable_job NO FORCE ROW LEVEL SECURITY",
    """
    WITH no_request AS (SELECT controller_id, id FROM job WHERE kind = 're_examination'),
        asleep AS (DELETE FROM wakeable_job WHERE (controller_id, job_id) IN (TABLE no_request)),
        shown AS (DELETE FROM step WHERE (controller_id, job_id) IN (TABLE no_request))
    DELETE FROM job WHERE (controller_id, id) IN (TABLE no_request)
    """,
    "UPDATE job SET state = 'completed' WHERE state = 'cancelled'",
    "ALTER TABLE wakeable_job FORCE ROW LEVEL SECURITY",
    "ALTER TABLE step FORCE ROW LEVEL SECURITY",
    """
    ALTER TABLE job FORCE ROW LEVEL SECURITY,
        DROP COLUMN kind,
        DROP CONSTRAINT ck_job_state,
        ADD CONSTRAINT ck_job_state CHECK (state IN ('queued', 'running', 'completed',
            'needs_attention')),
        ALTER COLUMN subject_request_id SET NOT NULL,
        ALTER COLUMN "right" SET NOT NULL
    """,
)


def upgrade() -> None:
    for statement in RESTRICTIONS + BATCHES + WHAT_STAYS + REQUESTS_AND_JOBS:
        op.execute(statement)
    for table, privileges in GRANTS.items():
        op.execute(f"GRANT {privileges} ON {table} TO habeas_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_controller ON {table} USING (controller_id = {SETTING})")
    op.execute(f"GRANT UPDATE ({FORGETTING}) ON subject_request TO habeas_app")
    op.execute(REFUSE_CHANGE)


def downgrade() -> None:
    op.execute(
        "REVOKE UPDATE (subject_key, subject_display, approval) ON subject_request FROM habeas_app"
    )
    for statement in BACK:
        op.execute(statement)
