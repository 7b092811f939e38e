"""Reads what a PostgreSQL database says of its own tables, in five statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from app.domain.catalogue import Catalogue, Column, ForeignKey, Table

# A partition repeats its parent, so only the parent is read. Domains are followed to the type
# below them; a NOT NULL anywhere on the way counts.
_COLUMNS = """
WITH RECURSIVE resolved (type_oid, base_oid, is_required) AS (
    SELECT oid, oid, false FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT domain.oid, resolved.base_oid, domain.typnotnull OR resolved.is_required
    FROM pg_catalog.pg_type AS domain
    JOIN resolved ON resolved.type_oid = domain.typbasetype
    WHERE domain.typtype = 'd'
)
SELECT relation.relname::text AS table_name,
       relation.relkind IN ('r', 'p', 'm') AS is_table,
       greatest(relation.reltuples, 0)::bigint AS row_estimate,
       attribute.attname::text AS name,
       pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) AS type_name,
       base.typname::text AS base_type,
       base.typcategory::text AS type_category,
       NOT (attribute.attnotnull OR resolved.is_required) AS is_nullable,
       attribute.attgenerated <> '' AS is_generated,
       ARRAY(SELECT label.enumlabel::text FROM pg_catalog.pg_enum AS label
             WHERE label.enumtypid = base.oid ORDER BY label.enumsortorder) AS labels
FROM pg_catalog.pg_class AS relation
LEFT JOIN pg_catalog.pg_attribute AS attribute
       ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
LEFT JOIN resolved ON resolved.type_oid = attribute.atttypid
LEFT JOIN pg_catalog.pg_type AS base ON base.oid = resolved.base_oid
WHERE relation.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)
  AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT relation.relispartition
ORDER BY relation.relname, attribute.attnum
"""

# Only indexes that can look for a value: B-tree and hash, of all rows.
_INDEXES = """
SELECT relation.relname::text AS table_name,
       entry.indisprimary AS is_primary,
       entry.indisunique AND entry.indexprs IS NULL AS is_unique,
       array_agg(coalesce(attribute.attname::text, '') ORDER BY part.position) AS columns
FROM pg_catalog.pg_index AS entry
JOIN pg_catalog.pg_class AS relation ON relation.oid = entry.indrelid
JOIN pg_catalog.pg_class AS own ON own.oid = entry.indexrelid
JOIN pg_catalog.pg_am AS method ON method.oid = own.relam
CROSS JOIN LATERAL unnest(entry.indkey::int2[]) WITH ORDINALITY AS part (number, position)
LEFT JOIN pg_catalog.pg_attribute AS attribute
       ON attribute.attrelid = entry.indrelid AND attribute.attnum = part.number
      AND part.number <> 0
WHERE relation.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)
  AND entry.indisvalid AND entry.indpred IS NULL AND method.amname IN ('btree', 'hash')
  AND part.position <= entry.indnkeyatts
  AND NOT relation.relispartition
GROUP BY relation.relname, entry.indexrelid, own.relname, entry.indisprimary, is_unique
ORDER BY relation.relname, entry.indisprimary DESC, own.relname
"""

# What such an index looks at is what it depends on: plain columns, expressions and predicate alike.
_PARTIAL_KEYS = """
SELECT relation.relname::text AS table_name,
       array_agg(DISTINCT attribute.attname::text ORDER BY attribute.attname::text) AS columns
FROM pg_catalog.pg_index AS entry
JOIN pg_catalog.pg_class AS relation ON relation.oid = entry.indrelid
JOIN pg_catalog.pg_depend AS link
  ON link.classid = 'pg_catalog.pg_class'::regclass AND link.objid = entry.indexrelid
 AND link.refclassid = 'pg_catalog.pg_class'::regclass AND link.refobjid = entry.indrelid
JOIN pg_catalog.pg_attribute AS attribute
  ON attribute.attrelid = entry.indrelid AND attribute.attnum = link.refobjsubid
WHERE relation.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)
  AND entry.indisvalid AND entry.indisunique AND link.refobjsubid > 0
  AND (entry.indexprs IS NOT NULL OR entry.indpred IS NOT NULL)
  AND NOT relation.relispartition
GROUP BY relation.relname, entry.indexrelid
ORDER BY relation.relname, columns
"""

_FOREIGN_KEYS = """
SELECT CASE WHEN own.oid = relation.relnamespace THEN relation.relname::text
            ELSE relation.relnamespace::regnamespace::text || '.' || relation.relname::text
       END AS table_name,
       own.oid <> relation.relnamespace AS is_from_elsewhere,
       entry.conname::text AS name,
       CASE WHEN own.oid = other.relnamespace THEN other.relname::text
            ELSE other.relnamespace::regnamespace::text || '.' || other.relname::text
       END AS target,
       CASE entry.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT'
            WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT'
       END AS on_delete,
       array_agg(own_column.attname::text ORDER BY part.position) AS columns,
       array_agg(other_column.attname::text ORDER BY part.position) AS target_columns
