"""Let no two controllers stand for the same persons of an LMS."""

from typing import Any

import sqlalchemy as sa
import yaml
from alembic import op

from app.domain.errors import HabeasError

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = """
    ALTER TABLE controller
        ADD COLUMN persons_source text,
        ADD COLUMN persons_key text,
        ADD CONSTRAINT ck_controller_persons CHECK (
            (persons_source IS NULL OR data_map_version_id IS NOT NULL)
            AND (persons_key IS NULL OR persons_source IS NOT NULL))
"""
# Where there is no key the range has no ends: all persons of the source, which every key overlaps.
NONE_TWICE = """
    ALTER TABLE controller ADD CONSTRAINT ex_controller_persons EXCLUDE USING gist (
        numrange(hashtextextended(persons_source, 0), hashtextextended(persons_source, 0), '[]')
            WITH &&,
        numrange(hashtextextended(persons_key, 0), hashtextextended(persons_key, 0), '[]')
            WITH &&
    ) WHERE (persons_source IS NOT NULL)
"""
BOUND = sa.text("""
    SELECT controller.id, key_in_lms, document FROM controller
    JOIN data_map_version AS version
        ON version.controller_id = controller.id AND version.id = data_map_version_id
""")
FILL = sa.text("UPDATE controller SET persons_source = :source, persons_key = :key WHERE id = :id")
TWICE = sa.text("""
    SELECT one.id AS one, other.id AS other FROM controller AS one
    JOIN controller AS other ON one.id < other.id AND one.persons_source = other.persons_source
        AND coalesce(one.persons_key = other.persons_key, true)
    ORDER BY 1, 2
""")
WHOLE_TABLES = ("controller", "data_map_version")


def upgrade() -> None:
    op.execute(COLUMNS)
    for table in WHOLE_TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    connection = op.get_bind()
    for bound in connection.execute(BOUND).all():
        if (persons := _persons(bound.document, bound.key_in_lms)) is not None:
            connection.execute(FILL, {"id": bound.id} | persons)
    if twice := connection.execute(TWICE).all():
        raise HabeasError(_what_to_do([f"{pair.one} and {pair.other}" for pair in twice]))
    for table in WHOLE_TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(NONE_TWICE)
    op.execute("GRANT UPDATE (persons_source, persons_key) ON controller TO habeas_api, habeas_app")


def downgrade() -> None:
    op.execute("ALTER TABLE controller DROP CONSTRAINT ex_controller_persons")
    op.execute("ALTER TABLE controller DROP COLUMN persons_source, DROP COLUMN persons_key")


def _persons(document: str, key_in_lms: str | None) -> dict[str, Any] | None:
    """Say whose persons a controller's are, with the key as it is written: no LMS is asked here."""
    data_map = yaml.safe_load(document)
    subject = data_map["subject"]
    source = data_map["sources"][subject["source"]]
    place = f"{source['url']} {source.get('schema', 'public')}"
    if subject.get("controller") is None:
        return {"source": place, "key": None}
    return {"source": place, "key": key_in_lms} if key_in_lms else None  # without one: nobody's


def _what_to_do(pairs: list[str]) -> str:
    return (
        f"Nothing was migrated: these controllers are bound to the same persons of the LMS: "
        f"{'; '.join(pairs)}. Each reads, and may erase, what is the other's. With the version that "
        "runs now, give each its own key_in_lms, or take its data map from one (both: PUT "
        "/v1/controllers/{id}, docs/operations.md), and migrate again. Then look into both trails."
    )
