"""Keep an upload that went until its job is over: whether it was there, and by which data map it is found."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE upload_removal
            ADD COLUMN data_map_version_id uuid,
            ADD COLUMN was_there boolean,
            ADD CONSTRAINT fk_upload_removal_data_map_version
                FOREIGN KEY (controller_id, data_map_version_id)
                REFERENCES data_map_version (controller_id, id)
    """)
    op.execute("GRANT UPDATE (was_there) ON upload_removal TO habeas_app")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (was_there) ON upload_removal FROM habeas_app")
    op.execute("ALTER TABLE upload_removal DROP COLUMN data_map_version_id, DROP COLUMN was_there")
