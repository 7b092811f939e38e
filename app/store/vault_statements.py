"""The statements of the vault: in bulk, by keyed digests."""

from sqlalchemy import text

# A record that a restriction holds already keeps the oldest former value.
INSERT = text("""
    INSERT INTO vault_entry (controller_id, restriction_id, record_type, record_digest, intent_id,
        is_removed, is_noted, sealed, upload_digests)
    SELECT :controller_id, :restriction_id, new.record_type, new.record_digest, :intent_id,
        new.is_removed, new.is_noted, new.sealed, new.upload_digests
    FROM unnest(CAST(:record_types AS text[]), CAST(:digests AS bytea[]),
        CAST(:removed AS boolean[]), CAST(:noted AS boolean[]), CAST(:sealed AS bytea[]),
        CAST(:uploads AS bytea[]))
        AS new (record_type, record_digest, is_removed, is_noted, sealed, upload_digests)
    ON CONFLICT (controller_id, restriction_id, record_type, record_digest) DO NOTHING
""")

READ_CHUNK = text("""
    SELECT record_type, record_digest, is_removed, is_noted, sealed, number FROM vault_entry
    WHERE restriction_id = :restriction_id AND record_type = :record_type
      AND number > :after_number
    ORDER BY number LIMIT :limit
""")

READ_NOTED = text("""
    SELECT record_type, record_digest, is_removed, is_noted, sealed, number FROM vault_entry
    WHERE restriction_id = :restriction_id AND record_type = :record_type
      AND number > :after_number AND is_noted
    ORDER BY number LIMIT :limit
""")

NOTED = text("""
    SELECT record_type, record_digest, is_removed, is_noted, sealed FROM vault_entry
    WHERE restriction_id = :restriction_id AND record_type = :record_type AND is_noted
      AND record_digest = ANY (CAST(:digests AS bytea[]))
""")

RECORD_TYPES = text("""
    SELECT DISTINCT record_type FROM vault_entry
    WHERE restriction_id = :restriction_id ORDER BY record_type
""")

HELD_BY_OTHERS = text("""
    SELECT entry.record_type, entry.record_digest, entry.is_removed, entry.sealed,
        entry.restriction_id, restriction.subject_digest, restriction.data_map_version_id,
        restriction.key_id, restriction.wrapped_key
    FROM vault_entry AS entry JOIN restriction
      ON restriction.controller_id = entry.controller_id AND restriction.id = entry.restriction_id
    WHERE entry.record_type = :record_type
      AND entry.record_digest = ANY (CAST(:digests AS bytea[]))
      AND restriction.state = 'active'
      AND restriction.id IS DISTINCT FROM CAST(:restriction_id AS uuid)
    ORDER BY restriction.created_at, restriction.id
""")

HELD = text("""
    SELECT DISTINCT entry.record_digest
    FROM vault_entry AS entry JOIN restriction
      ON restriction.controller_id = entry.controller_id AND restriction.id = entry.restriction_id
    WHERE entry.record_type = :record_type
      AND entry.record_digest = ANY (CAST(:digests AS bytea[]))
      AND restriction.state = 'active' AND NOT entry.is_noted
""")

HAS_ENTRIES = text("""
    SELECT EXISTS (
        SELECT FROM restriction CROSS JOIN LATERAL (
            SELECT FROM vault_entry AS entry
            WHERE entry.controller_id = restriction.controller_id
              AND entry.restriction_id = restriction.id AND entry.record_type = :record_type
            LIMIT 1) AS entry
        WHERE restriction.state = 'active' AND restriction.subject_digest <> :subject_digest)
""")

# Which columns name uploads, another data map says otherwise.
UNLISTED = text("""
    SELECT restriction.id, restriction.key_id, restriction.wrapped_key FROM restriction
    WHERE restriction.state = 'active' AND (
        EXISTS (
            SELECT FROM vault_entry AS entry
            WHERE entry.controller_id = restriction.controller_id
              AND entry.restriction_id = restriction.id AND entry.record_type = :record_type
              AND entry.upload_digests IS NULL)
        OR restriction.data_map_version_id <> :data_map_version_id AND EXISTS (
            SELECT FROM vault_entry AS entry
            WHERE entry.controller_id = restriction.controller_id
              AND entry.restriction_id = restriction.id AND entry.record_type = :record_type))
    ORDER BY restriction.id
""")

# An operator of arrays, as a GIN index takes it, is not leakproof: under row security it would not be
# looked up by. The partial index gives the few entries that name uploads.
UPLOADS = text("""
    SELECT DISTINCT upload.digest
    FROM vault_entry AS entry JOIN restriction
      ON restriction.controller_id = entry.controller_id AND restriction.id = entry.restriction_id
    CROSS JOIN LATERAL (
        SELECT substring(entry.upload_digests FROM place FOR 32) AS digest
        FROM generate_series(1, octet_length(entry.upload_digests), 32) AS place) AS upload
    WHERE restriction.state = 'active' AND entry.upload_digests <> ''::bytea
      AND upload.digest = ANY (CAST(:digests AS bytea[]))
""")

DELETE = text("""
    DELETE FROM vault_entry
    WHERE restriction_id = :restriction_id AND record_type = :record_type
      AND record_digest = ANY (CAST(:digests AS bytea[]))
""")

REPLACE = text("""
    UPDATE vault_entry
    SET sealed = new.sealed, upload_digests = new.upload_digests, is_noted = new.is_noted
    FROM unnest(CAST(:digests AS bytea[]), CAST(:noted AS boolean[]), CAST(:sealed AS bytea[]),
        CAST(:uploads AS bytea[])) AS new (record_digest, is_noted, sealed, upload_digests)
    WHERE restriction_id = :restriction_id AND record_type = :record_type
      AND vault_entry.record_digest = new.record_digest
""")

DELETE_OF_INTENT = text("DELETE FROM vault_entry WHERE intent_id = :intent_id")


# The log-in that was blocked is a mark on the subject's own row, and no record of its own; of what is
# noted nothing is restricted.
COUNT = text("""
    SELECT count(*) FROM vault_entry
    WHERE restriction_id = :restriction_id AND record_type <> '@login' AND NOT is_noted
""")

ENTRIES = text("""
    SELECT record_digest, sealed FROM vault_entry
    WHERE restriction_id = :restriction_id AND record_type = :record_type
      AND record_digest = ANY (CAST(:digests AS bytea[]))
""")
