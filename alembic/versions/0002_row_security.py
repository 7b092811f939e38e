"""Keep controllers apart, give the application its grants, and make the trail unchangeable."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"

GRANTS = {
    "controller": "SELECT, INSERT, UPDATE "
    "(name, data_map_version_id, digest_key_id, digest_key_wrapped, settings)",
    "api_client": "SELECT, INSERT, UPDATE (revoked_at)",
    "data_map_version": "SELECT, INSERT",
    "idempotency_key": "SELECT, INSERT, UPDATE (status, headers, body), DELETE",
    "subject_request": "SELECT, INSERT, UPDATE (state, completed_at, attention, bundle_id)",
    "bundle": "SELECT, INSERT, UPDATE (key_id, wrapped_key, deleted_at)",
    "job": "SELECT, INSERT, UPDATE (state, fence, attempts, owner_pid, owner_started_at, "
    "lease_until, finished_at, attention_reason, attention_detail)",
    "step": "SELECT, INSERT, UPDATE, DELETE",
    "wakeable_job": "SELECT, INSERT, UPDATE, DELETE",
    "audit_head": "SELECT, INSERT, UPDATE (sequence, hash)",
    "audit_entry": "SELECT, INSERT",
    "outbox": "SELECT, INSERT",
}
"""What the application may do with each table of a controller, and nothing more."""

BEFORE_A_CONTROLLER_IS_KNOWN = {
    # An API key names its client, and the client its controller.
    "api_client": f"{SETTING} IS NULL",
    # The sweep looks for jobs that no wake-up reached: ids and times only.
    "wakeable_job": "true",
    # The heads of the chains are the list of controllers: ids, counts and hashes only.
    "audit_head": f"{SETTING} IS NULL",
}

UNCHANGEABLE = ("audit_entry", "data_map_version")

ROLE = """
    DO $$
    BEGIN
        IF to_regrole('habeas_app') IS NULL THEN
            CREATE ROLE habeas_app NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another database's migration was first
    END
    $$
"""

REFUSE = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END
    $$
"""

CHAIN_GROWS_BY_ONE = """
    CREATE TRIGGER chain_grows_by_one BEFORE UPDATE ON audit_head FOR EACH ROW
        WHEN (NEW.controller_id <> OLD.controller_id OR NEW.sequence <> OLD.sequence + 1)
        EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    op.execute(ROLE)
    op.execute("GRANT USAGE ON SCHEMA public TO habeas_app")
    op.execute("GRANT SELECT ON alembic_version TO habeas_app")
    for table, privileges in GRANTS.items():
        column = "id" if table == "controller" else "controller_id"
        op.execute(f"GRANT {privileges} ON {table} TO habeas_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_controller ON {table} USING ({column} = {SETTING})")
    for table, condition in BEFORE_A_CONTROLLER_IS_KNOWN.items():
        op.execute(
            f"CREATE POLICY before_a_controller_is_known ON {table} FOR SELECT TO habeas_app "
            f"USING ({condition})"
        )
    op.execute(REFUSE)
    for table in UNCHANGEABLE:
        op.execute(
            f"CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(CHAIN_GROWS_BY_ONE)
    op.execute(
        "CREATE TRIGGER unremovable BEFORE DELETE OR TRUNCATE ON audit_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION refuse_change() CASCADE")
    for table in BEFORE_A_CONTROLLER_IS_KNOWN:
        op.execute(f"DROP POLICY before_a_controller_is_known ON {table}")
    for table in GRANTS:
        op.execute(f"DROP POLICY own_controller ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM habeas_app")
    op.execute("REVOKE ALL ON alembic_version FROM habeas_app")
    op.execute("REVOKE USAGE ON SCHEMA public FROM habeas_app")
