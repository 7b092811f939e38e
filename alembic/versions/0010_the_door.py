"""Make room for download links, and let an auditor read the trails and nothing else."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"

LINKS = (
    """
    CREATE TABLE download_link (
        controller_id uuid NOT NULL,
        id uuid NOT NULL,
        bundle_id uuid NOT NULL,
        client_id uuid NOT NULL,
        token_digest bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        redeemed_at timestamptz,
        CONSTRAINT pk_download_link PRIMARY KEY (controller_id, id),
        CONSTRAINT fk_download_link_bundle FOREIGN KEY (controller_id, bundle_id)
            REFERENCES bundle (controller_id, id),
        CONSTRAINT fk_download_link_api_client FOREIGN KEY (controller_id, client_id)
            REFERENCES api_client (controller_id, id),
        CONSTRAINT ck_download_link_token_digest CHECK (octet_length(token_digest) = 32)
    )
    """,
    "CREATE INDEX ix_download_link_token_digest ON download_link (token_digest)",
    """
    CREATE INDEX ix_download_link_controller_id_bundle_id
        ON download_link (controller_id, bundle_id)
    """,
    """
    CREATE INDEX ix_download_link_controller_id_expires_at
        ON download_link (controller_id, expires_at)
    """,
    "ALTER TABLE download_link ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY own_controller ON download_link USING (controller_id = {SETTING})",
    # Who follows a link has nothing but its token, which names the controller.
    f"""
    CREATE POLICY before_a_controller_is_known ON download_link FOR SELECT TO habeas_app
        USING ({SETTING} IS NULL)
    """,
    "GRANT SELECT, INSERT, UPDATE (redeemed_at), DELETE ON download_link TO habeas_app",
)

AUDITOR = """
    DO $$
    BEGIN
        IF to_regrole('habeas_auditor') IS NULL THEN
            CREATE ROLE habeas_auditor NOLOGIN;
        END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database's migration was first
        WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'the owner may not create roles'
                USING HINT = 'As a superuser: CREATE ROLE habeas_auditor NOLOGIN; then migrate again.';
    END
    $$
"""
AUDITED = ("audit_head", "audit_entry", "audit_checkpoint", "audit_text")
"""What an auditor reads, of every controller: ids, counts and hashes; texts are sealed."""


def upgrade() -> None:
    for statement in (*LINKS, AUDITOR):
        op.execute(statement)
    op.execute("GRANT USAGE ON SCHEMA public TO habeas_auditor")
    for table in AUDITED:
        op.execute(f"GRANT SELECT ON {table} TO habeas_auditor")
        op.execute(
            f"CREATE POLICY auditor_reads ON {table} FOR SELECT TO habeas_auditor USING (true)"
        )


def downgrade() -> None:
    for table in AUDITED:
        op.execute(f"DROP POLICY auditor_reads ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM habeas_auditor")
    op.execute("REVOKE USAGE ON SCHEMA public FROM habeas_auditor")
    op.execute("DROP TABLE download_link")
