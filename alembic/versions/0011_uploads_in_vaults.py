"""Note beside a vault entry which uploads its former values name, so that nobody has to open it to know."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE vault_entry
            ADD COLUMN upload_digests bytea,
            ADD CONSTRAINT ck_vault_entry_upload_digests
                CHECK (octet_length(upload_digests) % 32 = 0)
    """)
    op.execute("""
        CREATE INDEX ix_vault_entry_uploads ON vault_entry (controller_id, restriction_id, record_type)
        WHERE upload_digests IS NULL OR upload_digests <> ''::bytea
    """)
    op.execute("GRANT UPDATE (upload_digests) ON vault_entry TO habeas_app")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (upload_digests) ON vault_entry FROM habeas_app")
    op.execute("ALTER TABLE vault_entry DROP COLUMN upload_digests")