FROM pg_catalog.pg_constraint AS entry
JOIN pg_catalog.pg_class AS relation ON relation.oid = entry.conrelid
JOIN pg_catalog.pg_class AS other ON other.oid = entry.confrelid
JOIN pg_catalog.pg_namespace AS own ON own.nspname = $1
CROSS JOIN LATERAL unnest(entry.conkey, entry.confkey)
                   WITH ORDINALITY AS part (own, target, position)
JOIN pg_catalog.pg_attribute AS own_column
  ON own_column.attrelid = entry.conrelid AND own_column.attnum = part.own
JOIN pg_catalog.pg_attribute AS other_column
  ON other_column.attrelid = entry.confrelid AND other_column.attnum = part.target
WHERE own.oid IN (relation.relnamespace, other.relnamespace)
  AND entry.contype = 'f' AND entry.conparentid = 0 AND NOT relation.relispartition
GROUP BY own.oid, relation.relname, relation.relnamespace, entry.oid, entry.conname,
         entry.confdeltype, other.relname, other.relnamespace
ORDER BY relation.relname, entry.conname
"""

_TRIGGERS = """
SELECT relation.relname::text AS table_name, entry.tgname::text AS name
FROM pg_catalog.pg_trigger AS entry
JOIN pg_catalog.pg_class AS relation ON relation.oid = entry.tgrelid
WHERE relation.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)
  AND NOT entry.tgisinternal AND entry.tgenabled IN ('O', 'A') AND NOT relation.relispartition
ORDER BY relation.relname, entry.tgname
"""

Rows = Mapping[str, list[Any]]


async def read_catalogue(connection: asyncpg.Connection, schema: str) -> Catalogue:
    """Read the tables and views of one schema.

    Args:
        connection: An idle connection to PostgreSQL 15 or newer; nothing is written.
        schema: As the database spells it.

    Returns:
        Its tables, empty where there is no such schema. Partitions are left out, since their
        parents stand for them. A foreign key into another schema, or out of one, names it
        (``other.table``).
    """
    columns = _by_table(await connection.fetch(_COLUMNS, schema))
    indexes = _by_table(await connection.fetch(_INDEXES, schema))
    foreign_keys = _by_table(await connection.fetch(_FOREIGN_KEYS, schema))
    partial_keys = _by_table(await connection.fetch(_PARTIAL_KEYS, schema))
    triggers = _by_table(await connection.fetch(_TRIGGERS, schema))
    tables = {
        name: Table(
            name=name,
            columns={row["name"]: _column(row) for row in rows if row["name"] is not None},
            primary_key=_primary_key(indexes.get(name, [])),
            unique_keys=tuple(tuple(i["columns"]) for i in indexes.get(name, []) if i["is_unique"]),
            indexes=tuple(dict.fromkeys(tuple(i["columns"]) for i in indexes.get(name, []))),
            foreign_keys=tuple(_foreign_key(row) for row in foreign_keys.get(name, [])),
            triggers=tuple(row["name"] for row in triggers.get(name, [])),
            row_estimate=rows[0]["row_estimate"],
            is_table=rows[0]["is_table"],
            partial_keys=tuple(tuple(key["columns"]) for key in partial_keys.get(name, [])),
        )
        for name, rows in columns.items()
    }
    from_elsewhere = {
        name: tuple(_foreign_key(row) for row in rows)
        for name, rows in foreign_keys.items()
        if rows[0]["is_from_elsewhere"]
    }
    return Catalogue(schema, tables, from_elsewhere)


def _by_table(rows: Iterable[Any]) -> Rows:
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row["table_name"]].append(row)
    return dict(grouped)


def _column(row: Mapping[str, Any]) -> Column:
    return Column(
        name=row["name"],
        type_name=row["type_name"],
        base_type=row["base_type"],
        type_category=row["type_category"],
        is_nullable=row["is_nullable"],
        is_generated=row["is_generated"],
        labels=tuple(row["labels"]),
    )


def _primary_key(indexes: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return next((tuple(index["columns"]) for index in indexes if index["is_primary"]), ())


def _foreign_key(row: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(
        name=row["name"],
        columns=tuple(row["columns"]),
        references=row["target"],
        referenced_columns=tuple(row["target_columns"]),
        on_delete=row["on_delete"],
    )
