"""Tables that refer to themselves are worked leaf-first."""

from sqlalchemy import ColumnElement, Text, cast, func, literal_column, select
from sqlalchemy.sql.selectable import FromClause

from app.domain.catalogue import Catalogue
from app.sources.sql.tables import relation
from schemas.data_map import RecordType


def depth_of(
    catalogue: Catalogue, spec: RecordType, records: FromClause
) -> ColumnElement[int] | None:
    """Give how many ancestors a record has; None where the table is no tree.

    Args:
        catalogue: The live catalogue.
        spec: The record type.
        records: Holds the key's text as ``key_0``.
    """
    table = catalogue.tables[spec.table]
    parent = next(
        (
            key.columns[0]
            for key in table.foreign_keys
            if key.references == table.name and key.referenced_columns == spec.key
        ),
        None,
    )
    if parent is None or len(spec.key) != 1:
        return None
    row = relation(catalogue, table.name).alias("node")
    first = select(row.c[parent].label("parent"), literal_column("0").label("depth"))
    walk = first.where(cast(row.c[spec.key[0]], Text) == records.c.key_0).correlate(records)
    above = walk.cte("walk", recursive=True, nesting=True)
    upper = relation(catalogue, table.name).alias("upper")
    above = above.union(
        select(upper.c[parent], above.c.depth + literal_column("1")).where(
            upper.c[spec.key[0]] == above.c.parent
        )
    )
    return select(func.max(above.c.depth)).scalar_subquery()
