"""Let a worker take what names a person out of an answer that may be asked for again."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COLUMNS = "SELECT (controller_id, client_id, key), UPDATE (body)"


def upgrade() -> None:
    op.execute(f"GRANT {COLUMNS} ON idempotency_key TO habeas_worker")


def downgrade() -> None:
    op.execute(f"REVOKE {COLUMNS} ON idempotency_key FROM habeas_worker")
