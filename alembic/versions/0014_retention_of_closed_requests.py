"""Let closed subject requests go when their time is over, and their receipts stay."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DELETED = ("subject_request", "job", "bundle", "restriction")
"""Whose rows a worker may delete from now on; what hangs on them it may delete already."""

INDEXES = (
    """
    CREATE INDEX ix_subject_request_closed ON subject_request (controller_id, completed_at)
        WHERE state IN ('completed', 'cancelled', 'refused')
    """,
    """
    CREATE INDEX ix_subject_request_bundle ON subject_request (controller_id, bundle_id)
        WHERE bundle_id IS NOT NULL
    """,
    """
    CREATE INDEX ix_bundle_controller_id_subject_request_id
        ON bundle (controller_id, subject_request_id)
    """,
    """
    CREATE INDEX ix_restriction_controller_id_subject_request_id
        ON restriction (controller_id, subject_request_id)
    """,
)

# A receipt is never changed or removed: it keeps the id of a request that is gone.
RECEIPTS_STAY = "ALTER TABLE receipt DROP CONSTRAINT fk_receipt_subject_request"

TRIGGERS = (
    """
    CREATE TRIGGER open_stays BEFORE DELETE ON subject_request FOR EACH ROW
        WHEN (OLD.state NOT IN ('completed', 'cancelled', 'refused'))
        EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER active_stays BEFORE DELETE ON restriction FOR EACH ROW
        WHEN (OLD.state = 'active') EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER readable_stays BEFORE DELETE ON bundle FOR EACH ROW
        WHEN (OLD.deleted_at IS NULL) EXECUTE FUNCTION refuse_change()
    """,
)

BACK = (
    "DROP TRIGGER readable_stays ON bundle",
    "DROP TRIGGER active_stays ON restriction",
    "DROP TRIGGER open_stays ON subject_request",
    # Not looked at: receipts whose requests are gone stay.
    """
    ALTER TABLE receipt ADD CONSTRAINT fk_receipt_subject_request
        FOREIGN KEY (controller_id, subject_request_id)
        REFERENCES subject_request (controller_id, id) NOT VALID
    """,
    "DROP INDEX ix_restriction_controller_id_subject_request_id",
    "DROP INDEX ix_bundle_controller_id_subject_request_id",
    "DROP INDEX ix_subject_request_bundle",
    "DROP INDEX ix_subject_request_closed",
)


READ = {"audit_text": "controller_id, sequence", "audit_entry": "subject_request_id"}
"""Which texts go is found by their entries; neither is read for it."""


def upgrade() -> None:
    for statement in (*INDEXES, RECEIPTS_STAY, *TRIGGERS):
        op.execute(statement)
    for table, columns in READ.items():
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO habeas_worker")
    for table in DELETED:
        op.execute(f"GRANT DELETE ON {table} TO habeas_app, habeas_worker")


def downgrade() -> None:
    for table, columns in READ.items():
        op.execute(f"REVOKE SELECT ({columns}) ON {table} FROM habeas_worker")
    for table in DELETED:
        op.execute(f"REVOKE DELETE ON {table} FROM habeas_app, habeas_worker")
    for statement in BACK:
        op.execute(statement)
