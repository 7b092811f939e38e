"""Keep what recipients answered who were told of a subject request."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"
STATEMENTS = (
    """
    CREATE TABLE recipient_answer (
        controller_id uuid NOT NULL,
        subject_request_id uuid NOT NULL,
        recipient text NOT NULL,
        outcome text NOT NULL,
        answered_at timestamptz NOT NULL,
        CONSTRAINT pk_recipient_answer PRIMARY KEY (controller_id, subject_request_id, recipient),
        CONSTRAINT fk_recipient_answer_subject_request
            FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id),
        CONSTRAINT ck_recipient_answer_outcome
            CHECK (outcome IN ('done', 'nothing_held', 'refused'))
    )
    """,
    "ALTER TABLE recipient_answer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY own_controller ON recipient_answer USING (controller_id = {SETTING})",
    """
    GRANT SELECT, INSERT, UPDATE (outcome, answered_at) ON recipient_answer
        TO habeas_api, habeas_app
    """,
    "GRANT SELECT (subject_request_id) ON recipient_answer TO habeas_worker",
    "GRANT DELETE ON recipient_answer TO habeas_worker, habeas_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE recipient_answer")
