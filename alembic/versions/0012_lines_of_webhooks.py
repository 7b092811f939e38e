"""Give a next attempt only to the first delivery of each line, so that claiming looks at no other."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE webhook_delivery ALTER COLUMN next_attempt_at DROP NOT NULL")
    op.execute("""
        CREATE INDEX ix_webhook_delivery_due_at_endpoint
            ON webhook_delivery (controller_id, endpoint_id, next_attempt_at)
            WHERE state = 'pending'
    """)
    op.execute("ALTER TABLE webhook_delivery NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        UPDATE webhook_delivery AS delivery SET next_attempt_at = NULL
        WHERE delivery.state = 'pending' AND EXISTS (
            SELECT FROM webhook_delivery AS former
            WHERE former.controller_id = delivery.controller_id
              AND former.endpoint_id = delivery.endpoint_id
              AND former.subject_request_id = delivery.subject_request_id
              AND former.state = 'pending' AND former.outbox_id < delivery.outbox_id)
    """)
    op.execute("ALTER TABLE webhook_delivery FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("DROP INDEX ix_webhook_delivery_due_at_endpoint")
    op.execute("ALTER TABLE webhook_delivery NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        UPDATE webhook_delivery SET next_attempt_at = clock_timestamp()
        WHERE next_attempt_at IS NULL
    """)
    op.execute("ALTER TABLE webhook_delivery FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE webhook_delivery ALTER COLUMN next_attempt_at SET NOT NULL")
