"""Holds: orders not to erase, and what erasures kept for them."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller'::text, true), ''::text)::uuid"
ARTICLES = "'17(3)(a)', '17(3)(b)', '17(3)(c)', '17(3)(d)', '17(3)(e)', '18(1)(c)'"

TABLES = (
    f"""
    CREATE TABLE hold (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        client_id uuid NOT NULL,
        subject_digest bytea,
        category text,
        record_type text,
        article text NOT NULL,
        ends_on date,
        state text NOT NULL,
        sealed bytea,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        CONSTRAINT pk_hold PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_hold_api_client FOREIGN KEY (controller_id, client_id)
            REFERENCES api_client (controller_id, id),
        CONSTRAINT ck_hold_article CHECK (article IN ({ARTICLES})),
        CONSTRAINT ck_hold_state CHECK (state IN ('in_force', 'ended', 'expired')),
        CONSTRAINT ck_hold_category CHECK (category IN ('personal_information', 'communication',
            'course_material', 'assessments', 'calendar', 'student_responses', 'internal_logic')),
        CONSTRAINT ck_hold_subject_digest CHECK (octet_length(subject_digest) = 32),
        CONSTRAINT ck_hold_target CHECK (
            num_nonnulls(subject_digest, category, record_type) > 0),
        CONSTRAINT ck_hold_one_kind CHECK (num_nonnulls(category, record_type) < 2),
        CONSTRAINT ck_hold_in_force_or_ended CHECK ((state = 'in_force') = (ended_at IS NULL))
    )
    """,
    "CREATE INDEX ix_hold_controller_id_created_at_id ON hold (controller_id, created_at, id)",
    "CREATE INDEX ix_hold_controller_id_subject_digest ON hold (controller_id, subject_digest)",
    "CREATE INDEX ix_hold_in_force ON hold (controller_id, id) WHERE state = 'in_force'",
    f"""
    CREATE TABLE held_records (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        subject_request_id uuid NOT NULL,
        subject_digest bytea NOT NULL,
        data_map_version_id uuid NOT NULL,
        record_type text NOT NULL,
        role text NOT NULL,
        position integer NOT NULL,
        article text NOT NULL,
        held_by text NOT NULL,
        held_types text[] NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_held_records PRIMARY KEY (controller_id, id),
        CONSTRAINT uq_held_records_kind
            UNIQUE (controller_id, subject_digest, record_type, role),
        CONSTRAINT fk_held_records_subject_request
            FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id),
        CONSTRAINT fk_held_records_data_map_version
            FOREIGN KEY (controller_id, data_map_version_id)
            REFERENCES data_map_version (controller_id, id),
        CONSTRAINT ck_held_records_article CHECK (article IN ({ARTICLES})),
        CONSTRAINT ck_held_records_held_by CHECK (held_by IN ('hold', 'exception', 'dependence')),
        CONSTRAINT ck_held_records_subject_digest CHECK (octet_length(subject_digest) = 32)
    )
    """,
    """
    CREATE INDEX ix_held_records_controller_id_created_at_id
        ON held_records (controller_id, created_at, id)
    """,
)

GRANTS = {
    "hold": "SELECT, INSERT, UPDATE (ends_on, state, sealed, ended_at)",
    "held_records": "SELECT, INSERT, DELETE",
}
"""What the application may do with each table, and nothing more."""


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, privileges in GRANTS.items():
        op.execute(f"GRANT {privileges} ON {table} TO habeas_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_controller ON {table} USING (controller_id = {SETTING})")


def downgrade() -> None:
    op.execute("DROP TABLE held_records, hold")
