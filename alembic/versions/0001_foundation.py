"""Lay the tables: controllers, clients, maps, requests, jobs, bundles, audit trail, outbox."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CONTROLLERS = (
    """
    CREATE TABLE controller (
        id uuid NOT NULL,
        name text NOT NULL,
        key_in_lms text,
        data_map_version_id uuid,
        digest_key_id text NOT NULL,
        digest_key_wrapped bytea NOT NULL,
        settings jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_controller PRIMARY KEY (id),
        CONSTRAINT ck_controller_name CHECK (name <> '')
    )
    """,
    """
    CREATE TABLE api_client (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        name text NOT NULL,
        secret_digest bytea NOT NULL,
        scopes text[] NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        revoked_at timestamptz,
        CONSTRAINT pk_api_client PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_api_client_controller FOREIGN KEY (controller_id) REFERENCES controller (id),
        CONSTRAINT ck_api_client_secret_digest CHECK (octet_length(secret_digest) = 32)
    )
    """,
    "CREATE INDEX ix_api_client_id ON api_client (id)",
    """
    CREATE TABLE data_map_version (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        name text NOT NULL,
        digest text NOT NULL,
        document text NOT NULL,
        published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_data_map_version PRIMARY KEY (controller_id, id),
        CONSTRAINT uq_data_map_version_controller_id_digest UNIQUE (controller_id, digest),
        CONSTRAINT fk_data_map_version_controller FOREIGN KEY (controller_id)
            REFERENCES controller (id),
        CONSTRAINT ck_data_map_version_digest CHECK (digest ~ '^[0-9a-f]{64}$')
    )
    """,
    """
    ALTER TABLE controller ADD CONSTRAINT fk_controller_data_map_version
        FOREIGN KEY (id, data_map_version_id) REFERENCES data_map_version (controller_id, id)
    """,
    """
    CREATE TABLE idempotency_key (
        controller_id uuid NOT NULL,
        client_id uuid NOT NULL,
        key text NOT NULL,
        body_sha256 text NOT NULL,
        status integer,
        headers jsonb,
        body text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_idempotency_key PRIMARY KEY (controller_id, client_id, key),
        CONSTRAINT fk_idempotency_key_api_client FOREIGN KEY (controller_id, client_id)
            REFERENCES api_client (controller_id, id)
    )
    """,
)

REQUESTS = (
    """
    CREATE TABLE subject_request (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        "right" text NOT NULL,
        state text NOT NULL,
        subject_key text NOT NULL,
        subject_digest bytea NOT NULL,
        subject_display jsonb NOT NULL,
        data_map_version_id uuid NOT NULL,
        client_id uuid NOT NULL,
        approval jsonb NOT NULL,
        received_at timestamptz NOT NULL,
        accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        completed_at timestamptz,
        attention jsonb,
        bundle_id uuid,
        CONSTRAINT pk_subject_request PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_subject_request_controller FOREIGN KEY (controller_id)
            REFERENCES controller (id),
        CONSTRAINT fk_subject_request_data_map_version
            FOREIGN KEY (controller_id, data_map_version_id)
            REFERENCES data_map_version (controller_id, id),
        CONSTRAINT fk_subject_request_api_client FOREIGN KEY (controller_id, client_id)
            REFERENCES api_client (controller_id, id),
        CONSTRAINT ck_subject_request_right CHECK ("right" IN ('access', 'rectification',
            'erasure', 'restriction', 'restriction_lift', 'portability', 'objection')),
        CONSTRAINT ck_subject_request_state CHECK (state IN ('accepted', 'running',
            'completed', 'needs_attention'))
    )
    """,
    """
    CREATE INDEX ix_subject_request_controller_id_accepted_at_id
        ON subject_request (controller_id, accepted_at, id)
    """,
    """
    CREATE TABLE bundle (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        subject_request_id uuid NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea,
        size_bytes bigint NOT NULL,
        sha256 text NOT NULL,
        xml_size_bytes bigint NOT NULL,
        xml_sha256 text NOT NULL,
        html_size_bytes bigint NOT NULL,
        html_sha256 text NOT NULL,
        record_count bigint NOT NULL,
        file_count bigint NOT NULL,
        missing_file_count bigint NOT NULL,
        replaced_characters bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        deleted_at timestamptz,
        CONSTRAINT pk_bundle PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_bundle_subject_request FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id),
        CONSTRAINT ck_bundle_key_or_deleted
            CHECK ((deleted_at IS NULL) = (wrapped_key IS NOT NULL))
    )
    """,
    """
    CREATE INDEX ix_bundle_expires_at ON bundle (controller_id, expires_at)
        WHERE deleted_at IS NULL
    """,
    """
    ALTER TABLE subject_request ADD CONSTRAINT fk_subject_request_bundle
        FOREIGN KEY (controller_id, bundle_id) REFERENCES bundle (controller_id, id)
    """,
)

JOBS = (
    """
    CREATE TABLE job (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        subject_request_id uuid NOT NULL,
        "right" text NOT NULL,
        state text NOT NULL,
        subject_digest bytea NOT NULL,
        fence bigint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        owner_pid integer,
        owner_started_at timestamptz,
        lease_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz,
        attention_reason text,
        attention_detail text,
        CONSTRAINT pk_job PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_job_subject_request FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id),
        CONSTRAINT ck_job_right CHECK ("right" IN ('access', 'rectification',
            'erasure', 'restriction', 'restriction_lift', 'portability', 'objection')),
        CONSTRAINT ck_job_state CHECK (state IN ('queued', 'running',
            'completed', 'needs_attention'))
    )
    """,
    """
    CREATE INDEX ix_job_controller_id_subject_request_id
        ON job (controller_id, subject_request_id)
    """,
    """
    CREATE UNIQUE INDEX uq_job_running_subject ON job (controller_id, subject_digest)
        WHERE state = 'running'
    """,
    """
    CREATE INDEX ix_job_unfinished_subject ON job (controller_id, subject_digest)
        WHERE state IN ('queued', 'running')
    """,
    """
    CREATE TABLE step (
        controller_id uuid NOT NULL,
        job_id uuid NOT NULL,
        position integer NOT NULL,
        name text NOT NULL,
        title text NOT NULL,
        state text NOT NULL,
        record_count bigint,
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT pk_step PRIMARY KEY (controller_id, job_id, position),
        CONSTRAINT fk_step_job FOREIGN KEY (controller_id, job_id)
            REFERENCES job (controller_id, id),
        CONSTRAINT ck_step_state CHECK (state IN ('pending', 'running', 'completed'))
    )
    """,
    """
    CREATE TABLE wakeable_job (
        controller_id uuid NOT NULL,
        job_id uuid NOT NULL,
        wake_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        owner_pid integer,
        owner_started_at timestamptz,
        CONSTRAINT pk_wakeable_job PRIMARY KEY (controller_id, job_id),
        CONSTRAINT fk_wakeable_job_job FOREIGN KEY (controller_id, job_id)
            REFERENCES job (controller_id, id)
    )
    """,
    "CREATE INDEX ix_wakeable_job_wake_at ON wakeable_job (wake_at)",
)

EVIDENCE = (
    """
    CREATE TABLE audit_head (
        controller_id uuid NOT NULL,
        sequence bigint NOT NULL DEFAULT 0,
        hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
        CONSTRAINT pk_audit_head PRIMARY KEY (controller_id),
        CONSTRAINT fk_audit_head_controller FOREIGN KEY (controller_id) REFERENCES controller (id),
        CONSTRAINT ck_audit_head_hash CHECK (octet_length(hash) = 32)
    )
    """,
    """
    CREATE TABLE audit_entry (
        controller_id uuid NOT NULL,
        sequence bigint NOT NULL,
        at timestamptz NOT NULL,
        action text NOT NULL,
        client_id uuid,
        subject_request_id uuid,
        details jsonb NOT NULL,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL,
        CONSTRAINT pk_audit_entry PRIMARY KEY (controller_id, sequence),
        CONSTRAINT fk_audit_entry_controller FOREIGN KEY (controller_id)
            REFERENCES controller (id),
        CONSTRAINT ck_audit_entry_sequence CHECK (sequence > 0),
        CONSTRAINT ck_audit_entry_previous_hash CHECK (octet_length(previous_hash) = 32),
        CONSTRAINT ck_audit_entry_hash CHECK (octet_length(hash) = 32)
    )
    """,
    """
    CREATE TABLE outbox (
        controller_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        event_type text NOT NULL,
        subject_request_id uuid,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_outbox PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_outbox_controller FOREIGN KEY (controller_id) REFERENCES controller (id),
        CONSTRAINT fk_outbox_subject_request FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id)
    )
    """,
)


def upgrade() -> None:
    for statement in CONTROLLERS + REQUESTS + JOBS + EVIDENCE:
        op.execute(statement)


def downgrade() -> None:
    op.execute(
        """
        DROP TABLE outbox, audit_entry, audit_head, wakeable_job, step, job, bundle,
            subject_request, idempotency_key, data_map_version, api_client, controller CASCADE
        """
    )
