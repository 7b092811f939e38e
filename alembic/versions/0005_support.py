"""Enable controllers, rotate and bind API clients, let support act for a controller under a grant."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PROCESSOR = "00000000-0000-8000-8000-000000000001"
SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"

UP = (
    # Whom Habeas worked for before goes on: filled by default, since row security hides the rows.
    """
    ALTER TABLE controller
        ADD COLUMN enabled_at timestamptz DEFAULT clock_timestamp(),
        ADD COLUMN enabled_until timestamptz,
        ADD COLUMN enablement_reference text DEFAULT 'enabled before enablement was recorded',
        ADD CONSTRAINT ck_controller_enablement CHECK (
            (enabled_at IS NULL) = (enablement_reference IS NULL)
            AND (enabled_until IS NULL OR enabled_until > enabled_at))
    """,
    """
    ALTER TABLE controller
        ALTER COLUMN enabled_at DROP DEFAULT, ALTER COLUMN enablement_reference DROP DEFAULT
    """,
    f"""
    ALTER TABLE api_client
        ALTER COLUMN secret_digest DROP NOT NULL,
        ADD COLUMN former_secret_digest bytea,
        ADD COLUMN former_until timestamptz,
        ADD COLUMN issuer_client_id text,
        ADD COLUMN allowed_networks text[] NOT NULL DEFAULT '{{}}',
        ADD CONSTRAINT uq_api_client_controller_id_issuer_client_id
            UNIQUE (controller_id, issuer_client_id),
        ADD CONSTRAINT ck_api_client_one_proof
            CHECK (num_nonnulls(secret_digest, issuer_client_id) <= 1),
        ADD CONSTRAINT ck_api_client_former_secret CHECK (
            (former_secret_digest IS NULL) = (former_until IS NULL)
            AND octet_length(former_secret_digest) = 32),
        ADD CONSTRAINT ck_api_client_support
            CHECK (('support' = ANY (scopes)) = (controller_id = '{PROCESSOR}'))
    """,
    """
    CREATE TABLE support_grant (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        granted_to uuid NOT NULL,
        reference text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ends_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT pk_support_grant PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_support_grant_api_client FOREIGN KEY (controller_id, id)
            REFERENCES api_client (controller_id, id),
        CONSTRAINT ck_support_grant_ends_at CHECK (
            ends_at > created_at AND ends_at <= created_at + interval '8 hours')
    )
    """,
    """
    CREATE INDEX ix_support_grant_controller_id_granted_to_ends_at
        ON support_grant (controller_id, granted_to, ends_at)
    """,
    "ALTER TABLE support_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY own_controller ON support_grant USING (controller_id = {SETTING})",
    "GRANT SELECT, INSERT, UPDATE (ended_at) ON support_grant TO habeas_app",
    """
    GRANT UPDATE (key_in_lms, enabled_at, enabled_until, enablement_reference)
        ON controller TO habeas_app
    """,
    """
    GRANT UPDATE (secret_digest, former_secret_digest, former_until, expires_at)
        ON api_client TO habeas_app
    """,
)

DOWN = (
    "DROP TABLE support_grant",
    """
    REVOKE UPDATE (key_in_lms, enabled_at, enabled_until, enablement_reference)
        ON controller FROM habeas_app
    """,
    """
    REVOKE UPDATE (secret_digest, former_secret_digest, former_until, expires_at)
        ON api_client FROM habeas_app
    """,
    """
    ALTER TABLE api_client
        DROP COLUMN former_secret_digest, DROP COLUMN former_until, DROP COLUMN issuer_client_id,
        DROP COLUMN allowed_networks, DROP CONSTRAINT ck_api_client_support
    """,
    # A client without a key gets a digest that no key has; row security would hide it from UPDATE.
    """
    ALTER TABLE api_client
        ALTER COLUMN secret_digest TYPE bytea
            USING coalesce(secret_digest, decode(repeat('00', 32), 'hex')),
        ALTER COLUMN secret_digest SET NOT NULL
    """,
    """
    ALTER TABLE controller
        DROP COLUMN enabled_at, DROP COLUMN enabled_until, DROP COLUMN enablement_reference
    """,
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
