"""Let erasures wait for a second person, requests have deadlines, and misdirected ones be kept."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"

WAITING = """
    ALTER TABLE subject_request
        ADD COLUMN due_at timestamptz,
        ADD COLUMN deadline_told text,
        ADD COLUMN extended_months integer NOT NULL DEFAULT 0,
        ADD COLUMN doubted_at timestamptz,
        ADD COLUMN paused_days integer NOT NULL DEFAULT 0,
        ADD COLUMN batch_id uuid,
        ADD COLUMN submitter_digest bytea,
        DROP CONSTRAINT ck_subject_request_state,
        ADD CONSTRAINT ck_subject_request_state CHECK (state IN ('awaiting_information',
            'awaiting_approval', 'held', 'accepted', 'running', 'completed', 'needs_attention',
            'cancelled', 'refused')),
        ADD CONSTRAINT ck_subject_request_deadline_told
            CHECK (deadline_told IN ('due_soon', 'overdue')),
        ADD CONSTRAINT ck_subject_request_extended_months
            CHECK (extended_months BETWEEN 0 AND 2),
        ADD CONSTRAINT ck_subject_request_paused_days CHECK (paused_days >= 0),
        ADD CONSTRAINT ck_subject_request_submitter_digest
            CHECK (octet_length(submitter_digest) = 32),
        ADD CONSTRAINT ck_subject_request_waits_for_another CHECK (
            state NOT IN ('awaiting_approval', 'held') OR submitter_digest IS NOT NULL)
"""
INDEXES = (
    """
    CREATE INDEX ix_subject_request_due ON subject_request (controller_id, due_at)
        WHERE state NOT IN ('completed', 'cancelled', 'refused')
    """,
    """
    CREATE INDEX ix_subject_request_erasures ON subject_request (controller_id, accepted_at)
        WHERE "right" = 'erasure'
    """,
    """
    CREATE INDEX ix_subject_request_batch ON subject_request (controller_id, batch_id)
        WHERE batch_id IS NOT NULL
    """,
)
MISDIRECTED = (
    """
    CREATE TABLE misdirected_request (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        client_id uuid NOT NULL,
        state text NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea,
        sealed bytea,
        received_at timestamptz NOT NULL,
        taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT pk_misdirected_request PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_misdirected_request_api_client FOREIGN KEY (controller_id, client_id)
            REFERENCES api_client (controller_id, id),
        CONSTRAINT ck_misdirected_request_state
            CHECK (state IN ('received', 'handed_over', 'expired')),
        CONSTRAINT ck_misdirected_request_received_or_ended
            CHECK ((state = 'received') = (ended_at IS NULL)),
        CONSTRAINT ck_misdirected_request_content_or_ended CHECK (
            (ended_at IS NULL) = (wrapped_key IS NOT NULL)
            AND (wrapped_key IS NULL) = (sealed IS NULL))
    )
    """,
    """
    CREATE INDEX ix_misdirected_request_controller_id_taken_at_id
        ON misdirected_request (controller_id, taken_at, id)
    """,
    """
    CREATE INDEX ix_misdirected_request_expires_at ON misdirected_request (controller_id, expires_at)
        WHERE ended_at IS NULL
    """,
    "ALTER TABLE misdirected_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY own_controller ON misdirected_request USING (controller_id = {SETTING})",
    """
    GRANT SELECT, INSERT, UPDATE (state, key_id, wrapped_key, sealed, ended_at)
        ON misdirected_request TO habeas_app
    """,
)
CHANGED = "due_at, deadline_told, extended_months, doubted_at, paused_days"
"""What the application may change of a subject request, besides."""

# The owner is bound by row security too, and no controller is known here. What waited is called off
# rather than begun: nobody has approved it.
BACK = (
    "DROP TABLE misdirected_request",
    """
    ALTER TABLE subject_request NO FORCE ROW LEVEL SECURITY,
        DROP CONSTRAINT ck_subject_request_state
    """,
    """
    UPDATE subject_request SET state = 'cancelled',
        completed_at = COALESCE(completed_at, clock_timestamp())
    WHERE state IN ('awaiting_approval', 'held', 'refused')
    """,
    """
    ALTER TABLE subject_request FORCE ROW LEVEL SECURITY,
        DROP COLUMN due_at,
        DROP COLUMN deadline_told,
        DROP COLUMN extended_months,
        DROP COLUMN doubted_at,
        DROP COLUMN paused_days,
        DROP COLUMN batch_id,
        DROP COLUMN submitter_digest,
        ADD CONSTRAINT ck_subject_request_state CHECK (state IN ('awaiting_information',
            'accepted', 'running', 'completed', 'needs_attention', 'cancelled'))
    """,
    "DROP INDEX ix_subject_request_erasures",
)


def upgrade() -> None:
    for statement in (WAITING, *INDEXES, *MISDIRECTED):
        op.execute(statement)
    op.execute(f"GRANT UPDATE ({CHANGED}) ON subject_request TO habeas_app")


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement)
