"""Webhook endpoints with their secrets, and what is delivered to each."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"

TABLES = (
    """
    CREATE TABLE webhook_endpoint (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        url text NOT NULL,
        event_types text[],
        state text NOT NULL DEFAULT 'active'::text,
        disabled_because text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_webhook_endpoint PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_webhook_endpoint_controller FOREIGN KEY (controller_id)
            REFERENCES controller (id),
        CONSTRAINT ck_webhook_endpoint_state CHECK (state IN ('active', 'disabled')),
        CONSTRAINT ck_webhook_endpoint_disabled_because
            CHECK (disabled_because IN ('requested', 'gone', 'failing')),
        CONSTRAINT ck_webhook_endpoint_active_or_because
            CHECK ((state = 'active') = (disabled_because IS NULL))
    )
    """,
    """
    CREATE INDEX ix_webhook_endpoint_controller_id_created_at_id
        ON webhook_endpoint (controller_id, created_at, id)
    """,
    """
    CREATE TABLE webhook_secret (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz,
        CONSTRAINT pk_webhook_secret PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_webhook_secret_webhook_endpoint FOREIGN KEY (controller_id, endpoint_id)
            REFERENCES webhook_endpoint (controller_id, id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_webhook_secret_current
        ON webhook_secret (controller_id, endpoint_id) WHERE expires_at IS NULL
    """,
    """
    CREATE TABLE webhook_delivery (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        outbox_id bigint,
        event_type text NOT NULL,
        subject_request_id uuid,
        payload jsonb NOT NULL,
        occurred_at timestamptz NOT NULL,
        state text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        failures integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_attempt_at timestamptz,
        last_failure text,
        last_status integer,
        delivered_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_webhook_delivery PRIMARY KEY (controller_id, id),
        CONSTRAINT uq_webhook_delivery_controller_id_endpoint_id_outbox_id
            UNIQUE (controller_id, endpoint_id, outbox_id),
        CONSTRAINT fk_webhook_delivery_webhook_endpoint FOREIGN KEY (controller_id, endpoint_id)
            REFERENCES webhook_endpoint (controller_id, id),
        CONSTRAINT fk_webhook_delivery_subject_request
            FOREIGN KEY (controller_id, subject_request_id)
            REFERENCES subject_request (controller_id, id),
        CONSTRAINT ck_webhook_delivery_state
            CHECK (state IN ('pending', 'delivered', 'dead_letter')),
        CONSTRAINT ck_webhook_delivery_last_failure CHECK (last_failure IN ('status', 'timeout',
            'unreachable', 'address_refused', 'not_understood', 'endpoint_disabled')),
        CONSTRAINT ck_webhook_delivery_delivered
            CHECK (state <> 'delivered' OR delivered_at IS NOT NULL)
    )
    """,
    # Which endpoints have something due, before a controller is known.
    """
    CREATE INDEX ix_webhook_delivery_due ON webhook_delivery (next_attempt_at)
        WHERE state = 'pending'
    """,
    # What has to be delivered before an event of the same subject request. There is no other index
    # by endpoint: on a young table, without statistics, it would be taken for as good as this one.
    """
    CREATE INDEX ix_webhook_delivery_line
        ON webhook_delivery (controller_id, endpoint_id, subject_request_id, outbox_id)
        WHERE state = 'pending'
    """,
    """
    CREATE INDEX ix_webhook_delivery_delivered
        ON webhook_delivery (controller_id, endpoint_id, delivered_at) WHERE state = 'delivered'
    """,
    """
    CREATE INDEX ix_webhook_delivery_controller_id_created_at_id
        ON webhook_delivery (controller_id, created_at, id)
    """,
    """
    CREATE INDEX ix_webhook_delivery_controller_id_subject_request_id
        ON webhook_delivery (controller_id, subject_request_id)
    """,
    "ALTER TABLE outbox ADD COLUMN dispatched_at timestamptz",
    # Nobody had an endpoint before: what was announced until now is announced to nobody.
    "ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY",
    "UPDATE outbox SET dispatched_at = clock_timestamp()",
    "ALTER TABLE outbox FORCE ROW LEVEL SECURITY",
    """
    CREATE INDEX ix_outbox_waiting ON outbox (controller_id, id) WHERE dispatched_at IS NULL
    """,
)

GRANTS = {
    "webhook_endpoint": "SELECT, INSERT, UPDATE (url, event_types, state, disabled_because), DELETE",
    "webhook_secret": "SELECT, INSERT, UPDATE (key_id, wrapped_key, expires_at), DELETE",
    "webhook_delivery": "SELECT, INSERT, UPDATE (state, attempts, failures, next_attempt_at, "
    "last_attempt_at, last_failure, last_status, delivered_at), DELETE",
}
"""What the application may do with each new table, and nothing more."""

BEFORE_A_CONTROLLER_IS_KNOWN = {
    # The courier looks for whom something waits: ids, states and counts only.
    "outbox": f"{SETTING} IS NULL AND dispatched_at IS NULL",
    "webhook_delivery": f"{SETTING} IS NULL AND state = 'pending'",
}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, privileges in GRANTS.items():
        op.execute(f"GRANT {privileges} ON {table} TO habeas_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_controller ON {table} USING (controller_id = {SETTING})")
    op.execute("GRANT UPDATE (dispatched_at), DELETE ON outbox TO habeas_app")
    for table, condition in BEFORE_A_CONTROLLER_IS_KNOWN.items():
        op.execute(
            f"CREATE POLICY before_a_controller_is_known ON {table} FOR SELECT TO habeas_app "
            f"USING ({condition})"
        )


def downgrade() -> None:
    op.execute("DROP POLICY before_a_controller_is_known ON outbox")
    op.execute("REVOKE UPDATE (dispatched_at), DELETE ON outbox FROM habeas_app")
    op.execute("ALTER TABLE outbox DROP COLUMN dispatched_at")
    op.execute("DROP TABLE webhook_delivery, webhook_secret, webhook_endpoint")
