"""Call by its name what tells two request bodies apart: a keyed digest, no mere hash."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE idempotency_key RENAME body_sha256 TO body_digest")


def downgrade() -> None:
    op.execute("ALTER TABLE idempotency_key RENAME body_digest TO body_sha256")
