"""Let what was said when persons were searched for and counted go when its time is over."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = """
    CREATE INDEX ix_audit_entry_looks ON audit_entry (controller_id, at)
        WHERE action IN ('subject.searched', 'preview.made')
"""


def upgrade() -> None:
    op.execute(INDEX)
    op.execute("GRANT SELECT (action, at) ON audit_entry TO habeas_worker")


def downgrade() -> None:
    op.execute("REVOKE SELECT (action, at) ON audit_entry FROM habeas_worker")
    op.execute("DROP INDEX ix_audit_entry_looks")
