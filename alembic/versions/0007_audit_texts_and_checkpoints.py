"""Keep texts beside the audit trail, name subjects by digests in it, and store signed checkpoints."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SETTING = "NULLIF(current_setting('habeas.controller', true), '')::uuid"

TABLES = (
    """
    ALTER TABLE audit_entry
        ADD COLUMN subject_digest bytea,
        ADD COLUMN acting_person_digest bytea,
        ADD COLUMN commitments jsonb NOT NULL DEFAULT '{}'::jsonb,
        ADD CONSTRAINT ck_audit_entry_subject_digest CHECK (octet_length(subject_digest) = 32),
        ADD CONSTRAINT ck_audit_entry_acting_person_digest
            CHECK (octet_length(acting_person_digest) = 32)
    """,
    """
    CREATE INDEX ix_audit_entry_subject ON audit_entry (controller_id, subject_digest, sequence)
        WHERE subject_digest IS NOT NULL
    """,
    """
    CREATE INDEX ix_audit_entry_subject_request
        ON audit_entry (controller_id, subject_request_id, sequence)
        WHERE subject_request_id IS NOT NULL
    """,
    """
    CREATE TABLE audit_text (
        controller_id uuid NOT NULL,
        sequence bigint NOT NULL,
        name text NOT NULL,
        subject_digests bytea[] NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea NOT NULL,
        sealed bytea NOT NULL,
        CONSTRAINT pk_audit_text PRIMARY KEY (controller_id, sequence, name),
        CONSTRAINT fk_audit_text_audit_entry FOREIGN KEY (controller_id, sequence)
            REFERENCES audit_entry (controller_id, sequence),
        CONSTRAINT ck_audit_text_name CHECK (name IN ('reason', 'how', 'reference',
            'approved_by', 'acting_person'))
    )
    """,
    """
    CREATE TABLE audit_checkpoint (
        controller_id uuid NOT NULL,
        sequence bigint NOT NULL,
        key_id text NOT NULL,
        hash bytea NOT NULL,
        note text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_audit_checkpoint PRIMARY KEY (controller_id, sequence),
        CONSTRAINT fk_audit_checkpoint_controller FOREIGN KEY (controller_id)
            REFERENCES controller (id),
        CONSTRAINT ck_audit_checkpoint_sequence CHECK (sequence > 0),
        CONSTRAINT ck_audit_checkpoint_hash CHECK (octet_length(hash) = 32)
    )
    """,
)

GRANTS = {
    # Forgetting deletes a text; the rotation of keys changes what wraps its key.
    "audit_text": "SELECT, INSERT, UPDATE (key_id, wrapped_key), DELETE",
    "audit_checkpoint": "SELECT, INSERT",
}
"""What the application may do with each new table, and nothing more."""

TRIGGERS = (
    """
    CREATE TRIGGER unchangeable BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER unchangeable BEFORE UPDATE ON audit_text FOR EACH ROW
        WHEN ((OLD.controller_id, OLD.sequence, OLD.name, OLD.subject_digests, OLD.sealed)
            IS DISTINCT FROM
            (NEW.controller_id, NEW.sequence, NEW.name, NEW.subject_digests, NEW.sealed))
        EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER unremovable BEFORE TRUNCATE ON audit_text
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, privileges in GRANTS.items():
        op.execute(f"GRANT {privileges} ON {table} TO habeas_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_controller ON {table} USING (controller_id = {SETTING})")
    for statement in TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE audit_checkpoint, audit_text")
    op.execute("DROP INDEX ix_audit_entry_subject, ix_audit_entry_subject_request")
    op.execute(
        """
        ALTER TABLE audit_entry
            DROP COLUMN subject_digest,
            DROP COLUMN acting_person_digest,
            DROP COLUMN commitments
        """
    )
